#include "agent/base/rfc3339.h"

#include <doctest/doctest.h>

namespace bekci::base::rfc3339_test {
namespace {

TEST_CASE("a time with zone and fraction is milliseconds since the epoch") {
  CHECK(ParseRfc3339("1970-01-01T00:00:00Z") == 0);
  CHECK(ParseRfc3339("2023-11-14T22:13:20Z") == 1'700'000'000'000);
  CHECK(ParseRfc3339("2023-11-14T22:13:20.1239Z") == 1'700'000'000'123);
  CHECK(ParseRfc3339("2023-11-14T23:43:20+01:30") == 1'700'000'000'000);
  CHECK(ParseRfc3339("1969-12-31T23:59:59.5Z") == -500);
}

TEST_CASE("a time is printed with its milliseconds, and read back as itself") {
  CHECK(Rfc3339Millis(1'700'000'000'000) == "2023-11-14T22:13:20.000Z");
  CHECK(Rfc3339Millis(-500) == "1969-12-31T23:59:59.500Z");
  for (const int64_t t : {int64_t{0}, int64_t{1'700'000'000'007}, int64_t{4'102'444'799'999}}) {
    CHECK(ParseRfc3339(Rfc3339Millis(t)) == t);
  }
}

TEST_CASE("what is not whole, or no day of the calendar, is no time") {
  for (const char* text : {"", "2023-11-14", "2023-11-14T22:13:20", "2023-02-29T00:00:00Z", "2023-11-14 22:13:20Z",
                           "2023-11-14T24:00:00Z", "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20Z "}) {
    CAPTURE(text);
    CHECK(!ParseRfc3339(text));
  }
}

}  // namespace
}  // namespace bekci::base::rfc3339_test
