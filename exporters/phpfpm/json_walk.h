// WalkJson: the numbers and texts of a JSON document, one after the other, without building a tree.
//
// Both things that PHP says here (FPM's status, the cache script) are objects of numbers with known names. The parser
// is nlohmann-json's, driven by events, so neither depth nor size of a hostile answer costs memory: both are bounded
// here.
//
// Thread rule: pure.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "agent/base/status.h"

namespace bekci::exporters::phpfpm {

struct JsonScalar {
  enum class Kind : unsigned char { kNull, kBool, kNumber, kString };
  Kind kind = Kind::kNull;
  double number = 0;  // true is 1
  std::string_view text;
};

inline constexpr size_t kMaxJsonDepth = 8;
inline constexpr size_t kMaxJsonValues = 200'000;

// Calls `visit` for each scalar with the keys that lead to it; an element of an array has the key "". Keys and texts
// are good during the call. A text that is not UTF-8 (old FPM versions print a URL as it came) is read with its odd
// bytes replaced by '?'. Errors: corrupt, with the place; limit.
base::Status WalkJson(std::string_view text,
                      const std::function<void(std::span<const std::string> keys, const JsonScalar& value)>& visit);

}  // namespace bekci::exporters::phpfpm
