// Generate: objectives as a file of plain Prometheus rules, what `bekci slo generate` prints.
//
// Thread rule: pure.
#pragma once

#include <string>
#include <vector>

#include "agent/ruler/rule_text.h"
#include "agent/ruler/slo/loader.h"
#include "agent/ruler/slo/rule_options.h"

namespace bekci::ruler::slo {

enum class RuleStyle : unsigned char {
  kAuto,    // Sloth's rules for what Sloth reads, our own for the rest
  kNative,  // our own for all
  kSloth,   // Sloth's for all
};

// The groups of one objective.
std::vector<GroupText> RulesOf(const Slo& slo, RuleStyle style, const RuleOptions& options);

// The groups of all of them, in order.
std::vector<GroupText> RulesOf(const std::vector<Slo>& slos, RuleStyle style, const RuleOptions& options);

struct GenerateOptions {
  RuleStyle style = RuleStyle::kAuto;
  RuleOptions rules;
  // All rules in one YAML document. Else, as Sloth does, files of Sloth's with several documents give several, of which
  // Prometheus reads the first.
  bool one_document = false;
};

std::string Generate(const LoadedSlos& loaded, const GenerateOptions& options);

}  // namespace bekci::ruler::slo
