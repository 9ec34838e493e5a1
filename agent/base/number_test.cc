// Promises of the number half of text.h. The expected texts are what Go 1.19's strconv prints and reads.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "agent/base/random.h"
#include "agent/base/text.h"

namespace bekci::base::number_test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

// What AppendDouble must print, made the slow way: the first precision of %e that reads back, laid out by Go's rule.
std::string SlowDouble(double value) {
  char text[64];
  int precision = 0;
  do {
    std::snprintf(text, sizeof text, "%.*e", precision, value);
  } while (std::strtod(text, nullptr) != value && ++precision < 17);
  const int exponent = std::atoi(std::strchr(text, 'e') + 1);
  if (exponent >= -4 && exponent < 6)
    std::snprintf(text, sizeof text, "%.*f", std::max(0, precision - exponent), value);
  return text;
}

TEST_CASE("doubles print as Go's FormatFloat with 'g' and precision -1") {
  const struct {
    double value;
    const char* text;
  } rows[] = {
      {0, "0"},
      {-0.0, "-0"},
      {1, "1"},
      {-1, "-1"},
      {0.1, "0.1"},
      {999999, "999999"},
      {1e6, "1e+06"},
      {1000001, "1.000001e+06"},
      {-1e6, "-1e+06"},
      {123456789, "1.23456789e+08"},
      {16486371328, "1.6486371328e+10"},
      {1700000000.123, "1.700000000123e+09"},
      {9007199254740991, "9.007199254740991e+15"},
      {9007199254740992, "9.007199254740992e+15"},
      {-9007199254740991, "-9.007199254740991e+15"},
      {1e21, "1e+21"},
      {1e22, "1e+22"},
      {123456.7, "123456.7"},
      {0.0001, "0.0001"},
      {0.00001, "1e-05"},
      {9.565e-06, "9.565e-06"},
      {5e-324, "5e-324"},
      {2.2250738585072014e-308, "2.2250738585072014e-308"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {kInfinity, "+Inf"},
      {-kInfinity, "-Inf"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN"},
      {-std::numeric_limits<double>::quiet_NaN(), "NaN"},
  };
  for (const auto& row : rows) CHECK(DoubleText(row.value) == row.text);
}

TEST_CASE("every whole number around a power of ten prints as the slow way does") {
  for (double power = 1; power <= 1e18; power *= 10) {
    for (const double step : {-2.0, -1.0, 0.0, 1.0, 2.0, 5.0}) {
      const double value = power + step;
      if (value == 0) continue;
      CHECK(DoubleText(value) == SlowDouble(value));
      CHECK(DoubleText(-value) == SlowDouble(-value));
    }
  }
}

TEST_CASE("a million random bit patterns read back as the same bits") {
  SeededRandom random(20261121);
  std::string text;
  size_t wrong = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    const double value = std::bit_cast<double>(random.Next());
    text.clear();
    AppendDouble(&text, value);
    const auto back = ParseDouble(text);
    const bool same = back.has_value() && (std::isnan(value) ? std::isnan(*back) : SameBits(*back, value));
    if (!same) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("random doubles of every shape print as the slow way does") {
  SeededRandom random(7);
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t bits = random.Next();
    const double whole = static_cast<double>(bits >> (random.Below(60)));
    const double cents = static_cast<double>(bits >> 40) / 100;
    for (const double value : {std::bit_cast<double>(bits), whole, cents}) {
      if (!std::isfinite(value) || value == 0) continue;
      REQUIRE(DoubleText(value) == SlowDouble(value));
    }
  }
}

TEST_CASE("doubles are read as Go's ParseFloat reads them") {
  const struct {
    const char* text;
    double value;
  } rows[] = {{"0", 0},
              {"-0", -0.0},
              {"+1", 1},
              {"1.", 1},
              {".5", 0.5},
              {"-.5e1", -5},
              {"1e5", 1e5},
              {"1E+5", 1e5},
              {"0x1p-2", 0.25},
              {"0X1.8P1", 3},
              {"-0x.8p0", -0.5},
              {"inf", kInfinity},
              {"+Inf", kInfinity},
              {"-INF", -kInfinity},
              {"Infinity", kInfinity},
              {"-infinity", -kInfinity},
              {"1e400", kInfinity},
              {"-1e400", -kInfinity},
              {"1e-400", 0},
              {"-1e-400", -0.0},
              {"1e99999999999999999999", kInfinity},
              {"1e-99999999999999999999", 0},
              {"0x1p2000", kInfinity},
              {"0x1p-2000", 0},
              {"5e-324", 5e-324},
              {"2.4703282292062327e-324", 0},
              {"0.1000000000000000055511151231257827", 0.1}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto value = ParseDouble(row.text);
    REQUIRE(value.has_value());
    CHECK(SameBits(*value, row.value));
  }
  for (const char* nan : {"nan", "NaN", "NAN"}) CHECK(std::isnan(ParseDouble(nan).value_or(0)));
  CHECK(ParseDouble("1" + std::string(400, '0')) == kInfinity);
  CHECK(ParseDouble("0." + std::string(400, '0') + "1") == 0.0);
}

TEST_CASE("what is no number to Go is no number here") {
  for (const char* text :
       {"",     " ",      "1 ",    " 1",  "+",       "-",       ".",      "e5",    "1e",   "1e+",  "--1", "+-1",
        "-+1",  "1_0",    "0x",    "0x1", "0x1.8",   "0xp1",    "0x-1p1", "0x1p",  "+nan", "-nan", "in",  "infi",
        "inf1", "nan(1)", "1.2.3", "1,5", "0xinfp1", "0x0x1p1", "NaN ",   "1e5e5", "1f",   "١",    "0b1", "1p3"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseDouble(text).has_value());
  }
}

TEST_CASE("whole numbers are read whole or not at all") {
  CHECK(ParseInt("-9223372036854775808") == INT64_MIN);
  CHECK(ParseInt("9223372036854775807") == INT64_MAX);
  CHECK(ParseUint("18446744073709551615") == UINT64_MAX);
  CHECK(ParseUint("ff", 16) == 255u);
  CHECK(ParseInt("755", 8) == 493);
  for (const char* text : {"", "+1", " 1", "1 ", "1.0", "0x10", "9223372036854775808", "--1", "1a"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseInt(text).has_value());
  }
  CHECK_FALSE(ParseUint("-1").has_value());
  CHECK_FALSE(ParseUint("18446744073709551616").has_value());
}

TEST_CASE("decimals are Go's 'f': the shortest digits, never an exponent") {
  const struct {
    double value;
    const char* text;
  } rows[] = {{0, "0"},
              {-0.0, "-0"},
              {1, "1"},
              {-42, "-42"},
              {0.1, "0.1"},
              {1e-7, "0.0000001"},
              {1234567.875, "1234567.875"},
              {1e21, "1000000000000000000000"},
              {1e23, "100000000000000000000000"},
              {-1.2345678901234567e+20, "-123456789012345670000"},
              {9007199254740993.0, "9007199254740992"},
              {123456789012345678.0, "123456789012345680"},
              {std::numeric_limits<double>::infinity(), "+Inf"},
              {std::numeric_limits<double>::quiet_NaN(), "NaN"}};
  for (const auto& row : rows) {
    std::string out = "=";
    AppendDecimal(&out, row.value);
    CHECK(out == "=" + std::string(row.text));
  }
  std::string smallest;
  AppendDecimal(&smallest, -std::numeric_limits<double>::denorm_min());
  CHECK(smallest.size() == 327);
  CHECK(ParseDouble(smallest) == -std::numeric_limits<double>::denorm_min());
  std::string largest;
  AppendDecimal(&largest, std::numeric_limits<double>::max());
  CHECK(largest == "17976931348623157" + std::string(292, '0'));
}

TEST_CASE("integers are appended, not assigned") {
  std::string out = "x=";
  AppendInt(&out, INT64_MIN);
  CHECK(out == "x=-9223372036854775808");
}

}  // namespace
}  // namespace bekci::base::number_test
