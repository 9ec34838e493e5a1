// The captured host gives exactly this page. tests/golden/update writes the page anew after a wanted change.
#include <doctest/doctest.h>

#include <cstdlib>

#include "agent/base/text.h"
#include "exporters/host/captured_host.h"

namespace bekci::exporters::host::golden_test {
namespace {

const char kExpectedPath[] = BEKCI_SOURCE_DIR "/tests/golden/host/web-1.prom";

// The first line that differs, for a message that fits a screen.
std::string FirstDifference(std::string_view expected, std::string_view actual) {
  base::LineReader left(expected);
  base::LineReader right(actual);
  std::string_view a;
  std::string_view b;
  while (true) {
    const bool more_left = left.Next(&a);
    const bool more_right = right.Next(&b);
    if (!more_left && !more_right) return "";
    if (!more_left) return "unexpected: " + std::string(b);
    if (!more_right) return "missing: " + std::string(a);
    if (a != b) return "expected: " + std::string(a) + "\n     got: " + std::string(b);
  }
}

}  // namespace

TEST_CASE("the captured host gives exactly the expected page, in the first round and in the next") {
  CapturedHost host;
  const auto collector = host.Make();
  const std::string page = CapturedHost::Page(*collector);
  if (std::getenv("BEKCI_UPDATE_GOLDEN") != nullptr) {
    base::RealFileSystem real;
    REQUIRE(real.WriteFileAtomic(kExpectedPath, page).ok());
  }
  base::RealFileSystem real;
  const auto expected = real.ReadFile(kExpectedPath);
  REQUIRE(expected.ok());
  CHECK(FirstDifference(*expected, page) == "");
  CHECK(FirstDifference(*expected, CapturedHost::Page(*collector)) == "");
}

}  // namespace bekci::exporters::host::golden_test
