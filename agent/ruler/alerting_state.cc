#include "agent/ruler/alerting_state.h"

#include <algorithm>
#include <utility>

namespace bekci::ruler {
namespace {

constexpr std::string_view kSameLabels = "vector contains metrics with the same labelset after applying alert labels";

// Expands the templates of one sample.
class Expander {
 public:
  Expander(const promql::VectorElement& sample, const AlertStep& step, std::string* first_error)
      : data_{sample.labels, sample.value, sample.histogram, step.at}, step_(step), first_error_(first_error) {}

  std::string Expand(const NamedTemplate& text) const {
    step_.counters->expansions.fetch_add(1, std::memory_order_relaxed);
    auto expanded = text.parsed.Expand(data_, *step_.environment);
    if (expanded.ok()) return *std::move(expanded);
    step_.counters->failures.fetch_add(1, std::memory_order_relaxed);
    const std::string& message = expanded.status().message();
    if (first_error_->empty()) *first_error_ = text.name + ": " + message;
    return "<error expanding template: " + message + ">";
  }

 private:
  const templates::RuleTemplateData data_;
  const AlertStep& step_;
  std::string* first_error_;
};

}  // namespace

struct AlertingState::Found {
  model::Labels labels;
  TextMap annotations;
  double value = 0;
  std::shared_ptr<const model::NativeHistogram> histogram;
};

std::string_view AlertStateName(AlertState state) {
  switch (state) {
    case AlertState::kPending:
      return "pending";
    case AlertState::kFiring:
      return "firing";
    case AlertState::kInactive:
      break;
  }
  return "inactive";
}

base::Status AlertingState::Expand(const Rule& rule, const promql::Vector& result, const AlertStep& step,
                                   AlertChanges* changes, std::vector<Found>* found, Present* present) const {
  found->reserve(result.size());  // what is in it stays where it is: `present` looks at it
  std::vector<std::string> values(rule.label_templates.size());
  std::vector<model::Labels::Pair> pairs;
  for (const promql::VectorElement& sample : result) {
    const Expander expander(sample, step, &changes->template_error);
    pairs.clear();
    for (const model::Labels::Pair& pair : sample.labels) {
      if (pair.first != model::kMetricName) pairs.push_back(pair);
    }
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = expander.Expand(rule.label_templates[i]);
      pairs.emplace_back(rule.label_templates[i].name, values[i]);
    }
    pairs.emplace_back(kAlertName, rule.text.name);
    Found& one = found->emplace_back(Found{model::Labels::FromPairs(pairs), {}, sample.value, sample.histogram});
    if (!present->insert(one.labels.data()).second) return base::Invalid(std::string(kSameLabels));
    one.annotations.reserve(rule.annotation_templates.size());
    for (const NamedTemplate& text : rule.annotation_templates) {
      one.annotations.emplace_back(text.name, expander.Expand(text));
    }
  }
  return base::OkStatus();
}

void AlertingState::TakeIn(std::vector<Found>* found, const AlertStep& step, AlertChanges* changes) {
  for (Found& one : *found) {
    Alert& alert = alerts_[one.labels];
    if (alert.labels != one.labels || alert.state == AlertState::kInactive) {
      alert = Alert();
      alert.labels = one.labels;
      alert.active_at = step.at;
      changes->changed.push_back(&alert);
    }
    alert.annotations = std::move(one.annotations);
    alert.value = one.value;
    alert.histogram = std::move(one.histogram);
  }
}

// Returns whether the alert changed; `*forget`: it is to go.
bool AlertingState::Advance(const Rule& rule, const AlertStep& step, bool in_result, Alert* alert, bool* forget) {
  const RuleText& text = rule.text;
  bool changed = false;
  if (!in_result && alert->state != AlertState::kInactive) {
    const bool unjudged = step.judged != nullptr && !step.judged->contains(rule.SubjectLabels(alert->labels));
    if (step.missing_excused || unjudged) return false;
  }
  if (in_result) {
    changed = alert->keep_firing_since.ms != 0;
    alert->keep_firing_since = {};
  } else if (alert->state == AlertState::kPending) {
    *forget = true;
    return true;
  } else if (alert->state == AlertState::kFiring) {
    if (text.keep_firing_for > base::Duration::zero() && alert->keep_firing_since.ms == 0) {
      alert->keep_firing_since = step.at;
      changed = true;
    }
    if (alert->keep_firing_since.ms == 0 || step.at - alert->keep_firing_since >= text.keep_firing_for) {
      alert->state = AlertState::kInactive;
      alert->resolved_at = step.at;
      return true;
    }
  } else {
    *forget = step.at - alert->resolved_at > kResolvedRetention;
    return *forget;
  }
  if (alert->state == AlertState::kPending && alert->ActiveFor(step.at) >= text.hold) {
    alert->state = AlertState::kFiring;
    alert->fired_at = step.at;
    return true;
  }
  if (alert->state == AlertState::kFiring && alert->ActiveFor(step.at) < text.hold) {
    alert->state = AlertState::kPending;  // `for` was raised meanwhile
    alert->fired_at = alert->last_sent_at = alert->keep_firing_since = {};
    return true;
  }
  return changed;
}

base::Status AlertingState::ForgetAll(int64_t limit, size_t active, AlertChanges* changes) {
  changes->changed.clear();
  for (const auto& [labels, alert] : alerts_) changes->gone.push_back(labels);
  alerts_.clear();
  return base::LimitReached("exceeded limit of " + std::to_string(limit) + " with " + std::to_string(active) +
                            " alerts");
}

base::Status AlertingState::Step(const Rule& rule, const promql::Vector& result, const AlertStep& step,
                                 AlertChanges* changes) {
  std::vector<Found> found;
  Present present;
  RETURN_IF_ERROR(Expand(rule, result, step, changes, &found, &present));
  if (step.gap != base::Duration::zero()) {
    for (auto& [labels, alert] : alerts_) {
      if (alert.state == AlertState::kInactive) continue;
      alert.gap += step.gap;
      changes->changed.push_back(&alert);
    }
  }
  TakeIn(&found, step, changes);
  size_t active = 0;
  for (auto it = alerts_.begin(); it != alerts_.end();) {
    bool forget = false;
    const bool changed = Advance(rule, step, present.contains(it->first.data()), &it->second, &forget);
    if (forget) {
      std::erase(changes->changed, &it->second);
      changes->gone.push_back(it->first);
      it = alerts_.erase(it);
      continue;
    }
    if (changed) changes->changed.push_back(&it->second);
    active += it->second.state != AlertState::kInactive ? 1U : 0U;
    ++it;
  }
  std::sort(changes->changed.begin(), changes->changed.end());
  changes->changed.erase(std::unique(changes->changed.begin(), changes->changed.end()), changes->changed.end());
  if (step.limit > 0 && active > static_cast<uint64_t>(step.limit)) return ForgetAll(step.limit, active, changes);
  return base::OkStatus();
}

AlertState AlertingState::state() const {
  AlertState state = AlertState::kInactive;
  for (const auto& [labels, alert] : alerts_) state = std::max(state, alert.state);
  return state;
}

std::vector<Alert> AlertingState::TakeDue(base::Timestamp at, base::Duration resend, base::Duration validity) {
  std::vector<Alert> due;
  for (auto& [labels, alert] : alerts_) {
    if (alert.state == AlertState::kPending) continue;
    const bool news = alert.resolved_at > alert.last_sent_at || alert.last_sent_at.ms == 0;
    if (!news && !(alert.last_sent_at + resend < at)) continue;
    alert.last_sent_at = at;
    alert.valid_until = at + validity;
    due.push_back(alert);
  }
  return due;
}

}  // namespace bekci::ruler
