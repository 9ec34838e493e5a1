// Matcher: one condition on a label, as selectors, rule files and routes have it: l="v", l!="v", l=~"re", l!~"re".
//
// An absent label has the value "". Regular expressions are RE2's, anchored at both ends, and their dot matches a new
// line, as in Prometheus. What an index can use is found when the matcher is made: the finite set of values that the
// expression can match ("a|b|c", "web-[12]"), or else the literal text every match begins with.
//
// Thread rule: immutable and shared; any thread may match.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/labels.h"

namespace bekci::model {

enum class MatchType : unsigned char { kEqual, kNotEqual, kRegex, kNotRegex };

// "=", "!=", "=~", "!~".
std::string_view MatchTypeText(MatchType type);

class Matcher {
 public:
  // Errors: invalid, with RE2's words about the expression; limit when it compiles to more than RE2's memory bound.
  static base::Result<Matcher> Make(MatchType type, std::string name, std::string value);
  static Matcher Equal(std::string name, std::string value);

  MatchType type() const { return type_; }
  const std::string& name() const { return name_; }
  const std::string& value() const { return value_; }
  bool is_negative() const { return type_ == MatchType::kNotEqual || type_ == MatchType::kNotRegex; }

  bool Matches(std::string_view value) const;
  bool Matches(const Labels& labels) const { return Matches(labels.Get(name_)); }
  bool MatchesEmpty() const { return matches_empty_; }

  // The values that the expression itself can match, when they are few and it has no other; sorted, unique. For a
  // negative matcher these are the values it refuses. Empty when there is no such set.
  std::span<const std::string> set() const { return set_; }
  // What every value that the expression itself can match begins with; may be empty.
  const std::string& prefix() const { return prefix_; }

  // Instructions of the compiled expression; 0 where there is none. What a caller counts against a bound of its own.
  size_t expression_cost() const;

  // name="value" with Go's quoting; a name outside the legacy character set is quoted too.
  std::string ToString() const;

  friend bool operator==(const Matcher& a, const Matcher& b) {
    return a.type_ == b.type_ && a.name_ == b.name_ && a.value_ == b.value_;
  }

 private:
  class Expression;

  Matcher(MatchType type, std::string name, std::string value);
  base::Status Compile();
  bool MatchesExpression(std::string_view value) const;

  MatchType type_;
  bool matches_empty_ = false;
  std::string name_;
  std::string value_;
  std::vector<std::string> set_;
  std::string prefix_;
  std::shared_ptr<const Expression> expression_;  // only where neither the set nor the type answers
};

// Whether `labels` meet all of `matchers`.
bool MatchesAll(std::span<const Matcher> matchers, const Labels& labels);

}  // namespace bekci::model
