// Where two texts, or two maps of texts, differ, shown so that a tired reader sees it: both quoted, one under the
// other, a mark where they part, long ones cut around it.
//
// Thread rule: functions without state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/labels.h"
#include "agent/ruler/rule_text.h"

namespace bekci::ruler::testing {

// "expected ...", "got ...", and a line with a mark under the first character that differs.
std::vector<std::string> TextDifference(std::string_view expected, std::string_view got);

// One block a field that differs: `label severity: expected "a", got nothing`. `kind` is "label" or "annotation".
void AppendMapDifference(std::string_view kind, const TextMap& expected, const TextMap& got,
                         std::vector<std::string>* out);

// How many fields are the same, less those that are not: the more the nearer.
int Likeness(const TextMap& a, const TextMap& b);

TextMap ToTextMap(const model::Labels& labels);
// {a="b", c="d"}
std::string MapText(const TextMap& map);

}  // namespace bekci::ruler::testing
