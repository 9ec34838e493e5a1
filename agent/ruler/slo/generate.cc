#include "agent/ruler/slo/generate.h"

#include <algorithm>

#include "agent/ruler/rule_printer.h"
#include "agent/ruler/slo/native_rules.h"
#include "agent/ruler/slo/sloth_rules.h"

namespace bekci::ruler::slo {
namespace {

constexpr std::string_view kHead = "---\n# Made by bekci slo generate. Edit the objectives instead.\n\n";

}  // namespace

std::vector<GroupText> RulesOf(const Slo& slo, RuleStyle style, const RuleOptions& options) {
  const bool sloth = style == RuleStyle::kSloth || (style == RuleStyle::kAuto && IsSloths(slo.dialect));
  return sloth ? SlothRules(slo, options) : NativeRules(slo, options);
}

std::vector<GroupText> RulesOf(const std::vector<Slo>& slos, RuleStyle style, const RuleOptions& options) {
  std::vector<GroupText> groups;
  for (const Slo& slo : slos) {
    for (GroupText& group : RulesOf(slo, style, options)) groups.push_back(std::move(group));
  }
  return groups;
}

std::string Generate(const LoadedSlos& loaded, const GenerateOptions& options) {
  const bool several = !options.one_document && std::all_of(loaded.slos.begin(), loaded.slos.end(),
                                                            [](const Slo& slo) { return IsSloths(slo.dialect); });
  std::string text;
  for (auto begin = loaded.slos.begin(); begin != loaded.slos.end() || text.empty();) {
    const auto end = several ? std::find_if(begin, loaded.slos.end(),
                                            [&](const Slo& slo) { return slo.document != begin->document; })
                             : loaded.slos.end();
    text += kHead;
    text += PrintRules(RulesOf(std::vector<Slo>(begin, end), options.style, options.rules));
    begin = end;
  }
  return text;
}

}  // namespace bekci::ruler::slo
