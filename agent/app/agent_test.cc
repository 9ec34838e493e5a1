// The agent as a whole, in this process: real files in a directory of its own, collectors without a worker process.
#include "agent/app/agent.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "agent/app/threads.h"
#include "tests/support/temporary_directory.h"

namespace bekci::app::agent_test {
namespace {

class Fixture {
 public:
  void Write(const std::string& file, const std::string& text) { std::ofstream(directory_ + "/" + file) << text; }

  base::Status Start(const std::string& config) {
    Write("bekci.yml", config);
    AgentOptions options;
    options.single_process = true;
    options.input.path = directory_ + "/bekci.yml";
    options.input.host_name = "web-1";
    options.input.collectors = collect::AllCollectors();
    options.input.overrides.listen_addresses = {"127.0.0.1:0"};
    options.input.overrides.storage_path = directory_;
    auto settings = LoadSettings(fs_, options.input);
    if (!settings.ok()) return settings.status();
    auto agent = Agent::Start(std::move(options), *std::move(settings), fs_, clock_, log_);
    if (!agent.ok()) return agent.status();
    agent_ = *std::move(agent);
    return base::OkStatus();
  }

  net::HttpResponse Ask(const std::string& path, const std::string& method = "GET") {
    net::HttpRequest request;
    request.method = method;
    request.path = path;
    request.headers = {{"Host", "127.0.0.1:10112"}};
    return agent_->Handle(request);
  }
  bool PageHas(const std::string& text) { return Ask("/metrics").body.find(text) != std::string::npos; }

  TemporaryDirectory temporary_;  // outlives the agent
  const std::string& directory_ = temporary_.path();
  base::RealFileSystem fs_;
  base::RealClock clock_;
  base::CaptureLogger log_;
  std::unique_ptr<Agent> agent_;
};

TEST_CASE("a reload takes all of a good configuration and nothing of a bad one") {
  Fixture f;
  const base::Status started = f.Start("collectors: {host: {}}\n");
  REQUIRE_MESSAGE(started.ok(), started.message());
  CHECK(f.PageHas("node_load1 "));

  f.Write("bekci.yml", "collectors: {}\nweb: {config_file: web.yml}\n");  // names a file that is not there
  CHECK_FALSE(f.agent_->Reload().ok());
  CHECK(f.PageHas("node_load1 "));
  CHECK(f.PageHas("bekci_config_last_reload_successful 0\n"));
  CHECK(f.agent_->reload_error().find("web.yml") != std::string::npos);

  f.Write("web.yml", "basic_auth_users: {a: $2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW}\n");
  REQUIRE(f.agent_->Reload().ok());
  CHECK(f.Ask("/metrics").status == 401);

  f.Write("bekci.yml", "collectors: {}\n");
  CHECK(f.agent_->Reload().ok());
  CHECK(f.Ask("/metrics").status == 200);
  CHECK_FALSE(f.PageHas("node_load1 "));
  CHECK(f.PageHas("bekci_config_last_reload_successful 1\n"));
  CHECK(f.PageHas("bekci_config_reloads_total{result=\"success\"} 2\n"));
  CHECK(f.PageHas("bekci_config_reloads_total{result=\"failure\"} 1\n"));
}

TEST_CASE("a reload says what only a restart can change") {
  Fixture f;
  REQUIRE(f.Start("collectors: {}\n").ok());
  f.Write("bekci.yml", "collectors: {}\nworker: {memory_limit: 99MiB}\n");
  CHECK(f.agent_->Reload().ok());
  CHECK(f.log_.CountContaining("needs a restart") == 1);
  CHECK(f.log_.CountContaining("memory_limit") == 1);
}

TEST_CASE("reloading over HTTP answers with the reasons, and can be switched off by the file") {
  Fixture f;
  REQUIRE(f.Start("collectors: {}\n").ok());
  f.Write("bekci.yml", "colectors: {}\n");
  const net::HttpResponse bad = f.Ask("/-/reload", "POST");
  CHECK(bad.status == 500);
  CHECK(bad.body.find("did you mean \"collectors\"") != std::string::npos);
  f.Write("bekci.yml", "collectors: {}\nweb: {enable_lifecycle: false}\n");
  CHECK(f.Ask("/-/reload", "POST").status == 200);
  CHECK(f.Ask("/-/reload", "POST").status == 403);
}

TEST_CASE("every thread of a running agent stands in the table of threads") {
  std::set<std::string> others;  // this test's own, and a sanitizer's
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) others.insert(task.path());
  Fixture f;
  REQUIRE(f.Start("collectors: {host: {}}\n").ok());
  CHECK(f.Ask("/metrics").status == 200);
  size_t seen = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (others.contains(task.path())) continue;
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    CAPTURE(name);
    CHECK((FindThread(name) != nullptr));
    ++seen;
  }
  CHECK(seen >= 4);
}

TEST_CASE("a port that is taken is one line that names it") {
  Fixture first, second;
  REQUIRE(first.Start("collectors: {}\n").ok());
  second.Write("bekci.yml", "collectors: {}\n");
  AgentOptions options;
  options.single_process = true;
  options.input.path = second.directory_ + "/bekci.yml";
  options.input.host_name = "web-1";
  options.input.overrides.listen_addresses = first.agent_->addresses();
  auto settings = LoadSettings(second.fs_, options.input);
  REQUIRE(settings.ok());
  const auto agent = Agent::Start(std::move(options), *std::move(settings), second.fs_, second.clock_, second.log_);
  REQUIRE_FALSE(agent.ok());
  CHECK(agent.status().message().find(first.agent_->addresses().front()) != std::string::npos);
  CHECK(agent.status().message().find('\n') == std::string::npos);
}

}  // namespace
}  // namespace bekci::app::agent_test
