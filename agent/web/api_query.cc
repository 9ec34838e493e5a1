// PrometheusApi's queries: /api/v1/query and /api/v1/query_range.
#include <algorithm>
#include <cmath>

#include "agent/web/api.h"
#include "agent/web/api_answer.h"
#include "agent/web/api_result.h"

namespace bekci::web {
namespace {

// Enough for 60 s steps over a week, or 1 h steps over a year.
constexpr int64_t kMaxPoints = 11'000;
constexpr size_t kMaxAnnotations = 10;  // of each kind

constexpr std::string_view kTooManyPoints =
    "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)";
constexpr std::string_view kStepNotPositive =
    "zero or negative query resolution step widths are not accepted. Try a positive integer";

ApiError ErrorOf(promql::ErrorKind kind) {
  switch (kind) {
    case promql::ErrorKind::kBadData:
      return ApiError::kBadData;
    case promql::ErrorKind::kTimeout:
      return ApiError::kTimeout;
    case promql::ErrorKind::kCanceled:
      return ApiError::kCanceled;
    case promql::ErrorKind::kInternal:
      return ApiError::kInternal;
    default:
      return ApiError::kExecution;
  }
}

struct RangeTimes {
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  int64_t step_ms = 0;
};

base::Result<int64_t> RequiredTime(const ApiParameters& parameters, std::string_view name) {
  auto time = ParseApiTime(parameters.Get(name));
  if (!time.ok()) return InvalidParameter(name, time.status().message());
  return time;
}

base::Result<RangeTimes> ReadTimes(const ApiParameters& parameters) {
  RangeTimes times;
  ASSIGN_OR_RETURN(times.start_ms, RequiredTime(parameters, "start"));
  ASSIGN_OR_RETURN(times.end_ms, RequiredTime(parameters, "end"));
  if (times.end_ms < times.start_ms) return InvalidParameter("end", "end timestamp must not be before start time");
  const auto step = ParseApiDuration(parameters.Get("step"));
  if (!step.ok()) return InvalidParameter("step", step.status().message());
  if (*step <= base::Duration::zero()) return InvalidParameter("step", kStepNotPositive);
  // In nanoseconds as Prometheus counts; as doubles, since the range may be all of time.
  const double range_ns = (static_cast<double>(times.end_ms) - static_cast<double>(times.start_ms)) * 1e6;
  if (std::floor(range_ns / static_cast<double>(step->count())) > kMaxPoints) {
    return base::Invalid(std::string(kTooManyPoints));
  }
  // The store's times are whole milliseconds; a finer step would never move.
  times.step_ms = base::ToMillis(*step);
  if (times.step_ms <= 0) return InvalidParameter("step", kStepNotPositive);
  return times;
}

}  // namespace

base::Result<promql::QueryOptions> PrometheusApi::ReadOptions(Parameters parameters) const {
  promql::QueryOptions options;
  options.max_annotations = kMaxAnnotations;
  ASSIGN_OR_RETURN(options.limit, parameters.Limit());
  if (parameters.Has("timeout")) {
    const auto timeout = ParseApiDuration(parameters.Get("timeout"));
    if (!timeout.ok()) return InvalidParameter("timeout", timeout.status().message());
    // Nothing left of the time: the engine's 0 means its own.
    options.timeout = std::max(*timeout, base::Duration(1));
  }
  if (parameters.Has("lookback_delta")) {
    const auto lookback = ParseApiDuration(parameters.Get("lookback_delta"));
    if (!lookback.ok()) {
      return base::Invalid("error parsing lookback delta duration: " + lookback.status().message());
    }
    options.lookback = *lookback;
  }
  options.stats = parameters.Has("stats");
  options.per_step_stats = parameters.Get("stats") == "all";
  return options;
}

net::HttpResponse PrometheusApi::AnswerQuery(const promql::QueryResult& result, const promql::QueryOptions& options) {
  if (result.error != promql::ErrorKind::kNone) {
    base::Status status = result.status;
    if (result.error == promql::ErrorKind::kBadData) status = InvalidParameter("query", status.message());
    // Without warnings and infos: what was noted on the way to a failure, Prometheus does not tell.
    return ErrorAnswer(ErrorOf(result.error), status.message());
  }
  ApiAnswer answer;
  if (!WriteResult(&answer, result.value, options.stats ? &result.stats : nullptr)) {
    return ErrorAnswer(ApiError::kExecution, "the answer is larger than " + std::to_string(kMaxAnswerBytes >> 20) +
                                                 " MiB; select fewer series, a shorter range or a larger step");
  }
  return answer.Finish(result.warnings, result.infos);
}

net::HttpResponse PrometheusApi::Query(Request request, Parameters parameters) {
  const auto time = parameters.Time("time", sources_.clock.Now().ms);
  if (!time.ok()) return ErrorAnswer(time.status());
  auto options = ReadOptions(parameters);
  if (!options.ok()) return ErrorAnswer(options.status());
  const promql::CancelToken cancel(request.gone);
  options->cancel = &cancel;
  return AnswerQuery(sources_.engine.Instant(sources_.store, parameters.Get("query"), *time, *options), *options);
}

net::HttpResponse PrometheusApi::QueryRange(Request request, Parameters parameters) {
  const auto times = ReadTimes(parameters);
  if (!times.ok()) return ErrorAnswer(times.status());
  auto options = ReadOptions(parameters);
  if (!options.ok()) return ErrorAnswer(options.status());
  const promql::CancelToken cancel(request.gone);
  options->cancel = &cancel;
  return AnswerQuery(sources_.engine.Range(sources_.store, parameters.Get("query"), times->start_ms, times->end_ms,
                                           times->step_ms, *options),
                     *options);
}

}  // namespace bekci::web
