// Promises of matcher_text.h: texts and what they mean in both grammars.
#include "agent/notify/routing/matcher_text.h"

#include <doctest/doctest.h>

#include "agent/base/text.h"

namespace bekci::notify::routing::matcher_text_test {
namespace {

struct Row {
  const char* text;
  const char* printed;  // or a part of the error, behind "!"
};

std::string Answer(const base::Result<std::vector<model::Matcher>>& matchers) {
  return matchers.ok() ? MatchersText(*matchers) : "!" + matchers.status().message();
}

void CheckRows(std::span<const Row> rows, MatcherGrammar grammar) {
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const std::string answer = Answer(ParseMatchers(row.text, nullptr, grammar));
    const std::string_view expected = row.printed;
    if (expected.starts_with('!')) {
      CHECK_MESSAGE(answer.starts_with('!'), answer);
      CHECK_MESSAGE(answer.find(expected.substr(1)) != std::string::npos, answer);
    } else {
      CHECK(answer == expected);
    }
  }
}

TEST_CASE("the classic grammar reads lists as Alertmanager always did") {
  const Row rows[] = {
      {"", "{}"},
      {"{}", "{}"},
      {"{", "{}"},
      {"foo=bar", "{foo=\"bar\"}"},
      {"{foo=\"bar\"}", "{foo=\"bar\"}"},
      {"foo=bar}", "{foo=\"bar\"}"},
      {" foo = bar baz ", "{foo=\"bar baz\"}"},
      {"foo!=bar,a=~\"b,c\",d!~e,", "{foo!=\"bar\",a=~\"b,c\",d!~\"e\"}"},
      {"a==b", "{a=\"=b\"}"},
      {"a=", "{a=\"\"}"},
      {"a=\"\"", "{a=\"\"}"},
      {"a:b_1=x", "{a:b_1=\"x\"}"},
      {"a={b}", "{a=\"{b\"}"},
      {"a=b\\nc", "{a=\"b\\nc\"}"},
      {"a=b\\dc\\", "{a=\"b\\\\dc\\\\\"}"},
      {"a=\"b\\\"c\\\\\"", "{a=\"b\\\"c\\\\\"}"},
      {"a=\xF0\x9F\x99\x82", "{a=\"\xF0\x9F\x99\x82\"}"},
      {"a='b'", "{a=\"'b'\"}"},
      {"a=b,,c=d", "!bad matcher format: "},
      {",", "!bad matcher format: "},
      {"abc", "!bad matcher format: abc"},
      {"1a=b", "!bad matcher format: 1a=b"},
      {"a-b=c", "!bad matcher format: a-b=c"},
      {"a=\"b", "!matcher value contains unescaped double quote: \"b"},
      {"a=b\"", "!matcher value contains unescaped double quote: b\""},
      {"a=\"b\"c", "!matcher value contains unescaped double quote: \"b\"c"},
      {"a=\"b\\\"", "!matcher value contains unescaped double quote"},
      {"a=\"", "!matcher value contains unescaped double quote"},
      {"a=\xFF", "!not valid UTF-8"},
      {"a=~(", "!error parsing regexp: missing closing )"},
  };
  CheckRows(rows, MatcherGrammar::kClassic);
}

TEST_CASE("the UTF-8 grammar has quotes with Go's escapes and reserves what it needs") {
  const Row rows[] = {
      {"", "{}"},
      {"{}", "{}"},
      {" { } ", "{}"},
      {"foo=bar", "{foo=\"bar\"}"},
      {"{foo=bar,}", "{foo=\"bar\"}"},
      {"foo = \"bar baz\" , a!~ b", "{foo=\"bar baz\",a!~\"b\"}"},
      {"foo-bar.x=\xF0\x9F\x99\x82", "{foo-bar.x=\"\xF0\x9F\x99\x82\"}"},
      {"\"foo bar\"=\"x\\ty\\u00e9\\x41\"", "{\"foo bar\"=\"x\\ty\u00e9A\"}"},
      {"1a=b", "{1a=\"b\"}"},
      {"a=\"\"", "{a=\"\"}"},
      {"{", "!expected close brace"},
      {"}", "!opening brace"},
      {"{a=b", "!expected close brace"},
      {"a=b}", "!opening brace"},
      {"{a=b}}", "!expected end of input"},
      {",", "!expected label name"},
      {"{,}", "!expected label name"},
      {"a=b,,c=d", "!expected label name"},
      {"a", "!expected an operator"},
      {"a!b", "!expected an operator"},
      {"a=", "!expected label value"},
      {"a==b", "!expected label value"},
      {"a='b'", "!expected label value"},
      {"a=b c", "!expected a comma or close brace"},
      {"a=\"b", "!missing end \""},
      {"a=\"b\\\"", "!missing end \""},
      {"a=\"\\d\"", "!Go's escapes"},
      {"a=\"x\ny\"", "!Go's escapes"},
      {"a=\"\\xff\"", "!invalid UTF-8"},
      {"a=\xFF", "!not UTF-8"},
      {"\"\"=b", "!empty"},
      {"a=~\"(\"", "!error parsing regexp"},
  };
  CheckRows(rows, MatcherGrammar::kUtf8);
}

TEST_CASE("where both grammars take a text and differ the classic one counts, with a warning that says what to write") {
  const struct {
    const char* text;
    const char* printed;
    const char* warning;  // a part of it
  } rows[] = {
      {"a=b", "{a=\"b\"}", ""},
      {"foo\xF0\x9F\x99\x82=bar", "{foo\xF0\x9F\x99\x82=\"bar\"}", ""},
      {"\"a b\"=c", "{\"a b\"=\"c\"}", ""},
      {"foo=bar baz", "{foo=\"bar baz\"}", "no matchers in the newer grammar"},
      {"a==b", "{a=\"=b\"}", "write {a=\"=b\"}"},
      {"a=~\"\\d+\"", "{a=~\"\\\\d+\"}", "write {a=~\"\\\\d+\"}"},
      {"a=\"x\\ty\"", "{a=\"x\\\\ty\"}", "mean different things"},
      {"a=\"x\\\\y\"", "{a=\"x\\\\y\"}", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    std::string warning = "old";
    CHECK(Answer(ParseMatchers(row.text, &warning)) == row.printed);
    CHECK(warning.empty() == std::string_view(row.warning).empty());
    CHECK_MESSAGE(warning.find(row.warning) != std::string::npos, warning);
  }
  CHECK(Answer(ParseMatchers("abc")).starts_with("!bad matcher format: abc"));
}

TEST_CASE("a single matcher has no braces, and a comma is part of its value") {
  CHECK(MatcherText(*ParseMatcher("a=b")) == "a=\"b\"");
  CHECK(MatcherText(*ParseMatcher("a=b,c")) == "a=\"b,c\"");
  CHECK(MatcherText(*ParseMatcher("foo-x=~\"b|c\"")) == "foo-x=~\"b|c\"");
  for (const char* const text : {"{a=b}", "{a=b", "a=b}", "", "a", "a=b,c=\"d\""}) {
    CAPTURE(text);
    CHECK_FALSE(ParseMatcher(text).ok());
  }
  CHECK(ParseMatcher("{a=b}").status().message() == "unexpected open or close brace: {a=b}");
}

TEST_CASE("what is printed reads back as the same matchers") {
  for (const char* const value : {"", "x", "a\"b", "a\\b", "a\nb", "\t", "\u00e9,{}", "'`"}) {
    for (const char* const name : {"a", "a b", "foo-x", "\u00e9"}) {
      CAPTURE(value);
      CAPTURE(name);
      const auto made = model::Matcher::Make(model::MatchType::kNotEqual, name, value);
      REQUIRE(made.ok());
      const auto read = ParseMatchers(MatcherText(*made), nullptr, MatcherGrammar::kUtf8);
      // A tab stands in a printed value as it is, which Go's quotes allow.
      REQUIRE_MESSAGE(read.ok(), read.status().message());
      REQUIRE(read->size() == 1);
      CHECK(read->front() == *made);
    }
  }
}

TEST_CASE("matchers are sorted by name, then value, then operator") {
  auto matchers = ParseMatchers("b=x,a!=y,a=~y,a=z,a=y");
  REQUIRE(matchers.ok());
  SortMatchers(&*matchers);
  CHECK(MatchersText(*matchers) == "{a=\"y\",a!=\"y\",a=~\"y\",a=\"z\",b=\"x\"}");
}

TEST_CASE("texts beyond the bounds are refused") {
  CHECK(ParseMatchers("a=" + std::string(kMaxMatcherBytes, 'x')).status().code() == base::Code::kLimit);
  std::string many;
  for (size_t i = 0; i <= kMaxMatchers; ++i) many += "a=b,";
  CHECK(ParseMatchers(many).status().code() == base::Code::kLimit);
  CHECK_FALSE(ParseMatchers("a=~\"((a{1,100}){1,100}){1,100}\"").ok());
}

}  // namespace
}  // namespace bekci::notify::routing::matcher_text_test
