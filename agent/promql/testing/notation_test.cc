#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "agent/base/text.h"
#include "agent/promql/testing/comparison.h"
#include "agent/promql/testing/histogram_notation.h"
#include "agent/promql/testing/quoted.h"
#include "agent/promql/testing/series_notation.h"
#include "agent/storage/samples.h"

namespace bekci::promql::testing::notation_test {
namespace {

std::string Text(std::string_view items) {
  const auto positions = ParsePositions(items);
  if (!positions.ok()) return "error";
  std::string text;
  for (const Position& position : *positions) {
    if (!text.empty()) text += ' ';
    if (position.omitted) {
      text += '_';
    } else if (position.histogram != nullptr) {
      text += HistogramText(*position.histogram);
    } else {
      text += storage::IsStale(position.value) ? "stale" : base::DoubleText(position.value);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("items of a series stand for values at positions") {
  const struct {
    const char* items;
    const char* text;
  } kRows[] = {
      {"1 -2.5 .5 1e3 1_000 2.", "1 -2.5 0.5 1000 1000 2"},
      {"+Inf -inf nan", "+Inf -Inf NaN"},
      {"5m 1h30m", "300 5400"},
      {"_ _x3 stale", "_ _ _ _ stale"},
      {"1x2", "1 1 1"},
      {"0+1x3", "0 1 2 3"},
      {"10-2.5x2", "10 7.5 5"},
      {"-1+-1x1", "error"},
      {"1e3+1e2x1", "1000 1100"},
      {"0x5", "0 0 0 0 0 0"},
      {"1x", "error"},
      {"1+1", "error"},
      {"1,2", "error"},
      {"1x99999999999", "error"},
      {"x", "error"},
      {"", ""},
  };
  for (const auto& row : kRows) CHECK_MESSAGE(Text(row.items) == row.text, row.items);
}

TEST_CASE("histograms add up from position to position") {
  const std::string text = Text("{{count:1 sum:2 buckets:[1]}}+{{count:1 sum:1 buckets:[1]}}x1 {{}}x1");
  CHECK(text ==
        "{{schema:0 sum:2 count:1 z_bucket:0 z_bucket_w:0 counter_reset_hint:unknown offset:0 buckets:[1]}} "
        "{{schema:0 sum:3 count:2 z_bucket:0 z_bucket_w:0 counter_reset_hint:unknown offset:0 buckets:[2]}} "
        "{{schema:0 sum:0 count:0 z_bucket:0 z_bucket_w:0 counter_reset_hint:unknown}} "
        "{{schema:0 sum:0 count:0 z_bucket:0 z_bucket_w:0 counter_reset_hint:unknown}}");
  CHECK(Text("{{schema:1}}+{{schema:0}}x1") == "error");
  for (const char* bad : {"{{", "{{count}}", "{{count:x}}", "{{count:1 count:2}}", "{{schema:9}}", "{{what:1}}",
                          "{{buckets:1}}", "{{buckets:[1}}", "{{counter_reset_hint:maybe}}"}) {
    CHECK_MESSAGE(Text(bad) == "error", bad);
  }
}

TEST_CASE("a series is named as in a selector, with equals signs only") {
  const struct {
    const char* line;
    const char* labels;
  } kRows[] = {
      {"up 1", "up{}"},
      {"up{} 1", "up{}"},
      {"{} 1", "{}"},
      {R"(up{a="b", c='d',} 1)", R"(up{a="b", c="d"})"},
      {R"({"gece bekçisi", "kat no"=`2`} 1)", R"({"gece bekçisi", "kat no"="2"})"},
      {R"(sum{by="x"} 1)", R"(sum{by="x"})"},
      {R"(up{a=""} 1)", "up{}"},
  };
  for (const auto& row : kRows) {
    const auto series = ParseSeriesLine(row.line);
    REQUIRE_MESSAGE(series.ok(), row.line);
    std::string_view rest = row.labels;
    CHECK_MESSAGE(series->labels == *TakeSeriesLabels(&rest), row.line);
    CHECK(series->positions.size() == 1);
  }
  for (const char* bad : {"", "1", "up{a=~\"b\"} 1", "up{a=\"b\" 1", "up{a} 1", "up{\"x\"} 1", "up{a=\"b\"}1"}) {
    CHECK_MESSAGE(!ParseSeriesLine(bad).ok(), bad);
  }
}

TEST_CASE("start timestamps are offsets") {
  const auto offsets = ParseStartOffsets("_ -1m -30s-1mx2 0 +5ms _x2");
  REQUIRE(offsets.ok());
  CHECK(*offsets == std::vector<std::optional<int64_t>>{std::nullopt, -60'000, -30'000, -90'000, -150'000, 0, 5,
                                                        std::nullopt, std::nullopt});
  CHECK_FALSE(ParseStartOffsets("1").ok());
  CHECK_FALSE(ParseStartOffsets("-1m1").ok());
}

TEST_CASE("quoted strings are Go's") {
  std::string_view rest = R"("a\n\x41\u00e7\"\\" tail)";
  CHECK(*TakeQuoted(&rest) == "a\nAç\"\\");
  CHECK(rest == " tail");
  for (const char* bad : {"\"abc", "\"\\q\"", "\"\\x4\"", "abc", ""}) {
    std::string_view text = bad;
    CHECK_MESSAGE(!TakeQuoted(&text).ok(), bad);
  }
}

TEST_CASE("numbers are compared with a tolerance relative to both") {
  CHECK(AlmostEqual(1, 1.000001));
  CHECK_FALSE(AlmostEqual(1, 1.00001));
  CHECK_FALSE(AlmostEqual(0, 1e-300));
  CHECK(AlmostEqual(std::nan(""), std::nan("")));
  CHECK_FALSE(AlmostEqual(std::nan(""), storage::StaleMarker()));
  CHECK(AlmostEqual(storage::StaleMarker(), storage::StaleMarker()));
  CHECK(AlmostEqual(1.7e308, 1.7000001e308));
}

}  // namespace bekci::promql::testing::notation_test
