// Any bytes as matchers: both grammars must answer within their bounds; what they accept prints as a text that reads
// back as the same matchers, in the grammar that has every name.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/notify/routing/matcher_text.h"

namespace bekci::notify::routing {
namespace {

void Fail(const char* what, const std::string& detail) {
  std::fprintf(stderr, "%s\n%s\n", what, detail.c_str());
  std::abort();
}

void CheckPrinting(const std::vector<model::Matcher>& matchers) {
  const std::string text = MatchersText(matchers);
  // Printing is the original's: what it leaves as it is, a control character in a value, quotes do not always take.
  if (text.size() > kMaxMatcherBytes || text.find_first_of("\n\r") != std::string::npos) return;
  const auto again = ParseMatchers(text, nullptr, MatcherGrammar::kUtf8);
  if (!again.ok()) Fail("what is printed does not parse", text + "\n" + again.status().message());
  if (*again != matchers) Fail("what is printed means something else", text);
}

void Try(std::string_view text) {
  for (const MatcherGrammar grammar : {MatcherGrammar::kBoth, MatcherGrammar::kUtf8, MatcherGrammar::kClassic}) {
    std::string warning;
    const auto list = ParseMatchers(text, &warning, grammar);
    if (list.ok()) CheckPrinting(*list);
    if (!list.ok() && list.status().message().empty()) Fail("an error without words", std::string(text));
    if (!list.ok() && !warning.empty()) Fail("a warning beside an error", warning);
    const auto one = ParseMatcher(text, &warning, grammar);
    if (one.ok()) CheckPrinting({*one});
  }
}

}  // namespace
}  // namespace bekci::notify::routing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Larger ones only make larger regular expressions.
  if (size > 2000) return 0;
  bekci::notify::routing::Try(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
