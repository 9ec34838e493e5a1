#include "agent/config/unknown_keys.h"

#include <algorithm>

namespace bekci::config {
namespace {

const Option* Find(std::span<const Option> table, const Node& key) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Option& option) { return option.key == key.scalar; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

void DropUnknownKeys(Node* node, std::span<const Option> table) {
  std::erase_if(node->entries, [&](const auto& entry) { return Find(table, entry.first) == nullptr; });
  for (auto& [key, value] : node->entries) {
    const std::span<const Option> section = Find(table, key)->section;
    if (section.empty()) continue;
    DropUnknownKeys(&value, section);
    for (Node& item : value.items) DropUnknownKeys(&item, section);
  }
}

}  // namespace bekci::config
