#include "agent/ruler/explain.h"

#include <doctest/doctest.h>

#include <string>

#include "agent/ruler/test_rules.h"
#include "agent/storage/memory_storage.h"

namespace bekci::ruler::explain_test {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr base::Timestamp kAt{1'700'000'040'000};

// A rule that was evaluated for some minutes, and what is said of it.
struct World {
  base::FakeClock clock{kAt};
  base::CaptureLogger log;
  storage::MemoryStorage store;
  promql::Engine engine{{}, clock};
  TemplateCounters counters;
  std::shared_ptr<RuleGroup> group;

  void Put(const model::Labels& labels, double value, int64_t minutes_ago = 0) {
    auto appender = store.NewAppender();
    REQUIRE(appender->Append(0, labels, kAt.ms - minutes_ago * kMinute, value).ok());
    REQUIRE(appender->Commit().ok());
  }
  Explanation Why(const std::string& rule, int64_t minutes = 0, base::Timestamp at = {}) {
    GroupContext context{engine, store, store, clock, log};
    context.counters = &counters;
    auto made = RuleGroup::Make(TestGroups("groups:\n- name: g\n  rules:\n  - " + rule + "\n")[0], base::minutes(1), {},
                                context);
    REQUIRE_MESSAGE(made.ok(), made.status().message());
    group = *made;
    for (int64_t minute = minutes; minute >= 0; --minute) group->Evaluate({kAt.ms - minute * kMinute});
    const GroupStatus status = group->Status();
    return Explain(status, status.rules[0], at, clock.Now(), engine, store);
  }
  std::string Words(const std::string& rule, int64_t minutes = 0) {
    std::string text;
    for (const std::string& sentence : Why(rule, minutes).sentences) text += sentence + "\n";
    return text;
  }
};

bool Has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

TEST_CASE("an alert that does not fire is told by the part that decides") {
  World world;
  world.Put({{"__name__", "load"}, {"host", "a"}}, 4.5);
  world.Put({{"__name__", "load"}, {"host", "b"}}, 1);
  world.Put({{"__name__", "cores"}, {"host", "a"}, {"rack", "1"}}, 4);
  world.Put({{"__name__", "old"}}, 1, 30);
  world.Put({{"__name__", "c_total"}}, 1);
  const struct {
    const char* expr;
    const char* says;
  } rows[] = {
      {"load > 5", "What decides is `load > 5`: 2 series are compared with 5; the nearest is 4.5 (load{host=\"a\"})"},
      {"loads > 5", "What decides is `loads`: no such series is in the store: is the name right, is it collected?"},
      {"old > 0", "What decides is `old`: 1 series matches, but none has a sample at that time"},
      {"rate(c_total[5m]) > 0", "What decides is `rate(c_total[5m])`: 1 series matches, but none has enough samples"},
      {"load > 1 and load > 100", "the right side gives nothing"},
      {"load / cores > 1", "left and right do not join"},
      {"load / cores > 1", "rack (\\\"\\\", \\\"1\\\")"},
      {"load unless load", "everything on the left is also on the right"},
      {"sum(load) by (host) > 100", "2 series are compared with 100; the nearest is 4.5"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.expr);
    const std::string words = world.Words("{alert: A, expr: '" + std::string(row.expr) + "'}");
    Has(words, "A does not fire at 2023-11-14 22:14:00 UTC: the expression gives nothing.");
    std::string says = row.says;
    for (size_t at = says.find("\\\""); at != std::string::npos; at = says.find("\\\"")) says.erase(at, 1);
    Has(words, says);
  }
}

TEST_CASE("an alert that is pending or fires is told with its times") {
  World world;
  for (int64_t minute = 0; minute <= 10; ++minute) world.Put({{"__name__", "m"}, {"i", "1"}}, 7, 10 - minute);
  std::string words = world.Words("{alert: A, expr: m > 5, for: 5m}", 2);
  Has(words, "{alertname=\"A\", i=\"1\"} is pending since 2023-11-14 22:12:00 UTC: 2m of 5m, fires in 3m if it stays.");
  Has(words, "The expression gives 1 series at 2023-11-14 22:14:00 UTC: 1 series is compared with 5; the nearest is 7");
  words = world.Words("{alert: A, expr: m > 5, for: 5m}", 8);
  Has(words, "fires since 2023-11-14 22:11:00 UTC (3m), active since 2023-11-14 22:06:00 UTC.");
}

TEST_CASE("a rule that fails is told as such, and the past is told from what is stored") {
  World world;
  world.Put({{"__name__", "m"}, {"i", "1"}}, 9, 3);
  world.Put({{"__name__", "m"}, {"i", "1"}}, 1, 0);
  world.Put({{"__name__", "m"}, {"i", "2"}}, 1, 0);
  Has(world.Words("{alert: A, expr: 'm * on() m'}"), "A could not be judged: ");
  const Explanation then = world.Why("{alert: A, expr: m > 5}", 0, {kAt.ms - 3 * kMinute});
  CHECK_FALSE(then.is_now);
  REQUIRE(then.sentences.size() == 1);
  Has(then.sentences[0], "The expression gives 1 series at 2023-11-14 22:11:00 UTC");
  REQUIRE(then.parts.size() == 3);
  CHECK(then.parts[0].text == "m > 5");
  CHECK(then.parts[1].text == "m");
  CHECK(then.parts[1].depth == 1);
  CHECK(then.parts[1].values[0].value == "9");
  CHECK(then.parts[2].text == "5");
  CHECK(then.evaluations.size() == 1);
}

TEST_CASE("an expression of any size is explained in a bounded number of parts") {
  World world;
  world.Put({{"__name__", "m"}}, 1);
  std::string expr = "m";
  for (int i = 0; i < 200; ++i) expr = "(" + expr + " + m)";
  CHECK(world.Why("{alert: A, expr: '" + expr + "'}").parts.size() < 100);
}

}  // namespace
}  // namespace bekci::ruler::explain_test
