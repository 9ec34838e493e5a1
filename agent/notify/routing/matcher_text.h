// Matchers as Alertmanager's files, API and tools write them: `severity="critical", team=~"db|dba"`.
//
// Two grammars exist. In the newer one, "UTF-8", names and values may be any text in double quotes with Go's escapes,
// and what is not quoted may not hold white space or any of {}!=~,\"'`. In the older one, "classic", names are
// [a-zA-Z_:][a-zA-Z0-9_:]* and a value is nearly anything up to the next comma. A text is read with both: where only
// one takes it, that one counts; where both do and differ, the classic one, with a warning; where neither does, the
// classic one's error is told.
//
// Bounds: a text has at most kMaxMatcherBytes and kMaxMatchers. Source: Alertmanager 0.34, matcher/parse, pkg/labels,
// matcher/compat. Thread rule: functions without state.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/matcher.h"

namespace bekci::notify::routing {

inline constexpr size_t kMaxMatcherBytes = 64 << 10;
inline constexpr size_t kMaxMatchers = 1000;

enum class MatcherGrammar : unsigned char { kBoth, kUtf8, kClassic };

// A list, braces around it or not: an item of `matchers:`. Nothing and {} are no matchers. `warning` gets what should
// be written differently, or nothing; it may be null. Errors: invalid, in Alertmanager's words; limit.
base::Result<std::vector<model::Matcher>> ParseMatchers(std::string_view text, std::string* warning = nullptr,
                                                        MatcherGrammar grammar = MatcherGrammar::kBoth);

// Exactly one, without braces: a `filter` of the API, an argument of a command. Errors: as ParseMatchers.
base::Result<model::Matcher> ParseMatcher(std::string_view text, std::string* warning = nullptr,
                                          MatcherGrammar grammar = MatcherGrammar::kBoth);

// name="value" as Alertmanager prints it: the value escaped for backslash, line end and quote only; where the name
// needs quotes, both in Go's.
std::string MatcherText(const model::Matcher& matcher);
// {a="b",c=~"d"}: part of group keys, so every byte of it counts.
std::string MatchersText(std::span<const model::Matcher> matchers);

// By name, value, operator: the order in which Alertmanager keeps those of a route.
void SortMatchers(std::vector<model::Matcher>* matchers);

// A name that a label may have where UTF-8 is allowed: any text that is not empty and is UTF-8.
bool IsLabelName(std::string_view name);

}  // namespace bekci::notify::routing
