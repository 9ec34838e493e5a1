// {{.window}}: the place in a query where the window goes, as Sloth writes it.
//
// Sloth runs its queries through Go templates with one variable; of that language the variable alone is read here, with
// blanks and trim markers around it. Source: Sloth's prometheus/v1. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/clock.h"

namespace bekci::ruler::slo {

inline constexpr std::string_view kWindowVariable = "{{.window}}";

bool HasWindow(std::string_view query);
// `query` with `window` ("5m") in every place.
std::string FillWindow(std::string_view query, std::string_view window);
std::string FillWindow(std::string_view query, base::Duration window);

// `query` without PromQL's comments ("# ..." outside of quotes), which would swallow what is written behind it.
std::string WithoutComments(std::string_view query);

}  // namespace bekci::ruler::slo
