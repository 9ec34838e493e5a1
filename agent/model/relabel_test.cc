// Each row is a label set, rules and what Prometheus makes of them; the end-to-end tests compare more with the real
// one.
#include "agent/model/relabel.h"

#include <doctest/doctest.h>

#include <initializer_list>

namespace bekci::model::relabel_test {
namespace {

using Action = RelabelAction;

std::vector<RelabelRule> Rules(std::initializer_list<RelabelSpec> specs) {
  std::vector<RelabelRule> rules;
  for (const RelabelSpec& spec : specs) {
    auto rule = RelabelRule::Make(spec);
    REQUIRE_MESSAGE(rule.ok(), rule.status().message());
    rules.push_back(std::move(*rule));
  }
  return rules;
}

struct Row {
  std::string name;
  Labels labels;
  std::initializer_list<RelabelSpec> rules;
  std::string expected;  // "dropped" or the labels
};

std::string Outcome(const Row& row) {
  const auto labels = Relabel(row.labels, Rules(row.rules));
  return labels ? labels->ToString() : "dropped";
}

}  // namespace

TEST_CASE("rules rewrite, keep and drop label sets as Prometheus does") {
  const Labels abc = {{"a", "foo"}, {"b", "bar"}, {"c", "baz"}};
  const Row rows[] = {
      {"no rules", abc, {}, R"({a="foo", b="bar", c="baz"})"},
      {"replace with a group",
       abc,
       {{.source_labels = {"a"}, .regex = "f(.*)", .target_label = "d", .replacement = "ch${1}-ch${1}"}},
       R"({a="foo", b="bar", c="baz", d="choo-choo"})"},
      {"replace without a match changes nothing",
       abc,
       {{.source_labels = {"a"}, .regex = "o+", .target_label = "a", .replacement = "x"}},
       R"({a="foo", b="bar", c="baz"})"},
      {"a missing source label is empty, and the default expression matches it",
       abc,
       {{.source_labels = {"nope"}, .target_label = "d", .replacement = "yes"}},
       R"({a="foo", b="bar", c="baz", d="yes"})"},
      {"no source labels at all set a constant",
       abc,
       {{.target_label = "d", .replacement = "k"}},
       R"({a="foo", b="bar", c="baz", d="k"})"},
      {"an empty replacement removes",
       abc,
       {{.source_labels = {"a"}, .target_label = "a", .replacement = ""}},
       R"({b="bar", c="baz"})"},
      {"a group that is not there is empty",
       abc,
       {{.source_labels = {"a"}, .regex = "foo", .target_label = "a", .replacement = "$1"}},
       R"({b="bar", c="baz"})"},
      {"the separator joins, in the order given",
       abc,
       {{.source_labels = {"c", "a"}, .separator = "--", .target_label = "d"}},
       R"({a="foo", b="bar", c="baz", d="baz--foo"})"},
      {"an empty separator",
       abc,
       {{.source_labels = {"a", "b"}, .separator = "", .target_label = "d"}},
       R"({a="foo", b="bar", c="baz", d="foobar"})"},
      {"the target's name may come from the value",
       {{"a", "some-name-value"}},
       {{.source_labels = {"a"}, .regex = "some-([^-]+)-([^,]+)", .target_label = "${1}", .replacement = "${2}"}},
       R"({a="some-name-value", name="value"})"},
      {"a target that comes out empty changes nothing",
       {{"a", "some-name-value"}},
       {{.source_labels = {"a"}, .regex = "some-()name-value", .target_label = "${1}", .replacement = "x"}},
       R"({a="some-name-value"})"},
      {"named groups and $$",
       {{"a", "v1"}},
       {{.source_labels = {"a"}, .regex = "(?P<x>.)(.)", .target_label = "b", .replacement = "${x}$$2$2"}},
       R"({a="v1", b="v$21"})"},
      {"a name takes all the letters it can get",
       {{"a", "v"}},
       {{.source_labels = {"a"}, .regex = "(.)", .target_label = "b", .replacement = "x$1x"}},
       R"({a="v", b="x"})"},
      {"a dollar that begins nothing stands for itself",
       {{"a", "v"}},
       {{.source_labels = {"a"}, .target_label = "b", .replacement = "$-${1"}},
       R"({a="v", b="$-${1"})"},
      {"a number with a leading zero is a name",
       {{"a", "v"}},
       {{.source_labels = {"a"}, .target_label = "b", .replacement = "x${01}y"}},
       R"({a="v", b="xy"})"},
      {"the dot matches a line end",
       {{"a", "x\ny"}},
       {{.source_labels = {"a"}, .regex = "x.y", .target_label = "b", .replacement = "one"}},
       R"({a="x\ny", b="one"})"},
      {"expressions are anchored, alternatives too",
       abc,
       {{.action = Action::kDrop, .source_labels = {"a"}, .regex = "f|oo"}},
       R"({a="foo", b="bar", c="baz"})"},
      {"keep keeps",
       abc,
       {{.action = Action::kKeep, .source_labels = {"a", "b"}, .regex = "foo;.*"}},
       R"({a="foo", b="bar", c="baz"})"},
      {"keep drops", abc, {{.action = Action::kKeep, .source_labels = {"a"}, .regex = "no"}}, "dropped"},
      {"drop drops", abc, {{.action = Action::kDrop, .source_labels = {"a"}, .regex = ".*o.*"}}, "dropped"},
      {"rules after a drop count for nothing",
       abc,
       {{.action = Action::kDrop, .source_labels = {"a"}}, {.target_label = "d", .replacement = "x"}},
       "dropped"},
      {"keepequal keeps equal ones",
       {{"a", "1"}, {"b", "1"}},
       {{.action = Action::kKeepEqual, .source_labels = {"a"}, .target_label = "b"}},
       R"({a="1", b="1"})"},
      {"keepequal drops others",
       abc,
       {{.action = Action::kKeepEqual, .source_labels = {"a"}, .target_label = "b"}},
       "dropped"},
      {"dropequal drops equal ones",
       {{"a", "1"}, {"b", "1"}},
       {{.action = Action::kDropEqual, .source_labels = {"a"}, .target_label = "b"}},
       "dropped"},
      {"two labels that are not there are equal",
       abc,
       {{.action = Action::kDropEqual, .source_labels = {"x"}, .target_label = "y"}},
       "dropped"},
      {"hashmod",
       abc,
       {{.action = Action::kHashMod, .source_labels = {"c"}, .modulus = 1000, .target_label = "d"}},
       R"({a="foo", b="bar", c="baz", d="976"})"},
      {"hashmod of several lines",
       {{"a", "foo\nbar"}},
       {{.action = Action::kHashMod, .source_labels = {"a"}, .modulus = 1000, .target_label = "b"}},
       R"({a="foo\nbar", b="734"})"},
      {"labelmap copies",
       {{"a", "foo"}, {"b1", "bar"}, {"b2", "baz"}},
       {{.action = Action::kLabelMap, .regex = "(b.*)", .replacement = "bar_${1}"}},
       R"({a="foo", b1="bar", b2="baz", bar_b1="bar", bar_b2="baz"})"},
      {"labelmap walks over the labels as they were",
       {{"a", "foo"}, {"my_a", "x"}, {"my_my_a", "y"}},
       {{.action = Action::kLabelMap, .regex = "my_(.*)", .replacement = "${1}"}},
       R"({a="x", my_a="y", my_my_a="y"})"},
      {"labeldrop",
       {{"a", "1"}, {"b1", "2"}, {"b2", "3"}},
       {{.action = Action::kLabelDrop, .regex = "b.*"}},
       R"({a="1"})"},
      {"labelkeep",
       {{"a", "1"}, {"b1", "2"}, {"b2", "3"}},
       {{.action = Action::kLabelKeep, .regex = "b.*"}},
       R"({b1="2", b2="3"})"},
      {"lowercase and uppercase, of every script",
       {{"a", "bAr ÇAY"}},
       {{.action = Action::kLowercase, .source_labels = {"a"}, .target_label = "l"},
        {.action = Action::kUppercase, .source_labels = {"a"}, .target_label = "u"}},
       R"({a="bAr ÇAY", l="bar çay", u="BAR ÇAY"})"},
      {"each rule sees what those before it did",
       abc,
       {{.source_labels = {"a"}, .target_label = "t1"},
        {.source_labels = {"t1", "b"}, .separator = "+", .target_label = "t2"},
        {.action = Action::kLabelDrop, .regex = "t1|a|c"}},
       R"({b="bar", t2="foo+bar"})"},
      {"everything may go, which is not the same as dropped",
       {{"a", "1"}},
       {{.action = Action::kLabelDrop, .regex = ".*"}},
       "{}"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(Outcome(row) == row.expected);
  }
}

TEST_CASE("a rule says what its action lacks or does not take") {
  struct Wrong {
    RelabelSpec spec;
    std::string said;
  };
  const Wrong rows[] = {
      {{.regex = "x"}, "the action replace needs a target_label"},
      {{.action = Action::kHashMod, .target_label = "a"}, "the action hashmod needs a modulus greater than 0"},
      {{.action = Action::kLowercase, .target_label = "a", .replacement = "x"},
       "the action lowercase takes no replacement"},
      {{.action = Action::kLabelMap, .replacement = ""}, "replacement: \"\" is not a label name"},
      {{.action = Action::kKeepEqual, .regex = "x", .target_label = "a"},
       "the action keepequal takes source_labels and target_label and nothing else"},
      {{.action = Action::kLabelDrop, .source_labels = {"a"}, .regex = "x"},
       "the action labeldrop takes a regex and nothing else"},
      {{.regex = "(", .target_label = "a"}, "regex: \"(\" is not a regular expression: missing ): ("},
      {{.target_label = "\xFF"}, "target_label: \"\\xff\" is not a label name"},
  };
  for (const Wrong& row : rows) {
    const auto rule = RelabelRule::Make(row.spec);
    REQUIRE(!rule.ok());
    CHECK(rule.status().code() == base::Code::kInvalid);
    CHECK(rule.status().message() == row.said);
  }
}

TEST_CASE("actions are known in any letter case, and a near miss is guessed") {
  CHECK(*ParseRelabelAction("LabelDrop") == Action::kLabelDrop);
  const auto wrong = ParseRelabelAction("replce");
  REQUIRE(!wrong.ok());
  CHECK(wrong.status().message().ends_with("did you mean \"replace\"?"));
}

}  // namespace bekci::model::relabel_test
