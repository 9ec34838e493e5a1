// Style sheets and addresses within HTML: how their text moves the context.
//
// Source: CSS Syntax Level 3 (strings, url(), comments); Go's html/template. Thread rule: functions without state.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/status.h"
#include "agent/notify/message/html_context.h"

namespace bekci::notify::message {

bool IsCss(HtmlState state);

// Reads text of a style sheet, all of it. `out`, where it is not null, gets it with a blank for each comment. Errors:
// invalid, for an escape that is cut off by the end of the text.
base::Status AdvanceCss(std::string_view text, HtmlContext* context, std::string* out);

// Reads text of an address: which part of it comes next.
void AdvanceUrl(std::string_view text, HtmlContext* context);

// CSS escapes (\41, \:) undone.
std::string CssDecoded(std::string_view text);

}  // namespace bekci::notify::message
