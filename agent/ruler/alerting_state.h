// AlertingState: the alerts of one rule from evaluation to evaluation: pending, firing, kept firing, resolved.
//
// A step takes what the expression gave at a slot and applies Prometheus' transitions (rules/alerting.go) to the rule's
// alerts. What it changed is reported, so that the caller can put it into the journal before anybody acts on it. A step
// that fails changes nothing, except that too many alerts are forgotten, as Prometheus does.
//
// Where it differs from Prometheus: time in which nothing was evaluated does not count towards `for` (it is kept beside
// the alert as its gap); and an alert whose series are missing stays what it was while it is excused: right after such
// a gap, because a range that was not filled yet cannot speak, or always where the rule says bekci_on_missing: keep.
// With the latter each alert is looked at for itself where the expression compares series with a number
// (Rule::subject): one whose series is there was judged and resolves, one whose series is gone stays. Where it does not
// (it joins, compares two vectors, asks for absence), alerts stay while none of its selectors finds a sample.
//
// Thread rule: one thread at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/promql/value.h"
#include "agent/ruler/alert.h"
#include "agent/ruler/rule.h"
#include "agent/template/rule_template.h"

namespace bekci::ruler {

// How resolved alerts are kept, to be handed over again.
inline constexpr base::Duration kResolvedRetention = base::minutes(15);

struct TemplateCounters {
  std::atomic<uint64_t> expansions{0};
  std::atomic<uint64_t> failures{0};
};

struct AlertStep {
  base::Timestamp at;
  int64_t limit = 0;             // alerts that may be pending or firing; 0: any number
  base::Duration gap{};          // since the step before, beyond one interval
  bool missing_excused = false;  // an alert that is not in the result stays what it was
  const templates::RuleTemplateEnvironment* environment = nullptr;
  TemplateCounters* counters = nullptr;
  // Series that were judged, by their SubjectLabels: an alert about any other stays what it was. Null: not known.
  const std::unordered_set<model::Labels>* judged = nullptr;
};

struct AlertChanges {
  std::vector<const Alert*> changed;  // good until the next step
  std::vector<model::Labels> gone;    // forgotten
  std::string template_error;         // the first of this step
  bool empty() const { return changed.empty() && gone.empty(); }
};

class AlertingState {
 public:
  using Alerts = std::unordered_map<model::Labels, Alert>;

  // Errors: invalid: two alerts would have the same labels; limit.
  base::Status Step(const Rule& rule, const promql::Vector& result, const AlertStep& step, AlertChanges* changes);

  // Puts back what a journal or the rule before this one remembered.
  void Restore(Alert alert) { alerts_[alert.labels] = std::move(alert); }
  // An alert of these labels counts as active since then.
  void SetActiveAt(const model::Labels& labels, base::Timestamp active_at) { alerts_.at(labels).active_at = active_at; }
  const Alerts& alerts() const { return alerts_; }
  Alerts Take() { return std::move(alerts_); }
  AlertState state() const;  // firing if any fires, else pending, else inactive

  // Alerts that are due to be handed over at `at`: those that fire and were not for `resend`, and news of resolved
  // ones. They count as handed over now; `validity` is how long that holds.
  std::vector<Alert> TakeDue(base::Timestamp at, base::Duration resend, base::Duration validity);

 private:
  struct Found;
  using Present = std::unordered_set<std::string_view>;  // encoded labels
  base::Status Expand(const Rule& rule, const promql::Vector& result, const AlertStep& step, AlertChanges* changes,
                      std::vector<Found>* found, Present* present) const;
  void TakeIn(std::vector<Found>* found, const AlertStep& step, AlertChanges* changes);
  static bool Advance(const Rule& rule, const AlertStep& step, bool in_result, Alert* alert, bool* forget);
  base::Status ForgetAll(int64_t limit, size_t active, AlertChanges* changes);

  Alerts alerts_;
};

}  // namespace bekci::ruler
