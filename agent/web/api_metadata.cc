// PrometheusApi's lists of what is known beside samples: metadata, exemplars, targets.
#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/promql/parser.h"
#include "agent/promql/walk.h"
#include "agent/web/api.h"
#include "agent/web/api_answer.h"

namespace bekci::web {
namespace {

// Metadata calls "unknown" what text calls untyped.
std::string_view TypeOf(const storage::MetricMetadata& metadata) {
  return metadata.type == model::MetricType::kUntyped ? "unknown" : model::MetricTypeName(metadata.type);
}

void WriteMetadata(wire::JsonWriter* json, const storage::MetricMetadata& metadata) {
  json->Member("type", TypeOf(metadata));
  json->Member("help", metadata.help);
  json->Member("unit", metadata.unit);
}

// -1: not given.
base::Result<int64_t> OptionalNumber(const ApiParameters& parameters, std::string_view name) {
  const std::string_view text = parameters.Get(name);
  if (text.empty()) return int64_t{-1};
  const auto value = base::ParseInt(text);
  if (!value) return base::Invalid(std::string(name) + " must be a number");
  return *value;
}

// The selectors of every vector in the query: what exemplars are looked up by.
std::vector<std::vector<model::Matcher>> SelectorsOf(const promql::Expr& expr) {
  std::vector<std::vector<model::Matcher>> selectors;
  promql::Walk(expr, [&](const promql::Expr& node) {
    if (node.kind != promql::ExprKind::kVectorSelector) return;
    selectors.push_back(promql::As<promql::VectorSelector>(node).matchers);
  });
  return selectors;
}

void WriteExemplars(wire::JsonWriter* json, const storage::ExemplarSeries& series) {
  json->BeginObject();
  json->Key("seriesLabels");
  WriteLabels(json, series.labels);
  json->Key("exemplars");
  json->BeginArray();
  for (const model::Exemplar& exemplar : series.exemplars) {
    json->BeginObject();
    json->Key("labels");
    WriteLabels(json, exemplar.labels);
    json->Key("value");
    wire::AppendJsonValue(&json->out(), exemplar.value);
    json->Key("timestamp");
    wire::AppendJsonTime(&json->out(), exemplar.timestamp ? exemplar.timestamp->ms : 0);
    json->EndObject();
  }
  json->EndArray();
  json->EndObject();
}

std::string_view HealthText(collect::TargetHealth health) {
  switch (health) {
    case collect::TargetHealth::kUp:
      return "up";
    case collect::TargetHealth::kDown:
      return "down";
    default:
      return "unknown";
  }
}

void WriteActiveTarget(wire::JsonWriter* json, const collect::ActiveTarget& active, const OwnAddress& own) {
  const collect::ScrapeTarget& target = active.target;
  json->BeginObject();
  json->Key("discoveredLabels");
  WriteLabels(json, target.discovered);
  json->Key("labels");
  WriteLabels(json, target.labels);
  json->Member("scrapePool", target.scrape_pool);
  json->Member("scrapeUrl", target.url);
  json->Member("globalUrl", GlobalUrl(target.url, own));
  json->Member("lastError", active.last_error);
  json->Member("lastScrape",
               active.last_scrape.ms == 0 ? std::string(base::kNoTime) : base::Rfc3339(active.last_scrape.ms));
  json->Key("lastScrapeDuration");
  json->Number(base::ToSeconds(active.last_duration));
  json->Member("health", HealthText(active.health));
  json->Member("scrapeInterval", base::DurationText(target.interval));
  json->Member("scrapeTimeout", base::DurationText(target.timeout));
  json->EndObject();
}

void WriteDroppedTarget(wire::JsonWriter* json, const collect::DroppedTarget& dropped) {
  json->BeginObject();
  json->Key("discoveredLabels");
  WriteLabels(json, dropped.discovered);
  json->Member("scrapePool", dropped.scrape_pool);
  json->EndObject();
}

}  // namespace

net::HttpResponse PrometheusApi::Metadata(Request, Parameters parameters) {
  const auto limit = OptionalNumber(parameters, "limit");
  if (!limit.ok()) return ErrorAnswer(limit.status());
  const auto per_metric = OptionalNumber(parameters, "limit_per_metric");
  if (!per_metric.ok()) return ErrorAnswer(per_metric.status());
  std::vector<std::pair<std::string, storage::MetricMetadata>> found;
  if (sources_.metadata != nullptr && *limit != 0) {
    found = sources_.metadata->Metadata(parameters.Get("metric"), *limit < 0 ? 0 : static_cast<size_t>(*limit));
  }
  ApiAnswer answer;
  wire::JsonWriter& json = answer.json();
  json.BeginObject();
  for (const auto& [metric, metadata] : found) {
    json.Key(metric);
    json.BeginArray();
    json.BeginObject();
    WriteMetadata(&json, metadata);
    json.EndObject();
    json.EndArray();
  }
  json.EndObject();
  return answer.Finish();
}

net::HttpResponse PrometheusApi::Exemplars(Request, Parameters parameters) {
  const auto start = parameters.Time("start", kMinTimeMs);
  if (!start.ok()) return ErrorAnswer(start.status());
  const auto end = parameters.Time("end", kMaxTimeMs);
  if (!end.ok()) return ErrorAnswer(end.status());
  if (*end < *start) {
    return ErrorAnswer(ApiError::kBadData, "end timestamp must not be before start timestamp");
  }
  const auto expr = promql::ParseExpr(parameters.Get("query"), sources_.engine.options().features);
  if (!expr.ok()) return ErrorAnswer(expr.status());
  const std::vector<std::vector<model::Matcher>> selectors = SelectorsOf(**expr);
  if (selectors.empty()) {  // as Prometheus: not even an empty list
    net::HttpResponse nothing;
    nothing.status = 204;
    return nothing;
  }
  std::vector<storage::ExemplarSeries> found;
  if (sources_.exemplars != nullptr) {
    auto series = sources_.exemplars->SelectExemplars(*start, *end, selectors);
    if (!series.ok()) return ErrorAnswer(ApiError::kExecution, series.status().message());
    found = *std::move(series);
  }
  ApiAnswer answer;
  answer.json().BeginArray();
  for (const storage::ExemplarSeries& series : found) WriteExemplars(&answer.json(), series);
  answer.json().EndArray();
  return answer.Finish();
}

net::HttpResponse PrometheusApi::Targets(Request, Parameters parameters) {
  const std::string state = base::ToLower(parameters.Get("state"));
  const bool any = state.empty() || state == "any";
  const std::string_view pool = parameters.Get("scrapePool");
  const auto wanted = [&](const std::string& name) { return pool.empty() || pool == name; };
  const collect::TargetList list = sources_.targets ? sources_.targets() : collect::TargetList();
  ApiAnswer answer;
  wire::JsonWriter& json = answer.json();
  json.BeginObject();
  json.Key("activeTargets");
  json.BeginArray();
  for (const collect::ActiveTarget& target : list.active) {
    if ((any || state == "active") && wanted(target.target.scrape_pool))
      WriteActiveTarget(&json, target, sources_.own_address);
  }
  json.EndArray();
  json.Key("droppedTargets");
  json.BeginArray();
  for (const collect::DroppedTarget& target : list.dropped) {
    if ((any || state == "dropped") && wanted(target.scrape_pool)) WriteDroppedTarget(&json, target);
  }
  json.EndArray();
  json.Key("droppedTargetCounts");
  json.BeginObject();
  for (const auto& [name, count] : list.dropped_counts) {
    if ((any || state == "dropped") && wanted(name)) json.Member(name, static_cast<int64_t>(count));
  }
  json.EndObject();
  json.EndObject();
  return answer.Finish();
}

net::HttpResponse PrometheusApi::TargetMetadata(Request, Parameters parameters) {
  const auto limit = OptionalNumber(parameters, "limit");
  if (!limit.ok()) return ErrorAnswer(limit.status());
  std::vector<model::Matcher> matchers;
  if (parameters.Has("match_target")) {
    auto parsed = promql::ParseMetricSelector(parameters.Get("match_target"));
    if (!parsed.ok()) return ErrorAnswer(InvalidParameter("match_target", parsed.status().message()));
    matchers = *std::move(parsed);
  }
  const std::string_view metric = parameters.Get("metric");
  ApiAnswer answer;
  wire::JsonWriter& json = answer.json();
  json.BeginArray();
  int64_t left = *limit < 0 ? INT64_MAX : *limit;
  for (const MetadataOfTarget& row :
       sources_.target_metadata ? sources_.target_metadata() : std::vector<MetadataOfTarget>()) {
    if (!metric.empty() && row.metric != metric) continue;
    if (!model::MatchesAll(matchers, row.target)) continue;
    if (left-- <= 0) break;
    json.BeginObject();
    json.Key("target");
    WriteLabels(&json, row.target);
    if (metric.empty()) json.Member("metric", row.metric);
    WriteMetadata(&json, row.metadata);
    json.EndObject();
  }
  json.EndArray();
  return answer.Finish();
}

net::HttpResponse PrometheusApi::ScrapePools(Request, Parameters) {
  const collect::TargetList list = sources_.targets ? sources_.targets() : collect::TargetList();
  ApiAnswer answer;
  answer.json().BeginObject();
  answer.json().Key("scrapePools");
  answer.json().BeginArray();
  for (const std::string& pool : list.pools) answer.json().String(pool);
  answer.json().EndArray();
  answer.json().EndObject();
  return answer.Finish();
}

net::HttpResponse PrometheusApi::Notifications(Request, Parameters) {
  ApiAnswer answer;
  answer.json().BeginArray();
  answer.json().EndArray();
  return answer.Finish();
}

net::HttpResponse PrometheusApi::Alertmanagers(Request, Parameters) {
  ApiAnswer answer;
  answer.json().BeginObject();
  for (const std::string_view key : {"activeAlertmanagers", "droppedAlertmanagers"}) {
    answer.json().Key(key);
    answer.json().BeginArray();
    answer.json().EndArray();
  }
  answer.json().EndObject();
  return answer.Finish();
}

}  // namespace bekci::web
