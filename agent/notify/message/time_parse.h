// ParseTime: Go's time.ParseInLocation with the host's zone.
//
// The layout shows how the reference time, Mon Jan 2 15:04:05 MST 2006 (-0700), would be written. An offset in the text
// is used and forgotten: the moment is then shown in UTC (Go keeps a nameless zone for it); a zone's abbreviation is
// read and, as Go does when it knows no better, taken for UTC.
//
// Source: Go's time package. Thread rule: a function without state.
#pragma once

#include <string_view>

#include "agent/base/status.h"
#include "agent/template/go_time.h"

namespace bekci::notify::message {

// Errors: invalid, `parsing time "x" as "2006-01-02": cannot parse "x" as "2006"`.
base::Result<templates::Moment> ParseTime(std::string_view layout, std::string_view text);

}  // namespace bekci::notify::message
