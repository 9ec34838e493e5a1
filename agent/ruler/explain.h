// Explain: why an alert fires, or why it does not, in words first and with the data below.
//
// The expression is taken apart where a person would take it apart: at its comparisons, `and`, `or`, `unless`, joins
// and aggregations. Each part is evaluated for itself at the moment asked about, over what is stored, so the answer is
// as good for last night as for now. The part that decides is the first, from the outermost inwards, that gives nothing
// although what it is made of gives something; or a selector that finds nothing.
//
// Thread rule: functions without state; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/promql/engine.h"
#include "agent/ruler/rule_group.h"
#include "agent/storage/storage.h"

namespace bekci::ruler {

// Series that are shown of a part.
inline constexpr size_t kShownSeries = 10;

struct ExplainedSeries {
  std::string labels;
  std::string value;
};

// A part of the expression and what it gave.
struct ExplainedPart {
  std::string text;
  int depth = 0;        // below the whole expression
  size_t series = 0;    // that it gave
  size_t selected = 0;  // series that its selectors matched in the store, whether or not they have a sample now
  bool decides = false;
  std::string note;  // "3 series are compared with 5; the nearest is 4.2"
  std::string error;
  std::vector<ExplainedSeries> values;  // the first kShownSeries
};

struct ExplainedAlert {
  Alert alert;
  std::string sentence;  // "firing since 10:02:15 (12m), pending since 09:57:15"
};

struct Explanation {
  std::string file;
  std::string group;
  std::string name;
  std::string query;
  base::Timestamp at;
  bool is_now = true;                  // at is the last evaluation
  std::vector<std::string> sentences;  // the answer
  std::vector<ExplainedAlert> alerts;  // of the rule's state; only if is_now
  std::vector<ExplainedPart> parts;    // the whole first, then what it is made of
  std::vector<Evaluation> evaluations;
  base::Duration hold{};
  base::Duration keep_firing_for{};
};

// `status` is one alerting rule of `group`. `at` 0: the rule's last evaluation (or now, before the first).
Explanation Explain(const GroupStatus& group, const RuleStatus& status, base::Timestamp at, base::Timestamp now,
                    promql::Engine& engine, storage::Queryable& store);

}  // namespace bekci::ruler
