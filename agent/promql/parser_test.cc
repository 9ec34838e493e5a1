// The texts of the errors are those of a running Prometheus for the same queries, except where the comment says that
// version 3 speaks otherwise.
#include "agent/promql/parser.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "agent/promql/duration_expr.h"
#include "agent/promql/function_table.h"
#include "agent/promql/printer.h"
#include "agent/promql/same_tree.h"

namespace bekci::promql::parser_test {
namespace {

std::string ErrorOf(std::string_view query, const Features& features = {}) {
  const auto tree = ParseExpr(query, features);
  if (tree.ok()) return "no error";
  const std::string& message = tree.status().message();
  const std::string mark = ": parse error: ";
  const size_t at = message.find(mark);
  return at == std::string::npos ? message : message.substr(0, at) + "|" + message.substr(at + mark.size());
}

struct BadQuery {
  const char* query;
  const char* error;  // line:column|text
};

constexpr BadQuery kBadQueries[] = {
    {" ", "1:1|no expression found in input"},
    {"# just a comment", "1:1|no expression found in input"},
    {"1 +", "1:4|unexpected end of input"},
    {")", "1:2|unexpected right parenthesis ')'"},
    {"(", "1:2|unclosed left parenthesis"},
    {"((1)", "1:5|unclosed left parenthesis"},
    {"1 1", "1:3|unexpected number \"1\""},
    {"foo bar", "1:5|unexpected identifier \"bar\""},
    {"sum 5", "1:5|unexpected number \"5\""},
    {"sum(1 2)", "1:7|unexpected number \"2\" in aggregation"},
    {"sum by (a) (1 2)", "1:15|unexpected number \"2\" in aggregation"},
    {"sum by a (b)", "1:8|unexpected identifier \"a\" in grouping opts, expected \"(\""},
    {"sum by (a", "1:10|unclosed left parenthesis"},
    {"sum by (a b) (c)", "1:11|unexpected identifier \"b\" in grouping opts, expected \",\" or \")\""},
    {"sum by (1) (c)", "1:9|unexpected number \"1\" in grouping opts, expected label"},
    {"sum by (,) (c)", "1:9|unexpected \",\" in grouping opts, expected label"},
    {"sum(a) by (b) c", "1:15|unexpected identifier \"c\""},
    {"sum(a) by", "1:10|unexpected end of input in grouping opts, expected \"(\""},
    {"topk(foo)", "1:1|wrong number of arguments for aggregate expression provided, expected 2, got 1"},
    {"topk(1,2,3)", "1:1|wrong number of arguments for aggregate expression provided, expected 2, got 3"},
    {"sum()", "1:1|no arguments for aggregate expression provided"},
    {"sum(a,)", "1:6|trailing commas not allowed in function call args"},
    {"rate(foo", "1:9|unclosed left parenthesis"},
    {"rate(foo[5m]) bar", "1:15|unexpected identifier \"bar\""},
    {"rate(foo[5m],)", "1:13|trailing commas not allowed in function call args"},
    {"nofunc(1)", "1:1|unknown function with name \"nofunc\""},
    {"rate(foo)", "1:6|expected type range vector in call to function \"rate\", got instant vector"},
    {"rate()", "1:1|expected 1 argument(s) in call to \"rate\", got 0"},
    {"foo{", "1:5|unexpected end of input inside braces"},
    {"foo{a", "1:6|unexpected end of input inside braces"},
    {"foo{a=", "1:7|unexpected end of input inside braces"},
    {"foo{a=1}", "1:7|unexpected character inside braces: '1'"},
    {"foo{a=\"b\"", "1:10|unexpected end of input inside braces"},
    {"foo{a=\"b\",", "1:11|unexpected end of input inside braces"},
    {"foo{a=\"b\" c=\"d\"}", "1:11|unexpected identifier \"c\" in label matching, expected \",\" or \"}\""},
    {"foo{a=\"b\",,}", "1:11|unexpected \",\" in label matching, expected identifier or \"}\""},
    {"foo{,}", "1:5|unexpected \",\" in label matching, expected identifier or \"}\""},
    {"foo{a==\"b\"}", "1:7|unexpected \"=\" in label matching, expected string"},
    {"foo{a!b}", "1:6|unexpected character after '!' inside braces: 'b'"},
    {"foo{a!\"b\"}", "1:6|unexpected character after '!' inside braces: '\"'"},
    {"foo{1}", "1:5|unexpected character inside braces: '1'"},
    {"foo{a=\"b\"}}", "1:11|unexpected character: '}'"},
    {"{}", "1:1|vector selector must contain at least one non-empty matcher"},
    {"{a=\"\"}", "1:1|vector selector must contain at least one non-empty matcher"},
    {"{a=~\".*\"}", "1:1|vector selector must contain at least one non-empty matcher"},
    {"{a!=\"b\"}", "1:1|vector selector must contain at least one non-empty matcher"},
    {"foo{__name__=\"bar\"}", "1:1|metric name must not be set twice: \"foo\" or \"bar\""},
    {"foo{a=~\"(\"}", "1:5|error parsing regexp: missing closing ): `(`"},
    {"foo[5m]]", "1:8|unexpected right bracket ']'"},
    {"foo[0m]", "1:5|duration must be greater than 0"},
    {"foo[5m][5m]", "1:8|ranges only allowed for vector selectors"},
    {"foo[5m:1m][5m]", "1:11|ranges only allowed for vector selectors"},
    {"(foo)[5m]", "1:6|ranges only allowed for vector selectors"},
    {"(foo + 1)[5m]", "1:10|ranges only allowed for vector selectors"},
    {"foo offset 5m[5m]", "1:14|no offset modifiers allowed before range"},
    {"foo @ 5 [5m]", "1:9|no @ modifiers allowed before range"},
    {"foo offset 1h30", "1:12|bad number or duration syntax: \"1h30\""},
    {"foo offset 5m offset 5m", "1:1|offset may not be set multiple times"},
    {"foo @ 5 @ 6", "1:1|@ <timestamp> may not be set multiple times"},
    {"foo @ start() @ end()", "1:1|@ <timestamp> may not be set multiple times"},
    {"foo @ start", "1:12|unexpected end of input in @, expected timestamp"},
    {"foo @ bar", "1:7|unexpected identifier \"bar\" in @, expected timestamp"},
    {"foo @ inf", "1:1|timestamp out of bounds for @ modifier: +Inf"},
    {"foo @ nan", "1:1|timestamp out of bounds for @ modifier: NaN"},
    {"foo @ 1e30", "1:1|timestamp out of bounds for @ modifier: 1000000000000000019884624838656.000000"},
    {"1 @ 5", "1:1|@ modifier must be preceded by an instant vector selector or range vector selector or a subquery"},
    {"1 offset 5m",
     "1:1|offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"},
    {"(foo) offset 5m",
     "1:1|offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"},
    {"rate(foo[5m]) offset 5m",
     "1:1|offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"},
    {"1 and 1", "1:1|set operator \"and\" not allowed in binary scalar expression"},
    {"1 and foo", "1:1|set operator \"and\" not allowed in binary scalar expression"},
    {"foo and 1", "1:1|set operator \"and\" not allowed in binary scalar expression"},
    {"1 == 1", "1:3|comparisons between scalars must use BOOL modifier"},
    {"foo + bool 1", "1:5|bool modifier can only be used on comparison operators"},
    {"1 + bool 1", "1:3|bool modifier can only be used on comparison operators"},
    {"1 + on(a) 1", "1:1|vector matching only allowed between instant vectors"},
    {"foo + on(a) 1", "1:1|vector matching only allowed between instant vectors"},
    {"foo and on(a) group_left(b) bar", "1:1|no grouping allowed for \"and\" operation"},
    {"foo + on(a) group_left(a) bar", "1:5|label \"a\" must not occur in ON and GROUP clause at once"},
    {"foo + group_left(a) bar", "1:7|unexpected <group_left>"},
    {"foo + on bar", "1:10|unexpected identifier \"bar\" in grouping opts, expected \"(\""},
    {"foo + on( bar", "1:14|unclosed left parenthesis"},
    {"\"a\" + \"b\"", "1:1|binary expression must contain only scalar and instant vector types"},
    {"-\"a\"", "1:1|unary expression only allowed on expressions of type scalar or instant vector, got \"string\""},
    {"+\"a\"", "1:1|unary expression only allowed on expressions of type scalar or instant vector, got \"string\""},
    {"-foo[5m]",
     "1:1|unary expression only allowed on expressions of type scalar or instant vector, got \"range vector\""},
    {"foo[5m] + 1", "1:1|binary expression must contain only scalar and instant vector types"},
    {"1 + foo[5m]", "1:5|binary expression must contain only scalar and instant vector types"},
    {"sum(\"a\")", "1:5|expected type instant vector in aggregation expression, got string"},
    {"sum(1)", "1:5|expected type instant vector in aggregation expression, got scalar"},
    {"topk(\"a\", foo)", "1:6|expected type scalar in aggregation parameter, got string"},
    {"count_values(1, foo)", "1:14|expected type string in aggregation parameter, got scalar"},
    {"count_values(\"a\", 1)", "1:19|expected type instant vector in aggregation expression, got scalar"},
    {"histogram_quantile(foo, foo)",
     "1:20|expected type scalar in call to function \"histogram_quantile\", got instant vector"},
    {"label_replace(foo, \"a\", \"b\", \"c\")", "1:1|expected 5 argument(s) in call to \"label_replace\", got 4"},
    {"label_join(foo, \"a\")", "1:1|expected at least 3 argument(s) in call to \"label_join\", got 2"},
    {"round(foo,1,2)", "1:1|expected at most 2 argument(s) in call to \"round\", got 3"},
    {"time(1)", "1:1|expected 0 argument(s) in call to \"time\", got 1"},
    {"foo =~ \"a\"", "1:5|unexpected character after '=': '~'"},
    {"foo = bar", "1:5|unexpected \"=\""},
    {"foo ! bar", "1:5|unexpected character after '!': ' '"},
    {"foo $ bar", "1:5|unexpected character: '$'"},
    {"foo ~ bar", "1:5|unexpected character: '~'"},
    {"foo & bar", "1:5|unexpected character: '&'"},
    {"5mm", "1:1|bad number or duration syntax: \"5mm\""},
    {"5x", "1:1|bad number or duration syntax: \"5\""},
    {"0x", "1:1|error parsing number: strconv.ParseFloat: parsing \"0x\": invalid syntax"},
    {".", "1:1|unexpected character: '.'"},
    {"..", "1:1|unexpected character: '.'"},
    {"\"abc", "1:1|unterminated quoted string"},
    {"'abc", "1:1|unterminated quoted string"},
    {"`abc", "1:1|unterminated raw string"},
    {"\"\\q\"", "1:1|unknown escape sequence U+0071 'q'"},
    {"\"\\x1\"", "1:1|illegal character U+0022 '\"' in escape sequence"},
    {"\"\\xzz\"", "1:1|illegal character U+007A 'z' in escape sequence"},
    {"\"\\u12\"", "1:1|illegal character U+0022 '\"' in escape sequence"},
    {"\"\\ud800\"", "1:1|escape sequence is an invalid Unicode code point"},
    {"\"\\777\"", "1:1|escape sequence is an invalid Unicode code point"},
    {"\"\\", "1:1|escape sequence not terminated"},
    {"\"abc\ndef\"", "1:1|unterminated quoted string"},
    {"foo{a:b=\"c\"}", "1:6|unexpected character inside braces: ':'"},
    {"sum by (a:b) (c)", "1:9|unexpected metric identifier \"a:b\" in grouping opts, expected label"},
    {"sum without (a) without (b) (c)", "1:17|unexpected <without> in aggregation"},
    {"sum by", "1:7|unexpected end of input in grouping opts, expected \"(\""},
    {"bool", "1:1|unexpected <bool>"},
    {"on", "1:1|unexpected <on>"},
    {"foo + on", "1:9|unexpected end of input in grouping opts, expected \"(\""},
    {"group_left", "1:1|unexpected <group_left>"},
    {"atan2", "1:1|unexpected <op:atan2>"},
    {"absent(foo bar)", "1:12|unexpected identifier \"bar\""},
    {"sum(rate(foo bar))", "1:14|unexpected identifier \"bar\" in aggregation"},
    {"abs((1 2))", "1:8|unexpected number \"2\""},
    {"abs((foo{a=\"b\" 5}))", "1:16|unexpected character inside braces: '5'"},
    {"sum(foo{a 5})", "1:11|unexpected character inside braces: '5'"},
    {"foo[5m,]", "1:7|unexpected \",\" in subquery or range, expected \":\" or \"]\""},
    {"foo[5m 1m]", "1:8|unexpected duration \"1m\" in subquery or range, expected \":\" or \"]\""},
    {"foo[5m1h]", "1:5|not a valid duration string: \"5m1h\""},
    {"foo[99999999999y]", "1:5|duration out of range"},
    {"1 unless 1", "1:1|set operator \"unless\" not allowed in binary scalar expression"},
    {"foo or 1", "1:1|set operator \"or\" not allowed in binary scalar expression"},
    {"foo + (bar", "1:11|unclosed left parenthesis"},
    {"foo > bool (bar", "1:16|unclosed left parenthesis"},
    {"!foo", "1:1|unexpected character after '!': 'f'"},
    {"=foo", "1:1|unexpected \"=\""},
    {"1 % % 2", "1:5|unexpected <op:%>"},
    {"1 * * 2", "1:5|unexpected <op:*>"},
    {"* 2", "1:1|unexpected <op:*>"},
    {"a b c", "1:3|unexpected identifier \"b\""},
    {"{a=\"b\"", "1:7|unexpected end of input inside braces"},
    {"{a=\"b\"} {c=\"d\"}", "1:9|unexpected \"{\""},
    {"sum (foo) by (bar) (baz)", "1:20|unexpected \"(\""},
    {"sum by (foo) bar", "1:14|unexpected identifier \"bar\" in aggregation"},
    {"sum without bar", "1:13|unexpected identifier \"bar\" in grouping opts, expected \"(\""},
    {"max(foo) without (a b)", "1:21|unexpected identifier \"b\" in grouping opts, expected \",\" or \")\""},
    {"foo and ignoring(a) bar baz", "1:25|unexpected identifier \"baz\""},
    {"foo{a=\"b\",c}", "1:12|unexpected \"}\" in label matching, expected label matching operator"},
    {"foo{a=~}", "1:8|unexpected \"}\" in label matching, expected string"},
    {"foo{a=~\"[a-\"}", "1:5|error parsing regexp: missing closing ]: `[a-`"},
    {"abs(foo)(bar)", "1:9|unexpected \"(\""},
    {"foo(bar", "1:8|unclosed left parenthesis"},
    {"foo()", "1:1|unknown function with name \"foo\""},
    {"1()", "1:2|unexpected \"(\""},
    {"\"a\"(b)", "1:4|unexpected \"(\""},
    {"[5m]", "1:1|unexpected \"[\""},
    {"{5m}", "1:2|unexpected character inside braces: '5'"},
    {"foo @", "1:6|unexpected end of input in @, expected timestamp"},
    {"foo @ -", "1:8|unexpected end of input in @, expected timestamp"},
    {"foo @ (5)", "1:7|unexpected \"(\" in @, expected timestamp"},
    {"count_values(foo, \"a\")", "1:19|expected type instant vector in aggregation expression, got string"},
    {"quantile(\"a\", foo)", "1:10|expected type scalar in aggregation parameter, got string"},
    {"topk(1, \"a\")", "1:9|expected type instant vector in aggregation expression, got string"},
    {"bottomk()", "1:1|no arguments for aggregate expression provided"},
    {"sum by () ()", "1:1|no arguments for aggregate expression provided"},
    {"vector(\"a\")", "1:8|expected type scalar in call to function \"vector\", got string"},
    {"vector(foo)", "1:8|expected type scalar in call to function \"vector\", got instant vector"},
    {"scalar(1)", "1:8|expected type instant vector in call to function \"scalar\", got scalar"},
    {"minute(\"a\")", "1:8|expected type instant vector in call to function \"minute\", got string"},
    {"abs(foo[5m])", "1:5|expected type instant vector in call to function \"abs\", got range vector"},
    {"absent_over_time(foo)",
     "1:18|expected type range vector in call to function \"absent_over_time\", got instant vector"},
    {"sort(1)", "1:6|expected type instant vector in call to function \"sort\", got scalar"},
    {"foo\303\251", "1:4|unexpected character: '\303\251'"},
    {"\303\251", "1:1|unexpected character: '\303\251'"},
    {"foo{\303\251=\"a\"}", "1:5|unexpected character inside braces: '\303\251'"},
    {"foo{a=\"b\"}[5m] offset 5m [5m]", "1:26|ranges only allowed for vector selectors"},
    {"foo @ 5 offset 5m offset 5m", "1:1|offset may not be set multiple times"},
    {"((((foo))", "1:10|unclosed left parenthesis"},
    {"(foo]", "1:5|unexpected right bracket ']'"},
    {"foo[5m)", "1:8|unexpected right parenthesis ')'"},
    {"foo{a=\"b\")", "1:10|unexpected character inside braces: ')'"},
    {"sum by [a] (b)", "1:8|unexpected \"[\" in grouping opts, expected \"(\""},
    {"1e999", "1:1|error parsing number: strconv.ParseFloat: parsing \"1e999\": value out of range"},
    {"0b11", "1:1|bad number or duration syntax: \"0\""},
    {"inf()", "1:4|unexpected \"(\""},
    {"sum(foo,)", "1:8|trailing commas not allowed in function call args"},
    {"sum by (,a) (b)", "1:9|unexpected \",\" in grouping opts, expected label"},
    {"foo{a=~\"a(\"}", "1:5|error parsing regexp: missing closing ): `a(`"},
    {"foo{a=~\"a)\"}", "1:5|error parsing regexp: unexpected ): `a)`"},
    {"foo{a=~\"[a-\"}", "1:5|error parsing regexp: missing closing ]: `[a-`"},
    {"foo{a=~\"[z-a]\"}", "1:5|error parsing regexp: invalid character class range: `z-a`"},
    {"foo{a=~\"*a\"}", "1:5|error parsing regexp: missing argument to repetition operator: `*`"},
    {"foo{a=~\"a**\"}", "1:5|error parsing regexp: invalid nested repetition operator: `**`"},
    {"foo{a=~\"a{1001}\"}", "1:5|error parsing regexp: invalid repeat count: `{1001}`"},
    {"foo{a=~\"(?P<n>a\"}", "1:5|error parsing regexp: missing closing ): `(?P<n>a`"},
    {"foo{a=~\"(?<n>a)\"}", "1:5|error parsing regexp: invalid or unsupported Perl syntax: `(?<`"},
    {"foo{a=~\"(?=a)\"}", "1:5|error parsing regexp: invalid or unsupported Perl syntax: `(?=`"},
    {"foo{a=~\"\\\\q\"}", "1:5|error parsing regexp: invalid escape sequence: `\\q`"},
    {"foo{a=~\"a\\\\\"}", "1:5|error parsing regexp: trailing backslash at end of expression: ``"},
    {"foo{a=~\"\\\\pX\"}", "1:5|error parsing regexp: invalid character class range: `\\pX`"},
    {"foo{a=~\"[[:foo:]]\"}", "1:5|error parsing regexp: invalid character class range: `[:foo:]`"},
    {"foo{a=~\"a{2}{3}\"}", "1:5|error parsing regexp: invalid nested repetition operator: `{2}{3}`"},
    {"foo{a=~\"(?i\"}", "1:5|error parsing regexp: invalid or unsupported Perl syntax: `(?i`"},
    {"foo{a=~\"[\"}", "1:5|error parsing regexp: missing closing ]: `[`"},
    {"foo{a=~\"+\"}", "1:5|error parsing regexp: missing argument to repetition operator: `+`"},
};

// Where version 3 speaks otherwise than the peer that was asked (2.42).
constexpr BadQuery kBadInVersion3[] = {
    {"foo{\"a\"}", "1:1|metric name must not be set twice: \"foo\" or \"a\""},
    {"foo[", "1:5|unexpected end of input in duration expression"},
    {"foo[5", "1:6|unexpected end of input in duration expression"},
    {"foo[5m", "1:7|unexpected end of input in duration expression"},
    {"foo[5m:", "1:8|unexpected end of input in duration expression"},
    {"foo[5m:1m", "1:10|unexpected end of input in duration expression"},
    {"foo[]", "1:5|unexpected \"]\" in subquery or range selector, expected number, duration, step(), or range()"},
    {"foo[a]", "1:5|unexpected character in duration expression: 'a'"},
    {"foo offset", "1:11|unexpected end of input in offset, expected number, duration, step(), or range()"},
    {"foo offset foo", "1:12|unexpected identifier \"foo\" in offset, expected number, duration, step(), or range()"},
    {"1e", "1:1|bad number or duration syntax: \"1e\""},
    {"1e+", "1:1|bad number or duration syntax: \"1e+\""},
    {"1__0", "1:1|bad number or duration syntax: \"1__\""},
    {"1.2.3", "1:1|bad number or duration syntax: \"1.2.\""},
    {"1..2", "1:1|bad number or duration syntax: \"1..\""},
    {"start()", "1:1|function \"start\" is not enabled"},
    {"foo offset -", "1:13|unexpected end of input in offset, expected number, duration, step(), or range()"},
    {"foo[-5m]", "1:5|duration must be greater than 0"},
    {"foo[5m:5m:5m]", "1:11|unexpected repeated colon in duration expression"},
    {"foo[:5m]", "1:6|unexpected colon before duration in duration expression"},
    {"foo[5m1]", "1:5|bad number or duration syntax: \"5m1\""},
    {"foo[1y1y]", "1:5|bad number or duration syntax: \"1y1\""},
    {"@ 5", "1:1|unexpected <op:@>"},
};

constexpr const char* kGoodQueries[] = {
    "foo[5m:]",
    "foo[5m:1]",
    "foo offset 5",
    "foo offset 0s",
    "foo == bool 1",
    "foo + on() 1",
    "foo + ignoring(a) group_left(a) bar",
    "1m",
    "\"abc\303\277\"",
    "foo:bar:baz",
    ":foo",
    "a:b{c=\"d\"}",
    "by",
    "foo atan2 bar",
    "sum{a=\"b\"}",
    "sum offset 5m",
    "offset offset 5m",
    "start",
    "foo[5m] @ start()",
    "foo[5m:1m] @ end() offset 1m",
    "foo offset (5m)",
    "foo offset -5m",
    "foo[1h5m30s]",
    "foo @ -5",
    "foo @ 5m",
    "foo offset 5m @ 5",
    "99999999999999999999",
    "0x1e",
    "0x1ee5",
    "010",
    "08",
    "0777",
    "1_000",
    "1_000.5",
    "Inf",
    "-Inf",
    "NaN",
    "+-+1",
    "--1",
    "- 1",
    "1--1",
    "1+-1",
    "1 ^ -1",
    "foo{a='b'}",
    "foo{a=`b`}",
    "foo{a=\"b\",}",
    "foo{le=\"0.5\", le=\"0.6\"}",
    "foo{a=\"\\xff\"}",
    "sum by (a,) (b)",
    "count_values(\"a b\", foo)",
};

constexpr BadQuery kBadWithFeatures[] = {
    {"foo + fill 1", "1:12|unexpected number \"1\""},
    {"foo + fill(bar) baz", "1:12|unexpected identifier \"bar\" in fill modifier, expected number"},
    {"foo + fill(1 2) baz", "1:14|unexpected number \"2\" in fill modifier, expected \")\""},
    {"foo + fill(1) fill_left(2) baz", "1:15|fill modifiers may not be set multiple times"},
    {"foo + fill(1) 2", "1:1|filling in missing series only allowed between instant vectors"},
    {"foo and fill(1) bar", "1:1|filling in missing series not allowed for set operators"},
    {"foo[5m] anchored smoothed", "1:1|anchored and smoothed modifiers cannot be used together"},
    {"foo smoothed[5m]", "1:13|no anchored or smoothed modifiers allowed before range"},
    {"foo[5m:] anchored", "1:1|anchored modifier is not supported for subqueries"},
    {"(foo) smoothed", "1:1|smoothed modifier must be preceded by an instant or range vector selector"},
    {"info(foo, bar)", "1:11|expected label selectors only, got vector selector instead"},
    {"info(foo, 1)", "1:11|expected label selectors only, got vector selector instead"},
    {"histogram_quantiles(foo, \"a\")",
     "1:1|expected at least 3 argument(s) in call to \"histogram_quantiles\", got 2"},
    {"start(1)", "1:1|expected 0 argument(s) in call to \"start\", got 1"},
    {"limitk(foo)", "1:1|wrong number of arguments for aggregate expression provided, expected 2, got 1"},
    {"foo[5m/0]", "1:7|division by zero"},
    {"foo[5m%0s]", "1:7|modulo by zero"},
    {"foo[step]", "1:9|unexpected \"]\" in subquery or range selector, expected number, duration, step(), or range()"},
    {"foo[max_of(1)]",
     "1:13|unexpected \")\" in subquery or range selector, expected number, duration, step(), or range()"},
    {"foo[(5m]", "1:8|unexpected \"]\" in subquery or range selector, expected number, duration, step(), or range()"},
    {"foo[5m:(5m]", "1:11|unexpected \"]\" in subquery selector, expected number, duration, step(), range(), or \"]\""},
    {"foo[5m:5m 5m]", "1:11|unexpected duration \"5m\" in subquery selector, expected \"]\""},
    {"foo[1e10]", "1:5|duration out of range"},
    {"foo offset 1e10", "1:12|duration out of range"},
    {"foo offset (5m", "1:15|unclosed left parenthesis"},
    {"sum by (\"\") (foo)", "1:9|invalid label name for grouping: \"\""},
    {"{\"foo\"=}", "1:8|unexpected \"}\" in label matching, expected string"},
    {"foo </ 1 2", "1:10|unexpected number \"2\""},
    {"1 >/ on(a) foo", "1:1|vector matching only allowed between instant vectors"},
    {"# one\n# two\n  foo bar", "3:7|unexpected identifier \"bar\""},
    {"", "unknown position|no expression found in input"},
};

constexpr BadQuery kBadWithoutFeatures[] = {
    {"foo + fill(1) bar", "1:7|binop fill modifiers are experimental and not enabled"},
    {"foo[5m] anchored", "1:1|anchored modifier is experimental and not enabled"},
    {"foo smoothed", "1:1|smoothed modifier is experimental and not enabled"},
    {"info(foo)", "1:1|function \"info\" is not enabled"},
    {"limitk(1, foo)",
     "1:1|limitk() and limit_ratio() are experimental and must be enabled with "
     "--enable-feature=promql-experimental-functions"},
};

constexpr const char* kGoodWithFeatures[] = {
    "foo + fill",
    "fill + fill(0) fill",
    "foo + fill_left(0) fill_left",
    "foo / on(a) group_left(b) fill_right(-1) fill_left(5m) bar",
    "foo[5m] anchored @ 5 offset 1m",
    "foo smoothed",
    "info(foo, {a=\"b\"})",
    "info(foo, {})",
    "limit_ratio(-0.5, foo)",
    "start() + end() - step() * range()",
    "max_of(1, 2)",
    "min_of + start",
    "foo[(step() + 5m) * 2 ^ -1 % max_of(1, RANGE())]",
    "foo offset -(5m - 1)",
    "foo offset step()*2",
    "foo[5m:step()]",
    "foo[300]",
    "foo offset 60.5",
    "foo offset -.5",
    "{\"foo bar\", 'b.c'=~\"d\"}",
    "sum by (\"a b\", c) (foo)",
    "foo </ 1 >/ 2",
    "foo{sum=\"by\", by=\"sum\", on=\"bool\"}",
    "sum by (sum, by, on, bool, start, and, atan2) (by)",
    "sort_by_label(foo)",
    "histogram_quantiles(foo, \"q\", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)",
};

TEST_CASE("bad queries are refused with Prometheus' words and place") {
  const auto all_refused = [](const auto& rows, const Features& features) {
    for (const BadQuery& row : rows) {
      CAPTURE(row.query);
      CHECK(ErrorOf(row.query, features) == row.error);
    }
  };
  all_refused(kBadQueries, {});
  all_refused(kBadInVersion3, {});
  all_refused(kBadWithoutFeatures, {});
  all_refused(kBadWithFeatures, Features::All());
}

TEST_CASE("good queries parse") {
  for (const char* query : kGoodQueries) {
    CAPTURE(query);
    CHECK(ErrorOf(query) == "no error");
  }
  for (const char* query : kGoodWithFeatures) {
    CAPTURE(query);
    CHECK(ErrorOf(query, Features::All()) == "no error");
  }
}

// What binds to what, as the canonical text with every binary and unary expression in parentheses.
std::string Grouped(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kUnary:
      return std::string(As<UnaryExpr>(expr).negate ? "(-" : "(+") + Grouped(*As<UnaryExpr>(expr).expr) + ")";
    case ExprKind::kBinary: {
      const auto& binary = As<BinaryExpr>(expr);
      return "(" + Grouped(*binary.lhs) + std::string(BinaryOpText(binary.op)) + Grouped(*binary.rhs) + ")";
    }
    default:
      return Print(expr);
  }
}

TEST_CASE("operators bind as Prometheus' do") {
  const struct {
    const char* query;
    const char* grouped;
  } rows[] = {{"a+b*c^d^e", "(a+(b*(c^(d^e))))"},
              {"a-b-c", "((a-b)-c)"},
              {"-a^b", "(-(a^b))"},
              {"-a*b", "((-a)*b)"},
              {"2^-a*b", "((2^(-a))*b)"},
              {"2^-a^b", "(2^(-(a^b)))"},
              {"a or b and c unless d", "(a or ((b and c) unless d))"},
              {"a or b and c == d + e", "(a or (b and (c==(d+e))))"},
              {"a atan2 b % c", "((a atan2 b)%c)"},
              {"a < b </ 1", "((a<b)</1)"},
              {"-1 ^ 2", "(-(1^2))"},
              {"1 - -2", "(1--2)"},
              {"a offset 5m ^ 2", "(a offset 5m^2)"},
              {"a offset step() + 1", "(a offset step()+1)"}};
  for (const auto& row : rows) {
    const auto tree = ParseExpr(row.query, Features::All());
    REQUIRE(tree.ok());
    std::string wanted = row.grouped;
    std::string got = Grouped(**tree);
    const auto tight = [](std::string* text) { std::erase(*text, ' '); };
    tight(&wanted);
    tight(&got);
    CHECK(got == wanted);
  }
}

TEST_CASE("what Prometheus' version 3 adds is in the tree") {
  const auto tree = ParseExpr("a / on(x) group_left(y) fill_right(2) b", Features::All());
  REQUIRE(tree.ok());
  const auto& matching = *As<BinaryExpr>(**tree).matching;
  CHECK(matching.cardinality == Cardinality::kManyToOne);
  CHECK(matching.on);
  CHECK(matching.labels == std::vector<std::string>{"x"});
  CHECK(matching.include == std::vector<std::string>{"y"});
  CHECK_FALSE(matching.fill_left.has_value());
  CHECK(matching.fill_right == 2);

  CHECK(ErrorOf("sum(a[5m] smoothed @ end() offset -1h)", Features::All()) ==
        "1:5|expected type instant vector in aggregation expression, got range vector");
  const auto matrix = ParseExpr("rate(a[5m] smoothed @ end() offset -1h)", Features::All());
  REQUIRE(matrix.ok());
  const auto& selected = As<MatrixSelector>(*As<Call>(**matrix).args[0]);
  CHECK(selected.range.ms == 300'000);
  CHECK(selected.selector->smoothed);
  CHECK(selected.selector->time.at == AtKind::kEnd);
  CHECK(selected.selector->time.offset.ms == -3'600'000);
}

TEST_CASE("set operators match many to many, scalars do not match at all") {
  const auto both = ParseExpr("a and on(x) b", {});
  REQUIRE(both.ok());
  CHECK(As<BinaryExpr>(**both).matching->cardinality == Cardinality::kManyToMany);
  const auto one = ParseExpr("a + 1", {});
  REQUIRE(one.ok());
  CHECK_FALSE(As<BinaryExpr>(**one).matching.has_value());
  CHECK((*one)->type == ValueType::kVector);
  CHECK((*ParseExpr("1 + 1", {}))->type == ValueType::kScalar);
}

TEST_CASE("nodes know their places and numbers") {
  const auto tree = ParseExpr("sum(rate(foo[5m])) / 2", {});
  REQUIRE(tree.ok());
  const auto& binary = As<BinaryExpr>(**tree);
  const auto& sum = As<AggregateExpr>(*binary.lhs);
  const auto& rate = As<Call>(*sum.expr);
  CHECK(binary.position == PositionRange{0, 22});
  CHECK(sum.position == PositionRange{0, 18});
  CHECK(rate.position == PositionRange{4, 17});
  CHECK(rate.args[0]->position == PositionRange{9, 16});
  CHECK(binary.rhs->position == PositionRange{21, 22});
  CHECK(binary.id == 0);
  CHECK(sum.id == 1);
  CHECK(rate.id == 2);
  CHECK(rate.args[0]->id == 3);
  CHECK(As<MatrixSelector>(*rate.args[0]).selector->id == 4);
  CHECK(binary.rhs->id == 5);
  CHECK(binary.height == 4 + 1);
}

std::string Repeated(std::string_view part, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += part;
  return out;
}

TEST_CASE("no text is too deep, too long or too costly") {
  constexpr size_t kMany = 200'000;
  for (const std::string& query :
       {std::string(size_t{1} << 20, '('), std::string(size_t{1} << 20, '-'), Repeated("1+", kMany) + "1",
        Repeated("1^", kMany) + "1", Repeated("abs(", kMany), Repeated("sum by (a) (", 80'000),
        "foo" + Repeated("[5m:]", kMany), "foo[" + Repeated("(", kMany), "foo[" + Repeated("1+", kMany) + "1]",
        "foo[" + Repeated("-", kMany) + "1]", "foo offset " + Repeated("(", kMany),
        Repeated("(", 499) + "1" + Repeated("+1", 499) + Repeated(")", 499)}) {
    CAPTURE(query.substr(0, 20));
    const auto tree = ParseExpr(query, Features::All());
    REQUIRE_FALSE(tree.ok());
    CHECK(tree.status().message().find("nested more than 500 levels deep") != std::string::npos);
    CHECK(tree.status().code() == base::Code::kLimit);
  }
  CHECK(ParseExpr(Repeated("(", 498) + "1" + Repeated(")", 498), {}).ok());
  CHECK(ParseExpr("1" + Repeated(" + 1", 498), {}).ok());
  CHECK(ParseExpr(std::string((size_t{1} << 20) + 1, ' '), {}).status().code() == base::Code::kLimit);
  CHECK(
      ErrorOf("{" + Repeated("a=~\".{900}b\",", 80'000) + "}").find("regular expressions of the query are too large") !=
      std::string::npos);
}

TEST_CASE("durations that depend on the query are resolved when it runs") {
  const QueryTimes times = {.step_ms = 15'000, .range_ms = 3'600'000};
  const auto resolve = [&](std::string_view range) -> std::string {
    const std::string query = "foo[" + std::string(range) + "]";
    const auto tree = ParseExpr(query, Features::All());
    if (!tree.ok()) return tree.status().message();
    const auto ms = ResolveDuration(As<MatrixSelector>(**tree).range, times, true, query);
    return ms.ok() ? std::to_string(*ms) : ms.status().message();
  };
  CHECK(resolve("5m") == "300000");
  CHECK(resolve("0.5") == "500");
  CHECK(resolve("step() * 4") == "60000");
  CHECK(resolve("range() / step()") == "240000");
  CHECK(resolve("max_of(step(), 1m) - min_of(step(), 5s)") == "55000");
  CHECK(resolve("-step() + 1m") == "45000");
  CHECK(resolve("-(step()) ^ 2 + 1h") == "3375000");
  CHECK(resolve("1h % 7m") == "240000");
  CHECK(resolve("step() - 1h") == "4:15: duration must be greater than 0");
  CHECK(resolve("1 / (step() - 15)") == "1:5: parse error: division by zero");
  CHECK(resolve("1y ^ 3") == "1:5: parse error: duration is out of range");
}

TEST_CASE("a selector alone is what match[] takes") {
  const auto matchers = ParseMetricSelector("foo{a!=\"b\"}");
  REQUIRE(matchers.ok());
  REQUIRE(matchers->size() == 2);
  CHECK((*matchers)[1] == model::Matcher::Equal("__name__", "foo"));
  CHECK(ParseMetricSelector("foo offset 5m").status().message() == "1:5: parse error: unexpected <offset>");
  CHECK(ParseMetricSelector("1").status().message() == "1:1: parse error: unexpected number \"1\"");
  CHECK(ParseMetricSelector("").status().message() == "unknown position: parse error: unexpected end of input");
  CHECK(ParseMetricSelector("sum{}").ok());
}

TEST_CASE("functions and features go by upstream's names") {
  CHECK(Functions().size() == 90);
  CHECK(FindFunction("rate")->id == FunctionId::kRate);
  CHECK(FindFunction("rats") == nullptr);
  for (const Function& row : Functions()) CHECK(FindFunction(row.name) == &row);
  const std::string known[] = {"promql-experimental-functions", "promql-at-modifier"};
  CHECK(FeaturesByName(known)->experimental_functions);
  const std::string unknown[] = {"promql-experimental-function"};
  CHECK(FeaturesByName(unknown).status().message() ==
        "unknown feature \"promql-experimental-function\", did you mean \"promql-experimental-functions\"?");
}

// The query of a line of a test script: what follows "eval ... at TIME" or "step DURATION".
std::string QueryOfEval(const std::string& line) {
  const bool range = line.find(" range ") != std::string::npos;
  const std::string mark = range ? " step " : " at ";
  const size_t at = line.find(mark);
  const size_t end = at == std::string::npos ? at : line.find(' ', at + mark.size());
  return end == std::string::npos ? "" : line.substr(end + 1);
}

TEST_CASE("every query of Prometheus' own test scripts parses and prints to itself") {
  const std::filesystem::path folder = std::filesystem::path(BEKCI_SOURCE_DIR) / "../shared/promqltest";
  if (!std::filesystem::exists(folder)) return;
  int queries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".test") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with("eval")) continue;
      const std::string query = QueryOfEval(line);
      CAPTURE(entry.path().filename().string());
      CAPTURE(query);
      const auto tree = ParseExpr(query, Features::All());
      REQUIRE_MESSAGE(tree.ok(), tree.status().message());
      for (const std::string& text : {Print(**tree), Prettify(**tree)}) {
        const auto again = ParseExpr(text, Features::All());
        REQUIRE_MESSAGE(again.ok(), again.status().message());
        CHECK(SameTree(**tree, **again));
      }
      ++queries;
    }
  }
  CHECK(queries > 1000);
}

}  // namespace
}  // namespace bekci::promql::parser_test
