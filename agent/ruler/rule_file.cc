#include "agent/ruler/rule_file.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/base/text.h"
#include "agent/base/utf8.h"
#include "agent/model/labels.h"
#include "agent/promql/function_table.h"
#include "agent/promql/parser.h"
#include "agent/template/rule_template.h"

namespace bekci::ruler {
namespace {

using config::Option;
using config::Type;

constexpr Option kRuleOptions[] = {
    {.key = "record", .type = Type::kString, .help = "Name of the series that a recording rule writes."},
    {.key = "alert", .type = Type::kString, .help = "Name of the alert."},
    {.key = "expr", .type = Type::kString, .help = "The PromQL expression."},
    {.key = "for", .type = Type::kDuration, .help = "How long an alert is pending before it fires."},
    {.key = "keep_firing_for", .type = Type::kDuration, .help = "How long it goes on firing afterwards."},
    {.key = "labels", .type = Type::kStringMap, .help = "Labels to add; of alerts, templates."},
    {.key = "annotations", .type = Type::kStringMap, .help = "Texts of an alert, templates."},
};

constexpr Option kGroupOptions[] = {
    {.key = "name", .type = Type::kString, .help = "Unique in its file."},
    {.key = "interval", .type = Type::kDuration, .help = "How often the group is evaluated."},
    {.key = "query_offset", .type = Type::kDuration, .help = "How far back in time its rules look."},
    {.key = "limit", .type = Type::kInteger, .help = "Series or alerts a rule may have; 0: any number.", .max = 1e15},
    {.key = "labels", .type = Type::kStringMap, .help = "Labels for every rule of the group."},
    {.key = "rules", .type = Type::kSections, .help = "The rules, in order.", .section = kRuleOptions},
};

constexpr Option kFileOptions[] = {
    {.key = "groups", .type = Type::kSections, .help = "The groups.", .section = kGroupOptions},
};

TextMap ReadMap(const config::Values& values, std::string_view key) {
  TextMap map = values.StringMap(key);
  std::sort(map.begin(), map.end());
  return map;
}

config::Mark MarkOfValue(const config::Values& values, std::string_view key) {
  const config::Node* value = values.node().Find(key);
  return value != nullptr ? value->mark : values.mark();
}

RuleText ReadRule(const config::Values& values, std::vector<config::Mark>* both) {
  RuleText rule;
  const std::string& alert = values.String("alert");
  const std::string& record = values.String("record");
  rule.alerting = !alert.empty();
  if (!alert.empty() && !record.empty()) both->push_back(values.mark());
  rule.name = rule.alerting ? alert : record;
  rule.expr = values.String("expr");
  if (values.Has("for")) rule.hold = values.Duration("for");
  if (values.Has("keep_firing_for")) rule.keep_firing_for = values.Duration("keep_firing_for");
  rule.labels = ReadMap(values, "labels");
  rule.annotations = ReadMap(values, "annotations");
  rule.mark = values.mark();
  rule.expr_mark = MarkOfValue(values, "expr");
  return rule;
}

GroupText ReadGroup(const config::Values& values, const std::string& path, std::vector<config::Mark>* both) {
  GroupText group;
  group.file = path;
  group.name = values.String("name");
  if (values.Has("interval") && values.Duration("interval") > base::Duration::zero()) {
    group.interval = values.Duration("interval");
  }
  if (values.Has("query_offset")) group.query_offset = values.Duration("query_offset");
  if (values.Has("limit")) group.limit = values.Integer("limit");
  group.labels = ReadMap(values, "labels");
  group.mark = values.mark();
  for (const config::Values& rule : values.Sections("rules")) group.rules.push_back(ReadRule(rule, both));
  return group;
}

// A list that stands as a single mapping is a slip of the dash that Prometheus would refuse.
void RequireLists(const config::Node& root, config::Errors* errors) {
  const auto require = [&](const config::Node& mapping, std::string_view key) -> const config::Node* {
    const config::Node* list = mapping.Find(key);
    if (list == nullptr || !list->is_mapping()) return list;
    errors->Add(list->mark, std::string(key) + ": expected a list; is a \"-\" missing in front?");
    return nullptr;
  };
  const config::Node* groups = require(root, "groups");
  if (groups == nullptr) return;
  for (const config::Node& group : groups->items) (void)require(group, "rules");
}

// Prometheus' words about a function that there is not, and the one that was probably meant.
std::string Meant(std::string_view message) {
  constexpr std::string_view kUnknown = "unknown function with name \"";
  const size_t at = message.find(kUnknown);
  if (at == std::string_view::npos) return {};
  const std::string_view name =
      message.substr(at + kUnknown.size(), message.find('"', at + kUnknown.size()) - at - kUnknown.size());
  std::vector<std::string_view> known;
  for (const promql::Function& function : promql::Functions()) known.push_back(function.name);
  const std::string_view nearest = base::Nearest(name, known);
  return nearest.empty() ? std::string() : ", did you mean " + base::Quoted(nearest) + "?";
}

// One group's texts held against what Prometheus accepts.
class GroupCheck {
 public:
  GroupCheck(const GroupText& group, const promql::Features& features, config::Errors* errors)
      : group_(group), features_(features), errors_(errors) {}

  void Run() {
    for (const auto& [name, value] : group_.labels) {
      CheckLabel(group_.mark, "group " + base::Quoted(group_.name), name, value);
    }
    const auto alert = std::find_if(group_.rules.begin(), group_.rules.end(), [](const auto& r) { return r.alerting; });
    if (alert != group_.rules.end()) {  // they become labels of every alert
      CheckTemplates(group_.mark, alert->name, "group " + base::Quoted(group_.name), "label", group_.labels);
    }
    for (size_t i = 0; i < group_.rules.size(); ++i) CheckRule(group_.rules[i], i + 1);
  }

 private:
  void CheckRule(const RuleText& rule, size_t number) {
    const std::string title = RuleTitle(group_, number);
    const auto add = [&](const config::Mark& mark, const std::string& what) {
      errors_->Add(mark, title + ": " + what);
    };
    if (rule.name.empty()) add(rule.mark, "one of 'record' or 'alert' must be set");
    if (rule.expr.empty()) {
      add(rule.mark, "field 'expr' must be set in rule");
    } else if (const auto expr = promql::ParseExpr(rule.expr, features_); !expr.ok()) {
      add(rule.expr_mark, "could not parse expression: " + expr.status().message() + Meant(expr.status().message()));
    }
    for (const auto& [name, value] : rule.labels) CheckLabel(rule.mark, title, name, value);
    if (rule.alerting) {
      CheckAnnotations(rule, title);
      CheckTemplates(rule.mark, rule.name, title, "label", rule.labels);
      CheckTemplates(rule.mark, rule.name, title, "annotation", rule.annotations);
    } else {
      CheckRecording(rule, title);
    }
  }

  void CheckRecording(const RuleText& rule, const std::string& title) {
    const auto add = [&](const std::string& what) { errors_->Add(rule.mark, title + ": " + what); };
    if (rule.hold > base::Duration::zero()) add("invalid field 'for' in recording rule");
    if (rule.keep_firing_for > base::Duration::zero()) add("invalid field 'keep_firing_for' in recording rule");
    if (!rule.annotations.empty()) add("invalid field 'annotations' in recording rule");
    if (rule.name.empty()) return;
    if (!base::IsValidUtf8(rule.name)) {
      add("the name " + base::Quoted(rule.name) + " is not UTF-8");
    } else if (rule.name.find_first_of("{}") != std::string::npos) {
      add("braces present in the recording rule name " + base::Quoted(rule.name) + "; should it be in expr or labels?");
    }
  }

  void CheckLabel(const config::Mark& mark, const std::string& title, const std::string& name,
                  const std::string& value) {
    if (name.empty() || name == model::kMetricName || !base::IsValidUtf8(name)) {
      errors_->Add(mark, title + ": invalid label name: " + base::Quoted(name));
    }
    if (!base::IsValidUtf8(value))
      errors_->Add(mark, title + ": the value of label " + base::Quoted(name) + " is not UTF-8");
  }

  void CheckAnnotations(const RuleText& rule, const std::string& title) {
    for (const auto& [name, value] : rule.annotations) {
      if (!name.empty() && base::IsValidUtf8(name)) continue;
      errors_->Add(rule.mark, title + ": invalid annotation name: " + base::Quoted(name));
    }
  }

  void CheckTemplates(const config::Mark& mark, const std::string& alert, const std::string& title, const char* what,
                      const TextMap& texts) {
    for (const auto& [name, text] : texts) {
      const auto parsed = templates::RuleTemplate::Parse(alert, text);
      if (parsed.ok()) continue;
      errors_->Add(mark, title + ": " + what + " " + base::Quoted(name) + ": " + parsed.status().message());
    }
  }

  const GroupText& group_;
  const promql::Features& features_;
  config::Errors* errors_;
};

}  // namespace

std::string RuleTitle(const GroupText& group, size_t number) {
  const std::string& name = group.rules[number - 1].name;
  return "group " + base::Quoted(group.name) + ", rule " + std::to_string(number) +
         (name.empty() ? std::string() : ", " + base::Quoted(name));
}

void CheckGroups(const std::vector<GroupText>& groups, const promql::Features& features, config::Errors* errors) {
  std::set<std::pair<std::string, std::string>> names;
  for (const GroupText& group : groups) {
    if (group.name.empty()) errors->Add(group.mark, "a group without a name");
    if (!names.emplace(group.file, group.name).second) {
      errors->Add(group.mark, "groupname: " + base::Quoted(group.name) + " is repeated in the same file");
    }
    GroupCheck(group, features, errors).Run();
  }
}

base::Result<RuleFile> ParseRuleFile(std::string_view text, const std::string& path, const promql::Features& features,
                                     config::UnknownKeys unknown_keys) {
  ASSIGN_OR_RETURN(std::vector<config::Node> documents, config::ParseYamlDocuments(text, path));
  config::Node root = documents.empty() ? config::Node() : std::move(documents.front());
  if (unknown_keys == config::UnknownKeys::kIgnored) config::DropUnknownKeys(&root, kFileOptions);
  config::Errors errors;
  RequireLists(root, &errors);
  const config::Values values = config::Check(root, kFileOptions, &errors);
  RuleFile file;
  if (documents.size() > 1) {
    file.warnings.push_back(documents[1].mark.ToString() + ": a second document; only the first of a rule file counts");
  }
  std::vector<config::Mark> both;
  for (const config::Values& group : values.Sections("groups")) file.groups.push_back(ReadGroup(group, path, &both));
  for (const config::Mark& mark : both) errors.Add(mark, "only one of 'record' and 'alert' must be set");
  CheckGroups(file.groups, features, &errors);
  RETURN_IF_ERROR(errors.ToStatus());
  return file;
}

}  // namespace bekci::ruler
