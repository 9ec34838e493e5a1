#include "agent/notify/message/truncate.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/base/utf8.h"
#include "agent/notify/message/html_escapes.h"

namespace bekci::notify::message {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
// An ellipsis instead of everything says less than the first characters.
constexpr size_t kTooFewForEllipsis = 3;

size_t CharacterSize(std::string_view text) {
  size_t size = 0;
  base::DecodeRune(text, &size);
  return size;
}

// The bytes of the first `count` characters.
size_t BytesOf(std::string_view text, size_t count) {
  size_t bytes = 0;
  for (; count > 0 && bytes < text.size(); --count) bytes += CharacterSize(text.substr(bytes));
  return bytes;
}

// The characters that fit into `most` bytes.
size_t FittingBytes(std::string_view text, size_t most) {
  size_t bytes = 0;
  while (bytes < text.size()) {
    const size_t size = CharacterSize(text.substr(bytes));
    if (bytes + size > most) break;
    bytes += size;
  }
  return bytes;
}

// Bytes of the entity that `text` begins with, &amp; or &#10;, or 1.
size_t EntitySize(std::string_view text) {
  constexpr size_t kLongest = 12;
  const size_t end = text.substr(0, kLongest).find(';');
  const bool entity = end != std::string_view::npos && end > 1 &&
                      text.substr(1, end - 1).find_first_of(" &<>\n") == std::string_view::npos;
  return entity ? end + 1 : 1;
}

// The tags that are open at a place of some markup.
class OpenTags {
 public:
  // `tag` is all of it, <b> or </b>.
  void See(std::string_view tag) {
    const bool closes = tag.starts_with("</");
    std::string_view name = tag.substr(closes ? 2 : 1);
    name = name.substr(0, name.find_first_of(" \t\n/>"));
    if (closes) {
      const auto open = std::find(names_.rbegin(), names_.rend(), name);
      if (open != names_.rend()) names_.erase(open.base() - 1, names_.end());
    } else if (!tag.ends_with("/>") && name != "br") {
      names_.push_back(name);
    }
  }
  std::string Closing() const {
    std::string out;
    for (auto name = names_.rbegin(); name != names_.rend(); ++name) out.append("</").append(*name).append(">");
    return out;
  }

 private:
  std::vector<std::string_view> names_;
};

// Of the piece at the start of `html`: a tag, an entity, a character.
struct Piece {
  size_t bytes = 1;
  bool tag = false;
};
Piece PieceAt(std::string_view html) {
  if (html.front() == '<') {
    const size_t end = html.find('>');
    if (end != std::string_view::npos) return {end + 1, true};
  }
  if (html.front() == '&') return {EntitySize(html)};
  return {CharacterSize(html)};
}

std::string Resolved(std::string_view entity) {
  static constexpr std::pair<std::string_view, char> kEntities[] = {{"&lt;", '<'},   {"&gt;", '>'},  {"&amp;", '&'},
                                                                    {"&quot;", '"'}, {"&#34;", '"'}, {"&#39;", '\''}};
  for (const auto& [name, c] : kEntities) {
    if (entity == name) return std::string(1, c);
  }
  return std::string(entity);
}

}  // namespace

size_t CharacterCount(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(CharacterSize(text));
  return count;
}

Truncated TruncateCharacters(std::string_view text, size_t most) {
  if (BytesOf(text, most) == text.size()) return {std::string(text)};
  if (most <= kTooFewForEllipsis) return {std::string(text.substr(0, BytesOf(text, most))), true};
  return {std::string(text.substr(0, BytesOf(text, most - 1))) + std::string(kEllipsis), true};
}

Truncated TruncateBytes(std::string_view text, size_t most) {
  if (text.size() <= most) return {std::string(text)};
  if (most < kEllipsis.size()) return {std::string(most, '.'), true};
  return {std::string(text.substr(0, FittingBytes(text, most - kEllipsis.size()))) + std::string(kEllipsis), true};
}

Truncated TruncateForHtml(std::string_view text, size_t most) {
  size_t escaped = 0;
  size_t fits = 0;  // bytes of text that leave room for the ellipsis
  for (size_t at = 0; at < text.size();) {
    const size_t size = CharacterSize(text.substr(at));
    escaped += HtmlText(text.substr(at, size)).size();
    at += size;
    if (escaped + kEllipsis.size() <= most) fits = at;
    if (escaped > most) {
      const bool room = most >= kEllipsis.size();
      return {std::string(text.substr(0, fits)) + std::string(room ? kEllipsis : ""), true};
    }
  }
  return {std::string(text)};
}

Truncated TruncateMarkup(std::string_view html, size_t most) {
  OpenTags open;
  OpenTags open_at_cut;
  size_t cut = 0;
  size_t seen = 0;
  for (size_t at = 0; at < html.size();) {
    const Piece piece = PieceAt(html.substr(at));
    if (piece.tag) {
      open.See(html.substr(at, piece.bytes));
    } else if (++seen > most) {
      const std::string ellipsis(most == 0 ? "" : kEllipsis);
      return {std::string(html.substr(0, cut)) + ellipsis + open_at_cut.Closing(), true};
    }
    at += piece.bytes;
    if (seen < most) {
      cut = at;
      open_at_cut = open;
    }
  }
  return {std::string(html)};
}

std::string PlainText(std::string_view html) {
  std::string plain;
  while (!html.empty()) {
    const Piece piece = PieceAt(html);
    if (!piece.tag) plain += Resolved(html.substr(0, piece.bytes));
    html.remove_prefix(piece.bytes);
  }
  return plain;
}

}  // namespace bekci::notify::message
