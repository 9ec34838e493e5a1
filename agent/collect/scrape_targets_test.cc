// Targets through a real collection: made of scrape_configs and files, scraped by a worker process beside collectors,
// reported to the sink that the store hangs on.
#include "agent/collect/scrape_targets.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "agent/base/log.h"
#include "agent/collect/scrape_options.h"
#include "agent/net/server.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wait_for.h"

namespace bekci::collect::scrape_targets_test {
namespace {

using base::milliseconds;
using base::seconds;

class Recorder : public RoundSink {
 public:
  void OnRound(const InstanceState& state) override {
    base::MutexLock lock(mutex_);
    if (state.config.target != nullptr) rounds_.push_back(state);
  }
  std::vector<InstanceState> Rounds() const {
    base::MutexLock lock(mutex_);
    return rounds_;
  }

 private:
  mutable base::Mutex mutex_;
  std::vector<InstanceState> rounds_ GUARDED_BY(mutex_);
};

struct Directory : TemporaryDirectory {
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(path() + "/new") << text;
    std::filesystem::rename(path() + "/new", path() + "/" + name);
  }
};

struct Fixture {
  base::RealClock clock;
  base::RealFileSystem fs;
  base::CaptureLogger log;
  Recorder recorder;
  Directory directory;
  std::unique_ptr<net::Server> exporter;
  std::unique_ptr<Collection> collection;
  std::unique_ptr<ScrapeTargets> targets;

  Fixture() {
    net::ServerOptions server;
    server.listen_addresses = {"127.0.0.1:0"};
    auto started = net::StartServer(
        server,
        [](const net::HttpRequest& request) {
          net::HttpResponse response;
          response.status = request.path == "/bad" ? 500 : 200;
          response.body = "# TYPE a counter\na 1\nb{job=\"own\"} 2\n";
          return response;
        },
        log);
    REQUIRE(started.ok());
    exporter = std::move(*started);
    CollectionOptions options;
    options.executable = BEKCI_TEST_WORKER;
    options.worker_memory_limit_bytes = 1 << 30;  // sanitizers take their share
    auto collecting = StartCollection(options, {}, clock, log, &recorder);
    REQUIRE_MESSAGE(collecting.ok(), collecting.status().message());
    collection = std::move(*collecting);
    targets = std::make_unique<ScrapeTargets>(*collection, fs, log);
  }

  std::string Address() const { return exporter->addresses().front(); }

  base::Status Reload(const std::string& sections) {
    static const config::Option kRows[] = {
        {.key = "global", .type = config::Type::kSection, .section = ScrapeGlobalOptions()},
        {.key = "scrape_configs", .type = config::Type::kSections, .section = ScrapeConfigOptions()},
    };
    const auto root = config::ParseYaml("scrape_configs:\n" + sections, "b.yml");
    REQUIRE_MESSAGE(root.ok(), root.status().message());
    config::Errors errors;
    const config::Values values = config::Check(*root, kRows, &errors, directory.path());
    auto configs = ReadScrapeConfigs(values.Sections("scrape_configs"), values.Section("global"),
                                     {milliseconds(200), directory.path()}, fs, &errors);
    REQUIRE_MESSAGE(errors.empty(), errors.ToStatus().message());
    return targets->Reload(std::move(configs));
  }
};

}  // namespace

TEST_CASE("a target is scraped again and again, and only the store and the list of targets know of it") {
  Fixture f;
  REQUIRE(f.Reload("- {job_name: j, static_configs: [{targets: ['" + f.Address() + "'], labels: {site: x}}]}\n" +
                   "- {job_name: bad, metrics_path: /bad, static_configs: [{targets: ['" + f.Address() + "']}]}\n")
              .ok());
  REQUIRE(WaitFor([&] { return f.recorder.Rounds().size() >= 6; }));
  bool good = false;
  bool bad = false;
  for (const InstanceState& state : f.recorder.Rounds()) {
    REQUIRE(state.counts.has_value());
    if (state.config.target->scrape_pool == "bad") {
      bad = true;
      CHECK(state.status.message() == "server returned HTTP status 500 Internal Server Error");
      CHECK(state.round == nullptr);
      continue;
    }
    good = true;
    REQUIRE_MESSAGE(state.status.ok(), state.status.message());
    CHECK(state.counts->scraped == 2);
    REQUIRE(state.round->schema->families().size() == 2);
    CHECK(state.round->schema->families()[1].series[0].labels.ToString() ==
          "{exported_job=\"own\", instance=\"" + f.Address() + "\", job=\"j\", site=\"x\"}");
    CHECK(state.round->schema->described()[0].type == model::MetricType::kCounter);
  }
  CHECK(good);
  CHECK(bad);
  CHECK(f.collection->States().empty());
  CHECK(f.collection->Collect({}, f.clock.Monotonic() + seconds(10))->empty());

  const TargetList list = f.targets->Targets();
  REQUIRE(list.active.size() == 2);
  CHECK(list.pools == std::vector<std::string>{"bad", "j"});
  CHECK(list.active[0].health == TargetHealth::kDown);
  CHECK(list.active[0].last_error == "server returned HTTP status 500 Internal Server Error");
  CHECK(list.active[1].health == TargetHealth::kUp);
  CHECK(list.active[1].target.url == "http://" + f.Address() + "/metrics");
  CHECK(list.active[1].last_scrape.ms > 0);
}

TEST_CASE("files of targets are followed, and other instances stay what they are") {
  Fixture f;
  REQUIRE(f.Reload("- {job_name: j, file_sd_configs: [{files: ['*.yml'], refresh_interval: 1h}], relabel_configs: "
                   "[{source_labels: [drop], regex: me, action: drop}]}\n")
              .ok());
  CHECK(f.targets->Targets().active.empty());
  f.directory.Write("a.yml", "- {targets: ['" + f.Address() + "']}\n- {targets: [x], labels: {drop: me}}\n");
  REQUIRE(WaitFor([&] { return f.recorder.Rounds().size() >= 2; }));
  CHECK(f.targets->Targets().dropped_counts.at("j") == 1);
  REQUIRE(f.collection->Reload({}).ok());
  CHECK(f.targets->Targets().active.size() == 1);
  f.directory.Write("a.yml", "- {targets: [\n");
  REQUIRE(WaitFor([&] { return f.log.CountContaining("target discovery") > 0; }));
  CHECK(f.targets->Targets().active.size() == 1);
  std::filesystem::remove(f.directory.path() + "/a.yml");
  CHECK(WaitFor([&] { return f.targets->Targets().active.empty(); }));
}

}  // namespace bekci::collect::scrape_targets_test
