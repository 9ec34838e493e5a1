#include "agent/ruler/lint.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/base/text.h"
#include "agent/promql/parser.h"
#include "agent/ruler/lint_checks.h"
#include "agent/ruler/rule_file.h"

namespace bekci::ruler {
namespace {

// Words of promtool that mean nothing for rules.
constexpr std::string_view kElsewhere[] = {"too-long-scrape-interval"};
constexpr std::string_view kIgnoreAnnotation = "bekci_lint_ignore";

constexpr Lint kLints[] = {
    {"duplicate-rules", "two rules of a file with the same name and labels: their results mix"},
    {"unknown-metric",
     "a metric that the store does not have and no rule writes (needs --server, --path or --this-host)"},
    {"never-true", "a comparison that no value can meet, such as up > 1, count(x) == 0 or x > 5 and x < 3"},
    {"bool-alert", "an alert on a comparison with bool: 0 is a result, too, so it always fires"},
    {"missing-for", "an alert without `for` on a rate over a short window: one noisy moment pages somebody"},
    {"value-in-label", "$value in a label: each new value is a new alert, which never gets through its `for`"},
    {"high-cardinality-label", "a label of an alert made from a label that has a value per user, request or the like"},
    {"dropped-label", "a template that uses a label which the expression's aggregation or matching does not keep"},
    {"recording-name", "a recording rule that is not called level:metric:operations", LintSeverity::kInfo},
};
// As kLints.
constexpr void (*kFinders[])(const LintContext& context, Remarks* out) = {
    FindDuplicateRules, FindUnknownMetrics,  FindNeverTrue,     FindBoolAlerts,     FindMissingFor,
    FindValueInLabel,   FindHighCardinality, FindDroppedLabels, FindRecordingNames,
};
static_assert(std::size(kLints) == std::size(kFinders));

bool IsIgnored(const RuleText& rule, std::string_view lint) {
  for (const auto& [name, value] : rule.annotations) {
    if (name != kIgnoreAnnotation) continue;
    for (const std::string_view word : base::Split(value, ',')) {
      if (base::Trim(word) == lint || base::Trim(word) == "all") return true;
    }
  }
  return false;
}

const Lint* Find(std::string_view name) {
  const auto found = std::find_if(std::begin(kLints), std::end(kLints), [&](const Lint& l) { return l.name == name; });
  return found == std::end(kLints) ? nullptr : found;
}

base::Status UnknownLint(std::string_view word) {
  std::vector<std::string_view> names = {"all", "none"};
  for (const Lint& lint : kLints) names.push_back(lint.name);
  const std::string_view near = base::Nearest(word, names);
  return base::Invalid("unknown lint " + base::Quoted(word) +
                       (near.empty() ? std::string() : ", did you mean " + base::Quoted(near) + "?"));
}

}  // namespace

std::span<const Lint> AllLints() {
  return kLints;
}

std::string LintFinding::ToString() const {
  return mark.ToString() + ": " + (lint->severity == LintSeverity::kInfo ? "info: " : "warning: ") + message + " [" +
         std::string(lint->name) + "]";
}

base::Result<std::set<std::string_view>> SelectLints(std::string_view text) {
  std::set<std::string_view> selected;
  bool first = true;
  for (std::string_view word : base::Split(text, ',')) {
    word = base::Trim(word);
    const bool remove = word.starts_with('-');
    if (remove) word.remove_prefix(1);
    const bool everything = word == "all" || (first && remove);  // "-a" is "all,-a"
    first = false;
    if (word == "none") return std::set<std::string_view>();
    if (everything) {
      for (const Lint& lint : kLints) selected.insert(lint.name);
      if (word == "all") continue;
    }
    if (std::find(std::begin(kElsewhere), std::end(kElsewhere), word) != std::end(kElsewhere)) continue;
    const Lint* const lint = Find(word);
    if (lint == nullptr) return UnknownLint(word);
    if (remove) {
      selected.erase(lint->name);
    } else {
      selected.insert(lint->name);
    }
  }
  return selected;
}

std::vector<LintFinding> LintRules(const LintInput& input, const std::set<std::string_view>& selected) {
  std::vector<promql::ExprPtr> trees;
  LintContext context{input, {}, {}};
  for (const GroupText& group : input.groups) {
    for (size_t i = 0; i < group.rules.size(); ++i) {
      const RuleText& rule = group.rules[i];
      auto tree = promql::ParseExpr(rule.expr, input.features);
      if (!tree.ok()) continue;  // the check of the file told that
      if (!rule.alerting) context.recorded.insert(rule.name);
      context.rules.push_back({&group, &rule, i + 1, tree->get()});
      trees.push_back(*std::move(tree));
    }
  }
  std::vector<std::pair<const LintedRule*, LintFinding>> found;
  for (size_t i = 0; i < std::size(kLints); ++i) {
    if (!selected.contains(kLints[i].name)) continue;
    Remarks remarks;
    kFinders[i](context, &remarks);
    for (LintRemark& remark : remarks) {
      if (IsIgnored(*remark.rule->text, kLints[i].name)) continue;
      const std::string title = RuleTitle(*remark.rule->group, remark.rule->number);
      found.emplace_back(remark.rule, LintFinding{remark.mark, &kLints[i], title + ": " + remark.message});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<LintFinding> findings;
  findings.reserve(found.size());
  for (auto& [rule, finding] : found) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace bekci::ruler
