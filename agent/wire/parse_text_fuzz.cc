// Fuzz target: any bytes as Prometheus text. Errors are fine; what parses is written again and must read back equal.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/status.h"
#include "agent/wire/exposition.h"
#include "agent/wire/family_compare.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bekci::wire;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ParseOptions options{.max_series = 10'000, .max_label_bytes = 1 << 16};
  const auto first = ParseText(bytes, options);
  if (!first.ok()) return 0;
  const Negotiated as{Format::kText, Escaping::kAllowUtf8, "1.0.0"};
  std::string page;
  WriteExposition(*first, as, &page);
  const auto second = ParseText(page);
  if (!second.ok()) bekci::base::CheckFailed(second.status().message().c_str(), __FILE__, __LINE__);
  const std::string difference = Difference(AsReadBack(*first, as), AsReadBack(*second, as), true);
  if (!difference.empty()) bekci::base::CheckFailed(difference.c_str(), __FILE__, __LINE__);
  return 0;
}
