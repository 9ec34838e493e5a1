// The collector against a fake FPM: families, what a saturated or broken pool still gives, what is logged, samples.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>

#include "agent/base/memory_file_system.h"
#include "agent/base/text.h"
#include "agent/collect/collector.h"
#include "agent/wire/exposition.h"
#include "exporters/phpfpm/fake_fpm.h"
#include "exporters/phpfpm/request_samples.h"

namespace bekci::exporters::phpfpm {
extern const collect::CollectorSpec kSpec;
}

namespace bekci::exporters::phpfpm::phpfpm_test {
namespace {

std::string TestData(const std::string& name) {
  base::RealFileSystem fs;
  return fs.ReadFile(std::string(BEKCI_SOURCE_DIR) + "/exporters/phpfpm/testdata/" + name).value();
}

// A collector and its last round, as a table "name{labels without scrape_uri}" -> number.
class Instance {
 public:
  explicit Instance(const std::string& yaml) {
    config::Errors errors;
    const auto node = config::ParseYaml(yaml, "test.yml");
    REQUIRE(node.ok());
    const auto options = config::Check(*node, kSpec.options, &errors);
    REQUIRE_MESSAGE(errors.empty(), errors.ToStatus().message());
    auto made = kSpec.make(options, {&fs, &clock, &log});
    REQUIRE_MESSAGE(made.ok(), made.status().message());
    collector_ = std::move(made).value();
  }
  base::Status Collect() {
    sink_.Begin();
    base::Status status = collector_->Collect({clock.Monotonic() + base::seconds(5), {}, {}}, sink_);
    const model::Round round = sink_.FinishRound();
    series.clear();
    for (const model::MetricFamily& family : model::ToFamilies(round)) {
      for (const model::Metric& metric : family.metrics) {
        std::string key = family.name;
        for (const auto& [name, value] : metric.labels) {
          if (name != "scrape_uri" && name != "pool") key += " " + std::string(value);
        }
        series[key] = family.type == model::MetricType::kHistogram ? metric.count : metric.value;
      }
    }
    return status;
  }
  double Value(const std::string& key) {
    REQUIRE_MESSAGE(series.contains(key), key);
    return series[key];
  }

  base::MemoryFileSystem fs;
  base::RealClock clock;
  base::CaptureLogger log;
  std::map<std::string, double> series;

 private:
  std::unique_ptr<collect::Collector> collector_;
  collect::FamilySink sink_;
};

}  // namespace

TEST_CASE("a pool's status becomes php-fpm_exporter's families and ours") {
  FakeFpm fpm([](const std::string&) { return Answer(TestData("status-full-8.2.cgi")); });
  Instance instance("{address: 'unix:" + fpm.path() + "', status_path: /status}");
  const base::Status status = instance.Collect();
  REQUIRE_MESSAGE(status.ok(), status.message());
  CHECK(instance.Value("phpfpm_up") == 1);
  CHECK(instance.Value("phpfpm_scrape_failures") == 0);
  CHECK(instance.Value("phpfpm_accepted_connections") == 2975);
  CHECK(instance.Value("phpfpm_active_processes") == 1);
  CHECK(instance.Value("phpfpm_listen_queue_length") == 4096);
  CHECK(instance.Value("phpfpm_processes Idle") == 2);
  CHECK(instance.Value("phpfpm_socket_queue_length") == 0);
  CHECK(instance.Value("phpfpm_socket_queue_limit") == 8);
  CHECK(instance.Value("phpfpm_scrape_error timeout") == 0);
  CHECK(!instance.series.contains("phpfpm_process_requests 0"));
}

TEST_CASE("per_process gives the exporter's series of each worker, fix_process_count its numbers") {
  FakeFpm fpm([](const std::string&) { return Answer(TestData("status-full-8.2.cgi")); });
  Instance instance("{address: '" + fpm.path() + "', per_process: true, fix_process_count: true}");
  REQUIRE(instance.Collect().ok());
  CHECK(instance.Value("phpfpm_process_requests 1") == 992);
  CHECK(instance.Value("phpfpm_process_state 1 Idle") == 1);
  CHECK(instance.Value("phpfpm_process_state 1 Running") == 0);
  CHECK(instance.Value("phpfpm_process_request_duration 2") == 109);
  CHECK(instance.Value("phpfpm_total_processes") == 3);
}

TEST_CASE("each way to fail has its reason, and the kernel's numbers stay") {
  struct Row {
    std::string reply;
    std::string reason;
  };
  const Row rows[] = {
      {"HTTP/1.1 400 Bad Request\r\n\r\n", "not_fastcgi"},
      {Answer("Status: 404 Not Found\r\n\r\nFile not found.\n"), "not_found"},
      {Answer("Status: 403 Forbidden\r\n\r\nAccess denied.\n"), "access_denied"},
      {Answer("Content-type: text/plain\r\n\r\nhello"), "bad_answer"},
      {Record(6, "Content-type"), "closed"},
      {"", "timeout"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    FakeFpm fpm([&](const std::string&) { return row.reply; });
    Instance instance("{address: '" + fpm.path() + "', timeout: 200ms}");
    const base::Status status = instance.Collect();
    CHECK(!status.ok());
    CHECK(status.message().find(fpm.path()) != std::string::npos);
    CHECK(instance.Value("phpfpm_up") == 0);
    CHECK(instance.Value("phpfpm_scrape_failures") == 1);
    CHECK(instance.Value("phpfpm_scrape_error " + row.reason) == 1);
    CHECK(instance.Value("phpfpm_socket_queue_limit") == 8);
    CHECK(!instance.series.contains("phpfpm_active_processes"));
  }
  Instance nobody("{address: /tmp/no-such-fpm.sock}");
  CHECK(nobody.Collect().code() == base::Code::kUnavailable);
  CHECK(nobody.Value("phpfpm_scrape_error connect") == 1);
}

TEST_CASE("a queue without a place says so") {
  const std::string path = "/tmp/bekci-full-fpm-" + std::to_string(getpid()) + ".sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  int fds[3];
  for (int& fd : fds) fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(bind(fds[0], generic, sizeof(address)) == 0);
  REQUIRE(listen(fds[0], 1) == 0);
  REQUIRE(connect(fds[1], generic, sizeof(address)) == 0);
  REQUIRE(connect(fds[2], generic, sizeof(address)) == 0);
  Instance instance("{address: '" + path + "', timeout: 200ms}");
  CHECK(!instance.Collect().ok());
  CHECK(instance.Value("phpfpm_scrape_error queue_full") == 1);
  CHECK(instance.Value("phpfpm_scrape_error connect") == 0);
  CHECK(instance.Value("phpfpm_socket_queue_length") == 2);
  CHECK(instance.Value("phpfpm_socket_queue_limit") == 1);
  for (const int fd : fds) close(fd);
  unlink(path.c_str());
}

TEST_CASE("a question that waits in a saturated pool is not asked again, and its answer is taken later") {
  std::atomic<bool> busy{true};
  FakeFpm fpm([&](const std::string&) { return busy ? "" : Answer(TestData("status-full-8.2.cgi")); });
  Instance instance("{address: '" + fpm.path() + "', timeout: 100ms}");
  for (int i = 0; i < 4; ++i) CHECK(instance.Collect().code() == base::Code::kTimeout);
  CHECK(fpm.connections() == 1);
  CHECK(instance.Value("phpfpm_busy_processes") == 1);
}

TEST_CASE("of several pools one that hangs does not hold up the others, and is told once") {
  FakeFpm good([](const std::string&) { return Answer(TestData("status-full-8.2.cgi")); });
  std::atomic<bool> hang{true};
  FakeFpm slow([&](const std::string& request) {
    if (hang || request.empty()) return std::string();
    return Answer(TestData("status-full-8.2.cgi"));
  });
  Instance instance("{pool_files: /etc/fpm/*.conf, timeout: 200ms}");
  instance.fs.Put("/etc/fpm/a.conf", "[a]\nlisten = " + slow.path() + "\npm.status_path = /s\npm.max_children = 7\n");
  instance.fs.Put("/etc/fpm/b.conf", "[shop]\nlisten = " + good.path() + "\npm.status_path = /s\n");
  const base::MonotonicTime begin = instance.clock.Monotonic();
  for (int i = 0; i < 3; ++i) CHECK(instance.Collect().ok());
  CHECK(instance.clock.Monotonic() - begin < base::seconds(3));
  CHECK(instance.log.CountContaining("a pool of PHP-FPM does not answer") == 1);
  CHECK(instance.log.CountContaining("advice=\"set pm.status_listen in /etc/fpm/a.conf\"") == 1);
  CHECK(instance.Value("phpfpm_max_children") == 7);
  hang = false;
}

TEST_CASE("an unreadable full status falls back to the pool's own numbers") {
  FakeFpm fpm([](const std::string& request) {
    std::string page = TestData("status-full-8.2.cgi");
    if (request.find("full") != std::string::npos) return Answer(page.insert(page.find("/status?full") + 3, "\""));
    page.resize(page.find(", \"processes\""));
    return Answer(page + "}");
  });
  Instance instance("{address: '" + fpm.path() + "'}");
  REQUIRE(instance.Collect().ok());
  CHECK(instance.Value("phpfpm_up") == 1);
  CHECK(instance.Value("phpfpm_accepted_connections") == 2975);
  CHECK(!instance.series.contains("phpfpm_processes Idle"));
}

TEST_CASE("the cache script runs only when it is root's, and its absence is no failure") {
  std::atomic<bool> asked{false};
  FakeFpm fpm([&](const std::string& request) {
    if (request.find("bekci-opcache.php") == std::string::npos) return Answer(TestData("status-full-8.2.cgi"));
    asked = true;
    return Answer(TestData("opcache-8.2.cgi"));
  });
  Instance instance("{address: '" + fpm.path() + "'}");
  REQUIRE(instance.Collect().ok());
  CHECK(!asked);
  CHECK(!instance.series.contains("phpfpm_cache_script_up"));
  instance.fs.Put("/usr/share/bekci/bekci-opcache.php", "<?php", 0666);
  REQUIRE(instance.Collect().ok());
  REQUIRE(instance.Collect().ok());
  CHECK(!asked);
  CHECK(instance.Value("phpfpm_cache_script_up") == 0);
  CHECK(instance.log.CountContaining("can be written by others") == 1);
  instance.fs.Put("/usr/share/bekci/bekci-opcache.php", "<?php", 0644);
  REQUIRE(instance.Collect().ok());
  CHECK(instance.Value("phpfpm_cache_script_up") == 1);
  CHECK(instance.Value("php_opcache_memory_bytes used") == 9264256);
  CHECK(instance.Value("php_apcu_slots") == 4099);
  CHECK(instance.log.CountContaining("are known again") == 1);
}

TEST_CASE("no pool at all is nothing to report; wrong options are refused") {
  Instance instance("{}");
  CHECK(instance.Collect().code() == base::Code::kNoData);
  const auto made = [&](const char* yaml) {
    config::Errors errors;
    const auto options = config::Check(*config::ParseYaml(yaml, "t.yml"), kSpec.options, &errors);
    return kSpec.make(options, {&instance.fs, &instance.clock, &instance.log}).status().code();
  };
  CHECK(made("{full: false, per_process: true}") == base::Code::kInvalid);
  CHECK(made("{address: 'unix:relative'}") == base::Code::kInvalid);
  CHECK(made("{address: '127.0.0.1', status_address: ':'}") == base::Code::kInvalid);
}

TEST_CASE("a request that runs too long is told once, without its query") {
  FakeFpm fpm([](const std::string&) {
    std::string page = TestData("status-full-8.2.cgi");
    page.replace(page.find("?full&json"), 10, "?card=4111");
    page.replace(page.find("\"request duration\":92"), 21, "\"request duration\":90000000");
    return Answer(page);
  });
  Instance instance("{address: '" + fpm.path() + "'}");
  REQUIRE(instance.Collect().ok());
  REQUIRE(instance.Collect().ok());
  CHECK(instance.Value("phpfpm_running_requests_stuck") == 1);
  CHECK(instance.Value("phpfpm_running_requests_slow") == 1);
  CHECK(instance.Value("phpfpm_running_request_max_seconds") == doctest::Approx(90));
  CHECK(instance.log.CountContaining("requests of a pool are stuck") == 1);
  CHECK(instance.log.CountContaining("4111") == 0);
}

TEST_CASE("each finished request that is seen is counted once, ours are not") {
  const auto worker = [](uint64_t pid, const char* state, double requests, double us, const char* uri) {
    Worker one;
    one.pid = pid;
    one.state = state;
    one.requests = requests;
    one.request_duration_us = us;
    one.last_request_memory = 2 << 20;
    one.uri = uri;
    return one;
  };
  RequestSamples samples;
  const std::string_view ours[] = {"/status?json&full"};
  const auto count = [&] {
    collect::FamilySink sink;
    sink.Begin();
    samples.Emit(sink, "p", "u");
    return model::ToFamilies(sink.FinishRound()).at(0).metrics.at(0).count;
  };
  const auto look = [&](std::vector<Worker> workers) {
    samples.Observe(workers, ours);
    return count();
  };
  CHECK(look({worker(1, "Idle", 9, 100, "/a"), worker(2, "Running", 5, 100, "/b")}) ==
        0);  // the past, and a running one
  CHECK(look({worker(1, "Idle", 9, 100, "/a"), worker(2, "Running", 5, 200, "/b")}) == 0);
  CHECK(look({worker(1, "Idle", 12, 300, "/a"), worker(2, "Idle", 5, 300, "/b")}) == 2);
  CHECK(look({worker(1, "Idle", 12, 300, "/a"), worker(2, "Idle", 5, 300, "/b")}) == 2);
  CHECK(look({worker(1, "Idle", 13, 300, "/status?json&full"), worker(3, "Idle", 1, 300, "/new")}) == 3);
  CHECK(look({worker(1, "Idle", 1, 300, "/a")}) == 4);  // its number is another worker's now
}

}  // namespace bekci::exporters::phpfpm::phpfpm_test
