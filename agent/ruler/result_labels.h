// ResultLabels: which labels the samples of an expression can have, as far as its aggregations and matchings say.
//
// Either closed, by (job, instance) leaves these and no other; or open, any but those that were taken away. A selector
// is open: what its series carry nobody knows.
//
// Thread rule: functions without state.
#pragma once

#include <set>
#include <string>

#include "agent/promql/ast.h"

namespace bekci::ruler {

struct ResultLabels {
  bool closed = false;
  std::set<std::string> names;  // closed: those that may be there; open: those that are not

  bool MayHave(const std::string& name) const { return names.contains(name) == closed; }
};

ResultLabels ResultLabelsOf(const promql::Expr& expr);

}  // namespace bekci::ruler
