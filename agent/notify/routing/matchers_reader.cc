#include "agent/notify/routing/matchers_reader.h"

#include "agent/base/text.h"
#include "agent/model/labels.h"
#include "agent/notify/routing/matcher_text.h"

namespace bekci::notify::routing {

using config::Node;
using Matchers = std::vector<model::Matcher>;

Matchers MatchersReader::Read(const config::Values& values, std::string_view matchers, std::string_view match,
                              std::string_view match_re) {
  Matchers out;
  ReadMap(values, match, model::MatchType::kEqual, &out);
  ReadMap(values, match_re, model::MatchType::kRegex, &out);
  ReadTexts(values, matchers, &out);
  SortMatchers(&out);
  return out;
}

void MatchersReader::ReadTexts(const config::Values& values, std::string_view key, Matchers* out) {
  const Node* list = values.node().Find(key);
  if (list == nullptr) return;
  for (const Node& item : list->items) {
    std::string warning;
    auto read = ParseMatchers(item.scalar, &warning);
    if (!warning.empty()) warnings_->push_back(item.mark.ToString() + ": " + std::string(key) + ": " + warning);
    if (!read.ok()) {
      errors_->Add(item.mark, std::string(key) + ": " + read.status().message());
      continue;
    }
    for (model::Matcher& matcher : *read) Take(item.mark, key, std::move(matcher), out);
  }
}

void MatchersReader::ReadMap(const config::Values& values, std::string_view key, model::MatchType type, Matchers* out) {
  const Node* map = values.node().Find(key);
  if (map == nullptr) return;
  for (const auto& [name, value] : map->entries) {
    if (!model::IsLegacyLabelName(name.scalar)) {
      errors_->Add(name.mark, std::string(key) + ": invalid label name " + base::Quoted(name.scalar));
      continue;
    }
    if (type == model::MatchType::kRegex && value.is_null()) {
      errors_->Add(name.mark, std::string(key) + ": invalid regexp value for " + base::Quoted(name.scalar));
      continue;
    }
    // Alertmanager keeps these expressions with their anchors, and they stand so in group keys.
    const bool regex = type == model::MatchType::kRegex;
    auto matcher = model::Matcher::Make(type, name.scalar, regex ? "^(?:" + value.scalar + ")$" : value.scalar);
    if (matcher.ok()) {
      Take(value.mark, key, std::move(*matcher), out);
    } else {
      errors_->Add(value.mark, std::string(key) + ": " + matcher.status().message());
    }
  }
}

void MatchersReader::Take(const config::Mark& mark, std::string_view key, model::Matcher matcher, Matchers* out) {
  const size_t before = cost_;
  cost_ += matcher.expression_cost();
  if (cost_ <= kMostExpressionCost) {
    out->push_back(std::move(matcher));
  } else if (before <= kMostExpressionCost) {
    errors_->Add(mark, std::string(key) + ": the regular expressions of this file are too large together");
  }
}

}  // namespace bekci::notify::routing
