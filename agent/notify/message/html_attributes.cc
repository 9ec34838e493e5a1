// Which attributes hold addresses, style sheets or scripts, and which must not be named by a value.
//
// Source: the attribute tables of the HTML standard; the judgement of Go's html/template, with its rule for names that
// are in no table.
#include <algorithm>
#include <array>

#include "agent/base/text.h"
#include "agent/notify/message/html_context.h"

namespace bekci::notify::message {
namespace {

constexpr std::array<std::string_view, 17> kUrls = {
    "action", "archive",  "background", "cite",   "classid", "codebase", "data",   "formaction", "href",
    "icon",   "longdesc", "manifest",   "poster", "profile", "src",      "usemap", "xmlns"};
// They change what the document means; a value must not choose them.
constexpr std::array<std::string_view, 22> kUnsafe = {
    "accept-charset", "async",      "challenge",      "charset",    "content", "crossorigin", "defer",  "enctype",
    "form",           "formmethod", "formnovalidate", "http-equiv", "keytype", "language",    "method", "novalidate",
    "pattern",        "rel",        "sandbox",        "srcdoc",     "type",    "value"};

template <size_t N>
bool Has(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

HtmlAttribute AttributeNamed(std::string_view written) {
  const std::string lower = base::ToLower(written);
  std::string_view name = lower;
  if (name.starts_with("data-")) {
    name.remove_prefix(5);
  } else if (const size_t colon = name.find(':'); colon != std::string_view::npos) {
    if (name.substr(0, colon) == "xmlns") return HtmlAttribute::kUrl;
    name.remove_prefix(colon + 1);
  }
  if (name == "style") return HtmlAttribute::kCss;
  if (name == "srcset") return HtmlAttribute::kSrcset;
  if (Has(kUrls, name)) return HtmlAttribute::kUrl;
  if (Has(kUnsafe, name)) return HtmlAttribute::kUnsafe;
  if (name.starts_with("on")) return HtmlAttribute::kScript;
  for (const std::string_view part : {"src", "uri", "url"}) {
    if (name.find(part) != std::string_view::npos) return HtmlAttribute::kUrl;
  }
  return HtmlAttribute::kPlain;
}

}  // namespace bekci::notify::message
