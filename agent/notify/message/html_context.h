// HtmlContext: where in an HTML document the next byte stands: what a browser will take a value for that is put there.
//
// The text of a template is read as a browser's tokenizer would, from chunk to chunk, and the context is what has to be
// known to escape the next value: in text, within a tag, in an attribute's value and how that is quoted, whether the
// value is an address (and which part of it) or a style sheet. html/template does the same once per template, before
// it is executed; here the context walks along with the execution, which gives the same answer on the path taken.
//
// Within scripts (<script>, on...= attributes) and srcset no value is escaped: those contexts are known, so that a
// value there can be refused.
//
// Source: Go's html/template and the tokenizer of the HTML standard, section 13.2.5. Thread rule: values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/base/status.h"

namespace bekci::notify::message {

enum class HtmlState : unsigned char {
  kText,
  kTag,          // in <...>, before an attribute's name
  kAttrName,     // within a name
  kAfterName,    // behind one: = or the next
  kBeforeValue,  // behind =
  kComment,      // <!-- ... -->, not in the output
  kRawText,      // of <title> and <textarea>: text without tags
  kAttr,         // a plain attribute's value
  kUrl,          // a value that is an address
  kScript,       // of <script> or an on...= attribute
  kSrcset,
  kCss,  // of <style> or style=
  kCssDqString,
  kCssSqString,
  kCssDqUrl,  // url("...
  kCssSqUrl,
  kCssUrl,  // url(...
  kCssBlockComment,
  kCssLineComment,
};

enum class HtmlDelimiter : unsigned char { kNone, kDouble, kSingle, kSpaceOrTagEnd };
enum class HtmlAttribute : unsigned char { kPlain, kUrl, kCss, kScript, kSrcset, kUnsafe };
enum class HtmlElement : unsigned char { kOther, kScript, kStyle, kTextarea, kTitle };
enum class UrlPart : unsigned char { kNone, kPreQuery, kQueryOrFragment };

struct HtmlContext {
  HtmlState state = HtmlState::kText;
  HtmlDelimiter delimiter = HtmlDelimiter::kNone;
  UrlPart url_part = UrlPart::kNone;
  HtmlAttribute attribute = HtmlAttribute::kPlain;
  HtmlElement element = HtmlElement::kOther;

  // "an attribute's value": for messages.
  std::string_view Name() const;
  // What it becomes where a value is put: an attribute's name or an unquoted value begins.
  HtmlContext BeforeValue() const;
  friend bool operator==(const HtmlContext&, const HtmlContext&) = default;
};

// Reads a piece of the template's text: `context` becomes that behind it, and `out` gets the piece without comments and
// with a `<` that begins nothing as &lt;. Errors: invalid; HTML that is told apart differently by different readers,
// such as a quote within an unquoted value.
base::Status AdvanceHtml(std::string_view text, HtmlContext* context, std::string* out);

// What sort of attribute it is, by its name in any case.
HtmlAttribute AttributeNamed(std::string_view name);

}  // namespace bekci::notify::message
