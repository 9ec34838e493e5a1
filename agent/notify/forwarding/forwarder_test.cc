#include "agent/notify/forwarding/forwarder.h"

#include <doctest/doctest.h>

#include <atomic>

#include "agent/base/memory_file_system.h"
#include "agent/net/server.h"
#include "tests/support/wait_for.h"

namespace bekci::notify::forwarding::forwarder_test {
namespace {

// An Alertmanager that answers as it is told and keeps what it took.
class Peer {
 public:
  Peer() {
    net::ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    auto started = net::StartServer(
        options, [this](const net::HttpRequest& request) { return Answer(request); }, log_);
    REQUIRE(started.ok());
    server_ = *std::move(started);
  }
  std::string address() const { return server_->addresses().front(); }
  void set_status(int status) { status_ = status; }
  int requests() const { return requests_; }
  std::vector<std::string> taken() const {
    base::MutexLock lock(mutex_);
    return taken_;
  }

 private:
  net::HttpResponse Answer(const net::HttpRequest& request) {
    base::MutexLock lock(mutex_);
    net::HttpResponse response;
    response.status = request.method == "POST" && request.path == "/api/v2/alerts" &&
                              request.Header("Content-Type") == "application/json"
                          ? status_.load()
                          : 404;
    if (response.status == 200) taken_.push_back(request.body);
    ++requests_;
    return response;
  }

  base::CaptureLogger log_;
  mutable base::Mutex mutex_;
  std::atomic<int> status_{200};
  std::atomic<int> requests_{0};
  std::vector<std::string> taken_;
  std::unique_ptr<net::Server> server_;
};

struct Fixture {
  base::MemoryFileSystem fs;
  base::FakeClock clock;
  base::CaptureLogger log;
  Forwarder forwarder{"bekci/1", fs, clock, log};

  void Reload(const std::string& text) {
    config::Errors errors;
    const auto node = config::ParseYaml(text, "bekci.yml");
    REQUIRE(node.ok());
    const config::Values values = config::Check(*node, AlertingOptions(), &errors);
    forwarder.Reload(ReadAlerting(values, "/etc/bekci", fs, &errors));
    REQUIRE(errors.empty());
  }
};

std::string To(const std::string& address) {
  return "alertmanagers: [{static_configs: [{targets: ['" + address + "']}]}]";
}

ForwardedAlert Firing(const std::string& name, int64_t ends_ms = 60'000) {
  return {.labels = {{"alertname", name}},
          .annotations = {{"summary", "<" + name + ">"}},
          .starts_at = {1000},
          .ends_at = {ends_ms},
          .generator_url = "http://here/?a=1&b=2"};
}

TEST_CASE("alerts reach an Alertmanager as Prometheus would send them") {
  Peer peer;
  Fixture f;
  f.Reload(To(peer.address()));
  f.forwarder.Send({Firing("A")});
  REQUIRE(WaitFor([&] { return peer.taken().size() == 1; }));
  CHECK(peer.taken().front() ==
        "[{\"annotations\":{\"summary\":\"\\u003cA\\u003e\"},\"endsAt\":\"1970-01-01T00:01:00.000Z\",\"startsAt\":"
        "\"1970-01-01T00:00:01.000Z\",\"generatorURL\":\"http://here/"
        "?a=1\\u0026b=2\",\"labels\":{\"alertname\":\"A\"}}]");
  REQUIRE(WaitFor([&] { return f.forwarder.stats().front().sent == 1; }));
}

TEST_CASE("what was not taken waits, and what came meanwhile takes its place") {
  Peer peer;
  Fixture f;
  peer.set_status(503);
  f.Reload(To(peer.address()));
  f.forwarder.Send({Firing("A", 60'000), Firing("B", 60'000)});
  REQUIRE(WaitFor([&] { return f.forwarder.stats().front().errors == 2; }));
  f.forwarder.Send({Firing("A", 90'000)});
  CHECK(f.forwarder.stats().front().waiting == 2);
  peer.set_status(200);
  f.clock.AwaitWaiters(1);
  f.clock.Advance(base::seconds(1));
  REQUIRE(WaitFor([&] { return f.forwarder.stats().front().sent == 2; }));
  REQUIRE(peer.taken().size() == 1);
  CHECK(peer.taken().front().find("00:01:30.000Z") < peer.taken().front().find("\"B\""));
  CHECK(f.forwarder.stats().front().dropped == 0);
}

TEST_CASE("what is refused for good is dropped, and does not stand in the way of the next") {
  Peer peer;
  Fixture f;
  peer.set_status(400);
  f.Reload(To(peer.address()));
  f.forwarder.Send({Firing("A")});
  REQUIRE(WaitFor([&] { return f.forwarder.stats().front().dropped == 1; }));
  peer.set_status(200);
  f.forwarder.Send({Firing("B")});
  REQUIRE(WaitFor([&] { return f.forwarder.stats().front().sent == 1; }));
}

TEST_CASE("an Alertmanager that is down holds up no other") {
  Peer peer;
  Fixture f;
  f.Reload("alertmanagers: [{static_configs: [{targets: ['127.0.0.1:1', '" + peer.address() + "']}]}]");
  f.forwarder.Send({Firing("A")});
  REQUIRE(WaitFor([&] { return peer.taken().size() == 1; }));
}

TEST_CASE("more than a queue can hold: the oldest go, and are counted; a request has so many at most") {
  Peer peer;
  Fixture f;
  peer.set_status(500);
  f.Reload(To(peer.address()));
  f.forwarder.Send({Firing("first")});
  REQUIRE(WaitFor([&] { return f.forwarder.stats().front().errors == 1; }));
  std::vector<ForwardedAlert> many;
  for (size_t i = 0; i < kCapacity + 10; ++i) many.push_back(Firing("A" + std::to_string(i)));
  f.forwarder.Send(many);
  CHECK(f.forwarder.stats().front().waiting == kCapacity);
  CHECK(f.forwarder.stats().front().dropped == 11);
  peer.set_status(200);
  f.clock.AwaitWaiters(1);
  f.clock.Advance(base::seconds(1));
  REQUIRE(WaitFor([&] { return f.forwarder.stats().front().sent == kCapacity; }));
  CHECK(peer.taken().size() == (kCapacity + kBatch - 1) / kBatch);
}

TEST_CASE("relabeling drops and changes alerts, for all and for some Alertmanagers") {
  Peer one, two;
  Fixture f;
  f.Reload(
      "alert_relabel_configs: [{source_labels: [alertname], regex: Secret, action: drop}]\nalertmanagers:\n"
      "- {static_configs: [{targets: ['" +
      one.address() +
      "']}]}\n"
      "- static_configs: [{targets: ['" +
      two.address() +
      "']}]\n"
      "  alert_relabel_configs: [{target_label: dc, replacement: eu}]\n");
  f.forwarder.Send({Firing("Secret"), Firing("A")});
  REQUIRE(WaitFor([&] { return one.taken().size() + two.taken().size() == 2; }));
  CHECK(one.taken().front().ends_with("\"labels\":{\"alertname\":\"A\"}}]"));
  CHECK(two.taken().front().ends_with("\"labels\":{\"alertname\":\"A\",\"dc\":\"eu\"}}]"));
}

TEST_CASE("a reload keeps what waits for an Alertmanager that stays, and forgets those that go") {
  Peer peer;
  Fixture f;
  peer.set_status(500);
  f.Reload(To(peer.address()));
  f.forwarder.Send({Firing("A")});
  REQUIRE(WaitFor([&] { return f.forwarder.stats().front().errors == 1; }));
  f.Reload(To(peer.address()));
  CHECK(f.forwarder.stats().front().waiting == 1);
  f.Reload("{}");
  CHECK(f.forwarder.stats().empty());
  CHECK(f.forwarder.urls().active.empty());
}

TEST_CASE("Alertmanagers in files are found, and again when the file changes") {
  Peer peer;
  Fixture f;
  REQUIRE(f.fs.CreateDirectory("/etc").ok());
  REQUIRE(f.fs.CreateDirectory("/etc/bekci").ok());
  const auto write = [&](const std::string& text) {
    auto file = f.fs.OpenWrite("/etc/bekci/am.yml", false);
    REQUIRE(file.ok());
    REQUIRE((*file)->Append(text).ok());
    REQUIRE((*file)->Close().ok());
  };
  write("[]");
  f.Reload("alertmanagers: [{file_sd_configs: [{files: [am.yml]}]}]");
  CHECK(f.forwarder.urls().active.empty());
  write("[{targets: ['" + peer.address() + "']}]");
  f.forwarder.Refresh();
  REQUIRE(f.forwarder.urls().active.size() == 1);
  f.forwarder.Send({Firing("A")});
  REQUIRE(WaitFor([&] { return peer.taken().size() == 1; }));
}

TEST_CASE("what still waits at the end gets one more chance") {
  Peer peer;
  {
    Fixture f;
    peer.set_status(500);
    f.Reload(To(peer.address()));
    f.forwarder.Send({Firing("A")});
    REQUIRE(WaitFor([&] { return f.forwarder.stats().front().errors == 1; }));
    peer.set_status(200);
  }
  CHECK(peer.taken().size() == 1);
}

}  // namespace
}  // namespace bekci::notify::forwarding::forwarder_test
