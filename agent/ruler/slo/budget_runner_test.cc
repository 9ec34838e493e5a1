#include "agent/ruler/slo/budget_runner.h"

#include <doctest/doctest.h>

#include <cmath>

#include "agent/base/memory_file_system.h"
#include "agent/base/random.h"
#include "agent/ruler/slo/loader.h"
#include "agent/storage/memory_storage.h"

namespace bekci::ruler::slo::budget_runner_test {
namespace {

using base::minutes;
using base::seconds;
using base::Timestamp;

constexpr Timestamp kStart{1'767'225'600'000};

std::vector<Slo> Objectives(const std::string& lines) {
  auto loaded = LoadSlos(std::vector<SourceText>{{"a.yml", "service: shop\nslos:\n" + lines}}, {});
  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  return std::move(loaded->slos);
}

// A store, an engine and the runners that live on them one after the other.
class Host {
 public:
  explicit Host(const std::string& lines) : slos_(Objectives(lines)) { Restart(); }

  void Restart() {
    runner_.reset();
    auto opened = BudgetRunner::Open(fs_, engine_, store_, slos_, {.directory = "/slo"}, &problems_);
    REQUIRE_MESSAGE(opened.ok(), opened.status().message());
    runner_ = std::move(*opened);
  }

  void Put(const model::Labels& labels, Timestamp t, double value) {
    auto appender = store_.NewAppender();
    REQUIRE(appender->Append(0, labels, t.ms, value).ok());
    REQUIRE(appender->Commit().ok());
  }

  BudgetRunner& runner() { return *runner_; }
  BudgetReport Report(Timestamp t) { return runner_->Reports(t).front(); }
  const std::vector<std::string>& problems() const { return problems_; }
  base::MemoryFileSystem& fs() { return fs_; }

 private:
  base::FakeClock clock_;
  base::MemoryFileSystem fs_;
  storage::MemoryStorage store_;
  promql::Engine engine_{{}, clock_};
  std::vector<Slo> slos_;
  std::unique_ptr<BudgetRunner> runner_;
  std::vector<std::string> problems_;
};

constexpr const char* kCounters = "- {name: pay, objective: 99, bad: 'req{code=\"500\"}', total: req}\n";

TEST_CASE("counted events are those of the counters, through resets, gaps of scraping and restarts") {
  for (const uint64_t seed : {11U, 12U, 13U}) {
    CAPTURE(seed);
    base::SeededRandom random(seed);
    Host host(kCounters);
    double good = 0, bad = 0, all_good = 0, all_bad = 0;
    const model::Labels ok = {{"__name__", "req"}, {"code", "200"}, {"instance", "a"}, {"job", "shop"}};
    const model::Labels failed = {{"__name__", "req"}, {"code", "500"}, {"instance", "a"}, {"job", "shop"}};
    Timestamp now = kStart;
    for (int i = 0; i < 600; ++i, now = now + minutes(1)) {
      if (i > 0) {
        const double more_good = static_cast<double>(random.Below(50));
        const double more_bad = static_cast<double>(random.Below(3));
        if (random.Below(40) == 0) good = bad = 0;  // the program began anew
        good += more_good;
        bad += more_bad;
        all_good += more_good;
        all_bad += more_bad;
      }
      // At most four scrapes in a row fail: the look-back bridges them.
      if (i % 7 != 3) {
        host.Put(ok, now, good);
        host.Put(failed, now, bad);
      } else if (i + 1 < 600) {
        // What a counter loses when it is reset between two scrapes nobody can know.
        continue;
      }
      CHECK(host.runner().Evaluate(now).empty());
      if (random.Below(50) == 0) host.Restart();
    }
    const Events events = host.Report(now - minutes(1)).events;
    // A reset in an interval that was not scraped hides that interval's events; there are few.
    CHECK(events.bad <= all_bad);
    CHECK(events.total <= all_good + all_bad);
    CHECK(events.total > 0.97 * (all_good + all_bad));
  }
}

TEST_CASE("the first error of a target that is known counts; a new host's past does not") {
  Host host(kCounters);
  const auto series = [](const char* code, const char* instance) {
    return model::Labels{{"__name__", "req"}, {"code", code}, {"instance", instance}, {"job", "shop"}};
  };
  host.Put(series("200", "a"), kStart, 1000);
  CHECK(host.runner().Evaluate(kStart).empty());
  CHECK(host.Report(kStart).events.total == 0);
  const Timestamp later = kStart + minutes(1);
  host.Put(series("200", "a"), later, 1010);
  host.Put(series("500", "a"), later, 1);
  host.Put(series("500", "b"), later, 700);
  CHECK(host.runner().Evaluate(later).empty());
  CHECK(host.Report(later).events.bad == 1);
  CHECK(host.Report(later).events.total == 11);
}

TEST_CASE("no bad series are no bad events; no series at all are no data") {
  Host host(kCounters);
  CHECK(host.runner().Evaluate(kStart).empty());
  CHECK(host.Report(kStart).state == BudgetState::kNoData);
  for (int i = 1; i < 5; ++i) {
    const Timestamp t = kStart + minutes(i);
    host.Put({{"__name__", "req"}, {"code", "200"}}, t, 10 * i);
    CHECK(host.runner().Evaluate(t).empty());
  }
  const BudgetReport report = host.Report(kStart + minutes(4));
  CHECK(report.events.total == 30);
  CHECK(report.events.bad == 0);
  CHECK(report.state == BudgetState::kWarmingUp);
}

TEST_CASE("a long time without evaluation is absent, and its events are nobody's") {
  Host host(kCounters);
  const model::Labels labels = {{"__name__", "req"}, {"code", "200"}};
  for (int i = 0; i < 3; ++i) {
    host.Put(labels, kStart + minutes(i), 100 * i);
    host.runner().Evaluate(kStart + minutes(i));
  }
  host.Restart();
  const Timestamp back = kStart + base::hours(3);
  host.Put(labels, back, 100'000);
  host.runner().Evaluate(back);
  host.Put(labels, back + minutes(1), 100'050);
  host.runner().Evaluate(back + minutes(1));
  const BudgetReport report = host.Report(back + minutes(1));
  CHECK(report.events.total == 250);
  CHECK(report.observed == minutes(10));
}

TEST_CASE("probes, slices and raw ratios are counted as they stand") {
  Host host(
      "- {name: up-probe, objective: 99, probe: up}\n"
      "- {name: short, objective: 99, slices: {query: queue, op: lt, value: 5}}\n"
      "- {name: raw-ratio, objective: 99, raw: 'avg_over_time(bad_ratio[{{.window}}])'}\n");
  for (int i = 0; i < 40; ++i) {
    const Timestamp t = kStart + seconds(15 * i);
    host.Put({{"__name__", "up"}}, t, i % 10 == 9 ? 0 : 1);
    host.Put({{"__name__", "queue"}}, t, i < 20 ? 1 : 9);
    host.Put({{"__name__", "bad_ratio"}}, t, 0.25);
    if (i % 4 == 0 && i > 0) CHECK(host.runner().Evaluate(t).empty());
  }
  const auto reports = host.runner().Reports(kStart + minutes(9));
  REQUIRE(reports.size() == 3);
  CHECK(reports[0].events.total == 36);  // nine minutes of four
  CHECK(reports[0].events.bad == 3);     // 9, 19, 29
  CHECK(reports[1].events.total == 9);
  CHECK(reports[1].events.bad == 5);
  CHECK(reports[2].events.total == doctest::Approx(9));
  CHECK(reports[2].events.bad == doctest::Approx(2.25));
}

TEST_CASE("a threshold without a bucket of that bound is told, not taken for failures") {
  Host host("- {name: fast, objective: 95, latency: {histogram: h, threshold: 100ms}}\n");
  for (int i = 0; i < 3; ++i) {
    const Timestamp t = kStart + minutes(i);
    host.Put({{"__name__", "h_bucket"}, {"le", "0.25"}}, t, 10 * i);
    host.Put({{"__name__", "h_count"}}, t, 10 * i);
    const auto failures = host.runner().Evaluate(t);
    if (i == 0) continue;
    REQUIRE(failures.size() == 1);
    CHECK(failures[0] ==
          "shop-fast: there is no h_bucket{le=\"0.1\"}: no bucket has the bound 0.1; there is 0.25 above");
  }
  CHECK(host.Report(kStart + minutes(2)).events.bad == 0);
}

TEST_CASE("an objective that fails hurts no other") {
  Host host(
      "- {name: broken, objective: 99, slices: {query: 'a * on() b', value: 1}}\n"
      "- {name: up-probe, objective: 99, probe: up}\n");
  for (const char* name : {"a", "b"}) {
    for (const char* x : {"1", "2"}) host.Put({{"__name__", name}, {"x", x}}, kStart, 1);
  }
  host.Put({{"__name__", "up"}}, kStart, 1);
  const auto failures = host.runner().Evaluate(kStart);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].starts_with("shop-broken: "));
  CHECK(host.runner().Report("shop-up-probe", kStart)->events.total == 1);
}

TEST_CASE("a zone that is not there and a damaged file are told once, and nothing stops") {
  Host host("- {name: pay, objective: 99, probe: up, window: month, time_zone: Mars/Olympus}\n");
  REQUIRE(host.problems().size() == 1);
  CHECK(host.problems()[0].find("its periods begin by UTC") != std::string::npos);
  host.Put({{"__name__", "up"}}, kStart, 1);
  CHECK(host.runner().Evaluate(kStart).empty());
  std::string file = *host.fs().ReadFile("/slo/shop-pay.budget");
  file[45] = static_cast<char>(file[45] ^ 1);
  host.fs().Put("/slo/shop-pay.budget", file);
  host.Restart();
  CHECK(host.problems().size() == 3);
  CHECK(host.problems()[2].find("records are damaged") != std::string::npos);
}

}  // namespace
}  // namespace bekci::ruler::slo::budget_runner_test
