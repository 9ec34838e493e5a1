// PrometheusApi's status pages. Fields that only a Go process has are there, with what a C++ one can truly say.
#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/promql/features.h"
#include "agent/web/api.h"
#include "agent/web/api_answer.h"

namespace bekci::web {
namespace {

// What clients that adapt to a Prometheus version are told: Grafana asks which functions and parameters it may use.
constexpr std::string_view kSpokenVersion = "3.14.0";
constexpr size_t kDefaultTop = 10;

void WriteCounts(wire::JsonWriter* json, std::string_view key, const std::vector<NamedCount>& counts) {
  json->Key(key);
  json->BeginArray();
  for (const NamedCount& count : counts) {
    json->BeginObject();
    json->Member("name", count.name);
    json->Member("value", static_cast<int64_t>(count.value));
    json->EndObject();
  }
  json->EndArray();
}

}  // namespace

net::HttpResponse PrometheusApi::StatusConfig(Request, Parameters) {
  ApiAnswer answer;
  answer.json().BeginObject();
  answer.json().Member("yaml", sources_.config_text ? sources_.config_text() : std::string());
  answer.json().EndObject();
  return answer.Finish();
}

net::HttpResponse PrometheusApi::StatusFlags(Request, Parameters) {
  ApiAnswer answer;
  answer.json().BeginObject();
  if (sources_.flags) {
    for (const auto& [name, value] : sources_.flags()) answer.json().Member(name, value);
  }
  answer.json().EndObject();
  return answer.Finish();
}

net::HttpResponse PrometheusApi::StatusBuild(Request, Parameters) {
  ApiAnswer answer;
  wire::JsonWriter& json = answer.json();
  json.BeginObject();
  json.Member("version", kSpokenVersion);
  json.Member("revision", sources_.build.revision);
  json.Member("branch", "");
  json.Member("buildUser", "");
  json.Member("buildDate", sources_.build.date);
  json.Member("goVersion", "");
  json.Member("application", "bekci");
  json.Member("applicationVersion", sources_.build.version);
  json.EndObject();
  return answer.Finish();
}

net::HttpResponse PrometheusApi::StatusRuntime(Request, Parameters) {
  const RuntimeFacts facts = sources_.runtime ? sources_.runtime() : RuntimeFacts();
  ApiAnswer answer;
  wire::JsonWriter& json = answer.json();
  json.BeginObject();
  json.Member("startTime", base::Rfc3339(facts.start.ms));
  json.Member("CWD", facts.directory);
  json.Member("hostname", facts.host);
  json.Member("serverTime", base::Rfc3339(sources_.clock.Now().ms));
  json.Member("reloadConfigSuccess", facts.reload_ok);
  json.Member("lastConfigTime", base::Rfc3339(facts.last_reload.ms));
  json.Member("corruptionCount", static_cast<int64_t>(facts.corruptions));
  json.Member("goroutineCount", static_cast<int64_t>(facts.threads));
  json.Member("GOMAXPROCS", int64_t{0});
  json.Member("GOMEMLIMIT", int64_t{0});
  json.Member("GOGC", "");
  json.Member("GODEBUG", "");
  json.Member("storageRetention", facts.retention);
  json.EndObject();
  return answer.Finish();
}

net::HttpResponse PrometheusApi::StatusStore(Request, Parameters parameters) {
  size_t limit = kDefaultTop;
  if (parameters.Has("limit")) {
    const auto given = base::ParseInt(parameters.Get("limit"));
    if (!given || *given < 1) return ErrorAnswer(ApiError::kBadData, "limit must be a positive number");
    limit = static_cast<size_t>(*given);
    if (limit > 10'000) return ErrorAnswer(ApiError::kBadData, "limit must not exceed 10000");
  }
  const StoreFacts facts = sources_.store_facts ? sources_.store_facts(limit) : StoreFacts();
  ApiAnswer answer;
  wire::JsonWriter& json = answer.json();
  json.BeginObject();
  json.Key("headStats");
  json.BeginObject();
  json.Member("numSeries", static_cast<int64_t>(facts.series));
  json.Member("numLabelPairs", static_cast<int64_t>(facts.label_pairs));
  json.Member("chunkCount", static_cast<int64_t>(facts.chunks));
  json.Member("minTime", facts.min_ms);
  json.Member("maxTime", facts.max_ms);
  json.EndObject();
  WriteCounts(&json, "seriesCountByMetricName", facts.series_by_metric);
  WriteCounts(&json, "labelValueCountByLabelName", facts.values_by_label);
  WriteCounts(&json, "memoryInBytesByLabelName", facts.bytes_by_label);
  WriteCounts(&json, "seriesCountByLabelValuePair", facts.series_by_pair);
  json.EndObject();
  return answer.Finish();
}

// Prometheus counts segments, which clients make a bar of; ours are read as one, so the numbers are bytes.
net::HttpResponse PrometheusApi::StatusWalReplay(Request, Parameters) {
  const ReplayFacts facts = sources_.replay ? sources_.replay() : ReplayFacts{true, 0, 0};
  ApiAnswer answer;
  wire::JsonWriter& json = answer.json();
  json.BeginObject();
  json.Member("min", int64_t{0});
  json.Member("max", static_cast<int64_t>(facts.total_bytes));
  json.Member("current", static_cast<int64_t>(facts.done ? facts.total_bytes : facts.read_bytes));
  json.Member("state", facts.done ? "done" : facts.total_bytes == 0 ? "waiting" : "in progress");
  json.EndObject();
  return answer.Finish();
}

net::HttpResponse PrometheusApi::Features(Request, Parameters) {
  const promql::Features& on = sources_.engine.options().features;
  ApiAnswer answer;
  wire::JsonWriter& json = answer.json();
  json.BeginObject();
  json.Key("promql");
  json.BeginObject();
  json.Member("at_modifier", true);
  json.Member("negative_offset", true);
  json.Member("subqueries", true);
  json.Member("duration_expr", true);
  json.Member("experimental_functions", on.experimental_functions);
  json.Member("extended_range_selectors", on.extended_range_selectors);
  json.Member("fill", on.binop_fill_modifiers);
  json.Member("delayed_name_removal", on.delayed_name_removal);
  json.Member("type_and_unit_labels", on.type_and_unit_labels);
  json.EndObject();
  json.EndObject();
  return answer.Finish();
}

}  // namespace bekci::web
