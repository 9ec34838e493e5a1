#include "agent/notify/receivers/limits.h"

#include <algorithm>
#include <vector>

#include "agent/base/utf8.h"

namespace bekci::notify::receivers {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

size_t RuneBytes(std::string_view text) {
  return std::max<size_t>(base::Utf8Length(text), 1);
}

// One piece of HTML: a tag, an entity or a character.
struct Piece {
  enum class Kind : unsigned char { kTag, kVisible } kind;
  std::string_view text;
};

Piece NextPiece(std::string_view html) {
  if (html.front() == '<') {
    const size_t end = html.find('>');
    if (end != std::string_view::npos) return {Piece::Kind::kTag, html.substr(0, end + 1)};
  }
  if (html.front() == '&') {
    const size_t end = html.find(';');
    if (end != std::string_view::npos && end <= 10) return {Piece::Kind::kVisible, html.substr(0, end + 1)};
  }
  return {Piece::Kind::kVisible, html.substr(0, RuneBytes(html))};
}

// "b" of `<b>`, "/a" of `</a>`, "a" of `<a href="x">`.
std::string_view TagName(std::string_view tag) {
  tag.remove_prefix(1);
  return tag.substr(0, std::min(tag.find_first_of(" \t\r\n>"), tag.size()));
}

void Track(std::string_view tag, std::vector<std::string_view>* open) {
  const std::string_view name = TagName(tag);
  if (tag.ends_with("/>") || name == "br") return;
  if (!name.starts_with('/')) {
    open->push_back(name);
  } else if (!open->empty() && open->back() == name.substr(1)) {
    open->pop_back();
  }
}

size_t VisibleRunes(std::string_view html) {
  size_t count = 0;
  while (!html.empty()) {
    const Piece piece = NextPiece(html);
    if (piece.kind == Piece::Kind::kVisible) ++count;
    html.remove_prefix(piece.text.size());
  }
  return count;
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

size_t CountRunes(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); text.remove_prefix(RuneBytes(text))) ++count;
  return count;
}

std::string CutRunes(std::string_view text, size_t max) {
  if (CountRunes(text) <= max) return std::string(text);
  if (max == 0) return {};
  std::string_view rest = text;
  for (size_t i = 0; i + 1 < max; ++i) rest.remove_prefix(RuneBytes(rest));
  return std::string(text.substr(0, text.size() - rest.size())).append(kEllipsis);
}

std::string CutBytes(std::string_view text, size_t max) {
  if (text.size() <= max) return std::string(text);
  if (max < kEllipsis.size()) return {};
  size_t end = max - kEllipsis.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)).append(kEllipsis);
}

std::string CutHtml(std::string_view html, size_t max) {
  if (VisibleRunes(html) <= max) return std::string(html);
  std::string cut;
  std::vector<std::string_view> open;
  for (size_t left = max == 0 ? 0 : max - 1; !html.empty();) {
    const Piece piece = NextPiece(html);
    if (piece.kind == Piece::Kind::kVisible) {
      if (left == 0) break;
      --left;
    } else {
      Track(piece.text, &open);
    }
    cut.append(piece.text);
    html.remove_prefix(piece.text.size());
  }
  if (max > 0) cut.append(kEllipsis);
  for (; !open.empty(); open.pop_back()) cut.append("</").append(open.back()).append(">");
  return cut;
}

std::string PlainText(std::string_view html) {
  std::string plain;
  while (!html.empty()) {
    const Piece piece = NextPiece(html);
    if (piece.kind == Piece::Kind::kVisible) plain += Resolved(piece.text);
    html.remove_prefix(piece.text.size());
  }
  return plain;
}

}  // namespace bekci::notify::receivers
