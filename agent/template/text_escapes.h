// Escaping of text for HTML and JavaScript, as Go's text/template functions html and js do it.
//
// Source: Go's template.HTMLEscape and JSEscape. Thread rule: functions without state.
#pragma once

#include <string>
#include <string_view>

namespace bekci::templates {

// & < > " ' as &amp; &lt; &gt; &#34; &#39;, NUL as U+FFFD.
std::string HtmlEscaped(std::string_view text);
// Fit to stand between the quotes of a JavaScript string.
std::string JsEscaped(std::string_view text);

}  // namespace bekci::templates
