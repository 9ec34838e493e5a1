// The expected texts are what a running Prometheus' format_query answers, but for numbers, which version 3 prints
// without an exponent.
#include "agent/promql/printer.h"

#include <doctest/doctest.h>

#include <string>

#include "agent/promql/parser.h"
#include "agent/promql/same_tree.h"

namespace bekci::promql::printer_test {
namespace {

ExprPtr Parsed(std::string_view query) {
  auto tree = ParseExpr(query, Features::All());
  REQUIRE_MESSAGE(tree.ok(), tree.status().message());
  return *std::move(tree);
}

TEST_CASE("a tree has one canonical text, which parses to the same tree") {
  const struct {
    const char* query;
    const char* text;
  } rows[] = {
      {"foo{}", "foo"},
      {"foo { a = 'b' , c=~`d.*` , }", "foo{a=\"b\",c=~\"d.*\"}"},
      {"{__name__=\"foo\"}", "{__name__=\"foo\"}"},
      {"{'foo bar', 'b.c'!='d'}", "{\"b.c\"!=\"d\",__name__=\"foo bar\"}"},
      {"foo{b=\"1\",a!=\"2\",a=\"3\"}", "foo{a!=\"2\",a=\"3\",b=\"1\"}"},
      {"0x1F", "31"},
      {"1e10", "10000000000"},
      {"1e-7", "0.0000001"},
      {"Inf", "+Inf"},
      {"-inf", "-Inf"},
      {"nan", "NaN"},
      {"--1", "1"},
      {"5m", "5m"},
      {"-90m", "-1h30m"},
      {"\"a\\tb\\u00e9\\x01\\n\\u00a0\\u200b\"", "\"a\\tb\u00e9\\x01\\n\\u00a0\\u200b\""},
      {"'a\"b'", "\"a\\\"b\""},
      {"foo[90m] offset 1h", "foo[1h30m] offset 1h"},
      {"foo[5m] @ 5 offset 1m", "foo[5m] @ 5.000 offset 1m"},
      {"foo offset -1d @ start()", "foo @ start() offset -1d"},
      {"foo @ -5.5555", "foo @ -5.556"},
      {"foo[1h:] @ end() offset 5m", "foo[1h:] @ end() offset 5m"},
      {"(foo + 1)[1h:1m]", "(foo + 1)[1h:1m]"},
      {"foo[12w6d]", "foo[90d]"},
      {"foo[365d]", "foo[1y]"},
      {"foo[300]", "foo[5m]"},
      {"foo[(5m + step ( )) * 2^-1]", "foo[(5m + step()) * 2 ^ -1]"},
      {"foo[-5m+max_of(10m,1)]", "foo[-5m + max_of(10m, 1)]"},
      {"foo offset -(step()-1)", "foo offset -(step() - 1)"},
      {"foo[5m] anchored offset 1m @ 3", "foo[5m] anchored @ 3.000 offset 1m"},
      {"SUM(foo)", "sum(foo)"},
      {"sum by(a,b)(foo)", "sum by (a, b) (foo)"},
      {"sum by(\"a b\")(foo)", "sum by (\"a b\") (foo)"},
      {"sum(foo) without (a)", "sum without (a) (foo)"},
      {"sum by()(foo)", "sum(foo)"},
      {"sum without()(foo)", "sum without () (foo)"},
      {"count_values(\"x\",foo) by (a)", "count_values by (a) (\"x\", foo)"},
      {"foo==bool bar", "foo == bool bar"},
      {"foo + ignoring() bar", "foo + bar"},
      {"foo + on() bar", "foo + on () bar"},
      {"foo * on(a) group_left bar", "foo * on (a) group_left () bar"},
      {"foo * ignoring() group_right(b, c) bar", "foo * ignoring () group_right (b, c) bar"},
      {"foo + fill(-1.5) bar", "foo + fill (-1.5) bar"},
      {"foo + fill_right(2) fill_left(1) bar", "foo + fill_left (1) fill_right (2) bar"},
      {"foo AND on(a) bar", "foo and on (a) bar"},
      {"- foo ^ 2", "-foo ^ 2"},
      {"2 ^ -1 ^ 3", "2 ^ -1 ^ 3"},
      {"(-1)^2", "(-1) ^ 2"},
      {"inf ^ inf ^ inf", "Inf ^ Inf ^ +Inf"},
      {"foo</1>/2", "foo </ 1 >/ 2"},
      {"foo # comment\n atan2 bar", "foo atan2 bar"},
      {"label_replace(foo,'a','$1','b','(.*)')", "label_replace(foo, \"a\", \"$1\", \"b\", \"(.*)\")"},
      {"info(foo,{})", "info(foo, {})"},
  };
  for (const auto& row : rows) {
    const ExprPtr tree = Parsed(row.query);
    CHECK(Print(*tree) == row.text);
    CHECK(SameTree(*tree, *Parsed(row.text)));
  }
}

constexpr const char* kLong = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

// The queries and texts below write LONG for a name of 57 letters.
std::string WithLong(std::string text) {
  for (size_t at = 0; (at = text.find("LONG")) != std::string::npos;) text.replace(at, 4, kLong, 57);
  return text;
}

TEST_CASE("what is longer than a line is broken up as format_query does it") {
  const struct {
    const char* query;
    const char* text;
  } rows[] = {
      {"sum(rate(foo[5m]))", "sum(rate(foo[5m]))"},
      {"sum by (LONG,b)(rate(LONG{a=\"b\"}[5m]) / 2 + LONG)",
       "sum by (LONG, b) (\n"
       "    rate(LONG{a=\"b\"}[5m]) / 2\n"
       "  +\n"
       "    LONG\n"
       ")"},
      {"topk(10, sum without (a,LONG)(rate(LONG[5m]))) > bool on(a) group_left(b) (foo + bar)",
       "  topk(\n"
       "    10,\n"
       "    sum without (a, LONG) (\n"
       "      rate(LONG[5m])\n"
       "    )\n"
       "  )\n"
       "> bool on (a) group_left (b)\n"
       "  (foo + bar)"},
      {"a + b * -((LONG + LONG))",
       "  a\n"
       "+\n"
       "    b\n"
       "  *\n"
       "    -(\n"
       "      (\n"
       "          LONG\n"
       "        +\n"
       "          LONG\n"
       "      )\n"
       "    )"},
      {"max_over_time((LONG + LONG)[5m:1m] offset 5m @ 5)",
       "max_over_time(\n"
       "  (\n"
       "      LONG\n"
       "    +\n"
       "      LONG\n"
       "  )[5m:1m] @ 5.000 offset 5m\n"
       ")"},
      {"label_replace(LONG, \"bbbbbbbbbbbbbbbbbbbbbbbbb\", \"bbbbbbbbbbbbbbbb\", \"c\", \"d\")",
       "label_replace(\n"
       "  LONG,\n"
       "  \"bbbbbbbbbbbbbbbbbbbbbbbbb\",\n"
       "  \"bbbbbbbbbbbbbbbb\",\n"
       "  \"c\",\n"
       "  \"d\"\n"
       ")"},
  };
  for (const auto& row : rows) {
    const ExprPtr tree = Parsed(WithLong(row.query));
    const std::string text = Prettify(*tree);
    CHECK(text == WithLong(row.text));
    CHECK(SameTree(*tree, *Parsed(text)));
  }
}

TEST_CASE("durations print alone") {
  CHECK(DurationText(Duration{.ms = 5'400'000, .expr = nullptr}) == "1h30m");
  const ExprPtr tree = Parsed("foo[step() * 2]");
  CHECK(DurationText(As<MatrixSelector>(*tree).range) == "step() * 2");
}

}  // namespace
}  // namespace bekci::promql::printer_test
