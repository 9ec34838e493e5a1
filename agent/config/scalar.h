// The notations of single values: how a text in a file becomes a bool, a number, a duration, and what to tell someone
// whose text does not.
// Thread rule: pure.
#pragma once

#include <string>

#include "agent/config/option.h"
#include "agent/config/values_entry.h"

namespace bekci::config {

// "a duration such as 15s or 1h30m": what an option of this type wants, for error messages and docs.
std::string Expectation(Type type);

// "a list", "a mapping", "nothing", or the text in quotes, cut to a readable length: what was found instead.
std::string Describe(const Node& node);

// Reads `node` (a scalar) as `option` wants it into `entry`. Returns what is wrong, or empty: never naming the key.
std::string ReadScalar(const Node& node, const Option& option, Values::Entry* entry);

// What is wrong with `text` as one of `choices`: `"inf" is not one of debug, info, did you mean "info"?`; or empty.
std::string CheckChoice(const std::string& text, std::span<const std::string_view> choices);

// The words of a table's range: "between 1s and 1d", "at least 1"; empty when the option has none.
std::string RangeText(const Option& option);

}  // namespace bekci::config
