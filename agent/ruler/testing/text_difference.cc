#include "agent/ruler/testing/text_difference.h"

#include <algorithm>

#include "agent/base/utf8.h"

namespace bekci::ruler::testing {
namespace {

// Shown before and behind the place where texts part.
constexpr size_t kBefore = 40;
constexpr size_t kBehind = 80;
constexpr std::string_view kCut = "...";

std::u32string Runes(std::string_view text) {
  std::u32string runes;
  while (!text.empty()) {
    size_t size = 0;
    runes += base::DecodeRune(text, &size);
    text.remove_prefix(size);
  }
  return runes;
}

std::string Cut(const std::u32string& runes, size_t begin) {
  std::string out(begin > 0 ? kCut : "");
  const size_t end = std::min(runes.size(), begin + kBefore + kBehind);
  for (size_t i = begin; i < end; ++i) base::AppendRune(&out, runes[i]);
  return end < runes.size() ? out + std::string(kCut) : out;
}

const std::string* Find(const TextMap& map, const std::string& name) {
  const auto found = std::find_if(map.begin(), map.end(), [&](const auto& entry) { return entry.first == name; });
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

std::vector<std::string> TextDifference(std::string_view expected, std::string_view got) {
  const std::u32string a = Runes(base::Quoted(expected));
  const std::u32string b = Runes(base::Quoted(got));
  const auto [at, ignored] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto same = static_cast<size_t>(at - a.begin());
  const size_t begin = same > kBefore ? same - kBefore : 0;
  const size_t column = same - begin + (begin > 0 ? kCut.size() : 0);
  return {"expected " + Cut(a, begin), "got      " + Cut(b, begin), std::string(9 + column, ' ') + "^ differs here"};
}

void AppendMapDifference(std::string_view kind, const TextMap& expected, const TextMap& got,
                         std::vector<std::string>* out) {
  const auto title = [&](const std::string& name) { return "  " + std::string(kind) + " " + name + ":"; };
  for (const auto& [name, value] : expected) {
    const std::string* const other = Find(got, name);
    if (other == nullptr) {
      out->push_back(title(name) + " expected " + base::Quoted(value) + ", got none" +
                     (value.empty() && kind == "label" ? " (an empty label is no label: leave it out)" : ""));
    } else if (*other != value) {
      out->push_back(title(name));
      for (const std::string& line : TextDifference(value, *other)) out->push_back("    " + line);
    }
  }
  for (const auto& [name, value] : got) {
    if (Find(expected, name) == nullptr) out->push_back(title(name) + " not expected, got " + base::Quoted(value));
  }
}

int Likeness(const TextMap& a, const TextMap& b) {
  int score = 0;
  for (const auto& [name, value] : a) {
    const std::string* const other = Find(b, name);
    score += other == nullptr ? -1 : (*other == value ? 3 : 1);
  }
  for (const auto& [name, value] : b) score -= Find(a, name) == nullptr ? 1 : 0;
  return score;
}

TextMap ToTextMap(const model::Labels& labels) {
  TextMap map;
  for (const auto& [name, value] : labels) map.emplace_back(name, value);
  return map;
}

std::string MapText(const TextMap& map) {
  std::string out = "{";
  for (const auto& [name, value] : map) out += (out.size() > 1 ? ", " : "") + name + "=" + base::Quoted(value);
  return out + "}";
}

}  // namespace bekci::ruler::testing
