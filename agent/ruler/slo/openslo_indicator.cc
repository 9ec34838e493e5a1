// Indicators of OpenSLO: metric sources as queries, and what the budgeting method makes of them.
#include "agent/base/text.h"
#include "agent/ruler/slo/indicator_queries.h"
#include "agent/ruler/slo/openslo_object.h"
#include "agent/ruler/slo/window_text.h"

namespace bekci::ruler::slo {
namespace {

// The query of a metric source that is ours to read.
base::Result<std::string> QueryOf(const config::Values& metric, const OpenSloObjects& objects, const Reading& reading) {
  const config::Values& source = metric.Section("metricSource");
  std::string type = source.String("type");
  config::Mark mark = source.MarkOf("type");
  if (const std::string& name = source.String("metricSourceRef"); !name.empty()) {
    const OpenSloObjects::Object* found = objects.Find("DataSource", name);
    if (found == nullptr) return base::NotFound("metricSourceRef: there is no DataSource " + base::Quoted(name));
    type = found->spec.String("type");
    mark = source.MarkOf("metricSourceRef");
    if (const config::Node* details = found->spec.Tree("connectionDetails"); details != nullptr) {
      reading.Warn(mark, "connectionDetails of " + base::Quoted(name) + " are ignored: the local store is asked");
    }
  }
  if (!type.empty() && !base::EqualsIgnoreCase(type, "prometheus") && !base::EqualsIgnoreCase(type, "bekci")) {
    reading.Warn(mark, "type " + base::Quoted(type) + " is read as Prometheus: the query must be PromQL");
  }
  const config::Node* spec = source.Tree("spec");
  const config::Node* query = spec != nullptr ? spec->Find("query") : nullptr;
  if (query == nullptr || base::Trim(query->scalar).empty())
    return base::Invalid("metricSource.spec: query is missing");
  RETURN_IF_ERROR(CheckQuery(query->scalar).WithContext("query"));
  return std::string(base::Trim(WithoutComments(query->scalar)));
}

// A query without a window as its mean over one: gauges of rates, recorded ratios.
std::string MeanOver(const std::string& query) {
  return "avg_over_time((" + query + ")[" + std::string(kWindowVariable) + ":1m])";
}

std::string EventsOf(const std::string& query, bool counter) {
  if (HasWindow(query)) return query;
  if (!IsPlainSelector(query)) return MeanOver(query);
  return Summed((counter ? "rate(" : "sum_over_time(") + query + "[" + std::string(kWindowVariable) + "])", {});
}

base::Result<Indicator> RawRatio(const config::Values& ratio, const OpenSloObjects& objects, const Reading& reading) {
  if (!ratio.Has("rawType")) return base::Invalid("ratioMetric: raw needs rawType (success or failure)");
  ASSIGN_OR_RETURN(std::string query, QueryOf(ratio.Section("raw"), objects, reading));
  if (!HasWindow(query)) query = MeanOver(query);
  Indicator indicator;
  indicator.kind = Indicator::Kind::kRaw;
  indicator.bad = ratio.String("rawType") == "success" ? "1 - (" + query + ")" : query;
  return indicator;
}

base::Result<Indicator> Ratio(const config::Values& ratio, const OpenSloObjects& objects, const Reading& reading) {
  const bool good = ratio.IsSetInFile("good");
  const bool bad = ratio.IsSetInFile("bad");
  if (ratio.IsSetInFile("raw")) {
    if (good || bad || ratio.IsSetInFile("total")) return base::Invalid("ratioMetric: raw stands alone");
    return RawRatio(ratio, objects, reading);
  }
  if (good == bad || !ratio.IsSetInFile("total")) {
    return base::Invalid("ratioMetric: needs total, and either good or bad; or raw and rawType");
  }
  ASSIGN_OR_RETURN(const std::string part, QueryOf(ratio.Section(good ? "good" : "bad"), objects, reading));
  ASSIGN_OR_RETURN(const std::string total, QueryOf(ratio.Section("total"), objects, reading));
  const bool counter = ratio.Bool("counter");
  const auto kind = good ? Indicator::Kind::kGood : Indicator::Kind::kBad;
  if (counter && IsPlainSelector(part) && IsPlainSelector(total)) return EventRatio(kind, part, total, {});
  return EventRatio(kind, EventsOf(part, counter), EventsOf(total, counter), {});
}

// How good a slice of `window` was, 0 to 1.
std::string GoodShare(const Indicator& indicator, base::Duration window) {
  const std::string total = "(" + FillWindow(indicator.total, window) + ")";
  switch (indicator.kind) {
    case Indicator::Kind::kBad:
      return "1 - ((" + FillWindow(indicator.bad, window) + ") or 0 * " + total + ") / (" + total + " > 0)";
    case Indicator::Kind::kGood:
      return "((" + FillWindow(indicator.good, window) + ") or 0 * " + total + ") / (" + total + " > 0)";
    case Indicator::Kind::kRaw:
      return "1 - (" + FillWindow(indicator.bad, window) + ")";
    case Indicator::Kind::kSlices:
      break;
  }
  return indicator.slice;
}

base::Result<base::Duration> SliceWindow(const config::Values& objective) {
  if (!objective.Has("timeSliceWindow")) return base::Invalid("objectives: timeSliceWindow is missing");
  ASSIGN_OR_RETURN(const OpenSloPeriod period,
                   ParseOpenSloDuration(objective.String("timeSliceWindow")).WithContext("timeSliceWindow"));
  return period.length;
}

// Every moment counts the same; what it is judged by looks back over `window`.
base::Result<Indicator> Sliced(const Indicator& ratio, const config::Values& objective, bool by_target) {
  ASSIGN_OR_RETURN(const base::Duration window, SliceWindow(objective));
  if (by_target && !objective.Has("timeSliceTarget")) {
    return base::Invalid("objectives: timeSliceTarget is missing");
  }
  Indicator sliced;
  sliced.kind = Indicator::Kind::kSlices;
  sliced.slice = GoodShare(ratio, window);
  if (by_target) {
    sliced.slice = "(" + sliced.slice + ") >= bool " + base::DoubleText(objective.Float("timeSliceTarget"));
  } else {
    sliced.slice = "clamp(" + sliced.slice + ", 0, 1)";
  }
  return sliced;
}

base::Result<Indicator> Threshold(const config::Values& spec, const config::Values& objective, bool sliced,
                                  const OpenSloObjects& objects, const Reading& reading) {
  if (!objective.Has("op") || !objective.Has("value")) {
    return base::Invalid("objectives: a thresholdMetric needs op and value");
  }
  base::Duration window = base::minutes(5);
  if (sliced) {
    ASSIGN_OR_RETURN(window, SliceWindow(objective));
  }
  ASSIGN_OR_RETURN(const std::string query, QueryOf(spec.Section("thresholdMetric"), objects, reading));
  Indicator indicator;
  indicator.kind = Indicator::Kind::kSlices;
  indicator.slice = "(" + FillWindow(query, window) + ") " + std::string(OpenSloSign(objective.String("op"))) +
                    " bool " + base::DoubleText(objective.Float("value"));
  return indicator;
}

}  // namespace

base::Result<Indicator> OpenSloIndicator(const config::Values& spec, const config::Values& objective,
                                         std::string_view method, const OpenSloObjects& objects,
                                         const Reading& reading) {
  const bool threshold = spec.IsSetInFile("thresholdMetric");
  if (threshold == spec.IsSetInFile("ratioMetric")) {
    return base::Invalid("indicator: needs exactly one of thresholdMetric and ratioMetric");
  }
  if (threshold) return Threshold(spec, objective, method != "Occurrences", objects, reading);
  if (objective.Has("op") || objective.Has("value")) {
    reading.Warn(objective.mark(), "op and value mean nothing for a ratioMetric and are ignored");
  }
  ASSIGN_OR_RETURN(Indicator ratio, Ratio(spec.Section("ratioMetric"), objects, reading));
  if (method == "Occurrences") return ratio;
  return Sliced(ratio, objective, method == "Timeslices");
}

}  // namespace bekci::ruler::slo
