#include "agent/ruler/backtest.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "agent/base/log.h"
#include "agent/promql/walk.h"
#include "agent/ruler/firing_tally.h"
#include "agent/ruler/rule.h"
#include "agent/ruler/rule_group.h"
#include "agent/ruler/slots.h"
#include "agent/ruler/template_query.h"

namespace bekci::ruler {
namespace {

constexpr int64_t kSlotsPerQuery = 1000;
// However long a rule waits or looks back, not more than this is evaluated before what counts.
constexpr base::Duration kLongestWarmUp = base::hours(24);
// Loading goes piece by piece, so that no answer is large.
constexpr base::Duration kLoadPiece = base::hours(6);

class QuietLogger : public base::Logger {
 protected:
  void Write(base::LogLevel, std::string_view, std::span<const base::LogField>) override {}
};

// Without the texts that only people read: expanding them costs much and decides nothing.
RuleText Judged(RuleText text) {
  std::erase_if(text.annotations, [](const auto& pair) { return pair.first != "bekci_on_missing"; });
  return text;
}

// A rule as the test sees it.
struct Subject {
  size_t group = 0;
  size_t number = 0;  // in the group
  std::shared_ptr<const Rule> rule;
  bool wanted = false;    // an alerting rule to report on
  bool recorded = false;  // its series are taken from history
  bool stepped = false;
};

// Whether a range query says at a step what an instant query says there.
bool IsOneRange(const Rule& rule) {
  if (rule.on_missing != OnMissing::kResolve) return false;  // looks at what the selectors found at each slot
  const std::string& text = rule.query_text;
  for (const std::string_view bound : {"@ start()", "@ end()", "range()", "step()", "start()", "end()"}) {
    if (text.find(bound) != std::string::npos) return false;
  }
  return true;
}

// What a rule's selectors match, and how far back the furthest of them may look.
struct Reads {
  std::vector<std::vector<model::Matcher>> selectors;
  int64_t back_ms = 0;
};

Reads ReadsOf(const Rule& rule, int64_t lookback_ms) {
  Reads reads;
  reads.back_ms = lookback_ms;
  // Nested ranges and offsets add up along a branch; the sum over the whole tree is never less.
  promql::Walk(*rule.query->expr, [&](const promql::Expr& node) {
    if (node.kind == promql::ExprKind::kVectorSelector) {
      const auto& selector = promql::As<promql::VectorSelector>(node);
      reads.selectors.push_back(selector.matchers);
      reads.back_ms += std::max<int64_t>(selector.time.offset.ms, 0);
    } else if (node.kind == promql::ExprKind::kMatrixSelector) {
      reads.back_ms += promql::As<promql::MatrixSelector>(node).range.ms;
    } else if (node.kind == promql::ExprKind::kSubquery) {
      const auto& subquery = promql::As<promql::Subquery>(node);
      reads.back_ms += subquery.range.ms + std::max<int64_t>(subquery.time.offset.ms, 0);
    }
  });
  return reads;
}

// Whether what `writer` writes may be among what `reader` reads.
bool MayRead(const Rule& reader, const Subject& writer) {
  const Reads reads = ReadsOf(reader, 0);
  if (reader.reads.size() > reads.selectors.size()) return true;  // a template asks, and nobody knows what
  const RuleText& text = writer.rule->text;
  const auto may_be = [&](std::string_view metric) {
    return [&text, metric](const std::vector<model::Matcher>& matchers) {
      return std::all_of(matchers.begin(), matchers.end(), [&](const model::Matcher& matcher) {
        if (matcher.name() == model::kMetricName) return matcher.Matches(metric);
        return !text.alerting || matcher.name() != kAlertName || matcher.Matches(text.name);
      });
    };
  };
  const auto any_may_be = [&](std::string_view metric) {
    return std::any_of(reads.selectors.begin(), reads.selectors.end(), may_be(metric));
  };
  return text.alerting ? any_may_be(kAlertsMetric) || any_may_be(kAlertsForStateMetric) : any_may_be(text.name);
}

promql::Vector ColumnAt(const promql::Matrix& matrix, base::Timestamp at,
                        std::vector<std::pair<size_t, size_t>>* next) {
  promql::Vector vector;
  for (size_t i = 0; i < matrix.size(); ++i) {
    const storage::Samples& samples = matrix[i].samples;
    auto& [value, histogram] = (*next)[i];
    while (value < samples.times.size() && samples.times[value] < at.ms) ++value;
    while (histogram < samples.histogram_times.size() && samples.histogram_times[histogram] < at.ms) ++histogram;
    if (value < samples.times.size() && samples.times[value] == at.ms) {
      vector.push_back({matrix[i].labels, at.ms, samples.values[value], nullptr});
    } else if (histogram < samples.histogram_times.size() && samples.histogram_times[histogram] == at.ms) {
      vector.push_back({matrix[i].labels, at.ms, 0, samples.histograms[histogram]});
    }
  }
  return vector;
}

class Test {
 public:
  Test(const std::vector<GroupText>& groups, BacktestHistory& history, base::Clock& clock,
       const BacktestOptions& options)
      : groups_(groups),
        history_(history),
        clock_(clock),
        options_(options),
        engine_(EngineOptionsOf(options), clock) {}

  base::Status Prepare(const RulePredicate& wanted, const RulePredicate& recorded) {
    for (size_t g = 0; g < groups_.size(); ++g) {
      for (size_t r = 0; r < groups_[g].rules.size(); ++r) {
        Subject subject;
        subject.group = g;
        subject.number = r;
        ASSIGN_OR_RETURN(subject.rule, MakeRule(Judged(groups_[g].rules[r]), groups_[g].labels, engine_));
        subject.wanted = subject.rule->alerting() && wanted(g, r);
        subject.recorded = !subject.rule->alerting() && recorded(g, r);
        subjects_.push_back(std::move(subject));
      }
    }
    ChooseStepped();
    for (const Subject& subject : subjects_) {
      if (subject.wanted && !subject.stepped) slots_ += SlotCount(subject);
    }
    for (size_t g = 0; g < groups_.size(); ++g) {
      if (AnyStepped(g)) slots_ += static_cast<uint64_t>((options_.end - SteppedFrom()) / IntervalOf(g)) + 1;
    }
    return base::OkStatus();
  }

  std::vector<BacktestResult> Run() {
    std::vector<BacktestResult> results;
    for (const Subject& subject : subjects_) {
      if (!subject.wanted) continue;
      BacktestResult& result = results.emplace_back();
      result.group = subject.group;
      result.rule = subject.number;
      result.stepped = subject.stepped;
      if (!subject.stepped) RunRanges(subject, &result);
    }
    RunSteps(&results);
    return results;
  }

 private:
  static promql::EngineOptions EngineOptionsOf(const BacktestOptions& options) {
    promql::EngineOptions engine;
    engine.features = options.features;
    return engine;
  }

  // A wanted rule that reads what a rule under test writes goes step by step, with whatever writes that, and so on.
  void ChooseStepped() {
    for (Subject& subject : subjects_) {
      if (!subject.wanted) continue;
      subject.stepped = !IsOneRange(*subject.rule) || std::any_of(subjects_.begin(), subjects_.end(), [&](auto& one) {
        return !one.recorded && MayRead(*subject.rule, one);
      });
    }
    for (bool grown = true; grown;) {
      grown = false;
      for (Subject& writer : subjects_) {
        if (writer.stepped || writer.recorded) continue;
        writer.stepped = std::any_of(subjects_.begin(), subjects_.end(), [&](const Subject& reader) {
          return reader.stepped && MayRead(*reader.rule, writer);
        });
        grown = grown || writer.stepped;
      }
    }
  }

  bool AnyStepped(size_t group) const {
    return std::any_of(subjects_.begin(), subjects_.end(),
                       [&](const Subject& one) { return one.group == group && one.stepped; });
  }
  base::Duration IntervalOf(size_t group) const {
    return groups_[group].interval.value_or(options_.evaluation_interval);
  }
  Slots SlotsOf(size_t group) const { return {groups_[group].file, groups_[group].name, IntervalOf(group)}; }
  base::Timestamp FirstSlot(size_t group, base::Timestamp from) const {
    return SlotsOf(group).Next(from - base::milliseconds(1));
  }
  static base::Duration WarmUp(const RuleText& text) {
    return std::min(std::max(text.hold, base::Duration::zero()) + text.keep_firing_for, kLongestWarmUp);
  }
  uint64_t SlotCount(const Subject& subject) const {
    const base::Duration all = options_.end - options_.start + WarmUp(subject.rule->text);
    return static_cast<uint64_t>(all / IntervalOf(subject.group)) + 1;
  }
  base::Timestamp SteppedFrom() const {
    base::Duration warm{};
    for (const Subject& subject : subjects_) {
      if (!subject.stepped) continue;
      warm = std::max(warm, WarmUp(subject.rule->text) + base::milliseconds(subject.rule->window_ms));
    }
    return options_.start - std::min(warm, kLongestWarmUp);
  }

  void Progress(uint64_t slots) {
    done_ += slots;
    if (options_.on_progress) options_.on_progress(std::min(done_, slots_), slots_);
  }

  // ---- range by range ----

  void RunRanges(const Subject& subject, BacktestResult* result) {
    const base::Duration interval = IntervalOf(subject.group);
    const base::Duration offset = groups_[subject.group].query_offset.value_or(options_.query_offset);
    FiringTally tally(options_.start, interval);
    AlertingState state;
    base::Timestamp at = FirstSlot(subject.group, options_.start - WarmUp(subject.rule->text));
    while (at <= options_.end) {
      const base::Timestamp last = std::min(at + (kSlotsPerQuery - 1) * interval, options_.end);
      auto matrix = history_.Range(subject.rule->query_text, at - offset, last - offset, interval);
      const auto slots = static_cast<uint64_t>((last - at) / interval) + 1;
      result->evaluations += slots;
      if (matrix.ok()) {
        StepThrough(subject, *matrix, at, last, offset, &state, &tally, result);
      } else {
        Fail(slots, matrix.status().message(), result);
      }
      Progress(slots);
      at = at + static_cast<int64_t>(slots) * interval;
    }
    tally.Finish(result);
  }

  void StepThrough(const Subject& subject, const promql::Matrix& matrix, base::Timestamp first, base::Timestamp last,
                   base::Duration offset, AlertingState* state, FiringTally* tally, BacktestResult* result) {
    std::vector<std::pair<size_t, size_t>> next(matrix.size());
    const base::Duration interval = IntervalOf(subject.group);
    std::vector<const Alert*> active;
    for (base::Timestamp at = first; at <= last; at = at + interval) {
      promql::Vector vector = ColumnAt(matrix, at - offset, &next);
      active.clear();
      if (!vector.empty() || !state->alerts().empty()) {
        AlertStep step;
        step.at = at;
        step.limit = groups_[subject.group].limit;
        step.environment = &environment_;
        step.counters = &counters_;
        AlertChanges changes;
        const base::Status status = state->Step(*subject.rule, vector, step, &changes);
        if (!status.ok()) Fail(1, status.message(), result);
        for (const auto& [labels, alert] : state->alerts()) {
          if (alert.state != AlertState::kInactive) active.push_back(&alert);
        }
      }
      tally->Observe(at, active);
    }
  }

  static void Fail(uint64_t evaluations, const std::string& error, BacktestResult* result) {
    result->failed += evaluations;
    if (result->error.empty()) result->error = error;
  }

  // ---- step by step ----

  struct Stepped {
    size_t group = 0;  // of groups_
    std::shared_ptr<RuleGroup> running;
    base::Timestamp next;
    std::vector<size_t> numbers;  // of its rules, in groups_
  };

  void RunSteps(std::vector<BacktestResult>* results) {
    std::vector<BacktestResult*> ours;
    for (BacktestResult& result : *results) {
      if (result.stepped) ours.push_back(&result);
    }
    if (ours.empty()) return;
    std::vector<Stepped> groups;
    base::Status status = LoadReads();
    if (status.ok()) status = MakeGroups(&groups);
    std::vector<FiringTally> tallies;
    tallies.reserve(ours.size());
    for (const BacktestResult* result : ours) tallies.emplace_back(options_.start, IntervalOf(result->group));
    while (status.ok()) {
      Stepped* const due = &*std::min_element(groups.begin(), groups.end(),
                                              [](const Stepped& a, const Stepped& b) { return a.next < b.next; });
      if (due->next > options_.end) break;
      due->running->Evaluate(due->next);
      samples_ += due->running->last_evaluation().samples;
      if (samples_ > options_.max_samples) status = TooMany();
      Look(*due, ours, &tallies);
      due->next = due->next + IntervalOf(due->group);
      Progress(1);
    }
    for (size_t i = 0; i < ours.size(); ++i) {
      tallies[i].Finish(ours[i]);
      if (!status.ok()) Fail(0, status.message(), ours[i]);
    }
  }

  // Everything that the rules read and no rule writes anew.
  base::Status LoadReads() {
    Reads all;
    std::set<std::string> known;
    for (const Subject& subject : subjects_) {
      if (!subject.stepped) continue;
      Reads reads = ReadsOf(*subject.rule, base::ToMillis(engine_.options().lookback));
      all.back_ms = std::max(all.back_ms, reads.back_ms);
      for (auto& matchers : reads.selectors) {
        std::string text;
        for (const model::Matcher& matcher : matchers) text += matcher.ToString() + ",";
        if (known.insert(text).second) all.selectors.push_back(std::move(matchers));
      }
    }
    // All from the same moment: what a series is given first must not be younger than what another selector adds.
    const base::Timestamp from = SteppedFrom() - base::milliseconds(all.back_ms) - options_.query_offset;
    for (const auto& matchers : all.selectors) {
      for (base::Timestamp at = from; at <= options_.end; at = at + kLoadPiece) {
        RETURN_IF_ERROR(LoadPiece(matchers, at, std::min(at + kLoadPiece - base::milliseconds(1), options_.end)));
      }
    }
    return base::OkStatus();
  }

  base::Status LoadPiece(const std::vector<model::Matcher>& matchers, base::Timestamp min, base::Timestamp max) {
    const auto appender = store_.NewAppender();
    RETURN_IF_ERROR(
        history_.Load(matchers, min, max, [&](const model::Labels& labels, const storage::Samples& samples) {
          if (IsWritten(labels)) return base::OkStatus();
          samples_ += samples.size();
          if (samples_ > options_.max_samples) return TooMany();
          // What two selectors match is loaded twice and stored once: older samples are refused as out of order.
          for (size_t i = 0; i < samples.times.size(); ++i) {
            (void)appender->Append(0, labels, samples.times[i], samples.values[i]);
          }
          for (size_t i = 0; i < samples.histogram_times.size(); ++i) {
            (void)appender->AppendHistogram(0, labels, samples.histogram_times[i], samples.histograms[i]);
          }
          return base::OkStatus();
        }));
    return appender->Commit();
  }

  base::Status TooMany() const {
    return base::LimitReached("rules that read what other rules write are tested in memory, and these read more than " +
                              std::to_string(options_.max_samples) + " samples; a shorter time needs fewer");
  }

  bool IsWritten(const model::Labels& labels) const {
    const std::string_view metric = labels.Get(model::kMetricName);
    const bool alert = metric == kAlertsMetric || metric == kAlertsForStateMetric;
    const std::string_view name = alert ? labels.Get(kAlertName) : metric;
    return std::any_of(subjects_.begin(), subjects_.end(), [&](const Subject& one) {
      return one.stepped && one.rule->alerting() == alert && one.rule->text.name == name;
    });
  }

  base::Status MakeGroups(std::vector<Stepped>* groups) {
    GroupContext context{engine_, store_, store_, clock_, log_};
    context.environment.query = [this](const std::string& expr, base::Timestamp at) {
      return QueryForTemplate(engine_, store_, expr, at);
    };
    context.counters = &counters_;
    for (size_t g = 0; g < groups_.size(); ++g) {
      Stepped stepped;
      stepped.group = g;
      GroupText text = groups_[g];
      text.rules.clear();
      for (const Subject& subject : subjects_) {
        if (subject.group != g || !subject.stepped) continue;
        text.rules.push_back(Judged(groups_[g].rules[subject.number]));
        stepped.numbers.push_back(subject.number);
      }
      if (text.rules.empty()) continue;
      ASSIGN_OR_RETURN(stepped.running,
                       RuleGroup::Make(text, options_.evaluation_interval, options_.query_offset, context));
      stepped.next = FirstSlot(g, SteppedFrom());
      groups->push_back(std::move(stepped));
    }
    return base::OkStatus();
  }

  void Look(const Stepped& group, const std::vector<BacktestResult*>& ours, std::vector<FiringTally>* tallies) const {
    const GroupStatus status = group.running->Status();
    for (size_t i = 0; i < ours.size(); ++i) {
      if (ours[i]->group != group.group) continue;
      const auto found = std::find(group.numbers.begin(), group.numbers.end(), ours[i]->rule);
      const RuleStatus& rule = status.rules[static_cast<size_t>(found - group.numbers.begin())];
      ++ours[i]->evaluations;
      if (rule.health == RuleHealth::kFailed) Fail(1, rule.last_error, ours[i]);
      std::vector<const Alert*> active;
      for (const Alert& alert : rule.alerts) active.push_back(&alert);
      (*tallies)[i].Observe(group.next, active);
    }
  }

  const std::vector<GroupText>& groups_;
  BacktestHistory& history_;
  base::Clock& clock_;
  const BacktestOptions& options_;
  promql::Engine engine_;
  QuietLogger log_;
  TemplateCounters counters_;
  templates::RuleTemplateEnvironment environment_;
  std::vector<Subject> subjects_;
  storage::MemoryStorage store_;
  size_t samples_ = 0;  // in store_
  uint64_t slots_ = 0;
  uint64_t done_ = 0;
};

}  // namespace

base::Result<std::vector<BacktestResult>> Backtest(const std::vector<GroupText>& groups, const RulePredicate& wanted,
                                                   const RulePredicate& recorded, BacktestHistory& history,
                                                   base::Clock& clock, const BacktestOptions& options) {
  Test test(groups, history, clock, options);
  RETURN_IF_ERROR(test.Prepare(wanted, recorded));
  return test.Run();
}

}  // namespace bekci::ruler
