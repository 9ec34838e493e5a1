#include "agent/ruler/rule_group.h"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

#include "agent/base/text.h"
#include "agent/ruler/alert_journal.h"
#include "agent/ruler/rule_order.h"

namespace bekci::ruler {
namespace {

constexpr std::string_view kSameLabels = "vector contains metrics with the same labelset after applying rule labels";
// How long, after time in which nothing was evaluated, a rule may need to see its whole range again; as long as
// Prometheus' grace period.
constexpr int64_t kMaxRefillMs = 10 * 60 * 1000;

RuleName NameOf(const Rule& rule, size_t number) {
  return {rule.identity, static_cast<uint32_t>(number)};
}

// At the first after a start a target may not have been collected yet.
constexpr int kRestoringEvaluations = 2;

// What ALERTS and ALERTS_FOR_STATE are called for an alert: the rule's raw labels, overwritten by the alert's.
void AppendAlertSamples(const Rule& rule, const Alert& alert, std::vector<OutputSample>* out) {
  if (alert.state == AlertState::kInactive) return;
  const model::Labels labels = rule.labels.With(alert.labels);
  out->push_back(
      {labels.With({{model::kMetricName, kAlertsMetric}, {kAlertState, AlertStateName(alert.state)}}), 1, {}});
  const int64_t active_since = alert.active_at.ms / 1000;
  out->push_back({labels.With({{model::kMetricName, kAlertsForStateMetric}}), static_cast<double>(active_since), {}});
}

// The rules keep their texts themselves.
GroupText WithoutRules(const GroupText& text) {
  GroupText kept;
  kept.file = text.file;
  kept.name = text.name;
  kept.interval = text.interval;
  kept.query_offset = text.query_offset;
  kept.limit = text.limit;
  kept.labels = text.labels;
  kept.mark = text.mark;
  return kept;
}

// A rule's result as a vector; a scalar becomes a sample without labels.
base::Result<promql::Vector> VectorOf(promql::Value value) {
  if (auto* vector = std::get_if<promql::Vector>(&value)) return std::move(*vector);
  if (const auto* scalar = std::get_if<promql::Scalar>(&value)) {
    promql::Vector vector;
    vector.push_back({{}, scalar->t_ms, scalar->value, nullptr});
    return vector;
  }
  return base::Invalid("rule result is not a vector or scalar");
}

}  // namespace

// What a rule's query gave, and what follows from it.
struct RuleGroup::Outcome {
  base::Timestamp began;
  base::Duration duration{};  // of the query
  base::Result<promql::Vector> result = promql::Vector();
  int64_t samples_read = 0;
  bool nothing_found = false;  // there are selectors, and none found a sample
  std::optional<std::unordered_set<model::Labels>> judged;
  std::vector<OutputSample> samples;
};

// One evaluation of the group on its way.
struct RuleGroup::Batch {
  base::Timestamp at;
  base::Duration gap{};
  std::unique_ptr<storage::Appender> appender;
  JournalBatch journal;
  std::vector<SentAlert> due;
  base::Duration rule_duration_sum{};
  uint64_t samples = 0;
  bool journaled = false;
};

RuleGroup::RuleGroup(const GroupText& text, base::Duration interval, base::Duration query_offset, GroupContext context)
    : text_(WithoutRules(text)),
      context_(std::move(context)),
      slots_(text.file, text.name, interval),
      query_offset_(query_offset) {}

base::Result<std::shared_ptr<RuleGroup>> RuleGroup::Make(const GroupText& text, base::Duration default_interval,
                                                         base::Duration default_query_offset,
                                                         const GroupContext& context) {
  std::shared_ptr<RuleGroup> group(new RuleGroup(text, text.interval.value_or(default_interval),
                                                 text.query_offset.value_or(default_query_offset), context));
  std::map<std::string, size_t> seen;
  base::MutexLock lock(group->mutex_);
  for (const RuleText& rule_text : text.rules) {
    ASSIGN_OR_RETURN(auto rule, MakeRule(rule_text, text.labels, context.engine));
    Running running;
    running.rule = rule;
    running.number = seen[rule->identity]++;
    group->running_.push_back(std::move(running));
    group->rules_.push_back(std::move(rule));
  }
  group->stages_ = StagesOf(group->rules_);
  return group;
}

bool RuleGroup::SameAs(const RuleGroup& other) const {
  return key() == other.key() && interval() == other.interval() && query_offset_ == other.query_offset_ &&
         text_.limit == other.text_.limit &&
         std::equal(rules_.begin(), rules_.end(), other.rules_.begin(), other.rules_.end(),
                    [](const auto& a, const auto& b) { return a->SameAs(*b); });
}

// The series that an alert which is to be kept would be about. None: that cannot be told, or there is no alert to keep.
std::optional<std::unordered_set<model::Labels>> RuleGroup::Judged(size_t index, base::Timestamp at) const {
  const Rule& rule = *rules_[index];
  if (rule.subject == nullptr) return std::nullopt;
  {
    base::MutexLock lock(mutex_);
    if (running_[index].alerts.alerts().empty()) return std::nullopt;
  }
  promql::QueryResult result = context_.engine.Instant(context_.store, *rule.subject, (at - query_offset_).ms, {});
  const auto* const vector = std::get_if<promql::Vector>(&result.value);
  if (!result.status.ok() || vector == nullptr) return std::nullopt;
  std::unordered_set<model::Labels> judged;
  for (const promql::VectorElement& element : *vector) judged.insert(rule.SubjectLabels(element.labels));
  return judged;
}

RuleGroup::Outcome RuleGroup::Query(size_t index, base::Timestamp at) const {
  const Rule& rule = *rules_[index];
  Outcome outcome;
  outcome.began = context_.clock.Now();
  const base::MonotonicTime started = context_.clock.Monotonic();
  promql::QueryOptions options;
  options.stats = true;
  promql::QueryResult result = context_.engine.Instant(context_.store, *rule.query, (at - query_offset_).ms, options);
  outcome.samples_read = result.stats.total_samples;
  outcome.nothing_found = !result.selectors.empty() &&
                          std::all_of(result.selectors.begin(), result.selectors.end(),
                                      [](const promql::SelectorEvidence& selector) { return selector.used == 0; });
  outcome.result =
      result.status.ok() ? VectorOf(std::move(result.value)) : base::Result<promql::Vector>(std::move(result.status));
  outcome.judged = Judged(index, at);
  outcome.duration = context_.clock.Monotonic() - started;
  return outcome;
}

base::Status RuleGroup::Record(const Rule& rule, const promql::Vector& result, Outcome* outcome) const {
  const model::Labels labels = rule.labels.With({{model::kMetricName, rule.text.name}});
  std::unordered_set<std::string_view> seen;
  outcome->samples.reserve(result.size());
  for (const promql::VectorElement& sample : result) {
    outcome->samples.push_back({sample.labels.With(labels), sample.value, sample.histogram});
  }
  for (const OutputSample& sample : outcome->samples) {
    if (!seen.insert(sample.labels.data()).second) return base::Invalid(std::string(kSameLabels));
  }
  if (text_.limit > 0 && result.size() > static_cast<uint64_t>(text_.limit)) {
    return base::LimitReached("exceeded limit of " + std::to_string(text_.limit) + " with " +
                              std::to_string(result.size()) + " series");
  }
  return base::OkStatus();
}

// Time before `at` in which nothing was evaluated. A slot that is evaluated again (the process before this one may have
// got so far), or comes early because the group was replaced, is no such time.
base::Duration RuleGroup::GapBefore(base::Timestamp at) {
  const base::Duration expected = std::max(interval(), std::exchange(taken_interval_, base::Duration::zero()));
  if (last_slot_.ms == 0 || at == last_slot_) return {};
  const base::Duration since = at - last_slot_;
  if (since > base::Duration::zero() && since <= expected) return {};
  return since - interval();
}

// Right after an outage what is missing says nothing: a range that lies behind it has to fill again, and what was not
// collected yet is not there. An alert is then left as it was, for ten minutes at most.
bool RuleGroup::MissingIsExcused(const Rule& rule, const Outcome& outcome, base::Timestamp at) const {
  if (outcome.nothing_found && rule.on_missing == OnMissing::kKeep && !outcome.judged.has_value()) return true;
  if (resumed_at_.ms == 0) return false;
  const int64_t since_ms = base::ToMillis(at - resumed_at_);
  if (outcome.nothing_found) return since_ms <= base::ToMillis(context_.engine.options().lookback);
  return base::ToMillis(outage_) > rule.window_ms && since_ms <= std::min(rule.window_ms, kMaxRefillMs) &&
         rule.window_ms > 0;
}

base::Status RuleGroup::Judge(Running* running, const promql::Vector& result, Outcome* outcome, Batch* batch) {
  const Rule& rule = *running->rule;
  AlertStep step;
  step.at = batch->at;
  step.limit = text_.limit;
  step.gap = batch->gap;
  step.missing_excused = MissingIsExcused(rule, *outcome, batch->at);
  step.judged = outcome->judged.has_value() ? &*outcome->judged : nullptr;
  step.environment = &context_.environment;
  step.counters = context_.counters;
  AlertChanges changes;
  const base::Status status = running->alerts.Step(rule, result, step, &changes);
  const RuleName name = changes.empty() ? RuleName() : NameOf(rule, running->number);
  for (const Alert* alert : changes.changed) batch->journal.changed.emplace_back(name, alert);
  for (model::Labels& labels : changes.gone) batch->journal.gone.emplace_back(name, std::move(labels));
  if (!changes.template_error.empty() && !running->template_failed) {
    context_.log.Warn(
        "a template of an alert failed, its text says so",
        {{"file", text_.file}, {"group", text_.name}, {"alert", rule.text.name}, {"error", changes.template_error}});
  }
  running->template_failed = !changes.template_error.empty();
  RETURN_IF_ERROR(status);
  if (!running->saved.empty()) PutBack(running, batch->at, changes);
  for (const auto& [labels, alert] : running->alerts.alerts()) AppendAlertSamples(rule, alert, &outcome->samples);
  return base::OkStatus();
}

// Those of the changed alerts that have just begun and had begun before.
void RuleGroup::PutBack(Running* running, base::Timestamp at, const AlertChanges& changes) {
  const Rule& rule = *running->rule;
  for (const Alert* alert : changes.changed) {
    if (alert->state != AlertState::kPending || alert->active_at != at) continue;
    const auto found = running->saved.find(rule.labels.With(alert->labels));
    if (found == running->saved.end()) continue;
    running->alerts.SetActiveAt(alert->labels, RestoredActiveAt(found->second, rule.text.hold, at));
  }
}

// What is stored of alerts, before anything is written.
void RuleGroup::ReadSaved(base::Timestamp at) {
  const base::MonotonicTime started = context_.clock.Monotonic();
  for (size_t i = 0; i < rules_.size(); ++i) {
    auto saved = ReadSavedAlerts(*rules_[i], context_.store, at);
    if (!saved.ok()) {
      context_.log.Warn("since when alerts were pending cannot be read, they begin anew",
                        {{"file", text_.file}, {"group", text_.name}, {"error", saved.status().message()}});
      break;
    }
    if (saved->empty()) continue;
    base::MutexLock lock(mutex_);
    running_[i].saved = *std::move(saved);
  }
  SetRestoreDuration(context_.clock.Monotonic() - started);
}

// How the rule fares from now on. A failure is told when it begins and when it ends, not at every slot between.
void RuleGroup::SetHealth(Running* running, std::string error) {
  const RuleText& text = running->rule->text;
  if (!error.empty() && running->last_error.empty()) {
    context_.log.Warn("a rule failed",
                      {{"file", text_.file}, {"group", text_.name}, {"rule", text.name}, {"error", error}});
  } else if (error.empty() && running->health == RuleHealth::kFailed) {
    context_.log.Info("a rule that failed works again",
                      {{"file", text_.file}, {"group", text_.name}, {"rule", text.name}});
  }
  running->health = error.empty() ? RuleHealth::kOk : RuleHealth::kFailed;
  running->last_error = std::move(error);
}

// Alerts that are due and samples, once the rule has its result. Returns what the store refused, in words.
std::string RuleGroup::PutOut(Running* running, const Outcome& outcome, Batch* batch) {
  if (running->rule->alerting()) {
    const base::Duration validity = 4 * std::max(interval(), context_.resend_delay);
    for (Alert& alert : running->alerts.TakeDue(batch->at, context_.resend_delay, validity)) {
      batch->due.push_back(Sent(*running, std::move(alert)));
    }
  }
  RefusedOutput refused;
  running->output.Write(outcome.samples, (batch->at - query_offset_).ms, *batch->appender, &refused);
  batch->samples += outcome.samples.size();
  if (refused.first_error.empty()) return {};
  return "samples refused by the store (" + std::to_string(refused.out_of_order) + " out of order, " +
         std::to_string(refused.too_old) + " too old, " + std::to_string(refused.duplicate) + " duplicate, " +
         std::to_string(refused.other) + " for other reasons): " + refused.first_error;
}

SentAlert RuleGroup::Sent(const Running& running, Alert alert) const {
  return {std::move(alert), text_.file, text_.name, running.rule->text.name, running.rule->query_text};
}

void RuleGroup::Take(Running* running, Outcome outcome, Batch* batch) {
  const base::MonotonicTime started = context_.clock.Monotonic();
  base::Status status = outcome.result.ok() ? base::OkStatus() : outcome.result.status();
  if (status.ok()) {
    status = running->rule->alerting() ? Judge(running, *outcome.result, &outcome, batch)
                                       : Record(*running->rule, *outcome.result, &outcome);
  }
  // What the store refuses makes the rule unwell, though its evaluation did not fail.
  SetHealth(running, status.ok() ? PutOut(running, outcome, batch) : status.message());
  ++figures_.evaluations;
  if (!status.ok()) ++figures_.failures;
  running->last_evaluation = outcome.began;
  // Its own time: between its query and this others of its stage may have had theirs.
  running->duration = outcome.duration + (context_.clock.Monotonic() - started);
  batch->rule_duration_sum += running->duration;
  if (context_.on_rule_evaluated) context_.on_rule_evaluated(running->duration);
  const size_t returned = outcome.result.ok() ? outcome.result->size() : 0;
  running->evaluations.push_back(
      {batch->at, running->duration, outcome.samples_read, returned, running->last_error, running->alerts.state()});
  if (running->evaluations.size() > kKeptEvaluations) running->evaluations.pop_front();
}

void RuleGroup::EvaluateStage(const std::vector<size_t>& stage, Batch* batch) {
  std::vector<Outcome> outcomes(stage.size());
  const auto query = [&](size_t i) { outcomes[i] = Query(stage[i], batch->at); };
  if (context_.run_all && stage.size() > 1) {
    context_.run_all(stage.size(), query);
  } else {
    for (size_t i = 0; i < stage.size(); ++i) query(i);
  }
  {
    base::MutexLock lock(mutex_);
    batch->appender = context_.appendable.NewAppender();
    for (size_t i = 0; i < stage.size(); ++i) Take(&running_[stage[i]], std::move(outcomes[i]), batch);
  }
  Finish(batch);
}

AlertJournal* RuleGroup::Journal() const {
  return context_.journal == nullptr ? nullptr : context_.journal->load(std::memory_order_acquire);
}

// What the journal says comes before what anybody is told, and that before what is stored.
void RuleGroup::Finish(Batch* batch) {
  AlertJournal* const journal = Journal();
  if (journal != nullptr && (!batch->journal.changed.empty() || !batch->journal.gone.empty())) {
    (void)journal->Write(batch->journal);  // it says itself what could not be written; nobody waits for a disk
    batch->journaled = true;
  }
  batch->journal.changed.clear();
  batch->journal.gone.clear();
  if (context_.sink != nullptr && !batch->due.empty())
    context_.sink->OnAlerts(std::exchange(batch->due, {}), batch->at);
  batch->due.clear();
  const base::Status stored = batch->appender->Commit();
  batch->appender.reset();
  if (!stored.ok()) {
    context_.log.Warn("what rules wrote is not durable yet",
                      {{"file", text_.file}, {"group", text_.name}, {"error", stored.message()}});
  }
}

void RuleGroup::Evaluate(base::Timestamp at, const std::atomic<bool>* stop) {
  const base::Timestamp began = context_.clock.Now();
  const base::MonotonicTime started = context_.clock.Monotonic();
  Batch batch;
  batch.at = at;
  batch.journal.file = text_.file;
  batch.journal.group = text_.name;
  batch.journal.slot = at;
  bool read_saved = false;
  {
    base::MutexLock lock(mutex_);
    read_saved = restores_left_ == kRestoringEvaluations;
    batch.gap = GapBefore(at);
    if (std::exchange(restored_, false) && batch.gap > base::Duration::zero()) {
      resumed_at_ = at;
      outage_ = batch.gap;
    }
    if (!orphans_.empty()) {
      batch.appender = context_.appendable.NewAppender();
      EndOrphans(&batch);
    }
  }
  if (batch.appender != nullptr) Finish(&batch);
  if (read_saved) ReadSaved(at);
  for (const std::vector<size_t>& stage : stages_) {
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) break;  // the slot counts as evaluated all the same
    EvaluateStage(stage, &batch);
  }
  if (AlertJournal* const journal = Journal(); journal != nullptr && !batch.journaled) {
    (void)journal->Write(batch.journal);
  }
  base::MutexLock lock(mutex_);
  if (restores_left_ > 0 && --restores_left_ == 0) {
    for (Running& running : running_) running.saved.clear();
  }
  last_slot_ = at;
  ++figures_.iterations;
  figures_.last_evaluation = began;
  figures_.last_slot = at;
  figures_.duration = context_.clock.Monotonic() - started;
  figures_.rule_duration_sum = batch.rule_duration_sum;
  figures_.samples = batch.samples;
}

void RuleGroup::CountMissed(uint64_t slots) {
  base::MutexLock lock(mutex_);
  figures_.missed += slots;
  figures_.iterations += slots;
}

void RuleGroup::Orphan(Running* running) {
  if (running->output.empty() && running->alerts.alerts().empty()) return;
  orphans_.push_back(std::move(*running));
}

// Stale markers for what rules that are no more have written; those of their alerts that fired have resolved.
void RuleGroup::EndOrphans(Batch* batch) {
  for (Running& orphan : orphans_) {
    orphan.output.End((batch->at - query_offset_).ms, *batch->appender);
    const RuleName name = NameOf(*orphan.rule, orphan.number);
    for (auto& [labels, alert] : orphan.alerts.Take()) {
      batch->journal.gone.emplace_back(name, labels);
      if (alert.state != AlertState::kFiring) continue;
      Alert resolved = alert;
      resolved.state = AlertState::kInactive;
      resolved.resolved_at = resolved.last_sent_at = batch->at;
      batch->due.push_back(Sent(orphan, std::move(resolved)));
    }
  }
  orphans_.clear();
}

void RuleGroup::TakeOver(RuleGroup* before) {
  base::MutexLock lock(mutex_);
  base::MutexLock their_lock(before->mutex_);
  std::map<RuleName, Running*> theirs;
  for (Running& running : before->running_) theirs[NameOf(*running.rule, running.number)] = &running;
  for (Running& running : running_) {
    const auto found = theirs.find(NameOf(*running.rule, running.number));
    if (found == theirs.end()) continue;
    Running& old = *found->second;
    running.alerts = std::move(old.alerts);
    running.output = std::move(old.output);
    theirs.erase(found);
  }
  for (auto& [name, running] : theirs) Orphan(running);
  for (Running& orphan : before->orphans_) orphans_.push_back(std::move(orphan));
  before->running_.clear();
  before->orphans_.clear();
  last_slot_ = before->last_slot_;
  taken_interval_ = before->interval();
  resumed_at_ = before->resumed_at_;
  outage_ = before->outage_;
}

void RuleGroup::TakeMoved(RuleGroup* before) {
  base::MutexLock lock(mutex_);
  base::MutexLock their_lock(before->mutex_);
  JournalBatch moved;
  moved.file = text_.file;
  moved.group = text_.name;
  for (Running& running : running_) {
    if (!running.alerts.alerts().empty() || !running.output.empty()) continue;
    const auto found = std::find_if(before->running_.begin(), before->running_.end(), [&](const Running& old) {
      return old.number == running.number && old.rule->SameAs(*running.rule);
    });
    if (found == before->running_.end()) continue;
    running.alerts = std::move(found->alerts);
    running.output = std::move(found->output);
    before->running_.erase(found);
    if (last_slot_.ms == 0) last_slot_ = before->last_slot_;
    taken_interval_ = std::max(taken_interval_, before->interval());
    for (const auto& [labels, alert] : running.alerts.alerts()) {
      moved.changed.emplace_back(NameOf(*running.rule, running.number), &alert);
    }
  }
  moved.slot = last_slot_;
  AlertJournal* const journal = Journal();
  // Under their new name before the old one ends, and with it what the journal knows of it.
  if (journal != nullptr && !moved.changed.empty()) (void)journal->Write(moved);
}

bool RuleGroup::Restore(const std::string& identity, size_t number, const Alert& alert) {
  base::MutexLock lock(mutex_);
  for (Running& running : running_) {
    if (running.number != number || !running.rule->alerting() || running.rule->identity != identity) continue;
    running.alerts.Restore(alert);
    std::vector<OutputSample> samples;
    AppendAlertSamples(*running.rule, alert, &samples);
    for (const OutputSample& sample : samples) running.output.Expect(sample.labels);
    return true;
  }
  return false;
}

void RuleGroup::RestoreOrphan(const std::string& identity, size_t number, Alert alert) {
  auto rule = std::make_shared<Rule>();
  rule->text.alerting = true;
  rule->text.name = std::string(alert.labels.Get(kAlertName));
  rule->identity = identity;
  Running orphan;
  orphan.rule = std::move(rule);
  orphan.number = number;
  orphan.alerts.Restore(std::move(alert));
  base::MutexLock lock(mutex_);
  orphans_.push_back(std::move(orphan));
}

void RuleGroup::RestoreLastSlot(base::Timestamp at) {
  base::MutexLock lock(mutex_);
  last_slot_ = at;
  restored_ = true;
}

void RuleGroup::SetMovedFrom(base::Timestamp last_slot) {
  base::MutexLock lock(mutex_);
  if (last_slot_.ms != 0) return;
  last_slot_ = last_slot;
  restored_ = true;
}

void RuleGroup::SetRestoreDuration(base::Duration duration) {
  base::MutexLock lock(mutex_);
  figures_.restore_duration = duration;
}

void RuleGroup::RestoreFromSeries() {
  base::MutexLock lock(mutex_);
  restores_left_ = kRestoringEvaluations;
}

void RuleGroup::End(base::Timestamp at) {
  Batch batch;
  batch.at = at;
  batch.appender = context_.appendable.NewAppender();
  batch.journal.file = text_.file;
  batch.journal.group = text_.name;
  batch.journal.ended = true;
  {
    base::MutexLock lock(mutex_);
    for (Running& running : running_) Orphan(&running);
    running_.clear();
    EndOrphans(&batch);
    batch.journal.gone.clear();
  }
  if (AlertJournal* const journal = Journal()) (void)journal->Write(batch.journal);
  Finish(&batch);
}

base::Timestamp RuleGroup::last_slot() const {
  base::MutexLock lock(mutex_);
  return last_slot_;
}

LastEvaluation RuleGroup::last_evaluation() const {
  base::MutexLock lock(mutex_);
  LastEvaluation last;
  last.samples = figures_.samples;
  for (const Running& running : running_) {
    if (running.health == RuleHealth::kFailed) last.failed.emplace_back(running.rule, running.last_error);
  }
  return last;
}

RuleStatus RuleGroup::StatusOf(const Running& running) {
  RuleStatus rule;
  rule.rule = running.rule;
  rule.health = running.health;
  rule.last_error = running.last_error;
  rule.last_evaluation = running.last_evaluation;
  rule.duration = running.duration;
  rule.state = running.alerts.state();
  for (const auto& [labels, alert] : running.alerts.alerts()) {
    if (alert.state != AlertState::kInactive) rule.alerts.push_back(alert);
  }
  std::sort(rule.alerts.begin(), rule.alerts.end(), [](const Alert& a, const Alert& b) { return a.labels < b.labels; });
  rule.evaluations.assign(running.evaluations.begin(), running.evaluations.end());
  return rule;
}

GroupStatus RuleGroup::Status(Detail detail) const {
  base::MutexLock lock(mutex_);
  GroupStatus status = figures_;
  status.file = text_.file;
  status.name = text_.name;
  status.interval = interval();
  status.limit = text_.limit;
  status.rule_count = running_.size();
  for (const Running& running : running_) {
    if (running.health == RuleHealth::kFailed) ++status.failing;
    for (const auto& [labels, alert] : running.alerts.alerts()) {
      if (alert.state == AlertState::kPending) ++status.pending;
      if (alert.state == AlertState::kFiring) ++status.firing;
    }
    if (detail == Detail::kRules) status.rules.push_back(StatusOf(running));
  }
  return status;
}

}  // namespace bekci::ruler
