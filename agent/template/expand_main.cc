// template_expand: expands templates that come as lines of JSON, for comparisons with other programs.
//
//     {"template": "...", "value": "7.25", "labels": {...}, "external_labels": {...}, "external_url": "...", "at": 0,
//      "queries": {"EXPR": [{"labels": {...}, "value": "1"}]}}
//
// One line of JSON comes back for each: {"text": ...}, {"error": ...} or {"load_error": ...}. A tool of the tests, no
// part of the product.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/base/text.h"
#include "agent/template/rule_template.h"

namespace bekci::templates {
namespace {

using Json = nlohmann::json;

model::Labels LabelsOf(const Json& json) {
  std::vector<model::Labels::Pair> pairs;
  for (const auto& [name, value] : json.items()) pairs.emplace_back(name, value.get_ref<const std::string&>());
  return model::Labels::FromPairs(std::move(pairs));
}

double NumberOf(const Json& json) {
  return base::ParseDouble(json.get_ref<const std::string&>()).value_or(0);
}

RuleTemplateEnvironment EnvironmentOf(const Json& test) {
  RuleTemplateEnvironment environment;
  environment.external_labels = LabelsOf(test.value("external_labels", Json::object()));
  environment.external_url = test.value("external_url", "");
  environment.query = [queries = test.value("queries", Json::object())](
                          const std::string& expr, base::Timestamp) -> base::Result<std::vector<QueriedSample>> {
    if (!queries.contains(expr)) return base::Invalid("no answer was given for " + expr);
    std::vector<QueriedSample> samples;
    for (const Json& sample : queries[expr]) {
      samples.push_back({LabelsOf(sample["labels"]), NumberOf(sample["value"]), nullptr});
    }
    return samples;
  };
  return environment;
}

Json Expand(const Json& test) {
  const auto parsed = RuleTemplate::Parse(test.value("alert", "A"), test["template"].get<std::string>());
  if (!parsed.ok()) return {{"load_error", parsed.status().message()}};
  const model::Labels labels = LabelsOf(test["labels"]);
  const RuleTemplateData data = {
      .labels = labels, .value = NumberOf(test["value"]), .histogram = nullptr, .at = {test.value("at", int64_t{0})}};
  const auto expanded = parsed->Expand(data, EnvironmentOf(test));
  if (!expanded.ok()) return {{"error", expanded.status().message()}};
  return {{"text", *expanded}};
}

int Run() {
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << Expand(Json::parse(line)).dump(-1, ' ', true, Json::error_handler_t::replace) << "\n";
  }
  return 0;
}

}  // namespace
}  // namespace bekci::templates

int main() {
  try {
    return bekci::templates::Run();
  } catch (const std::exception& error) {
    std::cerr << "template_expand: " << error.what() << "\n";
    return 2;
  }
}
