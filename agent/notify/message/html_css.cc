#include "agent/notify/message/html_css.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/base/utf8.h"

namespace bekci::notify::message {
namespace {

constexpr std::string_view kSpace = "\t\n\f\r ";

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Whether `text` ends with the word url, which makes the ( behind it one that opens an address.
bool EndsWithUrl(std::string_view text) {
  text = text.substr(0, text.find_last_not_of(kSpace) + 1);
  constexpr std::string_view kUrl = "url";
  if (text.size() < kUrl.size() || !base::EqualsIgnoreCase(text.substr(text.size() - kUrl.size()), kUrl)) return false;
  return text.size() == kUrl.size() || !IsNameByte(text[text.size() - kUrl.size() - 1]);
}

// Behind the ( of url( at `at`: the quote, if there is one, belongs to it.
size_t OpenUrl(std::string_view text, size_t at, HtmlContext* context) {
  const size_t first = std::min(text.find_first_not_of(kSpace, at + 1), text.size());
  const char quote = first < text.size() ? text[first] : ' ';
  context->url_part = UrlPart::kNone;
  context->state = quote == '"' ? HtmlState::kCssDqUrl : quote == '\'' ? HtmlState::kCssSqUrl : HtmlState::kCssUrl;
  return context->state == HtmlState::kCssUrl ? first : first + 1;
}

// Each takes a part of `text` that is not empty, returns how much, and moves the context.
size_t InCss(std::string_view text, HtmlContext* context) {
  size_t from = 0;
  while (true) {
    const size_t at = text.find_first_of("(\"'/", from);
    if (at == std::string_view::npos) return text.size();
    from = at + 1;
    if (text[at] == '(' && EndsWithUrl(text.substr(0, at))) return OpenUrl(text, at, context);
    if (text[at] == '"' || text[at] == '\'') {
      context->url_part = UrlPart::kNone;
      context->state = text[at] == '"' ? HtmlState::kCssDqString : HtmlState::kCssSqString;
      return at + 1;
    }
    const char behind = at + 1 < text.size() ? text[at + 1] : ' ';
    if (text[at] == '/' && (behind == '*' || behind == '/')) {
      context->state = behind == '*' ? HtmlState::kCssBlockComment : HtmlState::kCssLineComment;
      return at + 2;
    }
  }
}

base::Result<size_t> InCssString(std::string_view text, HtmlContext* context) {
  std::string_view stops = "\\\"";
  if (context->state == HtmlState::kCssSqString || context->state == HtmlState::kCssSqUrl) stops = "\\'";
  if (context->state == HtmlState::kCssUrl) stops = "\\\t\n\f\r )";
  size_t from = 0;
  while (true) {
    const size_t at = text.find_first_of(stops, from);
    if (at == std::string_view::npos) {
      AdvanceUrl(CssDecoded(text), context);
      return text.size();
    }
    if (text[at] != '\\') {
      context->state = HtmlState::kCss;
      return at + 1;
    }
    if (at + 1 == text.size()) {
      return base::Invalid("in a style sheet: an escape is not finished before the value behind it");
    }
    from = at + 2;
  }
}

size_t InCssComment(std::string_view text, HtmlContext* context) {
  const bool block = context->state == HtmlState::kCssBlockComment;
  const size_t end = block ? text.find("*/") : text.find_first_of("\n\f\r");
  if (end == std::string_view::npos) return text.size();
  context->state = HtmlState::kCss;
  return block ? end + 2 : end;
}

bool IsCssComment(HtmlState state) {
  return state == HtmlState::kCssBlockComment || state == HtmlState::kCssLineComment;
}

}  // namespace

bool IsCss(HtmlState state) {
  return state >= HtmlState::kCss && state <= HtmlState::kCssLineComment;
}

base::Status AdvanceCss(std::string_view text, HtmlContext* context, std::string* out) {
  while (!text.empty()) {
    const HtmlState before = context->state;
    size_t used = 0;
    if (before == HtmlState::kCss) {
      used = InCss(text, context);
    } else if (IsCssComment(before)) {
      used = InCssComment(text, context);
    } else {
      ASSIGN_OR_RETURN(used, InCssString(text, context));
    }
    if (out != nullptr) {
      const size_t opening = before == HtmlState::kCss && IsCssComment(context->state) ? 2 : 0;
      if (!IsCssComment(before)) out->append(text.substr(0, used - opening));
      if (before == HtmlState::kCssBlockComment) *out += ' ';
    }
    text.remove_prefix(used);
  }
  return base::OkStatus();
}

void AdvanceUrl(std::string_view text, HtmlContext* context) {
  if (text.find_first_of("#?") != std::string_view::npos) {
    context->url_part = UrlPart::kQueryOrFragment;
  } else if (context->url_part == UrlPart::kNone && text.find_first_not_of(kSpace) != std::string_view::npos) {
    context->url_part = UrlPart::kPreQuery;
  }
}

std::string CssDecoded(std::string_view text) {
  std::string out;
  constexpr size_t kMostDigits = 6;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (i + 1 == text.size()) break;  // it escapes nothing
    size_t end = i + 1;
    while (end < text.size() && end <= i + kMostDigits && base::ParseUint(text.substr(end, 1), 16)) ++end;
    const auto code = base::ParseUint(text.substr(i + 1, end - i - 1), 16);
    if (!code) {  // the character behind the backslash stands for itself
      out += text[++i];
      continue;
    }
    const bool character = *code <= 0x10FFFF && (*code < 0xD800 || *code > 0xDFFF);
    base::AppendRune(&out, character ? static_cast<char32_t>(*code) : base::kReplacementRune);
    if (end < text.size() && kSpace.find(text[end]) != std::string_view::npos) ++end;
    i = end - 1;
  }
  return out;
}

}  // namespace bekci::notify::message
