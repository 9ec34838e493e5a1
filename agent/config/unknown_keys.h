// DropUnknownKeys: a file as if the keys that a table does not know were not there, for readers who were told to
// ignore them.
//
// Thread rule: a function without state.
#pragma once

#include <span>

#include "agent/config/node.h"
#include "agent/config/option.h"

namespace bekci::config {

enum class UnknownKeys : unsigned char { kRefused, kIgnored };

// Below sections and lists of sections, too. What is no mapping where one should be stays as it is, for Check to tell.
void DropUnknownKeys(Node* node, std::span<const Option> table);

}  // namespace bekci::config
