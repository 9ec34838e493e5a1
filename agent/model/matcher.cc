#include "agent/model/matcher.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "agent/base/text.h"
#include "agent/model/literal_set.h"
#include "agent/model/regex_error.h"

namespace bekci::model {
namespace {

constexpr int64_t kMaxExpressionBytes = 8 << 20;

re2::RE2::Options ExpressionOptions() {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_dot_nl(true);
  options.set_max_mem(kMaxExpressionBytes);
  return options;
}

std::string CommonPrefix(const std::string& a, const std::string& b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return {a.begin(), end};
}

}  // namespace

class Matcher::Expression {
 public:
  explicit Expression(const std::string& text) : regex_(text, ExpressionOptions()) {}
  const re2::RE2& regex() const { return regex_; }

 private:
  re2::RE2 regex_;
};

std::string_view MatchTypeText(MatchType type) {
  switch (type) {
    case MatchType::kEqual:
      return "=";
    case MatchType::kNotEqual:
      return "!=";
    case MatchType::kRegex:
      return "=~";
    case MatchType::kNotRegex:
      return "!~";
  }
  return "";
}

Matcher::Matcher(MatchType type, std::string name, std::string value)
    : type_(type), name_(std::move(name)), value_(std::move(value)) {}

Matcher Matcher::Equal(std::string name, std::string value) {
  return std::move(Make(MatchType::kEqual, std::move(name), std::move(value))).value();
}

base::Result<Matcher> Matcher::Make(MatchType type, std::string name, std::string value) {
  Matcher matcher(type, std::move(name), std::move(value));
  RETURN_IF_ERROR(matcher.Compile());
  matcher.matches_empty_ = matcher.Matches(std::string_view());
  return matcher;
}

base::Status Matcher::Compile() {
  if (type_ == MatchType::kEqual || type_ == MatchType::kNotEqual) {
    set_ = {value_};
    prefix_ = value_;
    return base::OkStatus();
  }
  auto expression = std::make_shared<const Expression>(value_);
  const re2::RE2& regex = expression->regex();
  if (!regex.ok()) {
    if (regex.error_code() == re2::RE2::ErrorPatternTooLarge) {
      return base::LimitReached("the regular expression " + base::Quoted(value_) + " compiles to more than 8 MiB");
    }
    return base::Invalid(RegexError(regex));
  }
  if (auto set = LiteralSet(value_)) {
    set_ = *std::move(set);
    prefix_ = set_.size() == 1 ? set_.front() : CommonPrefix(set_.front(), set_.back());
    return base::OkStatus();
  }
  // An upper bound that was cut off is rounded up, so it shares with the lower one just what all matches share.
  std::string low;
  std::string high;
  const re2::RE2 anchored("^(?:" + value_ + ")", ExpressionOptions());
  if (anchored.ok() && anchored.PossibleMatchRange(&low, &high, 64)) prefix_ = CommonPrefix(low, high);
  expression_ = std::move(expression);
  return base::OkStatus();
}

bool Matcher::MatchesExpression(std::string_view value) const {
  if (expression_ == nullptr) return std::binary_search(set_.begin(), set_.end(), value);
  return value.starts_with(prefix_) &&
         re2::RE2::FullMatch(re2::StringPiece(value.data(), value.size()), expression_->regex());
}

bool Matcher::Matches(std::string_view value) const {
  switch (type_) {
    case MatchType::kEqual:
      return value == value_;
    case MatchType::kNotEqual:
      return value != value_;
    case MatchType::kRegex:
      return MatchesExpression(value);
    case MatchType::kNotRegex:
      return !MatchesExpression(value);
  }
  return false;
}

size_t Matcher::expression_cost() const {
  return expression_ == nullptr ? 0 : static_cast<size_t>(std::max(expression_->regex().ProgramSize(), 0));
}

std::string Matcher::ToString() const {
  std::string out = IsLegacyLabelName(name_) ? name_ : base::Quoted(name_);
  out += MatchTypeText(type_);
  out += base::Quoted(value_);
  return out;
}

bool MatchesAll(std::span<const Matcher> matchers, const Labels& labels) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& m) { return m.Matches(labels); });
}

}  // namespace bekci::model
