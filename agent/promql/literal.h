// Literals: the values of the tokens that carry one, in Go's forms.
//
// Source: Go's strconv.ParseInt with base 0, ParseFloat and Unquote; Prometheus' model.ParseDuration.
// Thread rule: functions without state.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/status.h"

namespace bekci::promql {

// 1_000, .5, 1e3, 0x1F, 0777 (octal), Inf, NaN. Errors: invalid, in Go's words.
base::Result<double> NumberValue(std::string_view text);

// Seconds of 1h30m. Errors: invalid, "not a valid duration string: ..." or "duration out of range".
base::Result<double> DurationSeconds(std::string_view text);

// What stands between the quotes of a string token, escapes resolved. The lexer has checked them.
std::string StringValue(std::string_view text);

}  // namespace bekci::promql
