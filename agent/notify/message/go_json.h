// JSON as Go's encoding/json writes it, byte for byte: what Alertmanager's consumers have always been sent.
//
// Source: Go's encoding/json with its HTML escaping: < > & and U+2028, U+2029 as \u003c ..., control characters as
// \u00XX but for \n \r \t, bytes that are no UTF-8 as \ufffd. Thread rule: functions without state.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/template/go_time.h"
#include "agent/template/value.h"

namespace bekci::notify::message {

// `text` in quotes.
void AppendGoJson(std::string_view text, std::string* out);
// A float64. Errors: invalid; JSON has no infinities.
base::Status AppendGoJson(double number, std::string* out);
// 2026-11-21T10:55:26.547Z, without quotes: UTC, no trailing zeros behind the point. Go's zero time is year 1.
std::string Rfc3339(const templates::Moment& moment);
std::string Rfc3339(base::Timestamp time);

// Any value of a template: objects by the names in json_names, maps with sorted keys. Errors: invalid; limit, where it
// is longer than `limit` bytes or nested too deep.
base::Status AppendGoJson(const templates::Value& value, size_t limit, std::string* out);

// Go's zero time, 0001-01-01T00:00:00Z.
inline constexpr templates::Moment kZeroMoment = {.seconds = -62'135'596'800};
// What a time of 0 means here: there is none.
templates::Moment MomentOf(base::Timestamp time);

}  // namespace bekci::notify::message
