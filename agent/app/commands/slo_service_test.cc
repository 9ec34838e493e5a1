// The service that keeps error budgets, on a clock that moves only when told.
#include "agent/app/slo_service.h"

#include <doctest/doctest.h>

#include "agent/app/commands/slo_answer.h"
#include "agent/base/memory_file_system.h"
#include "agent/ruler/slo/loader.h"
#include "agent/ruler/slo/report.h"
#include "agent/storage/memory_storage.h"

namespace bekci::app::commands::slo_service_test {
namespace {

using ruler::slo::BudgetReport;
using ruler::slo::BudgetState;

std::vector<ruler::slo::Slo> Objectives(const std::string& lines) {
  auto loaded =
      ruler::slo::LoadSlos(std::vector<ruler::slo::SourceText>{{"a.yml", "service: shop\nslos:\n" + lines}}, {});
  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  return std::move(loaded->slos);
}

constexpr const char* kProbe = "- {name: up, objective: 99, probe: up}\n";
constexpr const char* kBroken = "- {name: bad, objective: 99, slices: {query: 'a + on() b', op: gte, value: 1}}\n";

struct Host {
  base::FakeClock clock;
  base::MemoryFileSystem fs;
  storage::MemoryStorage store;
  base::CaptureLogger log;
  promql::Engine engine{{}, clock};
  std::unique_ptr<SloService> service;

  Host() { Restart(); }
  void Restart() {
    service.reset();
    REQUIRE(fs.CreateDirectory("/state").ok());
    service = std::make_unique<SloService>(engine, store, fs, clock, log, "/state/slo");
  }
  void AwaitTick(uint64_t ticks) const {
    while (service->ticks() < ticks) std::this_thread::yield();
  }
  void Put(const model::Labels& labels, double value) {
    const auto appender = store.NewAppender();
    REQUIRE(appender->Append(0, labels, clock.Now().ms, value).ok());
    REQUIRE(appender->Commit().ok());
  }
  // Lets `minutes` pass, the probe saying `value` four times in each.
  void Probe(int minutes, double value) {
    const base::Duration step = base::seconds(15);
    for (int i = 0; i < 4 * minutes; ++i) {
      Put({{"__name__", "up"}, {"job", "x"}}, value);
      clock.AwaitWaiters(1);
      const uint64_t before = service->ticks();
      clock.Advance(step);
      const bool tick = clock.Now().ms % base::ToMillis(base::minutes(1)) < base::ToMillis(step);
      while (tick && service->ticks() == before) std::this_thread::yield();
    }
  }
};

TEST_CASE("budgets are counted once a minute from when the store is open, and go on after a restart") {
  Host host;
  host.service->Adopt(Objectives(kProbe));
  CHECK(host.service->Reports().empty());
  host.service->Start();
  host.Probe(10, 1);
  host.Probe(2, 0);
  const double before = host.service->Reports().at(0).events.total;
  CHECK(before >= 40);
  CHECK(host.service->Reports().at(0).events.bad >= 4);
  CHECK(host.service->Reports().at(0).state == BudgetState::kBurning);

  host.Restart();
  host.service->Adopt(Objectives(kProbe));
  host.service->Start();
  host.Probe(1, 1);
  CHECK(host.service->Reports().at(0).events.total >= before);
}

TEST_CASE("a reload brings objectives in and out, and those that stay keep their sums") {
  Host host;
  host.service->Adopt({});
  host.service->Start();
  host.service->Adopt(Objectives(kProbe));
  host.AwaitTick(1);
  host.Probe(5, 1);
  const double before = host.service->Reports().at(0).events.total;
  const uint64_t ticks = host.service->ticks();
  host.service->Adopt(Objectives(std::string(kProbe) + "- {name: two, objective: 99, probe: none}\n"));
  host.AwaitTick(ticks + 1);
  host.Probe(2, 1);
  REQUIRE(host.service->Reports().size() == 2);
  CHECK(host.service->Reports()[0].events.total > before);
  CHECK(host.service->Reports()[1].state == BudgetState::kNoData);
  const uint64_t more = host.service->ticks();
  host.service->Adopt({});
  host.AwaitTick(more + 1);
  CHECK(host.service->Reports().empty());
}

TEST_CASE("an objective that cannot be counted is logged once when it begins and once when it ends") {
  Host host;
  for (const char* const name : {"a", "b"}) {
    for (const char* const job : {"x", "y"}) host.Put({{"__name__", name}, {"job", job}}, 1);
  }
  host.service->Adopt(Objectives(std::string(kBroken) + kProbe));
  host.service->Start();
  host.Probe(4, 1);
  CHECK(host.log.CountContaining("cannot be counted") == 1);
  CHECK(host.service->Reports().at(1).events.total > 0);
  host.Probe(8, 1);  // what was wrong is out of sight
  CHECK(host.log.CountContaining("counted again") == 1);
}

TEST_CASE("a directory that cannot be made is told once and tried again") {
  Host host;
  REQUIRE(host.fs.WriteFileAtomic("/state/slo", "in the way").ok());
  host.service->Adopt(Objectives(kProbe));
  host.service->Start();
  host.Probe(3, 1);
  CHECK(host.service->Reports().empty());
  CHECK(host.log.CountContaining("cannot be kept") == 1);
  REQUIRE(host.fs.Remove("/state/slo").ok());
  host.Probe(2, 1);
  CHECK(host.service->Reports().size() == 1);
}

TEST_CASE("what the API says of objectives is read back as it was; nonsense is refused") {
  BudgetReport report;
  report.id = "shop-pay";
  report.service = "shop";
  report.name = "pay \"x\"";
  report.objective_percent = 99.9;
  report.period = base::hours(24 * 30);
  report.events = {3, 1000};
  report.good_ratio = 0.997;
  report.budget_left = -2;
  report.budget_left_events = -2;
  report.burns = {{base::minutes(5), {1, 10}, 2.5}, {base::hours(1), {}, std::nullopt}};
  report.exhaustion = base::hours(5);
  report.observed = base::hours(24);
  report.state = BudgetState::kBurning;
  const std::string table = ruler::slo::ReportTable(std::vector{report});
  const std::string json =
      R"({"status":"success","data":{"objectives":)" + ruler::slo::ReportJson(std::vector{report}) + "}}";
  const auto parsed = ParseSloAnswer(json, {});
  REQUIRE(parsed.ok());
  CHECK(ruler::slo::ReportTable(*parsed) == table);
  for (const char* const nonsense : {"", "[]", "{}", R"({"data":1})", R"({"data":{"objectives":[1,{"state":7}]}})"}) {
    const auto result = ParseSloAnswer(nonsense, {});
    if (result.ok()) CHECK(result->at(0).state == BudgetState::kNoData);
  }
  CHECK(ParseSloAnswer(R"({"status":"error","error":"no"})", {}).status().message() == "no");
}

TEST_CASE("recorded objectives add what budgets do not know, and the parts of split ones") {
  BudgetReport known, split, other;
  known.id = split.id = "a-b";
  other.id = "c-d";
  split.name = "b {path=/x}";
  const auto all = WithRecorded({known}, {known, split, other});
  REQUIRE(all.size() == 3);
  CHECK(all[1].name == split.name);
  CHECK(all[2].id == "c-d");
}

}  // namespace
}  // namespace bekci::app::commands::slo_service_test
