// PrintRules: groups as a Prometheus rule file that promtool, Prometheus and vmalert read.
//
// Expressions of several lines are block texts, as people write them; whatever a YAML reader could take for something
// else than a text (yes, 1e3, 2026-01-01) stands in quotes. What is printed reads back as the same groups.
// Thread rule: pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/ruler/rule_text.h"

namespace bekci::ruler {

// "groups:\n- name: ...", or "groups: []\n". No document marker.
std::string PrintRules(std::span<const GroupText> groups);

// `text` as a YAML scalar that can only be read as this text. `indent`: the column of the key before it, for texts of
// several lines.
std::string YamlText(std::string_view text, size_t indent);

}  // namespace bekci::ruler
