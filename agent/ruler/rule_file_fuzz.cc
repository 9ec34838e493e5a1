// Any bytes as a rule file: it is refused line by line with places, or can be made into groups and linted.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/promql/engine.h"
#include "agent/ruler/lint.h"
#include "agent/ruler/rule.h"
#include "agent/ruler/rule_file.h"

namespace {

using namespace bekci;  // NOLINT(google-build-using-namespace): a program of one file

promql::EngineOptions Options() {
  promql::EngineOptions options;
  options.features = promql::Features::All();
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static base::RealClock clock;
  static promql::Engine engine(Options(), clock);
  static const std::set<std::string> metrics = {"up", "node_load1"};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = ruler::ParseRuleFile(text, "fuzz.yml", engine.options().features);
  if (!file.ok()) {
    if (!file.status().message().starts_with("fuzz.yml")) std::abort();
    return 0;
  }
  for (const ruler::GroupText& group : file->groups) {
    for (const ruler::RuleText& rule : group.rules) {
      // What the check of the file lets through can be run.
      if (!ruler::MakeRule(rule, group.labels, engine).ok()) std::abort();
    }
  }
  ruler::LintInput input;
  input.groups = file->groups;
  input.features = engine.options().features;
  input.metrics = &metrics;
  for (const ruler::LintFinding& finding : ruler::LintRules(input, *ruler::SelectLints("all"))) {
    if (!finding.ToString().starts_with("fuzz.yml")) std::abort();
  }
  return 0;
}
