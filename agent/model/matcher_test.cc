#include "agent/model/matcher.h"

#include <doctest/doctest.h>
#include <re2/re2.h>

#include <string>
#include <vector>

#include "agent/base/random.h"
#include "agent/model/literal_set.h"

namespace bekci::model::matcher_test {
namespace {

Matcher Make(MatchType type, const std::string& value) {
  return std::move(Matcher::Make(type, "l", value)).value();
}

TEST_CASE("each type of matcher matches as Prometheus' does") {
  struct Row {
    MatchType type;
    const char* value;
    const char* subject;
    bool matches;
  };
  const std::vector<Row> rows = {
      {MatchType::kEqual, "a", "a", true},
      {MatchType::kEqual, "a", "b", false},
      {MatchType::kNotEqual, "a", "", true},
      {MatchType::kNotEqual, "a", "a", false},
      {MatchType::kRegex, "a|b", "b", true},
      {MatchType::kRegex, "a|b", "ab", false},
      {MatchType::kRegex, "a|bc", "c", false},
      {MatchType::kRegex, "a.*", "a\nb", true},
      {MatchType::kRegex, "a.*", "ba", false},
      {MatchType::kRegex, ".*", "", true},
      {MatchType::kRegex, ".+", "", false},
      {MatchType::kNotRegex, "a.*", "b", true},
      {MatchType::kNotRegex, "a|b", "a", false},
      {MatchType::kRegex, "(?i)abc", "ABC", true},
      {MatchType::kRegex, "web-[12]", "web-2", true},
      {MatchType::kRegex, "web-[12]", "web-3", false},
      {MatchType::kRegex, "^a$", "a", true},
      {MatchType::kRegex, "", "", true},
      {MatchType::kRegex, "", "x", false},
      {MatchType::kRegex, "a|", "", true},
      {MatchType::kRegex, "\xc3\xa4?b", "b", true},
      {MatchType::kRegex, "\xc3\xa4?b",
       "\xc3\xa4"
       "b",
       true},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.value));
    CAPTURE(std::string(row.subject));
    const Matcher matcher = Make(row.type, row.value);
    CHECK(matcher.Matches(row.subject) == row.matches);
    CHECK(matcher.MatchesEmpty() == matcher.Matches(""));
  }
}

TEST_CASE("an expression that is a list is known as that list, and what all matches begin with as the prefix") {
  struct Row {
    const char* value;
    std::vector<std::string> set;
    const char* prefix;
  };
  const std::vector<Row> rows = {
      {"a|b|a", {"a", "b"}, ""},
      {"50[0-2]", {"500", "501", "502"}, "50"},
      {"web-(1|2)", {"web-1", "web-2"}, "web-"},
      {"(?:x(y|z)?)w", {"xw", "xyw", "xzw"}, "x"},
      {"a\\.b", {"a.b"}, "a.b"},
      {"abc.*", {}, "abc"},
      {"(?i)abc", {}, ""},
      {"a+", {}, "a"},
      {".*", {}, ""},
      {"\\d", {}, ""},
      {"a|b.*", {}, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.value));
    const Matcher matcher = Make(MatchType::kRegex, row.value);
    CHECK(std::vector<std::string>(matcher.set().begin(), matcher.set().end()) == row.set);
    CHECK(matcher.prefix() == row.prefix);
  }
}

TEST_CASE("a list and a prefix never change what matches: random expressions against RE2 alone") {
  base::SeededRandom random(7);
  static constexpr std::string_view kPieces[] = {
      "a", "b", "ab", "|", "(", ")", "(?:", "[ab]", "?", "*", ".", "\\.", "[a-c]", "c+"};
  const std::vector<std::string> subjects = {"",   "a",  "b",   "ab", "abc", "aab", "c",
                                             "cc", "ba", "a.b", ".",  "bab", "ac"};
  int compiled = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const uint64_t pieces = 1 + random.Next() % 7;
    for (uint64_t i = 0; i < pieces; ++i) text += kPieces[random.Next() % std::size(kPieces)];
    const re2::RE2 plain("(?s:" + text + ")", re2::RE2::Quiet);
    const auto matcher = Matcher::Make(MatchType::kRegex, "l", text);
    if (!matcher.ok()) continue;
    ++compiled;
    REQUIRE(plain.ok());
    for (const std::string& subject : subjects) {
      INFO(text, " on ", subject);
      REQUIRE(matcher->Matches(subject) == re2::RE2::FullMatch(subject, plain));
    }
  }
  CHECK(compiled > 5'000);
}

TEST_CASE("a bad expression is refused with the reason") {
  const auto matcher = Matcher::Make(MatchType::kRegex, "l", "a(");
  REQUIRE_FALSE(matcher.ok());
  CHECK(matcher.status().message() == "error parsing regexp: missing closing ): `a(`");
}

TEST_CASE("a list longer than the limit is no list") {
  CHECK_FALSE(LiteralSet("[a-z][a-z]").has_value());
  CHECK(LiteralSet("[a-j][a-j]")->size() == 100);
}

TEST_CASE("a matcher prints as a selector has it") {
  CHECK(Make(MatchType::kNotRegex, "a\"b").ToString() == "l!~\"a\\\"b\"");
  CHECK(Matcher::Equal("a.b", "x").ToString() == "\"a.b\"=\"x\"");
}

}  // namespace
}  // namespace bekci::model::matcher_test
