// LiteralSet: the few values that a regular expression can match, where they are few.
//
// Selectors as dashboards write them (code=~"500|502|50[34]", host=~"web-(1|2)") are lists in disguise. Knowing the
// list, an index looks up values instead of running the expression over all of them, and a match is a search in a
// sorted list. The expression is walked here once: literals, escaped punctuation, groups, alternatives, small classes
// and `?`; whatever else it contains means that there is no list. Thread rule: a pure function.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bekci::model {

// Sorted and unique; nullopt when the expression is not such a list, or one of more than `limit` values. `expression`
// must be one that RE2 compiles; it is read as anchored at both ends.
std::optional<std::vector<std::string>> LiteralSet(std::string_view expression, size_t limit = 128);

}  // namespace bekci::model
