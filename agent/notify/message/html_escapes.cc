#include "agent/notify/message/html_escapes.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/base/utf8.h"
#include "agent/notify/message/html_context.h"
#include "agent/notify/message/html_css.h"

namespace bekci::notify::message {
namespace {

std::string_view TextEscape(char c) {
  switch (c) {
    case '\0':
      return "\xEF\xBF\xBD";
    case '"':
      return "&#34;";
    case '&':
      return "&amp;";
    case '\'':
      return "&#39;";
    case '+':
      return "&#43;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    default:
      return {};
  }
}

std::string_view BareEscape(char c) {
  switch (c) {
    case '\0':
      return "&#xfffd;";
    case '\t':
      return "&#9;";
    case '\n':
      return "&#10;";
    case '\v':
      return "&#11;";
    case '\f':
      return "&#12;";
    case '\r':
      return "&#13;";
    case ' ':
      return "&#32;";
    case '=':
      return "&#61;";
    case '`':
      return "&#96;";
    default:
      return TextEscape(c);
  }
}

// Some readers end an unquoted value at characters that are none.
void AppendBareRune(std::string_view bytes, char32_t rune, std::string* out) {
  const bool none = (rune >= 0xFDD0 && rune <= 0xFDEF) || (rune >= 0xFFF0 && rune <= 0xFFFF);
  if (!none) {
    out->append(bytes);
    return;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  *out += "&#x";
  for (const unsigned shift : {12u, 8u, 4u, 0u}) *out += kDigits[rune >> shift & 15];
  *out += ';';
}

std::string Escaped(std::string_view text, bool bare, bool entities_stay) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    size_t size = 0;
    const char32_t rune = base::DecodeRune(text, &size);
    const std::string_view bytes = text.substr(0, size);
    text.remove_prefix(size);
    const char c = bytes.front();
    const std::string_view escape = rune >= 0x80 || (entities_stay && c == '&') ? std::string_view()
                                    : bare                                      ? BareEscape(c)
                                                                                : TextEscape(c);
    if (!escape.empty()) {
      out += escape;
    } else if (bare) {
      AppendBareRune(bytes, rune, &out);
    } else {
      out += bytes;
    }
  }
  return out;
}

// Markup without its tags and comments and without the content of scripts and style sheets.
std::string WithoutTags(std::string_view markup) {
  std::string out;
  HtmlContext context;
  while (!markup.empty()) {
    // What may be a tag, up to its >, or what is none, up to the next <.
    const bool opens = markup.front() == '<';
    const size_t end = std::min(opens ? markup.find('>') : markup.find('<') - 1, markup.size() - 1) + 1;
    const std::string_view piece = markup.substr(0, end);
    markup.remove_prefix(end);
    const bool text = context.state == HtmlState::kText || context.state == HtmlState::kRawText;
    HtmlContext within = context;
    std::string ignored;
    if (!AdvanceHtml(piece.substr(0, piece.size() - 1), &within, &ignored).ok()) return out;
    if (text && within == context) out += piece;
    if (!AdvanceHtml(piece, &context, &ignored).ok()) return out;
  }
  return out;
}

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

bool IsHexByte(char c) {
  return base::ParseUint(std::string_view(&c, 1), 16).has_value();
}

std::string Percent(std::string_view text, bool normalize) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  // ' ( ) may stand in an address but would end what the address stands in.
  constexpr std::string_view kReserved = "!#$&*+,/:;=?@[]";
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool escape = c == '%' && i + 2 < text.size() && IsHexByte(text[i + 1]) && IsHexByte(text[i + 2]);
    if (IsUnreserved(c) || (normalize && (escape || (c != '\0' && kReserved.find(c) != std::string_view::npos)))) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

}  // namespace

std::string HtmlText(std::string_view text) {
  return Escaped(text, false, false);
}
std::string HtmlTextOfMarkup(std::string_view markup) {
  return Escaped(markup, false, true);
}
std::string HtmlBare(std::string_view text) {
  return text.empty() ? std::string(kUnsafeValue) : Escaped(text, true, false);
}
std::string HtmlAttributeOfMarkup(std::string_view markup, bool bare) {
  if (bare && markup.empty()) return std::string(kUnsafeValue);
  return Escaped(WithoutTags(markup), bare, true);
}

std::string HtmlName(std::string_view text) {
  std::string name = base::ToLower(text);
  const bool plain = !name.empty() && AttributeNamed(name) == HtmlAttribute::kPlain;
  const bool simple = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos;
  return plain && simple ? name : std::string(kUnsafeValue);
}

std::string UrlFiltered(std::string_view url) {
  const size_t colon = url.find(':');
  const std::string_view scheme = url.substr(0, std::min(colon, url.size()));
  bool safe = colon == std::string_view::npos || scheme.find('/') != std::string_view::npos;
  for (const std::string_view good : {"http", "https", "mailto"}) safe = safe || base::EqualsIgnoreCase(scheme, good);
  return safe ? std::string(url) : "#" + std::string(kUnsafeValue);
}
std::string UrlNormalized(std::string_view url) {
  return Percent(url, true);
}
std::string UrlEscaped(std::string_view text) {
  return Percent(text, false);
}

std::string CssText(std::string_view text) {
  constexpr std::string_view kEscaped("\0\t\n\f\r\"&'()+/:;<>\\{}", 19);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (kEscaped.find(c) == std::string_view::npos) {
      out += c;
      continue;
    }
    out += '\\';
    if (c == '\\') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 16) out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
    // A hexadecimal escape goes on as long as there are digits, and swallows one blank.
    const char next = i + 1 < text.size() ? text[i + 1] : ' ';
    if (IsHexByte(next) || std::string_view("\t\n\f\r ").find(next) != std::string_view::npos) out += ' ';
  }
  return out;
}

std::string CssValue(std::string_view text) {
  constexpr std::string_view kForbidden("\0\"'()/;@[\\]`{}<>", 16);
  std::string value = CssDecoded(text);
  std::string name;  // its letters and digits: what a reader makes words of
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool dashes = c == '-' && i > 0 && value[i - 1] == '-';
    if (dashes || kForbidden.find(c) != std::string_view::npos) return std::string(kUnsafeValue);
    if (IsUnreserved(c) && c != '.' && c != '~') name += c;
  }
  name = base::ToLower(name);
  std::erase(name, '-');
  const bool script = name.find("expression") != std::string::npos || name.find("mozbinding") != std::string::npos;
  return script ? std::string(kUnsafeValue) : value;
}

}  // namespace bekci::notify::message
