// The conformance cases of templates, where they stand beside the checkout.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/base/text.h"
#include "agent/template/expand_for_tests.h"

namespace bekci::templates::cases_test {
namespace {

using Json = nlohmann::json;

// The text, or "error", or "load_error".
std::string Outcome(const Json& test) {
  const auto parsed = RuleTemplate::Parse("A", test["template"].get<std::string>());
  if (!parsed.ok()) return "load_error";
  std::vector<model::Labels::Pair> pairs;
  for (const auto& [name, value] : test["labels"].items()) {
    pairs.emplace_back(name, value.get_ref<const std::string&>());
  }
  const model::Labels labels = model::Labels::FromPairs(std::move(pairs));
  const double value = base::ParseDouble(test["value"].get<std::string>()).value();
  const auto expanded =
      parsed->Expand({.labels = labels, .value = value, .histogram = nullptr, .at = {0}}, TestEnvironment());
  return expanded.ok() ? *expanded : "error";
}

TEST_CASE("every conformance case of the corpus comes out as Prometheus has it") {
  const std::filesystem::path path = std::filesystem::path(BEKCI_SOURCE_DIR) / "../shared/templates/cases.jsonl";
  std::ifstream lines(path);
  size_t cases = 0;
  for (std::string line; std::getline(lines, line);) {
    const Json test = Json::parse(line);
    if (!test.contains("template")) continue;
    ++cases;
    const std::string expected = test.contains("load_error") ? "load_error"
                                 : test.contains("error")    ? "error"
                                                             : test["expected"].get<std::string>();
    CAPTURE(line);
    CHECK(Outcome(test) == expected);
  }
  if (std::filesystem::exists(path)) {
    CHECK(cases > 100);
  } else {
    MESSAGE("no corpus at ", path.string());
  }
}

}  // namespace
}  // namespace bekci::templates::cases_test
