// The two grammars of matchers, apart from what they mean: a text to names, operators and values. Private to
// matcher_text.cc.
//
// Thread rule: functions without state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/matcher.h"

namespace bekci::notify::routing {

struct PlainMatcher {
  model::MatchType type = model::MatchType::kEqual;
  std::string name;
  std::string value;
  friend bool operator==(const PlainMatcher&, const PlainMatcher&) = default;
};
using PlainMatchers = std::vector<PlainMatcher>;

// Errors of all: invalid, in Alertmanager's words.
base::Result<PlainMatchers> ParseUtf8(std::string_view text);
base::Result<PlainMatchers> ParseClassic(std::string_view text);
// The whole text is one matcher: commas belong to its value.
base::Result<PlainMatcher> ParseClassicOne(std::string_view text);

// Characters that the UTF-8 grammar has a use for, so that a name that has one needs quotes.
bool IsReserved(char32_t rune);

}  // namespace bekci::notify::routing
