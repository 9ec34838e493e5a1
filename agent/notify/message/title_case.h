// Title case as Go's cases.Title has it for English: each word's first letter large, the rest small.
//
// A word is a run of letters, digits, marks and underscores; an apostrophe or a point between two letters, and a comma
// between two digits, does not end it. Source: Unicode annex 29, word boundaries. Thread rule: a function without
// state.
#pragma once

#include <string>
#include <string_view>

namespace bekci::notify::message {

std::string TitleCase(std::string_view text);

}  // namespace bekci::notify::message
