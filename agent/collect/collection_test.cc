// The collection against real workers: processes that are killed, stopped, blown up and replaced, and the same server
// on threads. Waits are for conditions, with a generous limit in real time.
#include "agent/collect/collection.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/collect/collector.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wait_for.h"

namespace bekci::collect::collection_test {
namespace {

using base::milliseconds;
using base::seconds;

struct TestDirectory : TemporaryDirectory {
  std::string File(const std::string& name) const { return path() + "/" + name; }
  void Touch(const std::string& name) const { std::ofstream(File(name)) << "x"; }
};

class Rounds : public RoundSink {
 public:
  void OnRound(const InstanceState& state) override {
    base::MutexLock lock(mutex_);
    rounds_.push_back(state);
  }
  size_t Count(std::string_view instance) const {
    base::MutexLock lock(mutex_);
    size_t count = 0;
    for (const InstanceState& state : rounds_) count += state.config.instance == instance ? size_t{1} : size_t{0};
    return count;
  }

 private:
  mutable base::Mutex mutex_;
  std::vector<InstanceState> rounds_ GUARDED_BY(mutex_);
};

InstanceConfig Config(const std::string& collector, const std::string& instance, const std::string& options = "",
                      base::Duration interval = milliseconds(200), base::Duration deadline = seconds(5)) {
  InstanceConfig config;
  config.collector = collector;
  config.instance = instance;
  config.interval = interval;
  config.deadline = deadline;
  config.options = config::ParseYaml(options, "bekci.yml").value();
  return config;
}

struct Fixture {
  base::RealClock clock;
  base::CaptureLogger log;
  Rounds rounds;
  TestDirectory directory;
  CollectionOptions options;
  std::unique_ptr<Collection> collection;

  explicit Fixture(bool single_process = false) {
    options.single_process = single_process;
    options.executable = BEKCI_TEST_WORKER;
    options.worker_memory_limit_bytes = 1 << 30;  // sanitizers take their share
  }
  base::Status Start(std::vector<InstanceConfig> instances) {
    auto started = StartCollection(options, std::move(instances), clock, log, &rounds);
    if (!started.ok()) return std::move(started).status();
    collection = std::move(started).value();
    return base::OkStatus();
  }
  std::vector<InstanceState> Scrape(const Selection& selection = {}, base::Duration timeout = seconds(30)) {
    return collection->Collect(selection, clock.Monotonic() + timeout).value();
  }
  InstanceState StateOf(const std::string& instance) {
    for (InstanceState& state : collection->States()) {
      if (state.config.instance == instance) return state;
    }
    return {};
  }
  bool WaitForRounds(const std::string& instance, size_t more) {
    const size_t before = rounds.Count(instance);
    return WaitFor([&] { return rounds.Count(instance) >= before + more; });
  }
  uint64_t Deaths(const std::string& reason) { return collection->worker().deaths.at(reason); }
  bool WaitForDeath(const std::string& reason) {
    return WaitFor([&] { return Deaths(reason) > 0; });
  }
  // Until the replacement runs and a page is whole again; how long that took.
  base::Duration WaitForReplacement(int old_pid) {
    const base::MonotonicTime start = clock.Monotonic();
    REQUIRE(WaitFor([&] { return collection->worker().running && collection->worker().pid != old_pid; }));
    return clock.Monotonic() - start;
  }
};

double ValueOf(const InstanceState& state, const std::string& family) {
  REQUIRE(state.round != nullptr);
  for (const model::MetricFamily& f : model::ToFamilies(*state.round)) {
    if (f.name == family) return f.metrics.at(0).value;
  }
  return -1;
}

constexpr char kRoundsName[] = "bekci_test_steady_rounds_total";

TEST_CASE("scrapes get fresh rounds, by process and by threads") {
  for (const bool single_process : {false, true}) {
    CAPTURE(single_process);
    Fixture f(single_process);
    REQUIRE(f.Start({Config("steady", "a", "series: 2200", seconds(3600))}).ok());
    REQUIRE(WaitFor([&] { return f.rounds.Count("a") == 1; }));
    const auto first = f.Scrape();
    REQUIRE(first.size() == 1);
    CHECK(first[0].status.ok());
    REQUIRE(first[0].round != nullptr);
    CHECK(first[0].round->schema->series() == 2202);
    CHECK(first[0].round->extra.size() == 1);  // the point with a timestamp
    const auto second = f.Scrape();
    CHECK(second[0].round->schema == first[0].round->schema);  // sent once
    CHECK(ValueOf(second[0], kRoundsName) == ValueOf(first[0], kRoundsName) + 1);
    CHECK(f.rounds.Count("a") == 1);  // scrapes are not for the store
    CHECK(f.StateOf("a").rounds == 1);
  }
}

TEST_CASE("filtered scrapes leave the whole round's schema alone") {
  Fixture f;
  REQUIRE(f.Start({Config("steady", "a", "series: 50", seconds(3600))}).ok());
  const auto whole = f.Scrape();
  for (int i = 0; i < 3; ++i) {
    const auto kinds = f.Scrape({{"kinds"}, {}, "", ""});
    REQUIRE(kinds[0].round != nullptr);
    CHECK(kinds[0].round->schema->series() == 2);
    const auto without = f.Scrape({{}, {"kinds"}, "", ""});
    CHECK(without[0].round->schema->series() == 51);
    CHECK(f.Scrape()[0].round->schema == whole[0].round->schema);
  }
  CHECK(f.Scrape({{"crash"}, {}, "", ""}).empty());
  CHECK_FALSE(f.collection->Collect({{"nope"}, {}, "", ""}, f.clock.Monotonic()).ok());
  CHECK(f.collection->Collect({{}, {}, "steady", "b"}, f.clock.Monotonic()).status().message() ==
        "collector steady has no instance \"b\"");
}

TEST_CASE("scrapes at the same time share one collection, and one that is late is not waited for") {
  Fixture f;
  REQUIRE(f.Start({Config("steady", "slow", "takes: 1s", seconds(3600)), Config("steady", "quick", "", seconds(3600))})
              .ok());
  REQUIRE(WaitFor([&] { return f.rounds.Count("slow") == 1; }));
  std::vector<std::thread> scrapers;
  std::vector<double> seen(8);
  for (double& value : seen) {
    scrapers.emplace_back([&f, &value] {
      value = ValueOf(f.collection->Collect({{}, {}, "steady", "slow"}, f.clock.Monotonic() + seconds(60)).value()[0],
                      kRoundsName);
    });
  }
  for (std::thread& scraper : scrapers) scraper.join();
  for (const double value : seen) CHECK(value <= 3);  // eight collections of their own would count up to 9

  const auto late = f.Scrape({}, milliseconds(150));
  REQUIRE(late.size() == 2);
  CHECK(late[0].config.instance == "quick");
  CHECK(late[0].status.ok());
  CHECK(late[1].status.code() == base::Code::kTimeout);
}

TEST_CASE("a worker that is killed is replaced within two seconds, and pages say so meanwhile") {
  Fixture f;
  REQUIRE(f.Start({Config("steady", "a")}).ok());
  REQUIRE(f.WaitForRounds("a", 2));
  const int pid = f.collection->worker().pid;
  const uint64_t rounds_before = f.StateOf("a").rounds;
  kill(pid, SIGKILL);
  REQUIRE(f.WaitForDeath("crash"));
  const auto away = f.Scrape();
  REQUIRE(away.size() == 1);
  if (!away[0].status.ok()) CHECK(away[0].status.code() == base::Code::kUnavailable);
  CHECK(f.WaitForReplacement(pid) < seconds(2));
  CHECK(f.WaitForRounds("a", 2));
  CHECK(f.Scrape()[0].status.ok());
  CHECK(f.StateOf("a").rounds > rounds_before);
  CHECK(f.collection->worker().starts == 2);
  CHECK(f.log.CountContaining("collection worker ended") == 1);
  CHECK(f.log.CountContaining("collector failed") == 0);
}

TEST_CASE("while the worker is away a page is answered at once") {
  Fixture f;
  REQUIRE(f.Start({Config("crash", "c", "trigger_file: " + f.directory.File("crash"))}).ok());
  REQUIRE(f.WaitForRounds("c", 1));
  f.directory.Touch("crash");  // stays: the worker crashes again and again, the delay grows
  REQUIRE(WaitFor([&] { return f.Deaths("crash") >= 4; }));
  bool answered_at_once = false;
  REQUIRE(WaitFor([&] {
    if (f.collection->worker().running) return false;
    const base::MonotonicTime start = f.clock.Monotonic();
    const auto states = f.Scrape();
    answered_at_once = f.clock.Monotonic() - start < milliseconds(500);
    return states[0].status.message().starts_with("collection worker is being replaced (crash ");
  }));
  CHECK(answered_at_once);
}

TEST_CASE("a worker that hangs or is stopped is replaced five seconds after the deadline") {
  Fixture f;
  REQUIRE(f.Start({Config("hang", "h", "trigger_file: " + f.directory.File("hang"), seconds(1), milliseconds(300)),
                   Config("steady", "a", "", seconds(1))})
              .ok());
  REQUIRE(f.WaitForRounds("h", 1));
  int pid = f.collection->worker().pid;
  f.directory.Touch("hang");
  REQUIRE(WaitFor([&] { return f.Deaths("hang") == 1; }, seconds(20)));
  CHECK(f.StateOf("h").status.code() == base::Code::kTimeout);
  std::filesystem::remove(f.directory.File("hang"));
  CHECK(f.WaitForReplacement(pid) < seconds(5));
  CHECK(f.WaitForRounds("h", 1));
  CHECK(f.WaitForRounds("a", 1));
  CHECK(f.log.CountContaining("collector failed") == 1);

  pid = f.collection->worker().pid;
  kill(pid, SIGSTOP);
  const base::MonotonicTime start = f.clock.Monotonic();
  const auto stopped = f.Scrape({}, seconds(2));
  CHECK_FALSE(stopped[0].status.ok());
  CHECK(f.clock.Monotonic() - start < seconds(5));
  REQUIRE(WaitFor([&] { return f.Deaths("hang") == 2; }, seconds(20)));
  f.WaitForReplacement(pid);
  CHECK(f.WaitForRounds("a", 1));
}

TEST_CASE("a scrape that hangs is noticed as soon as a collector that does") {
  Fixture f;
  f.directory.Touch("hang");
  InstanceConfig hanging =
      Config("hang", "h", "trigger_file: " + f.directory.File("hang"), seconds(1), milliseconds(300));
  auto target = std::make_shared<ScrapeTarget>();
  target->url = "http://127.0.0.1:1/metrics";
  hanging.target = target;
  REQUIRE(f.Start({hanging, Config("steady", "a", "", seconds(1))}).ok());
  const base::MonotonicTime start = f.clock.Monotonic();
  REQUIRE(WaitFor([&] { return f.Deaths("hang") == 1; }, seconds(60)));
  CHECK(f.clock.Monotonic() - start > seconds(5));
  CHECK(f.log.CountContaining("did not return") >= 1);
  std::filesystem::remove(f.directory.File("hang"));
  CHECK(f.WaitForRounds("h", 1));
  CHECK(f.WaitForRounds("a", 1));
}

TEST_CASE("a worker that outgrows its memory limit is replaced, for that reason") {
  Fixture f;
  f.options.worker_memory_limit_bytes = 256 << 20;
  REQUIRE(f.Start({Config("hog", "h", "trigger_file: " + f.directory.File("hog")), Config("steady", "a")}).ok());
  REQUIRE(f.WaitForRounds("h", 1));
  const int pid = f.collection->worker().pid;
  CHECK(f.collection->worker().resident_bytes > 0);
  f.directory.Touch("hog");
  REQUIRE(f.WaitForDeath("memory"));
  std::filesystem::remove(f.directory.File("hog"));
  f.WaitForReplacement(pid);
  CHECK(f.WaitForRounds("a", 1));
  CHECK(f.Deaths("crash") == 0);
}

TEST_CASE("a worker that talks nonsense is replaced") {
  Fixture f;
  REQUIRE(f.Start({Config("garbage", "g", "trigger_file: " + f.directory.File("garbage"))}).ok());
  REQUIRE(f.WaitForRounds("g", 1));
  const int pid = f.collection->worker().pid;
  f.directory.Touch("garbage");
  REQUIRE(f.WaitForDeath("protocol"));
  std::filesystem::remove(f.directory.File("garbage"));
  f.WaitForReplacement(pid);
  CHECK(f.WaitForRounds("g", 1));
  CHECK(f.log.CountContaining("reason=protocol") >= 1);
}

TEST_CASE("an instance with too many series costs only itself") {
  Fixture f;
  InstanceConfig large = Config("steady", "large", "series: 5000");
  large.max_series = 1000;
  REQUIRE(f.Start({large, Config("steady", "a")}).ok());
  REQUIRE(f.WaitForRounds("large", 2));
  const InstanceState state = f.StateOf("large");
  CHECK(state.status.code() == base::Code::kLimit);
  CHECK(state.status.message() == "5003 series, allowed are 1000 (max_series)");
  CHECK(state.round == nullptr);
  CHECK(f.Scrape({{}, {}, "steady", "a"})[0].status.ok());
  CHECK(f.collection->worker().starts == 1);
}

TEST_CASE("failure and recovery are logged once, and what was brought is kept") {
  Fixture f;
  REQUIRE(f.Start({Config("steady", "a", "trigger_file: " + f.directory.File("fail"))}).ok());
  REQUIRE(f.WaitForRounds("a", 1));
  f.directory.Touch("fail");
  REQUIRE(WaitFor([&] { return !f.StateOf("a").status.ok(); }));
  REQUIRE(f.WaitForRounds("a", 3));
  CHECK(f.StateOf("a").status.message() == "told to fail");
  CHECK(f.StateOf("a").round != nullptr);
  std::filesystem::remove(f.directory.File("fail"));
  REQUIRE(WaitFor([&] { return f.StateOf("a").status.ok(); }));
  REQUIRE(WaitFor([&] { return f.log.CountContaining("collector works again") == 1; }));
  CHECK(f.log.CountContaining("collector failed") == 1);
  CHECK(f.log.CountContaining("steady was told to fail") >= 3);  // the worker's own lines arrive here
}

TEST_CASE("a reload is all or nothing and leaves unchanged instances alone") {
  Fixture f;
  REQUIRE(f.Start({Config("steady", "kept"), Config("steady", "gone")}).ok());
  REQUIRE(f.WaitForRounds("kept", 3));

  const base::Status refused =
      f.collection->Reload({Config("steady", "kept"), Config("steady", "new", "refuse: true")});
  CHECK(refused.code() == base::Code::kInvalid);
  CHECK(refused.message() == "bekci.yml:1: collector steady, instance new: told to refuse");
  CHECK(f.collection->Reload({Config("steady", "kept", "bogus: 1")}).message().find("bogus") != std::string::npos);
  CHECK(f.collection->Reload({Config("nosuch", "x")}).message() == "no collector is named \"nosuch\"");
  CHECK(f.collection->Reload({Config("steady", "x"), Config("steady", "x")}).message() ==
        "steady/x is configured twice");
  CHECK(f.collection->States().size() == 2);
  CHECK(f.WaitForRounds("gone", 1));

  const double before = ValueOf(f.Scrape({{}, {}, "steady", "kept"})[0], kRoundsName);
  REQUIRE(f.collection->Reload({Config("steady", "kept"), Config("steady", "new")}).ok());
  REQUIRE(f.WaitForRounds("new", 1));
  CHECK(f.collection->States().size() == 2);
  CHECK(ValueOf(f.Scrape({{}, {}, "steady", "kept"})[0], kRoundsName) > before);  // the same object counts on
  CHECK(f.StateOf("kept").rounds >= 3);
}

TEST_CASE("a bad configuration or program is an error at start") {
  Fixture f;
  CHECK(f.Start({Config("steady", "a", "refuse: true")}).code() == base::Code::kInvalid);
  CHECK(f.Start({Config("steady", "a", "series: many")}).code() == base::Code::kInvalid);
}

TEST_CASE("a page waits for a free thread no longer than the deadline, and nobody is killed for it") {
  Fixture f;
  f.options.worker_threads = 1;
  std::vector<InstanceConfig> instances;
  for (int i = 0; i < 4; ++i) {
    instances.push_back(Config("steady", "s" + std::to_string(i), "takes: 10s", seconds(3600), milliseconds(400)));
  }
  REQUIRE(f.Start(instances).ok());
  for (int i = 0; i < 4; ++i) {
    REQUIRE(WaitFor([&] { return f.rounds.Count("s" + std::to_string(i)) == 1; }));
    CHECK(f.StateOf("s" + std::to_string(i)).status.code() == base::Code::kTimeout);
  }
  CHECK(f.collection->worker().starts == 1);
}

TEST_CASE("a worker without the state directory works") {
  Fixture f;
  std::filesystem::create_directory(f.directory.File("state"));
  f.options.state_directory = f.directory.File("state");
  REQUIRE(f.Start({Config("steady", "a")}).ok());
  CHECK(f.WaitForRounds("a", 2));
}

TEST_CASE("the schedule follows the clock it was given") {
  base::FakeClock clock;
  base::CaptureLogger log;
  Rounds rounds;
  CollectionOptions options;
  options.single_process = true;
  auto started = StartCollection(options, {Config("steady", "a", "", base::hours(1), seconds(5))}, clock, log, &rounds);
  REQUIRE(started.ok());
  REQUIRE(WaitFor([&] { return rounds.Count("a") == 1; }));  // at once
  for (size_t tick = 2; tick <= 5; ++tick) {
    // The first tick is between half an hour and an hour and a half away; then they are an hour apart.
    clock.Advance(tick == 2 ? base::minutes(90) : base::hours(1));
    REQUIRE(WaitFor([&] { return rounds.Count("a") == tick; }));
  }
  clock.Advance(base::minutes(29));
  CHECK(started.value()->Collect({}, clock.Monotonic() + seconds(60)).value()[0].status.ok());
  CHECK(rounds.Count("a") == 5);
}

TEST_CASE("what a round costs end to end" * doctest::skip()) {
  Fixture f;
  REQUIRE(f.Start({Config("steady", "a", "series: 2197", seconds(3600))}).ok());
  for (int i = 0; i < 100; ++i) f.Scrape();
  constexpr int kScrapes = 5000;
  const double worker_before = f.collection->worker().cpu_seconds;
  const clock_t core_before = ::clock();
  const base::MonotonicTime start = f.clock.Monotonic();
  for (int i = 0; i < kScrapes; ++i) f.Scrape();
  const double wall = base::ToSeconds(f.clock.Monotonic() - start) / kScrapes * 1e6;
  const double core = static_cast<double>(::clock() - core_before) / CLOCKS_PER_SEC / kScrapes * 1e6;
  const double worker = (f.collection->worker().cpu_seconds - worker_before) / kScrapes * 1e6;
  MESSAGE("2200 series: " << wall << " us a scrape, CPU core " << core << " us, worker " << worker << " us; worker RSS "
                          << f.collection->worker().resident_bytes / 1024 << " KiB");
}

}  // namespace
}  // namespace bekci::collect::collection_test
