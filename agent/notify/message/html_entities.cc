#include "agent/notify/message/html_entities.h"

#include <algorithm>
#include <array>

#include "agent/base/text.h"
#include "agent/base/utf8.h"

namespace bekci::notify::message {
namespace {

struct Entity {
  std::string_view name;
  char character;
};
constexpr std::array<Entity, 22> kEntities = {
    {{"amp;", '&'},    {"lt;", '<'},     {"gt;", '>'},     {"quot;", '"'},   {"apos;", '\''}, {"colon;", ':'},
     {"sol;", '/'},    {"quest;", '?'},  {"num;", '#'},    {"lpar;", '('},   {"rpar;", ')'},  {"semi;", ';'},
     {"bsol;", '\\'},  {"ast;", '*'},    {"equals;", '='}, {"commat;", '@'}, {"Tab;", '\t'},  {"NewLine;", '\n'},
     {"lbrace;", '{'}, {"rbrace;", '}'}, {"percnt;", '%'}, {"comma;", ','}}};

// The bytes of the reference that `text`, which begins with &#, begins with; 0 where it is none.
size_t Numeric(std::string_view text, std::string* out) {
  const bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
  const size_t from = hex ? 3 : 2;
  constexpr size_t kMostDigits = 8;
  size_t end = from;
  while (end < text.size() && end < from + kMostDigits && base::ParseUint(text.substr(end, 1), hex ? 16 : 10)) ++end;
  const auto code = base::ParseUint(text.substr(from, end - from), hex ? 16 : 10);
  if (!code) return 0;
  const bool character = *code > 0 && *code <= 0x10FFFF && (*code < 0xD800 || *code > 0xDFFF);
  base::AppendRune(out, character ? static_cast<char32_t>(*code) : base::kReplacementRune);
  return end < text.size() && text[end] == ';' ? end + 1 : end;
}

}  // namespace

std::string EntitiesDecoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t literal = std::min(text.find('&'), text.size());
    out.append(text.substr(0, literal));
    text.remove_prefix(literal);
    if (text.empty()) break;
    size_t used = text.starts_with("&#") ? Numeric(text, &out) : 0;
    for (const Entity& entity : kEntities) {
      if (used != 0 || !text.substr(1).starts_with(entity.name)) continue;
      out += entity.character;
      used = entity.name.size() + 1;
    }
    if (used == 0) {
      out += '&';
      used = 1;
    }
    text.remove_prefix(used);
  }
  return out;
}

}  // namespace bekci::notify::message
