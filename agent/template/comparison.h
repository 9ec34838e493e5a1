// eq, ne, lt, le, gt, ge as text/template compares: strict about kinds.
//
// An int and a float are not comparable, which is why {{if gt $value 5}} is an error and {{if gt $value 5.0}} works.
// Signed and unsigned integers compare by value. gt is "not le" and le is "lt or eq", so with NaN gt and ge are true.
//
// Thread rule: functions without state.
#pragma once

#include <span>

#include "agent/template/value.h"

namespace bekci::templates {

// Whether the first operand equals any of the others.
base::Result<Value> CallEq(Call& call);
base::Result<Value> CallNe(Call& call);
base::Result<Value> CallLt(Call& call);
base::Result<Value> CallLe(Call& call);
base::Result<Value> CallGt(Call& call);
base::Result<Value> CallGe(Call& call);

}  // namespace bekci::templates
