// Backtest: how often, and how long, alerting rules would have fired over stored history.
//
// Each rule is evaluated at its group's slots with the transitions of the real thing (alerting_state.h). Where its
// expression depends on stored series alone it is asked as a range query, a thousand slots at a time: at every slot
// that gives what an instant query gives. A rule that reads what other rules under test write (a recorded series,
// ALERTS), or whose expression knows the ends of a range query, is evaluated step by step: what these rules read is
// loaded into memory, and their groups run over it as they would have. Memory is bounded by the answer of a thousand
// slots, and by BacktestOptions::max_samples.
//
// Every test begins earlier than it counts, by as long as a rule looks back and waits, so that an alert that was
// pending or firing at the start is that here. What differs from the past: times in which no agent ran are evaluated as
// well (from what is stored), and so are late samples. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/promql/engine.h"
#include "agent/ruler/rule_text.h"
#include "agent/storage/memory_storage.h"

namespace bekci::ruler {

// Where history comes from: a store in this process, or a server.
class BacktestHistory {
 public:
  virtual ~BacktestHistory() = default;
  // A range query; steps at start, start + step, ... up to `end`.
  virtual base::Result<promql::Matrix> Range(const std::string& query, base::Timestamp start, base::Timestamp end,
                                             base::Duration step) = 0;
  // The samples of the series that match, in [min, max], in any order of series, by time.
  using Take = std::function<base::Status(const model::Labels&, const storage::Samples&)>;
  virtual base::Status Load(const std::vector<model::Matcher>& matchers, base::Timestamp min, base::Timestamp max,
                            const Take& take) = 0;
};

struct BacktestOptions {
  base::Timestamp start;  // what is counted: [start, end]
  base::Timestamp end;
  base::Duration evaluation_interval = base::seconds(15);  // of groups that name none
  base::Duration query_offset{};
  promql::Features features;
  size_t max_samples = 10'000'000;  // held for rules that go step by step
  // Slots that were evaluated, of all; may be empty.
  std::function<void(uint64_t done, uint64_t of)> on_progress = nullptr;
};

// One time that one alert fired.
struct BacktestFiring {
  model::Labels labels;
  base::Timestamp active_at;
  base::Timestamp fired_at;
  base::Timestamp resolved_at;  // 0: it fires at the end
};
inline constexpr size_t kKeptFirings = 1000;

struct BacktestResult {
  size_t group = 0;  // of the groups given, and the rule in it
  size_t rule = 0;
  uint64_t evaluations = 0;
  uint64_t failed = 0;  // evaluations
  std::string error;    // the first; with no evaluation at all: why there is none
  bool stepped = false;
  uint64_t firings = 0;               // alerts that began to fire, or fired at the start
  uint64_t near_misses = 0;           // pending, and gone before `for` had passed
  size_t alerts = 0;                  // different label sets among the firings
  base::Duration firing_time{};       // in which at least one alert fired
  base::Duration longest{};           // of one firing
  std::vector<BacktestFiring> shown;  // the newest kKeptFirings, by the time they began
};

// `groups` were checked (ParseRuleFile). Of the alerting rules that `wanted` accepts, in order. Recording rules serve
// the others; those that `recorded` accepts are taken from history as they stand there. Errors: of rules that cannot be
// made; what goes wrong with one rule stands in its result.
using RulePredicate = std::function<bool(size_t group, size_t rule)>;
base::Result<std::vector<BacktestResult>> Backtest(const std::vector<GroupText>& groups, const RulePredicate& wanted,
                                                   const RulePredicate& recorded, BacktestHistory& history,
                                                   base::Clock& clock, const BacktestOptions& options);

}  // namespace bekci::ruler
