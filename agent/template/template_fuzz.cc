// Any bytes as the text of a rule: parsing answers within its limits and names a place where it refuses; what it
// accepts expands, twice to the same, within its limits.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/template/expand_for_tests.h"
#include "agent/template/limits.h"

namespace bekci::templates {
namespace {

void Fail(const char* what, const std::string& detail) {
  std::fprintf(stderr, "%s\n%s\n", what, detail.c_str());
  std::abort();
}

void Try(std::string_view text) {
  const auto parsed = RuleTemplate::Parse("A", text);
  if (!parsed.ok()) {
    if (!parsed.status().message().starts_with("template: __alert_A:")) Fail("no place", parsed.status().message());
    return;
  }
  static const RuleTemplateEnvironment kEnvironment = TestEnvironment();
  for (const double value : {7.25, std::nan("")}) {
    const RuleTemplateData data = {.labels = TestLabels(), .value = value, .histogram = nullptr, .at = {1'500}};
    const auto once = parsed->Expand(data, kEnvironment);
    const auto again = parsed->Expand(data, kEnvironment);
    if (once.ok() != again.ok() || (once.ok() && *once != *again)) Fail("two expansions differ", std::string(text));
    if (once.ok() && once->size() > 4 * Limits().output_bytes) Fail("longer than the limit", std::string(text));
    if (!once.ok() && once.status().message().size() > 3 * kMaxSourceBytes) Fail("a long message", std::string(text));
  }
  for (const size_t offset : parsed->ValueOffsets()) {
    if (offset >= text.size()) Fail("an offset beyond the text", std::string(text));
  }
}

}  // namespace
}  // namespace bekci::templates

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bekci::templates::Try(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
