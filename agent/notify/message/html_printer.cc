#include "agent/notify/message/html_printer.h"

#include "agent/notify/message/html_escapes.h"
#include "agent/template/go_format.h"

namespace bekci::notify::message {
namespace {

using templates::Kind;
using templates::Value;

struct Printed {
  std::string text;
  bool markup = false;
  bool url = false;
};

// A nil prints as nothing.
base::Result<Printed> Print(const Value& value, size_t limit) {
  Printed printed;
  if (value.nil()) return printed;
  printed.markup = value.type() == &kHtmlType;
  printed.url = value.type() == &kUrlType;
  if (value.kind() == Kind::kText && value.type()->text == nullptr) {
    printed.text = value.text();
  } else {
    RETURN_IF_ERROR(templates::AppendValue(value, limit, &printed.text));
  }
  return printed;
}

// An address or a part of one. Within a text of a style sheet it is escaped as text, not as an address.
std::string AsUrl(const Printed& printed, UrlPart part, bool css_text) {
  if (part == UrlPart::kQueryOrFragment) return printed.url ? UrlNormalized(printed.text) : UrlEscaped(printed.text);
  const std::string url = part == UrlPart::kNone && !printed.url ? UrlFiltered(printed.text) : printed.text;
  return css_text ? CssText(url) : UrlNormalized(url);
}

// For the grammar within an attribute or element; the quoting of the attribute comes on top.
base::Result<std::string> ForGrammar(const HtmlContext& context, const Printed& printed) {
  switch (context.state) {
    case HtmlState::kUrl:
    case HtmlState::kCssDqUrl:
    case HtmlState::kCssSqUrl:
    case HtmlState::kCssUrl:
      return AsUrl(printed, context.url_part, false);
    case HtmlState::kCssDqString:
    case HtmlState::kCssSqString:
      return AsUrl(printed, context.url_part, true);
    case HtmlState::kCss:
      return CssValue(printed.text);
    case HtmlState::kTag:
    case HtmlState::kAttrName:
    case HtmlState::kAfterName:
      return HtmlName(printed.text);
    case HtmlState::kScript:
    case HtmlState::kSrcset:
      return base::Invalid("a value within " + std::string(context.Name()) + " is not sent in mail");
    default:
      return printed.text;
  }
}

}  // namespace

constinit const templates::Type kHtmlType = {.name = "template.HTML", .kind = Kind::kText};
constinit const templates::Type kUrlType = {.name = "template.URL", .kind = Kind::kText};

base::Status HtmlPrinter::AddValue(const Value& value, size_t limit, std::string* out) {
  context_ = context_.BeforeValue();
  if (context_.state == HtmlState::kComment || context_.state == HtmlState::kCssBlockComment ||
      context_.state == HtmlState::kCssLineComment) {
    return base::OkStatus();
  }
  ASSIGN_OR_RETURN(Printed printed, Print(value, limit));
  if (context_.delimiter == HtmlDelimiter::kNone && printed.markup) {
    if (context_.state == HtmlState::kText || context_.state == HtmlState::kRawText) {
      *out += context_.state == HtmlState::kText ? printed.text : HtmlTextOfMarkup(printed.text);
      return base::OkStatus();
    }
  }
  ASSIGN_OR_RETURN(const std::string text, ForGrammar(context_, printed));
  const bool markup = printed.markup && context_.state == HtmlState::kAttr;
  const bool bare = context_.delimiter == HtmlDelimiter::kSpaceOrTagEnd;
  if (markup) {
    *out += HtmlAttributeOfMarkup(text, bare);
  } else if (bare) {
    *out += HtmlBare(text);
  } else if (context_.delimiter != HtmlDelimiter::kNone || context_.state == HtmlState::kText ||
             context_.state == HtmlState::kRawText) {
    *out += HtmlText(text);
  } else {
    *out += text;
  }
  return base::OkStatus();
}

base::Status HtmlPrinter::End() const {
  if (context_.state == HtmlState::kText) return base::OkStatus();
  return base::Invalid("the HTML ends within " + std::string(context_.Name()));
}

}  // namespace bekci::notify::message
