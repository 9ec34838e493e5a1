#include "agent/config/unknown_keys.h"

#include <doctest/doctest.h>

namespace bekci::config::unknown_keys_test {
namespace {

constexpr Option kInner[] = {{.key = "name", .type = Type::kString}};
constexpr Option kTable[] = {
    {.key = "one", .type = Type::kSection, .section = kInner},
    {.key = "many", .type = Type::kSections, .section = kInner},
    {.key = "labels", .type = Type::kStringMap},
};

TEST_CASE("keys that no table knows are dropped at every level, and nothing else is") {
  auto node =
      ParseYaml("one: {name: a, x: 1}\nmany: [{name: b, y: {z: 1}}, {q: 2}]\nlabels: {any: c}\nother: [1]\n", "f");
  REQUIRE(node.ok());
  DropUnknownKeys(&*node, kTable);
  Errors errors;
  const Values values = Check(*node, kTable, &errors);
  CHECK(errors.empty());
  CHECK(values.Section("one").String("name") == "a");
  REQUIRE(values.Sections("many").size() == 2);
  CHECK(values.Sections("many")[0].String("name") == "b");
  CHECK(values.StringMap("labels").size() == 1);
}

TEST_CASE("what is no mapping stays, so that it is told") {
  auto node = ParseYaml("one: text\nmany: [text]\n", "f");
  REQUIRE(node.ok());
  DropUnknownKeys(&*node, kTable);
  Errors errors;
  static_cast<void>(Check(*node, kTable, &errors));
  CHECK(errors.lines().size() == 2);
}

}  // namespace
}  // namespace bekci::config::unknown_keys_test
