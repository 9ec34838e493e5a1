#include "agent/app/commands/api_history.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/app/commands/api_client.h"
#include "agent/app/commands/query_output.h"
#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/config/node.h"
#include "agent/ruler/slo/slo.h"

namespace bekci::app::commands {
namespace {

using Json = nlohmann::json;

std::string Seconds(int64_t ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(ms) / 1000);
  return text;
}

promql::Matrix MatrixOf(const QueryAnswer& answer) {
  promql::Matrix matrix;
  for (const QuerySeries& series : answer.series) {
    promql::MatrixSeries& out = matrix.emplace_back();
    out.labels = model::Labels::FromPairs(std::vector<model::Labels::Pair>(series.labels.begin(), series.labels.end()));
    for (const QueryPoint& point : series.points) {
      out.samples.times.push_back(std::llround(point.seconds * 1000));
      out.samples.values.push_back(base::ParseDouble(point.value).value_or(std::nan("")));
    }
  }
  return matrix;
}

base::Result<promql::Matrix> Ask(const std::string& server, const std::string& path, const ApiQuestion& question,
                                 base::Duration timeout) {
  ASSIGN_OR_RETURN(const std::string body, AskServer(server, path, question, timeout));
  ASSIGN_OR_RETURN(const QueryAnswer answer, ParseQueryAnswer(body));
  if (!answer.error.empty()) return base::Invalid(answer.error_type + ": " + answer.error);
  return MatrixOf(answer);
}

// ---- rules ----

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

base::Duration Duration(const Json& object, const char* key) {
  constexpr double kMost = 1e9;  // seconds
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return base::Duration::zero();
  return base::FromSeconds(std::min(std::max(found->get<double>(), 0.0), kMost));
}

ruler::TextMap Map(const Json& object, const char* key) {
  ruler::TextMap map;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_object()) return map;
  for (const auto& [name, value] : found->items()) {
    if (value.is_string()) ruler::slo::SetText(&map, name, value.get<std::string>());
  }
  return map;
}

ruler::RuleText RuleOf(const Json& object) {
  ruler::RuleText rule;
  rule.alerting = Text(object, "type") == "alerting";
  rule.name = Text(object, "name");
  rule.expr = Text(object, "query");
  rule.hold = Duration(object, "duration");
  rule.keep_firing_for = Duration(object, "keepFiringFor");
  rule.labels = Map(object, "labels");
  rule.annotations = Map(object, "annotations");
  return rule;
}

}  // namespace

base::Result<promql::Matrix> ApiHistory::Range(const std::string& query, base::Timestamp start, base::Timestamp end,
                                               base::Duration step) {
  return Ask(server_, "/api/v1/query_range",
             {{"query", query},
              {"start", Seconds(start.ms)},
              {"end", Seconds(end.ms)},
              {"step", Seconds(base::ToMillis(step))}},
             timeout_);
}

base::Status ApiHistory::Load(const std::vector<model::Matcher>& matchers, base::Timestamp min, base::Timestamp max,
                              const Take& take) {
  std::string selector;
  for (const model::Matcher& matcher : matchers) selector += (selector.empty() ? "" : ", ") + matcher.ToString();
  const std::string query = "{" + selector + "}[" + std::to_string((max - min) / base::milliseconds(1) + 1) + "ms]";
  ASSIGN_OR_RETURN(const promql::Matrix matrix,
                   Ask(server_, "/api/v1/query", {{"query", query}, {"time", Seconds(max.ms)}}, timeout_));
  for (const promql::MatrixSeries& series : matrix) RETURN_IF_ERROR(take(series.labels, series.samples));
  return base::OkStatus();
}

base::Result<std::vector<ruler::GroupText>> GroupsOfAnswer(std::string_view json) {
  const Json document = Json::parse(json, nullptr, false);
  if (document.is_discarded() || !document.is_object()) return base::Corrupt("the answer is not that of a Prometheus");
  if (Text(document, "status") == "error") return base::Invalid(Text(document, "error"));
  std::vector<ruler::GroupText> groups;
  const auto data = document.find("data");
  if (data == document.end() || !data->is_object() || !data->contains("groups")) {
    return base::Corrupt("the answer is not that of a Prometheus");
  }
  for (const Json& object : data->at("groups")) {
    if (!object.is_object()) continue;
    ruler::GroupText& group = groups.emplace_back();
    group.file = Text(object, "file");
    group.name = Text(object, "name");
    const base::Duration interval = Duration(object, "interval");
    if (interval > base::Duration::zero()) group.interval = interval;
    const Json rules = object.value("rules", Json::array());
    for (const Json& rule : rules) {
      if (rule.is_object()) group.rules.push_back(RuleOf(rule));
    }
  }
  return groups;
}

void TakeGlobal(std::string_view json, base::Duration* evaluation_interval, base::Duration* query_offset) {
  const Json document = Json::parse(json, nullptr, false);
  if (document.is_discarded() || !document.is_object()) return;
  const auto data = document.find("data");
  if (data == document.end() || !data->is_object()) return;
  const auto yaml = config::ParseYaml(Text(*data, "yaml"), "the server's configuration");
  if (!yaml.ok()) return;
  const config::Node* const global = yaml->Find("global");
  const auto take = [global](std::string_view key, base::Duration* out) {
    const config::Node* const value = global == nullptr ? nullptr : global->Find(key);
    if (value == nullptr) return;
    const auto duration = base::ParseDuration(value->scalar);
    if (duration.ok() && *duration >= base::Duration::zero()) *out = *duration;
  };
  take("evaluation_interval", evaluation_interval);
  take("rule_query_offset", query_offset);
  if (*evaluation_interval <= base::Duration::zero()) *evaluation_interval = base::minutes(1);
}

}  // namespace bekci::app::commands
