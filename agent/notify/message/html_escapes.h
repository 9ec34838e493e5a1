// The escapes of HTML mail: what a value has to become to be only a value where it stands.
//
// Each takes plain text; `HtmlTextOfMarkup` and its like take markup that somebody vouched for (safeHtml). A value that
// cannot be made safe becomes "ZgotmplZ", the mark by which people know Go's html/template at work.
//
// Source: Go's html/template; OWASP's rules for CSS and URLs. Thread rule: functions without state.
#pragma once

#include <string>
#include <string_view>

namespace bekci::notify::message {

inline constexpr std::string_view kUnsafeValue = "ZgotmplZ";

// In text, in a quoted attribute, in <title>.
std::string HtmlText(std::string_view text);
// The same, but entities stay what they are: for markup in <title>.
std::string HtmlTextOfMarkup(std::string_view markup);
// In an attribute without quotes: no byte is left that could end it.
std::string HtmlBare(std::string_view text);
// Markup as an attribute's value: without its tags.
std::string HtmlAttributeOfMarkup(std::string_view markup, bool bare);
// The name of an attribute that is harmless whatever its value.
std::string HtmlName(std::string_view text);

// An address whole: http, https, mailto, or without a scheme; else #ZgotmplZ.
std::string UrlFiltered(std::string_view url);
// What may stand in an address stays, the rest is %xx; an escape that is there stays.
std::string UrlNormalized(std::string_view url);
// Part of a query: all but letters, digits and -._~ is %xx.
std::string UrlEscaped(std::string_view text);

// Within a text of a style sheet.
std::string CssText(std::string_view text);
// As a value: a word, a length, a colour; nothing with quotes, brackets, comments.
std::string CssValue(std::string_view text);

}  // namespace bekci::notify::message
