#include "agent/config/relabel_options.h"

#include <doctest/doctest.h>

namespace bekci::config::relabel_options_test {
namespace {

constexpr Option kRoot[] = {{.key = "rules", .type = Type::kSections, .section = kRelabelOptions}};

std::vector<model::RelabelRule> Read(const std::string& yaml, Errors* errors) {
  const auto node = ParseYaml(yaml, "r.yml");
  REQUIRE(node.ok());
  return ReadRelabelRules(Check(*node, kRoot, errors).Sections("rules"), errors);
}

}  // namespace

TEST_CASE("rules are read as they are written, what is empty on purpose too") {
  Errors errors;
  const auto rules = Read(
      "rules:\n- {source_labels: [a, b], separator: '', regex: 5, target_label: c, replacement: '', action: Replace}\n"
      "- {regex: x, action: labeldrop}\n",
      &errors);
  CHECK(errors.empty());
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].spec().separator.empty());
  CHECK(rules[0].spec().replacement.empty());
  CHECK(rules[0].spec().regex == "5");
  CHECK(rules[1].spec().replacement == "$1");
  CHECK(rules[1].spec().action == model::RelabelAction::kLabelDrop);
}

TEST_CASE("a wrong rule is told with its place, and the others stay") {
  Errors errors;
  const auto rules = Read(
      "rules:\n- {action: hashmod, target_label: a}\n- {action: kep}\n- {target_label: a}\n- {regex: '(', "
      "target_label: b}\n",
      &errors);
  CHECK(rules.size() == 2);  // the expression that is wrong has its default
  REQUIRE(errors.lines().size() == 3);
  CHECK(errors.lines()[0].starts_with("r.yml:2: the action hashmod needs a modulus"));
  CHECK(errors.lines()[1].starts_with("r.yml:3: action: \"kep\" is not one of"));
  CHECK(errors.lines()[2].starts_with("r.yml:5: regex: \"(\" is not a regular expression"));
}

}  // namespace bekci::config::relabel_options_test
