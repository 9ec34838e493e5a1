#include "agent/template/regex.h"

#include <re2/re2.h>

#include <algorithm>
#include <span>
#include <vector>

#include "agent/base/text.h"
#include "agent/base/utf8.h"
#include "agent/model/regex_error.h"

namespace bekci::templates {
namespace {

// A hostile expression costs its template, not the process.
constexpr int64_t kMaxRegexMemory = 2 << 20;
constexpr int kMaxGroups = 64;

// The length of the name at the front of `text`: letters, digits and underscores of any script.
size_t NameLength(std::string_view text) {
  size_t end = 0;
  while (end < text.size()) {
    const auto c = static_cast<unsigned char>(text[end]);
    const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!word) break;
    ++end;
  }
  return end;
}

// A piece of a replacement: a text, or a group's match.
struct Piece {
  std::string_view text;
  int group = -1;
};

int GroupOf(const re2::RE2& regex, std::string_view name) {
  const bool number = name.find_first_not_of("0123456789") == std::string_view::npos;
  if (number && name.size() < 9 && (name.size() == 1 || name.front() != '0')) {
    return static_cast<int>(base::ParseInt(name).value_or(kMaxGroups));
  }
  const auto found = regex.NamedCapturingGroups().find(std::string(name));
  return found == regex.NamedCapturingGroups().end() ? kMaxGroups : found->second;
}

// Go's Regexp.Expand, cut into pieces once for all matches. A group that is not there is kMaxGroups: empty.
std::vector<Piece> Pieces(const re2::RE2& regex, std::string_view text) {
  std::vector<Piece> pieces;
  while (!text.empty()) {
    const size_t dollar = text.find('$');
    if (dollar != 0) pieces.push_back({text.substr(0, dollar)});
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar);
    if (text.starts_with("$$")) {
      pieces.push_back({text.substr(0, 1)});
      text.remove_prefix(2);
      continue;
    }
    const bool braces = text.substr(1).starts_with('{');
    const size_t begin = braces ? 2 : 1;
    const size_t length = NameLength(text.substr(std::min(begin, text.size())));
    if (length == 0 || (braces && !text.substr(begin + length).starts_with('}'))) {
      pieces.push_back({text.substr(0, 1)});  // no reference: a dollar
      text.remove_prefix(1);
      continue;
    }
    pieces.push_back({{}, GroupOf(regex, text.substr(begin, length))});
    text.remove_prefix(begin + length + (braces ? 1 : 0));
  }
  return pieces;
}

void AppendPieces(const std::vector<Piece>& pieces, std::span<const re2::StringPiece> groups, std::string* out) {
  for (const Piece& piece : pieces) {
    if (piece.group < 0) {
      *out += piece.text;
    } else if (const auto group = static_cast<size_t>(piece.group); group < groups.size()) {
      out->append(groups[group].data(), groups[group].size());
    }
  }
}

}  // namespace

struct Regex::Compiled {
  Compiled(std::string_view expression, const re2::RE2::Options& options)
      : regex(re2::StringPiece(expression.data(), expression.size()), options) {}
  re2::RE2 regex;
};

Regex::Regex(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Regex::~Regex() = default;

base::Result<std::shared_ptr<const Regex>> Regex::Make(std::string_view expression) {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kMaxRegexMemory);
  auto compiled = std::make_unique<Compiled>(expression, options);
  if (!compiled->regex.ok()) return base::Invalid(model::RegexError(compiled->regex));
  return std::shared_ptr<const Regex>(new Regex(std::move(compiled)));
}

bool Regex::Matches(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->regex);
}

std::string Regex::ReplaceAll(std::string_view text, std::string_view replacement, size_t limit) const {
  const re2::RE2& regex = compiled_->regex;
  const std::vector<Piece> pieces = Pieces(regex, replacement);
  const int count = std::min(regex.NumberOfCapturingGroups() + 1, kMaxGroups);
  std::vector<re2::StringPiece> groups(static_cast<size_t>(count));
  std::string out;
  size_t copied = 0;  // the end of the last match
  for (size_t from = 0; from <= text.size() && out.size() <= limit;) {
    if (!regex.Match({text.data(), text.size()}, from, text.size(), re2::RE2::UNANCHORED, groups.data(), count)) break;
    const auto begin = static_cast<size_t>(groups[0].data() - text.data());
    const size_t end = begin + groups[0].size();
    out += text.substr(copied, begin - copied);
    if (end > copied || begin == 0) AppendPieces(pieces, groups, &out);
    copied = end;
    size_t width = 0;
    if (from < text.size()) base::DecodeRune(text.substr(from), &width);
    from = std::max({from + width, from + (from == text.size() ? 1 : 0), end});
  }
  out += text.substr(copied);
  return out;
}

}  // namespace bekci::templates
