// Chunks: the bytes of Prometheus, every value of doubles and times, damage of every kind.
#include "agent/tsdb/chunk.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include "agent/base/random.h"
#include "agent/base/text.h"
#include "agent/tsdb/histogram_chunk.h"
#include "agent/tsdb/xor_chunk.h"

namespace bekci::tsdb::chunk_test {
namespace {

struct Golden {
  ChunkEncoding encoding;
  std::string bytes;
};

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(*base::ParseUint(hex.substr(i, 2), 16)));
  }
  return bytes;
}

std::vector<Golden> Goldens() {
  std::ifstream file(BEKCI_SOURCE_DIR "/agent/tsdb/testdata/chunks.txt");
  std::vector<Golden> goldens;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    goldens.push_back({static_cast<ChunkEncoding>(line[0] - '0'), FromHex(std::string_view(line).substr(2))});
  }
  return goldens;
}

// The samples of one chunk in the order of time, written by our appenders.
std::string Rewritten(const Golden& golden, const storage::Samples& samples) {
  if (golden.encoding == ChunkEncoding::kXor) {
    XorAppender appender;
    for (size_t i = 0; i < samples.times.size(); ++i) appender.Append(samples.times[i], samples.values[i]);
    return std::string(appender.data());
  }
  HistogramAppender appender(golden.encoding,
                             static_cast<CounterResetHeader>(static_cast<uint8_t>(golden.bytes[2]) & 0xc0));
  for (size_t i = 0; i < samples.histogram_times.size(); ++i) {
    model::NativeHistogram h = *samples.histograms[i];
    if (h.reset_hint == model::CounterResetHint::kYes) h.reset_hint = model::CounterResetHint::kUnknown;
    CHECK(appender.Append(samples.histogram_times[i], h));
  }
  for (const int64_t time : samples.times) CHECK(appender.AppendStale(time));
  return std::string(appender.data());
}

storage::Samples Decoded(ChunkEncoding encoding, std::string_view bytes) {
  storage::Samples samples;
  const base::Status status = DecodeChunk(encoding, bytes, INT64_MIN, INT64_MAX, &samples);
  CHECK_MESSAGE(status.ok(), status.message());
  return samples;
}

model::NativeHistogram Simple(double count, std::vector<double> buckets) {
  model::NativeHistogram h;
  h.schema = 3;
  h.zero_threshold = 1e-128;
  h.count = count;
  h.sum = count * 1.5;
  h.positive_spans = {{0, static_cast<uint32_t>(buckets.size())}};
  h.positive_buckets = std::move(buckets);
  return h;
}

}  // namespace

TEST_CASE("chunks that Prometheus wrote are read, and written again to the same bytes") {
  const std::vector<Golden> goldens = Goldens();
  CHECK(goldens.size() >= 15);
  for (const Golden& golden : goldens) {
    CAPTURE(static_cast<int>(golden.encoding));
    CAPTURE(golden.bytes.size());
    const storage::Samples samples = Decoded(golden.encoding, golden.bytes);
    CHECK(samples.size() == ChunkSampleCount(golden.bytes));
    CHECK(Rewritten(golden, samples) == golden.bytes);
  }
}

TEST_CASE("floats come back bit for bit, whatever their values and times") {
  base::SeededRandom random(11);
  for (int round = 0; round < 300; ++round) {
    XorAppender appender;
    storage::Samples expected;
    int64_t time = static_cast<int64_t>(random.Next() >> random.Below(40)) / 4 - (int64_t{1} << 40);
    const size_t count = 1 + random.Below(200);
    uint64_t value = random.Next();
    for (size_t i = 0; i < count; ++i) {
      const uint64_t shift = random.Below(64);
      time += 1 + static_cast<int64_t>(random.Below(4) == 0 ? random.Next() >> (20 + random.Below(43)) : 15'000);
      value = random.Below(3) == 0 ? value : value ^ (random.Next() >> shift << random.Below(64));
      expected.times.push_back(time);
      expected.values.push_back(std::bit_cast<double>(value));
      appender.Append(time, expected.values.back());
    }
    const storage::Samples got = Decoded(ChunkEncoding::kXor, appender.data());
    REQUIRE(got.times == expected.times);
    for (size_t i = 0; i < count; ++i) {
      REQUIRE(std::bit_cast<uint64_t>(got.values[i]) == std::bit_cast<uint64_t>(expected.values[i]));
    }
  }
}

TEST_CASE("a range gives the samples within it, and appends to what is there") {
  XorAppender appender;
  for (int64_t t = 0; t < 100; ++t) appender.Append(t * 10, static_cast<double>(t));
  storage::Samples samples;
  samples.times = {-5};
  samples.values = {7};
  CHECK(DecodeChunk(ChunkEncoding::kXor, appender.data(), 205, 230, &samples).ok());
  CHECK(samples.times == std::vector<int64_t>{-5, 210, 220, 230});
  CHECK(samples.values == std::vector<double>{7, 21, 22, 23});
  CHECK(DecodeChunk(ChunkEncoding::kXor, appender.data(), 5000, 6000, &samples).ok());
  CHECK(DecodeChunk(ChunkEncoding::kXor, appender.data(), -60, -50, &samples).ok());
  CHECK(samples.times.size() == 4);
}

TEST_CASE("a chunk cut anywhere or with any bit turned is refused or read, never more") {
  base::SeededRandom random(5);
  for (const Golden& golden : Goldens()) {
    storage::Samples samples;
    for (size_t length = 0; length < golden.bytes.size(); length += 1 + length / 40) {
      samples.Clear();
      const auto status = DecodeChunk(golden.encoding, golden.bytes.substr(0, length), INT64_MIN, INT64_MAX, &samples);
      CHECK(!status.ok());
      CHECK(samples.size() <= ChunkSampleCount(golden.bytes));
    }
    for (int i = 0; i < 300; ++i) {
      std::string damaged = golden.bytes;
      damaged[random.Below(damaged.size())] ^= static_cast<char>(1 << random.Below(8));
      samples.Clear();
      (void)DecodeChunk(golden.encoding, damaged, INT64_MIN, INT64_MAX, &samples);
      CHECK(samples.size() <= ChunkSampleCount(damaged));
    }
  }
  storage::Samples samples;
  CHECK(DecodeChunk(ChunkEncoding::kNone, "abc", 0, 1, &samples).code() == base::Code::kInvalid);
}

TEST_CASE("a new bucket widens the chunk; all samples before have it with 0") {
  HistogramAppender appender(ChunkEncoding::kHistogram, CounterResetHeader::kUnknown);
  CHECK(appender.Append(1, Simple(3, {1, 2})));
  CHECK(appender.Append(2, Simple(6, {1, 2, 3})));
  model::NativeHistogram gap = Simple(9, {1, 2, 3, 3});
  gap.positive_spans = {{0, 3}, {5, 1}};
  CHECK(appender.Append(3, gap));
  const storage::Samples got = Decoded(ChunkEncoding::kHistogram, appender.data());
  REQUIRE(got.histograms.size() == 3);
  CHECK(got.histograms[0]->positive_spans == gap.positive_spans);
  CHECK(got.histograms[0]->positive_buckets == std::vector<double>{1, 2, 0, 0});
  CHECK(got.histograms[1]->positive_buckets == std::vector<double>{1, 2, 3, 0});
  CHECK(got.histograms[2]->positive_buckets == std::vector<double>{1, 2, 3, 3});
  CHECK(got.histograms[0]->reset_hint == model::CounterResetHint::kUnknown);
  CHECK(got.histograms[2]->reset_hint == model::CounterResetHint::kNo);
  CHECK(appender.LastEquals(gap));
  CHECK(!appender.LastEquals(Simple(9, {1, 2, 3, 3})));
}

TEST_CASE("what cannot follow asks for a new chunk, whose header says why") {
  HistogramAppender appender(ChunkEncoding::kHistogram, CounterResetHeader::kUnknown);
  CHECK(appender.Append(1, Simple(3, {1, 2})));
  const auto expect = [&](const model::NativeHistogram& h, CounterResetHeader header) {
    CHECK(!appender.Append(2, h));
    CHECK(appender.HeaderOfNext(h) == header);
    CHECK(appender.count() == 1);
  };
  expect(Simple(2, {1, 1}), CounterResetHeader::kReset);  // the count fell
  expect(Simple(4, {0, 4}), CounterResetHeader::kReset);  // a bucket fell
  expect(Simple(4, {4}), CounterResetHeader::kReset);     // a bucket went
  model::NativeHistogram other = Simple(4, {1, 3});
  other.schema = 2;
  expect(other, CounterResetHeader::kUnknown);
  other = Simple(4, {1, 3});
  other.zero_threshold = 1;
  expect(other, CounterResetHeader::kUnknown);
  other = Simple(4, {1, 3});
  other.reset_hint = model::CounterResetHint::kGauge;
  expect(other, CounterResetHeader::kGauge);
  other.reset_hint = model::CounterResetHint::kYes;
  expect(other, CounterResetHeader::kReset);
  other.reset_hint = model::CounterResetHint::kUnknown;
  CHECK(appender.HeaderOfNext(other) == CounterResetHeader::kNotReset);
  other.count = 4.5;  // needs a chunk of floats
  CHECK(!appender.Append(2, other));
  other.positive_buckets.push_back(1);  // more buckets than spans
  CHECK(!appender.Append(2, other));
  CHECK(appender.AppendStale(3));
  CHECK(!appender.Append(4, Simple(4, {1, 3})));
  CHECK(appender.HeaderOfNext(Simple(4, {1, 3})) == CounterResetHeader::kUnknown);
}

TEST_CASE("gauges may fall; a bucket that one of them lacks is 0 in it") {
  HistogramAppender appender(ChunkEncoding::kFloatHistogram, CounterResetHeader::kUnknown);
  model::NativeHistogram h = Simple(3.5, {1, 2.5});
  h.is_float = true;
  h.reset_hint = model::CounterResetHint::kGauge;
  CHECK(appender.Append(1, h));
  model::NativeHistogram shifted = h;
  shifted.count = 1;
  shifted.positive_spans = {{1, 2}};
  shifted.positive_buckets = {0.5, 0.5};
  CHECK(appender.Append(2, shifted));
  const storage::Samples got = Decoded(ChunkEncoding::kFloatHistogram, appender.data());
  REQUIRE(got.histograms.size() == 2);
  CHECK(got.histograms[0]->positive_buckets == std::vector<double>{1, 2.5, 0});
  CHECK(got.histograms[1]->positive_buckets == std::vector<double>{0, 0.5, 0.5});
  CHECK(got.histograms[1]->reset_hint == model::CounterResetHint::kGauge);
  CHECK(got.histograms[1]->is_float);
}

TEST_CASE("stale markers of histograms come as stale floats") {
  for (const auto encoding : {ChunkEncoding::kHistogram, ChunkEncoding::kFloatHistogram}) {
    HistogramAppender appender(encoding, CounterResetHeader::kUnknown);
    CHECK(appender.Append(1, Simple(3, {1, 2})));
    CHECK(appender.Append(2, Simple(4, {1, 3})));
    CHECK(appender.AppendStale(3));
    CHECK(appender.AppendStale(9));
    const storage::Samples got = Decoded(encoding, appender.data());
    CHECK(got.histogram_times == std::vector<int64_t>{1, 2});
    CHECK(got.times == std::vector<int64_t>{3, 9});
    CHECK(storage::IsStale(got.values[0]));
    CHECK(storage::IsStale(got.values[1]));
  }
}

TEST_CASE("custom bounds and odd zero thresholds come back exactly") {
  model::NativeHistogram h = Simple(3, {1, 2});
  h.schema = model::kCustomBucketsSchema;
  h.custom_values = {-5, 0, 0.005, 0.1, 1.0 / 3, 33554.43, 33554.431, 1e300, std::numeric_limits<double>::infinity()};
  for (const double threshold : {0.0, std::ldexp(1.0, -243), std::ldexp(1.0, -244), 1024.0, 2048.0, 0.3}) {
    h.zero_threshold = threshold;
    HistogramAppender appender(ChunkEncoding::kHistogram, CounterResetHeader::kUnknown);
    CHECK(appender.Append(1, h));
    const storage::Samples got = Decoded(ChunkEncoding::kHistogram, appender.data());
    REQUIRE(got.histograms.size() == 1);
    CHECK(*got.histograms[0] == h);
  }
}

TEST_CASE("histograms come back number for number") {
  base::SeededRandom random(17);
  for (int round = 0; round < 60; ++round) {
    const bool floats = round % 2 == 1;
    HistogramAppender appender(floats ? ChunkEncoding::kFloatHistogram : ChunkEncoding::kHistogram,
                               CounterResetHeader::kReset);
    model::NativeHistogram h = Simple(0, std::vector<double>(random.Below(20), 0));
    h.negative_spans = {{-3, 2}, {4, 1}};
    h.negative_buckets = {0, 0, 0};
    h.is_float = floats;
    std::vector<model::NativeHistogram> expected;
    for (int64_t t = 0; t < 50; ++t) {
      for (auto* buckets : {&h.positive_buckets, &h.negative_buckets}) {
        for (double& bucket : *buckets) bucket += static_cast<double>(random.Next() >> (14 + random.Below(50)));
      }
      h.count += static_cast<double>(random.Below(1000)) + (floats ? 0.25 : 0);
      h.sum = std::bit_cast<double>(random.Next() >> 2);
      REQUIRE(appender.Append(t * 15'000, h));
      expected.push_back(h);
      expected.back().reset_hint = t == 0 ? model::CounterResetHint::kYes : model::CounterResetHint::kNo;
    }
    const storage::Samples got = Decoded(appender.encoding(), appender.data());
    REQUIRE(got.histograms.size() == expected.size());
    for (size_t i = 0; i < expected.size(); ++i) REQUIRE(*got.histograms[i] == expected[i]);
  }
}

}  // namespace bekci::tsdb::chunk_test
