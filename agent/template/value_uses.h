// Where the text of a rule uses the sample's value: what a linter points at.
//
// Thread rule: a function without state.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "agent/template/template.h"

namespace bekci::templates {

// Byte offsets, rising, of the variable in `slot` of the main template and of the field `.name` of the data, where
// that is the dot or $: not within range and with, and in a definition only where it is called with the data.
std::vector<size_t> UsesOf(const Template& parsed, int32_t slot, std::string_view name);

}  // namespace bekci::templates
