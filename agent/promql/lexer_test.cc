#include "agent/promql/lexer.h"

#include <doctest/doctest.h>

#include <string>

#include "agent/promql/literal.h"

namespace bekci::promql::lexer_test {
namespace {

// The tokens of a text as "text text ...", ended by the error if there is one.
std::string Tokens(std::string_view text) {
  Lexer lexer(text);
  std::string out;
  for (;;) {
    const Token token = lexer.Next();
    if (token.kind == TokenKind::kEof) return out;
    if (!out.empty()) out += ' ';
    if (token.kind == TokenKind::kError) return out + "!" + lexer.error();
    out += token.text;
  }
}

TEST_CASE("texts fall into tokens, spaces and comments left out") {
  const struct {
    const char* text;
    const char* tokens;
  } rows[] = {
      {"foo{a=\"b\",c!~'d'}[5m:1m] # x\n+ 1.5e3", "foo { a = \"b\" , c !~ 'd' } [ 5m : 1m ] + 1.5e3"},
      {"a</1 b>/2<=>===", "a </ 1 b >/ 2 <= >= =="},
      {"a:b:c sum SUM", "a:b:c sum SUM"},
      {"[(step()+5m)*2^-1%3/max_of(1,2):]", "[ ( step ( ) + 5m ) * 2 ^ - 1 % 3 / max_of ( 1 , 2 ) : ]"},
      {"1_000 0x_1F .5 2. 1e+3 1h30m 5ms", "1_000 0x_1F .5 2. 1e+3 1h30m 5ms"},
      {"foo{# comment\na='}'}", "foo { a = '}' }"},
      {"`raw\n\"`", "`raw\n\"`"},
      {"1__0", "!bad number or duration syntax: \"1__\""},
      {"5mm", "!bad number or duration syntax: \"5mm\""},
      {"1.2.3", "!bad number or duration syntax: \"1.2.\""},
      {"foo{", "foo { !unexpected end of input inside braces"},
      {"foo[5m", "foo [ 5m !unexpected end of input in duration expression"},
      {"(", "( !unclosed left parenthesis"},
      {"[5m:5m:", "[ 5m : 5m !unexpected repeated colon in duration expression"},
      {"[:", "[ !unexpected colon before duration in duration expression"},
      {"\"\\u00\"", "!illegal character U+0022 '\"' in escape sequence"},
      {"'\\d'", "!unknown escape sequence U+0064 'd'"},
      {"'\\ud800'", "!escape sequence is an invalid Unicode code point"},
      {"\"a\xff\"", "!invalid UTF-8 rune"},
  };
  for (const auto& row : rows) CHECK(Tokens(row.text) == row.tokens);
}

TEST_CASE("what is over stays over") {
  Lexer lexer("foo $");
  CHECK(lexer.Next().kind == TokenKind::kIdentifier);
  for (int i = 0; i < 3; ++i) CHECK(lexer.Next().kind == TokenKind::kError);
  Lexer empty("");
  for (int i = 0; i < 3; ++i) CHECK(empty.Next().kind == TokenKind::kEof);
}

TEST_CASE("words mean the same in any case, and most of them nothing") {
  CHECK(WordKind("GROUP_LEFT") == TokenKind::kGroupLeft);
  CHECK(WordKind("Inf") == TokenKind::kNumber);
  CHECK(WordKind("limit_ratio") == TokenKind::kLimitRatio);
  CHECK(WordKind("rate") == TokenKind::kIdentifier);
  CHECK(WordKind("count_values_of_it_all") == TokenKind::kIdentifier);
}

TEST_CASE("literals have Go's values") {
  CHECK(*NumberValue("1_000.5") == 1000.5);
  CHECK(*NumberValue("0x_FF") == 255);
  CHECK(*NumberValue("0777") == 511);
  CHECK(*NumberValue("08") == 8);
  CHECK(*NumberValue("99999999999999999999") == 1e20);
  CHECK(NumberValue("1e999").status().message() ==
        "error parsing number: strconv.ParseFloat: parsing \"1e999\": value out of range");
  CHECK(NumberValue("0x").status().message() ==
        "error parsing number: strconv.ParseFloat: parsing \"0x\": invalid syntax");
  CHECK_FALSE(NumberValue("1_").ok());
  CHECK(*DurationSeconds("1h30m") == 5400);
  CHECK(*DurationSeconds("1ms") == 0.001);
  CHECK(DurationSeconds("1m1h").status().message() == "not a valid duration string: \"1m1h\"");
  // Read number by number, and the first fault is what is said.
  CHECK(DurationSeconds("1e3s").status().message() == "unknown unit \"e\" in duration \"1e3s\"");
  CHECK(DurationSeconds("1h1.5m").status().message() == "unknown unit \".\" in duration \"1h1.5m\"");
  CHECK(DurationSeconds("1.5m").status().message() == "unknown unit \".\" in duration \"1.5m\"");
  CHECK(DurationSeconds("99999999999999999999s").status().message() ==
        "not a valid duration string: \"99999999999999999999s\"");
  CHECK(DurationSeconds("12345678901234567890h").status().message() == "duration out of range");
  CHECK(DurationSeconds("999999y").status().message() == "duration out of range");
  CHECK(StringValue(R"("a\tb\x41\101é\U0001F600\"\\")") == "a\tbAA\u00e9\U0001F600\"\\");
  CHECK(StringValue("`a\\n\r\n`") == "a\\n\n");
}

}  // namespace
}  // namespace bekci::promql::lexer_test
