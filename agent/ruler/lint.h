// Lint: rules that load and run, and yet will not do what was meant: each finding with file, line, reason, and the name
// that switches it off.
//
// Lints are rows of a table; each looks at one rule, or at all of them, as text and tree and changes nothing. They say
// only what follows from the rules themselves (and from the names of metrics, where those are known): what is a matter
// of taste is an info, not a warning. An alert switches them off with the annotation bekci_lint_ignore: "NAME, NAME".
//
// Thread rule: functions without state.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/config/node.h"
#include "agent/promql/features.h"
#include "agent/ruler/rule_text.h"

namespace bekci::ruler {

enum class LintSeverity : unsigned char { kInfo, kWarning };

struct Lint {
  std::string_view name;
  std::string_view what;  // it finds, one sentence
  LintSeverity severity = LintSeverity::kWarning;
};

// In the order of the documentation.
std::span<const Lint> AllLints();

struct LintFinding {
  config::Mark mark;
  const Lint* lint = nullptr;
  std::string message;
  // "rules/host.yml:14: warning: group "g", rule 2, "Down": ... [never-true]"
  std::string ToString() const;
};

// Which lints run: "all", "none", names, and "-name" for all but that: "all,-missing-for". promtool's
// too-long-scrape-interval is known, and finds nothing in rules. Errors: invalid, naming the unknown one.
base::Result<std::set<std::string_view>> SelectLints(std::string_view text);

struct LintInput {
  std::span<const GroupText> groups = {};  // checked (ParseRuleFile)
  promql::Features features = {};
  const std::set<std::string>* metrics = nullptr;  // names the store knows; null: not known, and not looked for
};

// By file, then in the order of the rules.
std::vector<LintFinding> LintRules(const LintInput& input, const std::set<std::string_view>& selected);

}  // namespace bekci::ruler
