// Numbers as the functions of Prometheus take them: any number, or a text that is one.
//
// Thread rule: functions without state.
#pragma once

#include <string>

#include "agent/base/status.h"
#include "agent/template/value.h"

namespace bekci::templates {

// Errors: invalid, in Go's words; the value is of another kind, or a text that is no number.
base::Result<double> NumberOf(const Value& value);
// C's %.4g, with +Inf, -Inf and NaN spelt so.
std::string FourDigits(double value);

}  // namespace bekci::templates
