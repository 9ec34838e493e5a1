#include "agent/app/commands/rule_changes.h"

#include <map>
#include <set>
#include <string>

#include "agent/promql/parser.h"
#include "agent/promql/printer.h"
#include "agent/ruler/slo/slo.h"

namespace bekci::app::commands {
namespace {

using ruler::GroupText;
using ruler::RuleText;

// What makes a rule fire when it does.
struct Meaning {
  std::string expr;
  base::Duration hold{};
  base::Duration keep_firing_for{};
  base::Duration interval{};
  ruler::TextMap labels;
  bool operator==(const Meaning&) const = default;
};

base::Result<Meaning> MeaningOf(const GroupText& group, const RuleText& rule, base::Duration interval,
                                const promql::Features& features) {
  ASSIGN_OR_RETURN(const promql::ExprPtr expr, promql::ParseExpr(rule.expr, features));
  return Meaning{promql::Print(*expr), rule.hold, rule.keep_firing_for, group.interval.value_or(interval),
                 ruler::slo::Merged(group.labels, rule.labels)};
}

std::string KeyOf(const RuleText& rule) {
  return (rule.alerting ? "alert " : "record ") + rule.name;
}

struct Candidate {
  std::pair<size_t, size_t> at;
  Meaning meaning;
  bool taken = false;
};

Candidate* Choose(std::vector<Candidate>& candidates, const Meaning& meaning) {
  Candidate* chosen = nullptr;
  for (Candidate& one : candidates) {
    if (one.taken) continue;
    if (one.meaning == meaning) return &one;
    const bool nearer =
        chosen == nullptr || (chosen->meaning.labels != meaning.labels && one.meaning.labels == meaning.labels);
    if (nearer) chosen = &one;
  }
  return chosen;
}

}  // namespace

base::Result<std::vector<std::vector<RuleChange>>> ChangesOf(const std::vector<GroupText>& groups,
                                                             const std::vector<GroupText>& current,
                                                             base::Duration evaluation_interval,
                                                             const promql::Features& features) {
  std::map<std::string, std::vector<Candidate>> running;
  for (size_t g = 0; g < current.size(); ++g) {
    for (size_t r = 0; r < current[g].rules.size(); ++r) {
      const RuleText& rule = current[g].rules[r];
      auto meaning = MeaningOf(current[g], rule, evaluation_interval, features);
      if (!meaning.ok()) continue;  // what runs elsewhere may know more than this: then it is another rule
      running[KeyOf(rule)].push_back({{g, r}, *std::move(meaning)});
    }
  }
  std::vector<std::vector<RuleChange>> changes;
  for (const GroupText& group : groups) {
    std::vector<RuleChange>& of_group = changes.emplace_back();
    for (const RuleText& rule : group.rules) {
      RuleChange& change = of_group.emplace_back();
      ASSIGN_OR_RETURN(const Meaning meaning, MeaningOf(group, rule, evaluation_interval, features));
      Candidate* const found = Choose(running[KeyOf(rule)], meaning);
      if (found == nullptr) continue;
      found->taken = true;
      change.current = found->at;
      change.change = found->meaning == meaning ? Change::kSame : Change::kChanged;
    }
  }
  return changes;
}

}  // namespace bekci::app::commands
