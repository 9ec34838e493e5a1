#include "agent/model/histogram_arithmetic.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "agent/base/random.h"
#include "agent/model/histogram_buckets.h"

namespace bekci::model::histogram_arithmetic_test {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

struct Shape {
  int32_t schema = 0;
  double zero_threshold = 0;
  double zero_count = 0;
  int32_t offset = 0;
  std::vector<double> positive = {};
  int32_t negative_offset = 0;
  std::vector<double> negative = {};
  double sum = 0;
};

NativeHistogram Make(const Shape& shape) {
  NativeHistogram h;
  h.is_float = true;
  h.schema = shape.schema;
  h.zero_threshold = shape.zero_threshold;
  h.zero_count = shape.zero_count;
  h.sum = shape.sum;
  h.count = shape.zero_count;
  h.positive_buckets = shape.positive;
  h.negative_buckets = shape.negative;
  for (double count : shape.positive) h.count += count;
  for (double count : shape.negative) h.count += count;
  if (!shape.positive.empty()) h.positive_spans = {{shape.offset, static_cast<uint32_t>(shape.positive.size())}};
  if (!shape.negative.empty())
    h.negative_spans = {{shape.negative_offset, static_cast<uint32_t>(shape.negative.size())}};
  return h;
}

NativeHistogram Custom(std::vector<double> bounds, std::vector<double> counts) {
  NativeHistogram h = Make({.schema = kCustomBucketsSchema, .positive = std::move(counts)});
  h.custom_values = std::move(bounds);
  return h;
}

NativeHistogram Compacted(NativeHistogram h) {
  Compact(&h);
  return h;
}

TEST_CASE(
    "bounds of exponential buckets are powers of the schema's base, the last regular one ends at the largest double") {
  CHECK(ExponentialBound(0, 0) == 1);
  CHECK(ExponentialBound(3, 0) == 8);
  CHECK(ExponentialBound(-2, 0) == 0.25);
  CHECK(ExponentialBound(1, -2) == 16);
  // As Prometheus prints them, not as they would be rounded once.
  CHECK(ExponentialBound(1, 1) == 1.414213562373095);
  CHECK(ExponentialBound(-250, 8) == 0.5081891574554764);
  CHECK(ExponentialBound(8, 3) == 2);
  CHECK(ExponentialBound(1024, 0) == std::numeric_limits<double>::max());
  CHECK(ExponentialBound(1025, 0) == kInf);
  CHECK(ExponentialBound(256, -2) == std::numeric_limits<double>::max());
  CHECK(ExponentialBound(int64_t{1} << 40, 8) == kInf);
  CHECK(ExponentialBound(-(int64_t{1} << 40), -4) == 0);
}

TEST_CASE("adding lowers the finer schema, and keeps every observation") {
  NativeHistogram h = Make({.schema = -1, .offset = 1, .positive = {1}, .sum = 4});
  HistogramNotes notes;
  REQUIRE(Add(&h, Make({.schema = 0, .offset = 1, .positive = {2, 2}, .sum = 4}), &notes));
  CHECK(Equal(h, Make({.schema = -1, .offset = 1, .positive = {5}, .sum = 8})));
  NativeHistogram fine = Make({.schema = 0, .offset = 1, .positive = {2, 2}, .sum = 4});
  REQUIRE(Add(&fine, Make({.schema = -1, .offset = 1, .positive = {1}, .sum = 4}), &notes));
  CHECK(Equal(fine, h));
  CHECK_FALSE(notes.reset_collision);
}

TEST_CASE("adding widens the narrower zero bucket, past a populated bucket that the wider one would cut") {
  // The wider zero bucket ends at 1.5, inside (1,2], which is populated: both go to 2.
  NativeHistogram wide = Make({.zero_threshold = 1.5, .zero_count = 3});
  const NativeHistogram narrow = Make({.zero_threshold = 0.001, .zero_count = 1, .offset = 0, .positive = {1, 2, 4}});
  HistogramNotes notes;
  REQUIRE(Add(&wide, narrow, &notes));
  CHECK(wide.zero_threshold == 2);
  CHECK(wide.zero_count == 7);
  CHECK(Equal(Compacted(wide), Make({.zero_threshold = 2, .zero_count = 7, .offset = 2, .positive = {4}})));
  NativeHistogram other = narrow;
  REQUIRE(Add(&other, Make({.zero_threshold = 1.5, .zero_count = 3}), &notes));
  CHECK(Equal(Compacted(other), Compacted(wide)));
}

TEST_CASE("custom buckets that differ are reconciled to the bounds both have, and that is noted") {
  NativeHistogram h = Custom({2, 4, 6}, {1, 2, 5, 7});
  HistogramNotes notes;
  REQUIRE(Subtract(&h, Custom({1, 2, 3, 4, 5, 6, 7, 8}, {10, 20, 30, 40, 50, 60, 70, 80, 90}), &notes));
  CHECK(notes.bounds_reconciled);
  CHECK(h.custom_values == std::vector<double>{2, 4, 6});
  CHECK(h.positive_buckets == std::vector<double>{-29, -68, -105, -233});
  NativeHistogram none = Custom({1}, {1, 2});
  REQUIRE(Add(&none, Custom({5}, {3, 4}), &notes));
  CHECK(none.custom_values.empty());
  CHECK(none.positive_buckets == std::vector<double>{10});
}

TEST_CASE("exponential and custom buckets cannot be added, and nothing is changed") {
  NativeHistogram h = Custom({1}, {1, 2});
  const NativeHistogram before = h;
  HistogramNotes notes;
  CHECK_FALSE(Add(&h, Make({.positive = {1}}), &notes));
  CHECK(h == before);
}

TEST_CASE("the hint of a sum: gauge wins, contradictions are noted") {
  using enum CounterResetHint;
  struct Row {
    CounterResetHint a, b, sum;
    bool collision;
  };
  for (const Row& row :
       {Row{kGauge, kNo, kGauge, false}, Row{kYes, kGauge, kGauge, false}, Row{kUnknown, kNo, kUnknown, false},
        Row{kNo, kNo, kNo, false}, Row{kYes, kNo, kUnknown, true}, Row{kYes, kUnknown, kUnknown, false}}) {
    NativeHistogram h = Make({.positive = {1}});
    NativeHistogram other = h;
    h.reset_hint = row.a;
    other.reset_hint = row.b;
    HistogramNotes notes;
    REQUIRE(Add(&h, other, &notes));
    CHECK(h.reset_hint == row.sum);
    CHECK(notes.reset_collision == row.collision);
  }
}

TEST_CASE("a compensated sum loses nothing between numbers of very different size") {
  CompensatedHistogram sum(Make({.positive = {1}, .sum = 3.1}));
  HistogramNotes notes;
  REQUIRE(sum.Add(Make({.offset = 2, .positive = {1e100}, .sum = 1e100}), &notes));
  REQUIRE(sum.Add(Make({.offset = 2, .positive = {1}, .sum = 1.3}), &notes));
  REQUIRE(sum.Add(Make({.offset = 2, .positive = {-1e100}, .sum = -1e100}), &notes));
  const NativeHistogram total = sum.Total();
  CHECK(total.sum == doctest::Approx(4.4));
  CHECK(total.count == 2);
  CHECK(total.positive_buckets == std::vector<double>{1, 1});
  CHECK_FALSE(sum.HasOverflow());
  CompensatedHistogram large(Make({.sum = 1e308}));
  REQUIRE(large.Add(Make({.sum = 1e308}), &notes));
  CHECK(large.HasOverflow());
}

TEST_CASE("scaling by a negative number makes a gauge, dividing by zero leaves no buckets") {
  NativeHistogram h = Make({.zero_count = 2, .positive = {1, 2}, .sum = 5});
  Multiply(&h, -2);
  CHECK(h.reset_hint == CounterResetHint::kGauge);
  CHECK(h.positive_buckets == std::vector<double>{-2, -4});
  CHECK(h.count == -10);
  Divide(&h, 0);
  CHECK(h.positive_buckets.empty());
  CHECK(h.count == -kInf);
}

TEST_CASE("compacting drops what counts nothing and joins spans; equality does not see how spans are cut") {
  NativeHistogram h = Make({.positive = {1, 0, 0, 2, 3}});
  NativeHistogram cut = h;
  cut.positive_spans = {{0, 2}, {0, 0}, {0, 3}};
  CHECK(Equal(h, cut));
  Compact(&cut);
  CHECK(cut.positive_spans == std::vector<BucketSpan>{{0, 1}, {2, 2}});
  CHECK(cut.positive_buckets == std::vector<double>{1, 2, 3});
  CHECK_FALSE(Equal(h, cut));
}

TEST_CASE("a reset is any count that fell, a finer schema, a narrower zero bucket; hints are believed") {
  const NativeHistogram before = Make({.schema = 1, .zero_threshold = 0.001, .zero_count = 1, .positive = {2, 3, 4}});
  struct Row {
    const char* what;
    NativeHistogram now;
    bool reset;
  };
  std::vector<Row> rows = {
      {"same", before, false},
      {"bucket fell, count did not",
       Make({.schema = 1, .zero_threshold = 0.001, .zero_count = 5, .positive = {2, 2, 4}}), true},
      {"bucket gone", Make({.schema = 1, .zero_threshold = 0.001, .zero_count = 9, .positive = {2, 3}}), true},
      {"zero bucket fell", Make({.schema = 1, .zero_threshold = 0.001, .zero_count = 0, .positive = {2, 3, 9}}), true},
      {"coarser", Make({.schema = 0, .zero_threshold = 0.001, .zero_count = 1, .positive = {2, 7}}), false},
      {"coarser and fell", Make({.schema = 0, .zero_threshold = 0.001, .zero_count = 4, .positive = {2, 6}}), true},
      {"finer", Make({.schema = 2, .zero_threshold = 0.001, .zero_count = 90}), true},
      {"narrower zero bucket", Make({.schema = 1, .zero_count = 90, .positive = {2, 3, 4}}), true},
      {"zero bucket took the first bucket",
       Make({.schema = 1, .zero_threshold = 1, .zero_count = 3, .offset = 1, .positive = {3, 4}}), false},
      {"zero bucket cuts a populated one",
       Make({.schema = 1, .zero_threshold = 0.9, .zero_count = 90, .offset = 1, .positive = {3, 4}}), true},
      {"custom", Custom({1}, {50, 50}), true},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(DetectReset(row.now, before) == row.reset);
  }
  NativeHistogram hinted = rows[1].now;
  hinted.reset_hint = CounterResetHint::kNo;
  CHECK_FALSE(DetectReset(hinted, before));
  hinted = before;
  hinted.reset_hint = CounterResetHint::kYes;
  CHECK(DetectReset(hinted, before));
}

TEST_CASE("custom buckets are compared on the bounds both have") {
  CHECK_FALSE(DetectReset(Custom({2, 3, 4, 6}, {1, 1, 1, 5, 7}), Custom({2, 4, 6}, {1, 2, 5, 7})));
  CHECK(DetectReset(Custom({2, 3, 4, 6}, {1, 0, 1, 5, 8}), Custom({2, 4, 6}, {1, 2, 5, 7})));
  CHECK_FALSE(DetectReset(Custom({5, 10}, {1, 0, 0}), Custom({5}, {1, 0})));
}

TEST_CASE("trimming cuts buckets by interpolation and reckons count and sum anew only if something was cut") {
  const NativeHistogram h =
      Make({.zero_threshold = 0.001, .zero_count = 1, .positive = {2, 4, 8, 16}, .negative = {1, 2}, .sum = 123.75});
  NativeHistogram all = h;
  TrimAbove(&all, kInf);
  TrimBelow(&all, -kInf);
  CHECK(all == h);
  NativeHistogram below = h;
  TrimAbove(&below, 0);
  CHECK(below.count == 3.5);
  CHECK(below.sum == doctest::Approx(-3.53578390593273768));
  CHECK(below.positive_buckets.empty());
  NativeHistogram cut = h;
  TrimBelow(&cut, std::sqrt(2));
  CHECK(cut.count == doctest::Approx(26));
  CHECK(cut.sum == doctest::Approx(116.50067065070982));
}

TEST_CASE("trimming custom buckets: what reaches to infinity goes or stays whole") {
  struct Row {
    double limit;
    bool above;
    double count, sum;
  };
  for (const Row& row : {Row{10, true, 1, 2.5}, Row{2, true, 0.4, 0.4}, Row{0, true, 0, 0}, Row{-10, false, 100, 500},
                         Row{0, false, 101, 33}, Row{2, false, 100.6, 502.1}, Row{10, false, 100, 1000}}) {
    NativeHistogram h = Custom({5}, {1, 100});
    h.sum = 33;
    if (row.above) {
      TrimAbove(&h, row.limit);
    } else {
      TrimBelow(&h, row.limit);
    }
    INFO(row.limit, row.above);
    CHECK(h.count == doctest::Approx(row.count));
    CHECK(h.sum == doctest::Approx(row.sum));
  }
  NativeHistogram negative = Custom({-10, 5, 10}, {2, 1, 6, 4});
  TrimAbove(&negative, -15);
  CHECK(negative.count == 2);
  CHECK(negative.sum == -30);
}

TEST_CASE("the text has the buckets from the lowest to the highest, without the empty ones") {
  CHECK(HistogramText(NativeHistogram{}) == "{count:0, sum:0}");
  const NativeHistogram h =
      Make({.zero_threshold = 0.001, .zero_count = 2, .offset = 1, .positive = {1, 0, 3.5}, .negative = {1}, .sum = 5});
  CHECK(HistogramText(h) == "{count:7.5, sum:5, [-1,-0.5):1, [-0.001,0.001]:2, (1,2]:1, (4,8]:3.5}");
  CHECK(HistogramText(Custom({5, 10}, {1, 2, 1})) == "{count:4, sum:0, [-Inf,5]:1, (5,10]:2, (10,+Inf]:1}");
}

TEST_CASE("what contradicts itself is refused with the place") {
  CHECK(Validate(Make({.zero_count = 1, .positive = {1, 2}, .negative = {3}})).ok());
  CHECK(Validate(Custom({1, 2}, {1, 2, 3})).ok());
  NativeHistogram h = Make({.positive = {1, 2}});
  h.positive_spans[0].length = 3;
  CHECK(Validate(h).message() == "positive side: spans need 3 buckets, have 2 buckets");
  CHECK_FALSE(Validate(Make({.schema = 9})).ok());
  CHECK_FALSE(Validate(Make({.negative = {-1}})).ok());
  CHECK_FALSE(Validate(Custom({2, 1}, {1})).ok());
  CHECK_FALSE(Validate(Custom({1}, {1, 2, 3})).ok());
}

NativeHistogram Random(base::Random* random) {
  NativeHistogram h;
  h.schema = static_cast<int32_t>(random->Below(4)) - 1;
  h.zero_threshold = random->Below(2) == 0 ? 0 : random->Fraction();
  h.zero_count = static_cast<double>(random->Below(5));
  for (auto [spans, counts] :
       {std::pair{&h.positive_spans, &h.positive_buckets}, {&h.negative_spans, &h.negative_buckets}}) {
    for (uint64_t s = random->Below(3); s > 0; --s) {
      const auto length = static_cast<uint32_t>(random->Below(4));
      spans->push_back({static_cast<int32_t>(random->Below(4)), length});
      for (uint32_t i = 0; i < length; ++i) counts->push_back(static_cast<double>(random->Below(4)));
    }
  }
  h.count = h.zero_count;
  for (double count : h.positive_buckets) h.count += count;
  for (double count : h.negative_buckets) h.count += count;
  return h;
}

TEST_CASE("sums of any layouts keep all observations, do not depend on the order, and are no reset of either part") {
  base::SeededRandom random(7);
  for (int round = 0; round < 3000; ++round) {
    const NativeHistogram a = Random(&random);
    const NativeHistogram b = Random(&random);
    HistogramNotes notes;
    NativeHistogram ab = a;
    NativeHistogram ba = b;
    REQUIRE(Add(&ab, b, &notes));
    REQUIRE(Add(&ba, a, &notes));
    double observed = 0;
    ForEachBucket(ab, [&](const Bucket& bucket) {
      observed += bucket.count;
      return true;
    });
    REQUIRE(observed == a.count + b.count);
    REQUIRE(Equal(Compacted(ab), Compacted(ba)));
    REQUIRE_FALSE(DetectReset(ab, a));
    REQUIRE(DetectReset(a, ab) == !Equal(Compacted(ab), Compacted(a)));
    CompensatedHistogram sum(a);
    REQUIRE(sum.Add(b, &notes));
    REQUIRE(Equal(Compacted(sum.Total()), Compacted(ab)));
  }
}

TEST_CASE("walking back is walking forward turned round, for spans of any making") {
  base::SeededRandom random(9);
  for (int round = 0; round < 500; ++round) {
    const NativeHistogram h = Random(&random);
    std::vector<double> forward;
    std::vector<double> backward;
    ForEachBucket(h, [&](const Bucket& b) { return forward.push_back(b.lower + b.upper), true; });
    ForEachBucketReverse(h, [&](const Bucket& b) { return backward.push_back(b.lower + b.upper), true; });
    REQUIRE(forward == std::vector<double>(backward.rbegin(), backward.rend()));
    REQUIRE(std::is_sorted(forward.begin(), forward.end()));
  }
}

}  // namespace
}  // namespace bekci::model::histogram_arithmetic_test
