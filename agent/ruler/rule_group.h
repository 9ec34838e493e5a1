// RuleGroup: the rules of one group and everything they remember; evaluates itself at a slot when told to.
//
// An evaluation goes through the group's stages (rule_order.h). In each, the queries run, together where there are
// threads to spare; then, in the order of the file: alerts advance, what changed is written to the journal, alerts that
// are due are handed over, and the samples of the stage are stored in one batch. A rule that fails says so and hurts no
// other.
//
// Source: Prometheus' rules/group.go. Invariants: the journal is written before anybody is told.
// Thread rule: Evaluate, TakeOver and End by one thread at a time; snapshots from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/promql/engine.h"
#include "agent/ruler/alert.h"
#include "agent/ruler/alerting_state.h"
#include "agent/ruler/output_series.h"
#include "agent/ruler/rule.h"
#include "agent/ruler/rule_text.h"
#include "agent/ruler/series_restore.h"
#include "agent/ruler/slots.h"
#include "agent/storage/storage.h"

namespace bekci::ruler {

class AlertJournal;

// Runs fn(0) ... fn(count - 1), in any order, and returns when all have run.
using RunAll = std::function<void(size_t count, const std::function<void(size_t)>& fn)>;

// What groups need of the rest; all of it outlives them.
struct GroupContext {
  promql::Engine& engine;
  storage::Queryable& store;
  storage::Appendable& appendable;
  base::Clock& clock;  // measures durations
  base::Logger& log;
  const std::atomic<AlertJournal*>* journal = nullptr;  // null, or null in it: nothing outlives the process
  AlertSink* sink = nullptr;                            // null: nobody is told
  templates::RuleTemplateEnvironment environment = {};
  TemplateCounters* counters = nullptr;
  RunAll run_all = nullptr;                                         // null: one after the other
  std::function<void(base::Duration)> on_rule_evaluated = nullptr;  // may be null
  base::Duration resend_delay = base::minutes(1);
};

// One evaluation of one rule, as it is kept for `bekci why`.
struct Evaluation {
  base::Timestamp at;
  base::Duration duration{};
  int64_t samples_read = 0;
  size_t series_returned = 0;
  std::string error;
  AlertState state = AlertState::kInactive;  // after it
};
inline constexpr size_t kKeptEvaluations = 10;

enum class RuleHealth : unsigned char { kUnknown, kOk, kFailed };

struct RuleStatus {
  std::shared_ptr<const Rule> rule;
  RuleHealth health = RuleHealth::kUnknown;
  std::string last_error;
  base::Timestamp last_evaluation;  // by the clock, when it began
  base::Duration duration{};
  AlertState state = AlertState::kInactive;
  std::vector<Alert> alerts;            // pending and firing
  std::vector<Evaluation> evaluations;  // the newest last
};

// What the last evaluation of a group came to, for those who look at each: rule tests.
struct LastEvaluation {
  uint64_t samples = 0;
  std::vector<std::pair<std::shared_ptr<const Rule>, std::string>> failed;  // and why
};

struct GroupStatus {
  std::string file;
  std::string name;
  base::Duration interval{};
  int64_t limit = 0;
  base::Timestamp last_evaluation;  // by the clock, when it began
  base::Timestamp last_slot;
  base::Duration duration{};
  base::Duration rule_duration_sum{};
  base::Duration restore_duration{};
  uint64_t evaluations = 0;
  uint64_t failures = 0;
  uint64_t iterations = 0;
  uint64_t missed = 0;
  uint64_t samples = 0;  // of the last evaluation
  size_t rule_count = 0;
  size_t failing = 0;  // rules
  size_t pending = 0;  // alerts
  size_t firing = 0;
  std::vector<RuleStatus> rules;  // only with Detail::kRules
};

enum class Detail : unsigned char { kFigures, kRules };

class RuleGroup {
 public:
  // `text` was checked (ParseRuleFile). Errors: as MakeRule.
  static base::Result<std::shared_ptr<RuleGroup>> Make(const GroupText& text, base::Duration default_interval,
                                                       base::Duration default_query_offset,
                                                       const GroupContext& context);

  const std::string& file() const { return text_.file; }
  const std::string& name() const { return text_.name; }
  std::string key() const { return text_.file + ";" + text_.name; }
  const Slots& slots() const { return slots_; }
  base::Duration interval() const { return slots_.interval(); }
  base::Duration query_offset() const { return query_offset_; }
  std::span<const std::shared_ptr<const Rule>> rules() const { return rules_; }
  // Same key, interval, limit, offset and rules: it may go on running in the other's place.
  bool SameAs(const RuleGroup& other) const;

  // Evaluates all rules at slot `at`. `stop`, when set meanwhile, ends it between two stages.
  void Evaluate(base::Timestamp at, const std::atomic<bool>* stop = nullptr) EXCLUDES(mutex_);
  void CountMissed(uint64_t slots) EXCLUDES(mutex_);

  // Takes alerts, series and figures of the group that this one replaces, rule by rule: by name and labels, the first
  // with the first. What finds no partner ends at the next evaluation; its firing alerts resolve.
  void TakeOver(RuleGroup* before) EXCLUDES(mutex_);
  // The same for rules that came here from a group that is no more, unchanged: moved to another file, or renamed with
  // it.
  void TakeMoved(RuleGroup* before) EXCLUDES(mutex_);
  // Of a journal: an alert of the rule with this identity (its `number`th, from 0). False: there is no such rule.
  bool Restore(const std::string& identity, size_t number, const Alert& alert) EXCLUDES(mutex_);
  // Of a journal: an alert of a rule that is no more. If it fired it resolves at the next evaluation.
  void RestoreOrphan(const std::string& identity, size_t number, Alert alert) EXCLUDES(mutex_);
  // Some of its alerts were restored from another group, last evaluated at `last_slot`.
  void SetMovedFrom(base::Timestamp last_slot) EXCLUDES(mutex_);
  // When this group was evaluated last, by an earlier process.
  void RestoreLastSlot(base::Timestamp at) EXCLUDES(mutex_);
  void SetRestoreDuration(base::Duration duration) EXCLUDES(mutex_);
  // No journal knows the group: alerts that the next two evaluations find are put back from ALERTS_FOR_STATE.
  void RestoreFromSeries() EXCLUDES(mutex_);
  // The group is gone: stale markers, and its alerts resolve.
  void End(base::Timestamp at) EXCLUDES(mutex_);

  LastEvaluation last_evaluation() const EXCLUDES(mutex_);
  GroupStatus Status(Detail detail = Detail::kRules) const EXCLUDES(mutex_);
  base::Timestamp last_slot() const EXCLUDES(mutex_);

 private:
  struct Running {
    std::shared_ptr<const Rule> rule;
    size_t number = 0;  // among those of the same identity
    AlertingState alerts;
    OutputSeries output;
    SavedAlerts saved;  // not looked for yet in what is active
    RuleHealth health = RuleHealth::kUnknown;
    std::string last_error;
    bool template_failed = false;  // at the last evaluation
    base::Timestamp last_evaluation;
    base::Duration duration{};
    std::deque<Evaluation> evaluations;
  };
  struct Outcome;
  struct Batch;

  RuleGroup(const GroupText& text, base::Duration interval, base::Duration query_offset, GroupContext context);

  Outcome Query(size_t index, base::Timestamp at) const EXCLUDES(mutex_);
  std::optional<std::unordered_set<model::Labels>> Judged(size_t index, base::Timestamp at) const EXCLUDES(mutex_);
  void EvaluateStage(const std::vector<size_t>& stage, Batch* batch) EXCLUDES(mutex_);
  void ReadSaved(base::Timestamp at) EXCLUDES(mutex_);
  void PutBack(Running* running, base::Timestamp at, const AlertChanges& changes) REQUIRES(mutex_);
  base::Duration GapBefore(base::Timestamp at) REQUIRES(mutex_);
  bool MissingIsExcused(const Rule& rule, const Outcome& outcome, base::Timestamp at) const REQUIRES(mutex_);
  void Take(Running* running, Outcome outcome, Batch* batch) REQUIRES(mutex_);
  base::Status Record(const Rule& rule, const promql::Vector& result, Outcome* outcome) const;
  base::Status Judge(Running* running, const promql::Vector& result, Outcome* outcome, Batch* batch) REQUIRES(mutex_);
  void SetHealth(Running* running, std::string error) REQUIRES(mutex_);
  std::string PutOut(Running* running, const Outcome& outcome, Batch* batch) REQUIRES(mutex_);
  void Orphan(Running* running) REQUIRES(mutex_);
  void EndOrphans(Batch* batch) REQUIRES(mutex_);
  void Finish(Batch* batch) EXCLUDES(mutex_);
  SentAlert Sent(const Running& running, Alert alert) const;
  AlertJournal* Journal() const;
  static RuleStatus StatusOf(const Running& running);

  const GroupText text_;  // without its rules
  const GroupContext context_;
  const Slots slots_;
  const base::Duration query_offset_;
  std::vector<std::shared_ptr<const Rule>> rules_;
  std::vector<std::vector<size_t>> stages_;

  mutable base::Mutex mutex_;
  std::vector<Running> running_ GUARDED_BY(mutex_);
  std::vector<Running> orphans_ GUARDED_BY(mutex_);  // of rules that are no more
  base::Timestamp last_slot_ GUARDED_BY(mutex_);
  bool restored_ GUARDED_BY(mutex_) = false;            // last_slot_ is of a process before this one
  int restores_left_ GUARDED_BY(mutex_) = 0;            // evaluations that look for saved alerts
  base::Duration taken_interval_ GUARDED_BY(mutex_){};  // of the group this one replaced, until the first evaluation
  base::Timestamp resumed_at_ GUARDED_BY(mutex_);       // the first slot after a restart that left some out,
  base::Duration outage_ GUARDED_BY(mutex_){};          // and for how long nothing was evaluated before it
  GroupStatus figures_ GUARDED_BY(mutex_);              // counters and durations
};

}  // namespace bekci::ruler
