// What every test of templates does: parse a text as a rule's, expand it, look at the text or the error.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "agent/template/rule_template.h"

namespace bekci::templates {

// Answers to `query`, by expression; any other expression is an error.
using Answers = std::map<std::string, std::vector<QueriedSample>, std::less<>>;

// m of hosts c, a, b with 3, 1, 20.5 and some expressions over it.
inline Answers AnswersAboutM() {
  const auto sample = [](std::string_view host, double value) {
    return QueriedSample{{{"__name__", "m"}, {"host", host}}, value, nullptr};
  };
  return {{"m", {sample("c", 3), sample("a", 1), sample("b", 20.5)}},
          {"m{host='b'}", {sample("b", 20.5)}},
          {"m{host='c'}", {sample("c", 3)}},
          {"sum(m)", {{{}, 24.5, nullptr}}},
          {"shown", {{{{"__value__", "as text"}}, 1, nullptr}}},
          {"nothing", {}}};
}

inline RuleTemplateEnvironment TestEnvironment() {
  RuleTemplateEnvironment environment;
  environment.external_labels = {{"dc", "x1"}, {"env", "prod"}};
  environment.external_url = "http://mon.example:9090/p";
  environment.query = [answers = AnswersAboutM()](const std::string& expr,
                                                  base::Timestamp) -> base::Result<std::vector<QueriedSample>> {
    const auto found = answers.find(expr);
    if (found == answers.end()) return base::Invalid("1:1: parse error: no such expression");
    return found->second;
  };
  return environment;
}

inline const model::Labels& TestLabels() {
  static const model::Labels kLabels = {
      {"__name__", "x"}, {"instance", "web-1.example.com:9100"}, {"job", "node"}, {"device", "sda1"}};
  return kLabels;
}

// The text; or "load: " and why it does not parse; or "error: " and why it does not expand, without the words that all
// of these begin with.
inline std::string Expanded(std::string_view text, double value = 7.25) {
  const auto parsed = RuleTemplate::Parse("A", text);
  if (!parsed.ok()) {
    const std::string& message = parsed.status().message();
    return "load: " + message.substr(std::string_view("template: __alert_A:").size());
  }
  static const RuleTemplateEnvironment kEnvironment = TestEnvironment();
  const RuleTemplateData data = {.labels = TestLabels(), .value = value, .histogram = nullptr, .at = {1'500}};
  const auto expanded = parsed->Expand(data, kEnvironment);
  if (expanded.ok()) return *expanded;
  const std::string& message = expanded.status().message();
  return "error: " +
         message.substr(std::string_view("error executing template __alert_A: template: __alert_A:").size());
}

struct Case {
  std::string_view text;
  std::string_view expected;
};

}  // namespace bekci::templates
