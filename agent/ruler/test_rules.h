// What the tests of this folder make rules, samples and groups of.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "agent/base/clock.h"
#include "agent/promql/engine.h"
#include "agent/promql/value.h"
#include "agent/ruler/rule.h"
#include "agent/ruler/rule_file.h"

namespace bekci::ruler {

inline promql::Engine& TestEngine() {
  static base::RealClock clock;
  static promql::Engine engine({}, clock);
  return engine;
}

inline std::shared_ptr<const Rule> TestRule(const RuleText& text) {
  auto rule = MakeRule(text, {}, TestEngine());
  REQUIRE_MESSAGE(rule.ok(), rule.status().message());
  return *rule;
}

inline promql::VectorElement Element(model::Labels labels, int64_t t_ms, double value) {
  return {std::move(labels), t_ms, value, nullptr};
}

inline std::vector<GroupText> TestGroups(const std::string& yaml, const std::string& path = "r.yml") {
  auto file = ParseRuleFile(yaml, path, {});
  REQUIRE_MESSAGE(file.ok(), file.status().message());
  return file->groups;
}

}  // namespace bekci::ruler
