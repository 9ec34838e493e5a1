// ApiParameters: what a request of the Prometheus API asks, from the query string and a form in the body, and the forms
// in which times, durations and limits are written. Messages are Prometheus'.
//
// Source: Prometheus web/api/v1/api.go (parseTime, parseDuration, parseLimitParam, parseMatchersParam).
// Thread rule: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/model/matcher.h"
#include "agent/net/http.h"

namespace bekci::web {

// Unix time in seconds with decimals, or RFC 3339. Errors: invalid, `cannot parse "x" to a valid timestamp`.
base::Result<int64_t> ParseApiTime(std::string_view text);
// Seconds with decimals, or 1h30m. Errors: invalid, `cannot parse "x" to a valid duration`.
base::Result<base::Duration> ParseApiDuration(std::string_view text);

// `invalid parameter "NAME": ...`, as code invalid.
base::Status InvalidParameter(std::string_view name, std::string_view message);

class ApiParameters {
 public:
  // The request outlives this. A form in the body is read (its values go before those of the query string); one that
  // cannot be read makes status() an error.
  explicit ApiParameters(const net::HttpRequest& request);
  const base::Status& status() const { return status_; }

  std::string_view Get(std::string_view name) const;  // the first value, or empty
  bool Has(std::string_view name) const;
  std::vector<std::string_view> All(std::string_view name) const;

  // Absent or empty: `otherwise`. Errors: invalid, naming the parameter.
  base::Result<int64_t> Time(std::string_view name, int64_t otherwise) const;
  base::Result<size_t> Limit(std::string_view name = "limit") const;  // 0: none
  // match[], each selecting at least something unless `empty` allows more. Empty when none is given. Errors do not name
  // the parameter: most of Prometheus' answers do not.
  enum class Empty : uint8_t { kRefused, kAllowed };  // a selector that meets series without any label, as {} does
  base::Result<std::vector<std::vector<model::Matcher>>> Selectors(Empty empty = Empty::kRefused) const;

 private:
  const std::vector<std::pair<std::string, std::string>>& query_;
  std::vector<std::pair<std::string, std::string>> form_;
  base::Status status_;
};

// What stands for "from the beginning" and "to the end".
inline constexpr int64_t kMinTimeMs = INT64_MIN / 1'000'000;
inline constexpr int64_t kMaxTimeMs = INT64_MAX / 1'000'000;

}  // namespace bekci::web
