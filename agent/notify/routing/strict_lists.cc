#include "agent/notify/routing/strict_lists.h"

#include <algorithm>

namespace bekci::notify::routing {
namespace {

using config::Node;
using config::Type;

void RequireList(const Node& value, const config::Option& option, config::Errors* errors) {
  const std::string key(option.key);
  if (!value.is_sequence()) {
    // What is neither a text nor a mapping is told by the table.
    const bool taken_for_one = option.type == Type::kStrings ? value.is_scalar() : value.is_mapping();
    if (taken_for_one) errors->Add(value.mark, key + ": expected a list; put \"- \" or brackets around its only entry");
    return;
  }
  if (option.type != Type::kSections) return;
  for (const Node& item : value.items) {
    if (item.is_null()) errors->Add(item.mark, key + ": an entry says nothing");
    RequireLists(item, option.section, errors);
  }
}

}  // namespace

void RequireLists(const Node& node, std::span<const config::Option> table, config::Errors* errors) {
  for (const auto& [key, value] : node.entries) {
    const auto row = std::find_if(table.begin(), table.end(),
                                  [&name = key.scalar](const auto& option) { return option.key == name; });
    if (row == table.end() || value.is_null()) continue;
    if (row->type == Type::kStrings || row->type == Type::kSections) RequireList(value, *row, errors);
    if (row->type == Type::kSection) RequireLists(value, row->section, errors);
  }
}

}  // namespace bekci::notify::routing
