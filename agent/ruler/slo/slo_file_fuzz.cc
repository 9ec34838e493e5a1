// Any bytes as a file of objectives: loading must answer within its limits; what it accepts must give rules whose every
// expression parses, and a file of rules that is YAML.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/promql/parser.h"
#include "agent/ruler/rule_printer.h"
#include "agent/ruler/slo/generate.h"
#include "agent/ruler/slo/loader.h"

namespace bekci::ruler::slo {
namespace {

void Fail(const char* what, const std::string& detail) {
  std::fprintf(stderr, "%s\n%s\n", what, detail.c_str());
  std::abort();
}

void Try(std::string_view text) {
  const auto loaded = LoadSlos(std::vector<SourceText>{{"fuzz.yml", std::string(text)}}, {});
  if (!loaded.ok()) {
    if (loaded.status().message().find("fuzz.yml") == std::string::npos) {
      Fail("an error without a place", loaded.status().message());
    }
    return;
  }
  // One expression of many bytes is enough; thousands of rules of it would only take time.
  if (loaded->slos.size() > 20) return;
  for (const RuleStyle style : {RuleStyle::kNative, RuleStyle::kSloth}) {
    const std::vector<GroupText> groups = RulesOf(loaded->slos, style, {});
    for (const GroupText& group : groups) {
      for (const RuleText& rule : group.rules) {
        const auto parsed = promql::ParseExpr(rule.expr, {});
        // Two good queries may make one that is too long, or not of the type that is wanted.
        if (!parsed.ok() && parsed.status().message().find("unexpected") != std::string::npos) {
          Fail("a rule that does not parse", rule.expr + "\n" + parsed.status().message());
        }
      }
    }
    const auto yaml = config::ParseYaml(PrintRules(groups), "rules.yml", {.bytes = 256 << 20, .nodes = 5'000'000});
    if (!yaml.ok()) Fail("rules that are no YAML", yaml.status().message());
  }
}

}  // namespace
}  // namespace bekci::ruler::slo

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bekci::ruler::slo::Try(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
