// What Prometheus says of a regular expression that does not compile: Go's words for RE2's errors. The two libraries
// are siblings and differ only here.
//
// Thread rule: a function without state.
#pragma once

#include <string>

namespace re2 {
class RE2;
}

namespace bekci::model {

// `regex` did not compile: "error parsing regexp: missing closing ): `(`".
std::string RegexError(const re2::RE2& regex);

}  // namespace bekci::model
