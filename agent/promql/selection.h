// Aggregations that need all elements of a step at once: topk, bottomk, limitk and limit_ratio choose among them,
// quantile orders them, count_values counts equal ones.
//
// Thread rule: functions without state.
#pragma once

#include <string>

#include "agent/base/status.h"
#include "agent/promql/aggregation.h"
#include "agent/promql/columns.h"

namespace bekci::promql {

// `ks` is the parameter, one per step; checked and said by CheckParameter. The result keeps the elements' labels; in
// an instant query (one step) topk and bottomk are ordered by value within their group.
void SelectElements(const AggregateExpr& expr, const ScalarColumn& ks, Columns columns, FoldNotes* notes, Columns* out);
void AggregateQuantile(const AggregateExpr& expr, const ScalarColumn& qs, const Columns& columns, FoldNotes* notes,
                       Columns* out);
// Errors: invalid, where `label` cannot be a label's name.
base::Status CountValues(const AggregateExpr& expr, const std::string& label, const Columns& columns, Columns* out);

// Warns of parameters out of range. Errors: invalid, where one makes no sense.
base::Status CheckParameter(const AggregateExpr& expr, const ScalarColumn& params, Annotations* annotations);

// A place in [0, 1) by a hash of the labels: limit_ratio(r) takes what lies below r, limit_ratio(-r) the rest.
double RatioPlace(const model::Labels& labels);

}  // namespace bekci::promql
