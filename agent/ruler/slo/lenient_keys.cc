#include "agent/ruler/slo/lenient_keys.h"

#include <algorithm>

#include "agent/base/text.h"

namespace bekci::ruler::slo {
namespace {

// Keys are told apart from their spelling: pageAlert is meant to be page_alert.
std::string Plain(std::string_view key) {
  std::string plain;
  for (const char c : base::ToLower(key)) {
    if (c != '_' && c != '-') plain += c;
  }
  return plain;
}

std::string_view NearestKey(std::string_view key, std::span<const config::Option> table) {
  std::vector<std::string_view> known;
  for (const config::Option& option : table) {
    if (Plain(option.key) == Plain(key)) return option.key;
    known.push_back(option.key);
  }
  return base::Nearest(key, known);
}

}  // namespace

config::Node WithoutUnknownKeys(const config::Node& node, std::span<const config::Option> table,
                                std::vector<std::string>* warnings) {
  config::Node kept = node;
  if (node.is_sequence()) {
    for (config::Node& item : kept.items) item = WithoutUnknownKeys(item, table, warnings);
    return kept;
  }
  kept.entries.clear();
  for (const auto& entry : node.entries) {
    const config::Node& key = entry.first;
    const config::Node& value = entry.second;
    const auto row = std::find_if(table.begin(), table.end(), [&](const auto& o) { return o.key == key.scalar; });
    if (row == table.end()) {
      std::string warning = key.mark.ToString() + ": unknown key " + base::Quoted(key.scalar) + " is ignored";
      const std::string_view nearest = NearestKey(key.scalar, table);
      if (!nearest.empty()) warning += ", did you mean " + base::Quoted(nearest) + "?";
      warnings->push_back(std::move(warning));
      continue;
    }
    const bool is_section = row->type == config::Type::kSection || row->type == config::Type::kSections;
    kept.entries.emplace_back(key, is_section ? WithoutUnknownKeys(value, row->section, warnings) : value);
  }
  return kept;
}

}  // namespace bekci::ruler::slo
