// PrometheusApi's rules and alerts: what is judged, how it stands, and what of it is active.
//
// Source: Prometheus 3.5, web/api/v1/api.go (rules, alerts), and its answers.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/web/api.h"
#include "agent/web/api_answer.h"

namespace bekci::web {
namespace {

using ruler::Alert;
using ruler::AlertState;
using ruler::GroupStatus;
using ruler::RuleStatus;

// Go's ParseBool. Anything else is refused in its words.
base::Result<bool> ParseGoBool(std::string_view name, std::string_view text) {
  constexpr std::string_view kTrue[] = {"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::string_view kFalse[] = {"", "0", "f", "F", "FALSE", "false", "False"};
  if (std::find(std::begin(kTrue), std::end(kTrue), text) != std::end(kTrue)) return true;
  if (std::find(std::begin(kFalse), std::end(kFalse), text) != std::end(kFalse)) return false;
  return InvalidParameter(name, "error converting " + std::string(name) + ": strconv.ParseBool: parsing " +
                                    base::Quoted(text) + ": invalid syntax");
}

// Names the group at which the next page begins.
std::string TokenOf(const GroupStatus& group) {
  char text[16];
  const auto end = std::to_chars(text, text + sizeof text, ruler::StableHash(group.file, group.name), 16).ptr;
  return {text, end};
}

// What /api/v1/rules is asked.
class RulesQuestion {
 public:
  static base::Result<RulesQuestion> Read(const ApiParameters& parameters) {
    RulesQuestion question;
    const std::string type = base::ToLower(parameters.Get("type"));
    if (!type.empty() && type != "alert" && type != "record") {
      return InvalidParameter("type", "not supported value " + base::Quoted(type));
    }
    question.alerting_ = type != "record";
    question.recording_ = type != "alert";
    ASSIGN_OR_RETURN(question.exclude_alerts_, ParseGoBool("exclude_alerts", parameters.Get("exclude_alerts")));
    ASSIGN_OR_RETURN(question.selectors_, parameters.Selectors());
    question.names_ = parameters.All("rule_name[]");
    question.groups_ = parameters.All("rule_group[]");
    question.files_ = parameters.All("file[]");
    RETURN_IF_ERROR(question.ReadPage(parameters));
    return question;
  }

  // What is left of a group without rules is left out.
  std::vector<const RuleStatus*> WantedOf(const GroupStatus& group) const {
    std::vector<const RuleStatus*> rules;
    if (!In(groups_, group.name) || !In(files_, group.file)) return rules;
    for (const RuleStatus& rule : group.rules) {
      if (Wants(rule)) rules.push_back(&rule);
    }
    return rules;
  }
  bool exclude_alerts() const { return exclude_alerts_; }
  size_t group_limit() const { return group_limit_; }  // 0: all
  const std::string& token() const { return token_; }

 private:
  bool Wants(const RuleStatus& status) const {
    const ruler::Rule& rule = *status.rule;
    if (!(rule.alerting() ? alerting_ : recording_) || !In(names_, rule.text.name)) return false;
    if (selectors_.empty()) return true;
    // By the texts of its labels, as they stand in the file.
    return std::any_of(selectors_.begin(), selectors_.end(),
                       [&](const auto& matchers) { return model::MatchesAll(matchers, rule.labels); });
  }
  base::Status ReadPage(const ApiParameters& parameters) {
    const std::string_view limit = parameters.Get("group_limit");
    token_ = parameters.Get("group_next_token");
    if (limit.empty()) {
      if (!parameters.Has("group_next_token")) return base::OkStatus();
      return InvalidParameter("group_next_token",
                              "group_limit needs to be present in order to paginate over the groups");
    }
    const auto groups = base::ParseInt(limit);
    if (!groups) {
      return InvalidParameter("group_limit", "group_limit needs to be a valid number: strconv.ParseInt: parsing " +
                                                 base::Quoted(limit) + ": invalid syntax");
    }
    if (*groups <= 0) return InvalidParameter("group_limit", "group_limit needs to be greater than 0");
    group_limit_ = static_cast<size_t>(*groups);
    return base::OkStatus();
  }

  static bool In(const std::vector<std::string_view>& wanted, std::string_view name) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
  }

  bool alerting_ = true;
  bool recording_ = true;
  bool exclude_alerts_ = false;
  std::vector<std::vector<model::Matcher>> selectors_;
  std::vector<std::string_view> names_;
  std::vector<std::string_view> groups_;
  std::vector<std::string_view> files_;
  size_t group_limit_ = 0;
  std::string token_;
};

void WriteMap(wire::JsonWriter* json, const ruler::TextMap& map) {
  json->BeginObject();
  for (const auto& [name, value] : map) json->Member(name, value);
  json->EndObject();
}

// As Go's %e with the shortest digits: 1e+00.
std::string AlertValue(double value) {
  if (std::isnan(value) || std::isinf(value)) return base::DoubleText(value);
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  return {text, end};
}

std::string TimeText(base::Timestamp at) {
  return at.ms == 0 ? std::string(base::kNoTime) : base::Rfc3339(at.ms);
}

void WriteAlert(wire::JsonWriter* json, const Alert& alert) {
  json->BeginObject();
  json->Key("labels");
  WriteLabels(json, alert.labels);
  json->Key("annotations");
  WriteMap(json, alert.annotations);
  json->Member("state", ruler::AlertStateName(alert.state));
  json->Member("activeAt", TimeText(alert.active_at));
  if (alert.keep_firing_since.ms != 0) json->Member("keepFiringSince", TimeText(alert.keep_firing_since));
  json->Member("value", AlertValue(alert.value));
  json->EndObject();
}

std::string_view HealthText(ruler::RuleHealth health) {
  switch (health) {
    case ruler::RuleHealth::kOk:
      return "ok";
    case ruler::RuleHealth::kFailed:
      return "err";
    case ruler::RuleHealth::kUnknown:
      break;
  }
  return "unknown";
}

void WriteSeconds(wire::JsonWriter* json, std::string_view key, base::Duration duration) {
  json->Key(key);
  json->Number(base::ToSeconds(duration));
}

void WriteAlerts(wire::JsonWriter* json, const RuleStatus& status, bool exclude_alerts) {
  if (exclude_alerts) return json->Null();
  json->BeginArray();
  for (const Alert& alert : status.alerts) WriteAlert(json, alert);
  json->EndArray();
}

void WriteRule(wire::JsonWriter* json, const RuleStatus& status, bool exclude_alerts) {
  const ruler::Rule& rule = *status.rule;
  json->BeginObject();
  if (rule.alerting()) {
    json->Member("state", status.health == ruler::RuleHealth::kUnknown && status.alerts.empty()
                              ? std::string_view("unknown")
                              : ruler::AlertStateName(status.state));
  }
  json->Member("name", rule.text.name);
  json->Member("query", rule.query_text);
  if (rule.alerting()) {
    WriteSeconds(json, "duration", rule.text.hold);
    WriteSeconds(json, "keepFiringFor", rule.text.keep_firing_for);
  }
  if (rule.alerting() || !rule.own_labels.empty()) {  // a recording rule without labels says nothing of them
    json->Key("labels");
    WriteMap(json, rule.own_labels);
  }
  if (rule.alerting()) {
    json->Key("annotations");
    WriteMap(json, rule.text.annotations);
    json->Key("alerts");
    WriteAlerts(json, status, exclude_alerts);
  }
  json->Member("health", HealthText(status.health));
  if (!status.last_error.empty()) json->Member("lastError", status.last_error);
  WriteSeconds(json, "evaluationTime", status.duration);
  json->Member("lastEvaluation", TimeText(status.last_evaluation));
  json->Member("type", rule.alerting() ? "alerting" : "recording");
  json->EndObject();
}

void WriteGroup(wire::JsonWriter* json, const GroupStatus& group, const std::vector<const RuleStatus*>& rules,
                bool exclude_alerts) {
  json->BeginObject();
  json->Member("name", group.name);
  json->Member("file", group.file);
  json->Key("rules");
  json->BeginArray();
  for (const RuleStatus* rule : rules) WriteRule(json, *rule, exclude_alerts);
  json->EndArray();
  WriteSeconds(json, "interval", group.interval);
  json->Member("limit", group.limit);
  WriteSeconds(json, "evaluationTime", group.duration);
  json->Member("lastEvaluation", TimeText(group.last_evaluation));
  json->EndObject();
}

}  // namespace

net::HttpResponse PrometheusApi::Rules(Request, Parameters parameters) {
  const auto question = RulesQuestion::Read(parameters);
  if (!question.ok()) return ErrorAnswer(question.status());
  const std::vector<GroupStatus> groups = RuleGroups();
  auto group = groups.begin();
  if (!question->token().empty()) {
    group = std::find_if(group, groups.end(), [&](const auto& one) { return TokenOf(one) == question->token(); });
    if (group == groups.end()) {
      return ErrorAnswer(InvalidParameter(
          "group_next_token", "invalid group_next_token '" + question->token() + "'. were rule groups changed?"));
    }
  }
  ApiAnswer answer;
  wire::JsonWriter& json = answer.json();
  json.BeginObject();
  json.Key("groups");
  json.BeginArray();
  size_t written = 0;
  for (; group != groups.end(); ++group) {
    const std::vector<const RuleStatus*> rules = question->WantedOf(*group);
    if (rules.empty()) continue;
    // The page after this one begins with what it would show first; there is none if that is nothing.
    if (question->group_limit() > 0 && written == question->group_limit()) break;
    WriteGroup(&json, *group, rules, question->exclude_alerts());
    ++written;
  }
  json.EndArray();
  if (group != groups.end()) json.Member("groupNextToken", TokenOf(*group));
  json.EndObject();
  return answer.Finish();
}

net::HttpResponse PrometheusApi::Alerts(Request, Parameters) {
  ApiAnswer answer;
  wire::JsonWriter& json = answer.json();
  json.BeginObject();
  json.Key("alerts");
  json.BeginArray();
  for (const GroupStatus& group : RuleGroups()) {
    for (const RuleStatus& rule : group.rules) {
      for (const Alert& alert : rule.alerts) WriteAlert(&json, alert);
    }
  }
  json.EndArray();
  json.EndObject();
  return answer.Finish();
}

}  // namespace bekci::web
