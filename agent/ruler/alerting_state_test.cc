#include "agent/ruler/alerting_state.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "agent/ruler/test_rules.h"

namespace bekci::ruler::alerting_state_test {
namespace {

// One alert with the label i="1" through slots a minute apart; a line of states is the test.
struct Story {
  std::shared_ptr<const Rule> rule;
  AlertingState state;
  templates::RuleTemplateEnvironment environment;
  TemplateCounters counters;
  base::Timestamp at{60'000};
  int64_t limit = 0;
  bool excused = false;
  AlertChanges changes;

  explicit Story(const RuleText& text) : rule(TestRule(text)) {}

  base::Status Step(const promql::Vector& result, base::Duration gap = {}) {
    changes = AlertChanges();
    const AlertStep step{at, limit, gap, excused, &environment, &counters};
    const base::Status status = state.Step(*rule, result, step, &changes);
    at = at + base::minutes(1);
    return status;
  }
  // "1" the series is there, "." it is not; answers p, f, k (kept firing), r (resolved) or - for each.
  std::string Run(std::string_view line) {
    std::string states;
    for (const char c : line) {
      REQUIRE(Step(c == '.' ? promql::Vector() : promql::Vector{Element({{"i", "1"}}, at.ms, 1)}).ok());
      states += Letter();
    }
    return states;
  }
  char Letter() const {
    if (state.alerts().empty()) return '-';
    const Alert& alert = state.alerts().begin()->second;
    if (alert.state == AlertState::kPending) return 'p';
    if (alert.state == AlertState::kInactive) return 'r';
    return alert.keep_firing_since.ms != 0 ? 'k' : 'f';
  }
};

RuleText AlertText(base::Duration hold, base::Duration keep = {}) {
  RuleText text;
  text.alerting = true;
  text.name = "A";
  text.expr = "m";
  text.hold = hold;
  text.keep_firing_for = keep;
  return text;
}

TEST_CASE("an alert goes through the states that Prometheus gives it") {
  struct Row {
    base::Duration hold, keep;
    std::string_view present, states;
  };
  const Row rows[] = {
      {base::minutes(0), base::minutes(0), "1.", "fr"},
      {base::minutes(2), base::minutes(0), "1111.", "ppffr"},
      {base::minutes(2), base::minutes(0), "11.11", "pp-pp"},
      {base::seconds(90), base::minutes(0), "111", "ppf"},
      {base::minutes(0), base::minutes(2), "1....", "fkkrr"},
      {base::minutes(0), base::minutes(2), "1.1.1...", "fkfkfkkr"},
      {base::minutes(1), base::minutes(1), "11..11", "pfkrpf"},
      // Resolved alerts are kept for more than fifteen minutes.
      {base::minutes(0), base::minutes(0), "1.................", "frrrrrrrrrrrrrrrr-"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.present);
    CHECK(Story(AlertText(row.hold, row.keep)).Run(row.present) == row.states);
  }
}

TEST_CASE("time in which nothing was evaluated does not count towards for") {
  Story story(AlertText(base::minutes(3)));
  CHECK(story.Run("11") == "pp");
  story.at = story.at + base::minutes(60);
  REQUIRE(story.Step({Element({{"i", "1"}}, 0, 1)}, base::minutes(60)).ok());
  CHECK(story.Letter() == 'p');
  CHECK(story.Run("1") == "f");
  CHECK(story.state.alerts().begin()->second.active_at == base::Timestamp{60'000});
}

TEST_CASE("an alert that is excused stays what it was while its series are missing") {
  Story story(AlertText(base::minutes(0)));
  CHECK(story.Run("1") == "f");
  story.excused = true;
  CHECK(story.Run("...") == "fff");
  CHECK(story.changes.empty());
  story.excused = false;
  CHECK(story.Run(".") == "r");
}

TEST_CASE("a raised for takes a firing alert back to pending") {
  Story story(AlertText(base::minutes(0)));
  CHECK(story.Run("11") == "ff");
  story.rule = TestRule(AlertText(base::minutes(5)));
  CHECK(story.Run("1") == "p");
  CHECK(story.state.alerts().begin()->second.fired_at.ms == 0);
}

TEST_CASE("every transition is reported once, and nothing else is") {
  Story story(AlertText(base::minutes(1), base::minutes(1)));
  std::vector<size_t> changed;
  for (const char c : std::string_view("1111..1.......")) {
    (void)story.Run(std::string_view(&c, 1));
    changed.push_back(story.changes.changed.size());
  }
  // pending, firing, -, -, kept, resolved, pending, gone, ...
  CHECK(changed == std::vector<size_t>{1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("labels and annotations are expanded from the sample, and an empty label is none") {
  RuleText text = AlertText(base::minutes(0));
  text.labels = {{"empty", "{{ $labels.nothing }}"}, {"from", "{{ $labels.__name__ }}-{{ $labels.i }}"}, {"i", "mine"}};
  text.annotations = {{"broken", "{{ $labels.i | humanize }}"}, {"none", ""}, {"value", "{{ $value }}"}};
  Story story(text);
  REQUIRE(story.Step({Element({{"__name__", "m"}, {"i", "1"}}, 0, 2.5)}).ok());
  const Alert& alert = story.state.alerts().begin()->second;
  CHECK(alert.labels == model::Labels{{"alertname", "A"}, {"from", "m-1"}, {"i", "mine"}});
  REQUIRE(alert.annotations.size() == 3);
  CHECK(alert.annotations[1] == std::pair<std::string, std::string>("none", ""));
  CHECK(alert.annotations[2].second == "2.5");
  CHECK(story.counters.failures == 0);  // "1" is a number
  REQUIRE(story.Step({Element({{"i", "x"}}, 0, 1)}).ok());
  CHECK(story.counters.failures == 1);
  CHECK(story.changes.template_error.find("broken: ") == 0);
  for (const auto& [labels, one] : story.state.alerts()) {
    if (one.labels.Get("from") != "-x") continue;
    CHECK(one.annotations[0].second.starts_with("<error expanding template: error executing template __alert_A: "));
  }
}

TEST_CASE("two samples that become one alert fail the rule and change nothing") {
  Story story(AlertText(base::minutes(1)));
  CHECK(story.Run("1") == "p");
  RuleText text = AlertText(base::minutes(1));
  text.labels = {{"i", "same"}};
  story.rule = TestRule(text);
  const base::Status status = story.Step({Element({{"i", "1"}}, 0, 1), Element({{"i", "2"}}, 0, 1)});
  CHECK(status.message() == "vector contains metrics with the same labelset after applying alert labels");
  CHECK(story.state.alerts().size() == 1);
  CHECK(story.Letter() == 'p');
}

TEST_CASE("more alerts than the limit: all are forgotten and the rule fails") {
  Story story(AlertText(base::minutes(0)));
  story.limit = 1;
  CHECK(story.Run("1") == "f");
  const base::Status status = story.Step({Element({{"i", "1"}}, 0, 1), Element({{"i", "2"}}, 0, 1)});
  CHECK(status.message() == "exceeded limit of 1 with 2 alerts");
  CHECK(story.state.alerts().empty());
  CHECK(story.changes.gone.size() == 2);
  CHECK(story.changes.changed.empty());
}

TEST_CASE("a firing alert is handed over again after the delay, strictly, and a resolved one at once") {
  Story story(AlertText(base::minutes(0)));
  const auto due = [&] {
    return story.state.TakeDue(story.at - base::minutes(1), base::minutes(1), base::minutes(4)).size();
  };
  std::vector<size_t> counts;
  for (const char c : std::string_view("1111..")) {
    (void)story.Run(std::string_view(&c, 1));
    counts.push_back(due());
  }
  CHECK(counts == std::vector<size_t>{1, 0, 1, 0, 1, 0});
}

}  // namespace
}  // namespace bekci::ruler::alerting_state_test
