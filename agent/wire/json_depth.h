// How deep a JSON text nests, looked at before anything is built of it: a stranger's megabyte of brackets costs one
// pass.
//
// Quotes are followed, nothing else is checked: whether it is JSON is the parser's to say. Thread rule: pure.
#pragma once

#include <string_view>

namespace bekci::wire {

// Whether brackets and braces of `text` nest in at most `max_depth` levels.
bool JsonNestsAtMost(std::string_view text, int max_depth);

}  // namespace bekci::wire
