// The order of names as people number them: web-2 before web-10. Thread rule: a pure function.
#pragma once

#include <string_view>

namespace bekci::promql {

// Less than, equal to or greater than 0. Runs of digits compare as numbers, all else bytewise.
int CompareNatural(std::string_view a, std::string_view b);

}  // namespace bekci::promql
