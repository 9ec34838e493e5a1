// Upper and lower case of UTF-8 text, code point by code point, as Go's strings.ToUpper and ToLower map it.
//
// The mapping is the C library's for its built-in C.UTF-8 locale, whatever the locale of the process; where a host
// lacks that, only ASCII letters change. Bytes that are not UTF-8 become U+FFFD, as in Go. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace bekci::model {

std::string ToLowerUtf8(std::string_view text);
std::string ToUpperUtf8(std::string_view text);

}  // namespace bekci::model
