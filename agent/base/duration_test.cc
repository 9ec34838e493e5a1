// Promises of duration.h.
#include "agent/base/duration.h"

#include <doctest/doctest.h>

namespace bekci::base::duration_test {
namespace {

TEST_CASE("durations are read as Prometheus reads them and printed as it prints them") {
  const struct {
    const char* text;
    Duration duration;
    const char* printed;
  } rows[] = {{"0", seconds(0), "0s"},
              {"0s", seconds(0), "0s"},
              {"15s", seconds(15), "15s"},
              {"324ms", milliseconds(324), "324ms"},
              {"1h30m", minutes(90), "1h30m"},
              {"90m", minutes(90), "1h30m"},
              {"3d", hours(72), "3d"},
              {"8d", hours(192), "8d"},
              {"2w", hours(336), "2w"},
              {"1y", hours(8760), "1y"},
              {"10y", hours(87600), "10y"},
              {"365d", hours(8760), "1y"},
              {"1y2w3d4h5m6s7ms", hours(8760 + 336 + 72 + 4) + minutes(5) + milliseconds(6007), "382d4h5m6s7ms"}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto parsed = ParseDuration(row.text);
    REQUIRE(parsed.ok());
    CHECK(*parsed == row.duration);
    CHECK(DurationText(*parsed) == row.printed);
  }
  CHECK(DurationText(seconds(-90)) == "-1m30s");
  CHECK(DurationText(microseconds(1500)) == "1ms");
}

TEST_CASE("what is no duration says why") {
  const struct {
    const char* text;
    const char* why;
  } rows[] = {{"", "empty"},           {"1", "unit"},       {"s", "whole number"},  {"1.5s", "none of the units"},
              {"-1m", "whole number"}, {"1 s", "none of"},  {"1s2m", "units must"}, {"1m1m", "each at most once"},
              {"1min", "none of the"}, {"1us", "none of"},  {"300y", "292 years"},  {"99999999999999999999s", "292"},
              {"1S", "none of the"},   {"292y300d", "292"}, {"5m ", "none of"}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto parsed = ParseDuration(row.text);
    REQUIRE_FALSE(parsed.ok());
    const bool too_long = std::string_view(row.why).starts_with("292");
    CHECK(parsed.status().code() == (too_long ? Code::kLimit : Code::kInvalid));
    CHECK(parsed.status().message().find(row.why) != std::string::npos);
  }
}

TEST_CASE("durations in Go's notation are read as Go reads them") {
  const struct {
    const char* text;
    Duration duration;
  } rows[] = {{"0", seconds(0)},
              {"1.5h", minutes(90)},
              {"1h0m30s", seconds(3630)},
              {"250us", microseconds(250)},
              {"250\u00b5s", microseconds(250)},
              {"250\u03bcs", microseconds(250)},
              {"7ns", nanoseconds(7)},
              {".5s", milliseconds(500)},
              {"1.s", seconds(1)},
              {"0.1s", milliseconds(100)},
              {"30s1h", seconds(3630)},
              {"-3s", seconds(-3)},
              {"+3s", seconds(3)},
              {"1.000000001s", nanoseconds(1'000'000'001)}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto parsed = ParseGoDuration(row.text);
    REQUIRE_MESSAGE(parsed.ok(), parsed.status().message());
    CHECK(*parsed == row.duration);
  }
  for (const char* const text : {"", "-", "1", "1d", "s", ".s", "1 s", "1h-3s", "1x", "99999999999h", "3000000h"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseGoDuration(text).ok());
  }
}

TEST_CASE("people see three digits and the unit that fits") {
  const struct {
    Duration duration;
    const char* text;
  } rows[] = {{nanoseconds(0), "0s"},
              {nanoseconds(850), "850ns"},
              {microseconds(12), "12.0us"},
              {nanoseconds(1'234'567), "1.23ms"},
              {nanoseconds(999'960'000), "1.00s"},
              {milliseconds(45'600), "45.6s"},
              {milliseconds(59'990), "1m"},
              {seconds(125), "2m5s"},
              {hours(49), "2d1h"},
              {milliseconds(-250), "-250ms"}};
  for (const auto& row : rows) CHECK(HumanDuration(row.duration) == row.text);
}

TEST_CASE("sizes are powers of 1024 in either spelling") {
  const struct {
    const char* text;
    uint64_t bytes;
    const char* printed;
  } rows[] = {{"0", 0, "0"},
              {"1537", 1537, "1537"},
              {"1536KiB", 1536 * 1024, "1536KiB"},
              {"512MB", uint64_t{512} << 20, "512MiB"},
              {"2GiB", uint64_t{2} << 30, "2GiB"},
              {"2048MiB", uint64_t{2} << 30, "2GiB"},
              {"100B", 100, "100"},
              {"15EiB", uint64_t{15} << 60, "15EiB"}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto parsed = ParseSize(row.text);
    REQUIRE(parsed.ok());
    CHECK(*parsed == row.bytes);
    CHECK(SizeText(*parsed) == row.printed);
  }
  for (const char* bad : {"", "KiB", "1.5GiB", "-1", "1kib", "1K", "1 MiB", "16EiB", "99999999999999999999"}) {
    CAPTURE(bad);
    CHECK(ParseSize(bad).status().code() == Code::kInvalid);
  }
}

}  // namespace
}  // namespace bekci::base::duration_test
