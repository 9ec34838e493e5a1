#include "agent/promql/token.h"

#include <algorithm>
#include <iterator>

#include "agent/base/text.h"

namespace bekci::promql {
namespace {

struct Word {
  std::string_view text;
  TokenKind kind;
};

constexpr Word kWords[] = {
    {"anchored", TokenKind::kAnchored},
    {"and", TokenKind::kAnd},
    {"atan2", TokenKind::kAtan2},
    {"avg", TokenKind::kAvg},
    {"bool", TokenKind::kBool},
    {"bottomk", TokenKind::kBottomk},
    {"by", TokenKind::kBy},
    {"count", TokenKind::kCount},
    {"count_values", TokenKind::kCountValues},
    {"end", TokenKind::kEnd},
    {"fill", TokenKind::kFill},
    {"fill_left", TokenKind::kFillLeft},
    {"fill_right", TokenKind::kFillRight},
    {"group", TokenKind::kGroup},
    {"group_left", TokenKind::kGroupLeft},
    {"group_right", TokenKind::kGroupRight},
    {"ignoring", TokenKind::kIgnoring},
    {"inf", TokenKind::kNumber},
    {"limit_ratio", TokenKind::kLimitRatio},
    {"limitk", TokenKind::kLimitk},
    {"max", TokenKind::kMax},
    {"max_of", TokenKind::kMaxOf},
    {"min", TokenKind::kMin},
    {"min_of", TokenKind::kMinOf},
    {"nan", TokenKind::kNumber},
    {"offset", TokenKind::kOffset},
    {"on", TokenKind::kOn},
    {"or", TokenKind::kOr},
    {"quantile", TokenKind::kQuantile},
    {"range", TokenKind::kRange},
    {"smoothed", TokenKind::kSmoothed},
    {"start", TokenKind::kStart},
    {"stddev", TokenKind::kStddev},
    {"stdvar", TokenKind::kStdvar},
    {"step", TokenKind::kStep},
    {"sum", TokenKind::kSum},
    {"topk", TokenKind::kTopk},
    {"unless", TokenKind::kUnless},
    {"without", TokenKind::kWithout},
};
static_assert(std::is_sorted(std::begin(kWords), std::end(kWords),
                             [](const Word& a, const Word& b) { return a.text < b.text; }));
constexpr size_t kLongestWord = 12;  // count_values

// Go's %.10q of what is longer than ten bytes, %q of the rest.
std::string ShortQuoted(std::string_view text) {
  if (text.size() <= 10) return base::Quoted(text);
  size_t cut = 0;
  for (int runes = 0; runes < 10 && cut < text.size(); ++runes) {
    size_t size = 0;
    base::DecodeRune(text.substr(cut), &size);
    cut += size;
  }
  return base::Quoted(text.substr(0, cut)) + "...";
}

}  // namespace

TokenKind WordKind(std::string_view word) {
  if (word.size() > kLongestWord) return TokenKind::kIdentifier;
  const std::string lower = base::ToLower(word);
  const Word* const found = std::lower_bound(std::begin(kWords), std::end(kWords), std::string_view(lower),
                                             [](const Word& row, std::string_view text) { return row.text < text; });
  return found != std::end(kWords) && found->text == lower ? found->kind : TokenKind::kIdentifier;
}

std::string Describe(const Token& token) {
  const std::string text(token.text);
  if (IsOperator(token.kind) || token.kind == TokenKind::kAt) return "<op:" + text + ">";
  if (IsAggregation(token.kind)) return "<aggr:" + text + ">";
  if (IsKeyword(token.kind)) return "<" + text + ">";
  switch (token.kind) {
    case TokenKind::kEof:
      return "end of input";
    case TokenKind::kIdentifier:
      return "identifier " + base::Quoted(text);
    case TokenKind::kMetricIdentifier:
      return "metric identifier " + base::Quoted(text);
    case TokenKind::kString:
      return "string " + ShortQuoted(text);
    case TokenKind::kNumber:
      return "number " + ShortQuoted(text);
    case TokenKind::kDuration:
      return "duration " + ShortQuoted(text);
    default:
      return ShortQuoted(text);
  }
}

}  // namespace bekci::promql
