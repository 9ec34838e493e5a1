// Queries of an indicator, made from the little that people write: a selector becomes a sum of rates, a histogram and a
// threshold a share of its buckets, a probe a count of its failures.
//
// Thread rule: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/ruler/slo/slo.h"

namespace bekci::ruler::slo {

// Whether `text` is a selector without range, offset or @: `http_requests_total{code=~"5.."}`.
bool IsPlainSelector(std::string_view text);

// Parses `query` as PromQL with a window filled in. Errors: invalid, in Prometheus' words.
base::Status CheckQuery(std::string_view query);

enum class QueryUnit : unsigned char { kUnknown, kPerSecond, kCount, kMixed };
// What the functions that read ranges say a query gives: rate() events per second, increase() a count. Unknown when it
// does not parse or reads no range.
QueryUnit UnitOf(std::string_view query);

// "sum by (a, b) (inner)".
std::string Summed(std::string_view inner, std::span<const std::string> by);

// A selector of counters as a query of events per second; a query with {{.window}} stays as it is. Errors: invalid for
// anything else.
base::Result<std::string> EventQuery(std::string_view text, std::span<const std::string> by);

// Bad (or good, by `kind`) events among all, each a selector or a query. Errors: as EventQuery, naming the part.
base::Result<Indicator> EventRatio(Indicator::Kind kind, std::string_view part, std::string_view total,
                                   std::span<const std::string> by);

// Observations of at most `threshold` (in the histogram's unit) are good. `histogram` is a selector by the base name,
// as in http_request_duration_seconds{job="shop"}; `native`: it has no buckets of its own.
base::Result<Indicator> Latency(std::string_view histogram, double threshold, bool native,
                                std::span<const std::string> by);

// The matcher of a bucket's bound whatever way it is spelled: le="0.5", le=~"1|1\\.0".
std::string BoundMatcher(double bound);

// Samples that are 0 are bad: probe_success, mysql_up.
base::Result<Indicator> Uptime(std::string_view gauge, std::span<const std::string> by);

// `selector` with another name, and `matcher` (or none) added.
std::string Renamed(std::string_view selector, std::string_view name, std::string_view matcher);
// The metric name of a plain selector; empty where it has none.
std::string_view NameOf(std::string_view selector);

}  // namespace bekci::ruler::slo
