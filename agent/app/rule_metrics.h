// What the agent says of its rules: Prometheus' own names, so that rules and dashboards about a Prometheus work.
//
// Thread rule: RuleTimes from any thread; WriteRuleMetrics is a function without state.
#pragma once

#include <span>

#include "agent/base/clock.h"
#include "agent/collect/family_sink.h"
#include "agent/ruler/ruler.h"

namespace prometheus {
class Histogram;
class Registry;
class Summary;
}  // namespace prometheus

namespace bekci::app {

// How long evaluations take, as summaries and histograms of `registry`, which outlives this.
class RuleTimes {
 public:
  explicit RuleTimes(prometheus::Registry& registry);
  void ObserveRule(base::Duration time);
  void ObserveGroup(base::Duration time);

 private:
  prometheus::Summary& rule_summary_;
  prometheus::Summary& group_summary_;
  prometheus::Histogram& rule_histogram_;
  prometheus::Histogram& group_histogram_;
};

// Everything that is known of the groups now, and of the journal.
void WriteRuleMetrics(std::span<const ruler::GroupStatus> groups, const ruler::TemplateCounters& templates,
                      const ruler::JournalStats& journal, collect::FamilySink& sink);

}  // namespace bekci::app
