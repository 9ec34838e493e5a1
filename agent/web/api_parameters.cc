#include "agent/web/api_parameters.h"

#include <algorithm>
#include <cmath>

#include "agent/base/duration.h"
#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/promql/parser.h"

namespace bekci::web {
namespace {

// How Prometheus prints its own bounds, which clients send back.
constexpr std::string_view kMinTimeText = "-292273086-05-16T16:47:06Z";
constexpr std::string_view kMaxTimeText = "292277025-08-18T07:12:54.999999999Z";

base::Status BadNumber(std::string_view text, std::string_view why) {
  return base::Invalid("strconv.Atoi: parsing " + base::Quoted(text) + ": " + std::string(why));
}

}  // namespace

base::Result<int64_t> ParseApiTime(std::string_view text) {
  if (const auto seconds = base::ParseDouble(text); seconds && std::isfinite(*seconds)) {
    const double ms = std::round(*seconds * 1000);
    if (!(std::fabs(ms) < 0x1p63)) return ms < 0 ? kMinTimeMs : kMaxTimeMs;
    return std::clamp(static_cast<int64_t>(ms), kMinTimeMs, kMaxTimeMs);
  }
  if (const auto ms = base::ParseRfc3339(text)) return *ms;
  if (text == kMinTimeText) return kMinTimeMs;
  if (text == kMaxTimeText) return kMaxTimeMs;
  return base::Invalid("cannot parse " + base::Quoted(text) + " to a valid timestamp");
}

base::Result<base::Duration> ParseApiDuration(std::string_view text) {
  const auto bad = [&](const char* rest) {
    return base::Invalid("cannot parse " + base::Quoted(text) + " to a valid duration" + rest);
  };
  if (const auto seconds = base::ParseDouble(text)) {
    if (std::isnan(*seconds)) return base::Duration::min();  // as Go converts it: what wants more than 0 refuses it
    const double ns = *seconds * 1e9;
    if (!(std::fabs(ns) < 0x1p63)) return bad(". It overflows int64");
    return base::Duration(static_cast<int64_t>(ns));
  }
  auto duration = base::ParseDuration(text);
  if (!duration.ok()) return bad("");
  return duration;
}

base::Status InvalidParameter(std::string_view name, std::string_view message) {
  return base::Invalid("invalid parameter " + base::Quoted(name) + ": " + std::string(message));
}

ApiParameters::ApiParameters(const net::HttpRequest& request) : query_(request.query) {
  if (request.method != "POST" && request.method != "PUT") return;
  const std::string_view type = request.Header("Content-Type");
  if (!base::ToLower(type.substr(0, type.find(';'))).starts_with("application/x-www-form-urlencoded")) return;
  if (!net::ParseForm(request.body, &form_)) {
    status_ = base::Invalid("error parsing form values: the body is not a form, or has more than 1000 fields");
  }
}

std::string_view ApiParameters::Get(std::string_view name) const {
  for (const auto* pairs : {&form_, &query_}) {
    for (const auto& [key, value] : *pairs) {
      if (key == name) return value;
    }
  }
  return {};
}

bool ApiParameters::Has(std::string_view name) const {
  return !Get(name).empty();
}

std::vector<std::string_view> ApiParameters::All(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto* pairs : {&form_, &query_}) {
    for (const auto& [key, value] : *pairs) {
      if (key == name) values.push_back(value);
    }
  }
  return values;
}

base::Result<int64_t> ApiParameters::Time(std::string_view name, int64_t otherwise) const {
  const std::string_view text = Get(name);
  if (text.empty()) return otherwise;
  auto time = ParseApiTime(text);
  if (time.ok()) return time;
  return InvalidParameter(name, "invalid time value for '" + std::string(name) + "': " + time.status().message());
}

base::Result<size_t> ApiParameters::Limit(std::string_view name) const {
  const std::string_view text = Get(name);
  if (text.empty()) return size_t{0};
  const std::string_view digits = text.front() == '+' ? text.substr(1) : text;
  const auto value = base::ParseInt(digits);
  if (!value) {
    const bool number = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
    return InvalidParameter(name, BadNumber(text, number ? "value out of range" : "invalid syntax").message());
  }
  if (*value < 0) return InvalidParameter(name, "limit must be non-negative");
  return static_cast<size_t>(*value);
}

base::Result<std::vector<std::vector<model::Matcher>>> ApiParameters::Selectors(Empty empty) const {
  std::vector<std::vector<model::Matcher>> selectors;
  for (const std::string_view text : All("match[]")) {
    auto matchers = promql::ParseMetricSelector(text);
    if (!matchers.ok()) return matchers.status();
    const bool selects =
        std::any_of(matchers->begin(), matchers->end(), [](const auto& m) { return !m.MatchesEmpty(); });
    if (!selects && empty == Empty::kRefused)
      return base::Invalid("match[] must contain at least one non-empty matcher");
    selectors.push_back(*std::move(matchers));
  }
  return selectors;
}

}  // namespace bekci::web
