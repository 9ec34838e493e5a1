#include "agent/tsdb/wal.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/faulty_file_system.h"
#include "agent/base/memory_file_system.h"
#include "agent/base/random.h"

namespace bekci::tsdb::wal_test {
namespace {

// Keeps what the log says, as text.
struct Listener : WalReplayHandler {
  std::vector<std::string> said;
  int64_t newest_ms = INT64_MIN;

  void OnSeries(SeriesId id, const model::Labels& labels, std::string_view owner) override {
    said.push_back("series " + std::to_string(id) + " " + labels.ToString() + " of " + std::string(owner));
  }
  void OnFloats(const WalFloats& floats) override {
    size_t i = 0;
    for (const auto& run : floats.runs) {
      for (uint64_t k = 0; k < run.count; ++k, ++i) {
        const int64_t t_ms = floats.times[floats.times.size() == 1 ? 0 : i];
        newest_ms = std::max(newest_ms, t_ms);
        said.push_back(std::to_string(run.first + k) + " " + std::to_string(t_ms) + " " +
                       std::to_string(std::bit_cast<uint64_t>(floats.values[i])));
      }
    }
  }
  void OnHistogram(WalHistogram sample) override {
    said.push_back("histogram " + std::to_string(sample.series) + " " + std::to_string(sample.t_ms));
    histograms.push_back(*sample.histogram);
  }
  void OnExemplar(SeriesId id, const model::Exemplar& exemplar) override {
    said.push_back("exemplar " + std::to_string(id) + exemplar.labels.ToString());
  }
  void OnMetadata(std::string_view metric, const storage::MetricMetadata& metadata) override {
    said.push_back("metadata " + std::string(metric) + " " + metadata.help);
  }
  void OnBlock(std::string_view ulid, int64_t end_ms) override {
    said.push_back("block " + std::string(ulid) + " " + std::to_string(end_ms));
  }
  int64_t TakeNewestTime() override { return std::exchange(newest_ms, INT64_MIN); }
  std::vector<model::NativeHistogram> histograms;
};

std::string Sample(Wal* wal, int64_t t_ms, double value = 1) {
  WalRecordBuilder record(wal->NextSequence());
  const WalFloat sample{1, t_ms, value};
  record.AddFloats({&sample, 1});
  return record.Take();
}

std::string Said(int64_t t_ms, double value = 1) {
  return "1 " + std::to_string(t_ms) + " " + std::to_string(std::bit_cast<uint64_t>(value));
}

struct Bench {
  base::FakeClock clock;
  base::CaptureLogger log;
  base::MemoryFileSystem memory;
  base::FaultyFileSystem fs{memory};
  WalOptions options;

  Bench() { options.directory = "/wal"; }
  std::unique_ptr<Wal> Make() { return std::make_unique<Wal>(fs, clock, log, options); }
  WalReplayStats Replay(Listener* listener) {
    auto wal = std::make_unique<Wal>(memory, clock, log, options);
    auto stats = wal->Replay(listener, nullptr);
    REQUIRE(stats.ok());
    return *stats;
  }
  std::vector<std::string> Replayed() {
    Listener listener;
    Replay(&listener);
    return listener.said;
  }
};

}  // namespace

TEST_CASE("every kind of section comes back as it was written") {
  Bench bench;
  auto wal = bench.Make();
  model::NativeHistogram histogram;
  histogram.schema = 2;
  histogram.count = 7;
  histogram.sum = 1.5;
  histogram.zero_count = 1;
  histogram.positive_spans = {{-2, 2}, {3, 1}};
  histogram.positive_buckets = {1, 2, 3};
  WalRecordBuilder record(wal->NextSequence());
  record.BeginSeries();
  record.AddSeries(5, {{"__name__", "up"}, {"job", "node"}}, "host");
  record.AddSeries(3, {{"__name__", "up"}, {"job", "node"}, {"instance", "node"}}, "");
  record.EndSeries();
  const std::vector<WalFloat> floats = {{5, 1000, 0},      {6, 1000, 1},          {7, 1000, -0.0},
                                        {3, 1000, 0.1},    {9, 1000, 1e300},      {10, 1000, storage::StaleMarker()},
                                        {11, 1000, 65536}, {1ull << 40, 1000, -7}};
  record.AddFloats(floats);
  std::vector<WalFloat> spread = floats;
  for (size_t i = 0; i < spread.size(); ++i) spread[i].t_ms = i % 2 == 0 ? INT64_MAX : INT64_MIN;
  record.AddFloats(spread);
  const WalHistogram sample{5, 2000, std::make_shared<model::NativeHistogram>(histogram)};
  record.AddHistograms({&sample, 1});
  record.AddExemplar(5, {{{"trace_id", "abc"}}, 1.5, base::Timestamp{99}});
  record.AddMetadata("up", {model::MetricType::kGauge, "is it", ""});
  record.AddBlock("01ABC", 77);
  CHECK(wal->Write(record.Take(), 2000).ok());

  Listener listener;
  bench.Replay(&listener);
  std::vector<std::string> expected = {"series 5 up{job=\"node\"} of host",
                                       "series 3 up{instance=\"node\", job=\"node\"} of "};
  using Batch = const std::vector<WalFloat>*;
  for (const Batch batch : {Batch{&floats}, Batch{&spread}}) {
    for (const WalFloat& f : *batch) {
      expected.push_back(std::to_string(f.series) + " " + std::to_string(f.t_ms) + " " +
                         std::to_string(std::bit_cast<uint64_t>(f.value)));
    }
  }
  expected.insert(expected.end(),
                  {"histogram 5 2000", "exemplar 5{trace_id=\"abc\"}", "metadata up is it", "block 01ABC 77"});
  CHECK(listener.said == expected);
  REQUIRE(listener.histograms.size() == 1);
  CHECK(listener.histograms[0] == histogram);
}

TEST_CASE("a segment that was written from the description of the format alone is understood") {
  Bench bench;
  std::string file;
  base::RealFileSystem real;
  REQUIRE(real.ReadFile(BEKCI_SOURCE_DIR "/agent/tsdb/fuzz_corpus/wal_fuzz/segment", &file).ok());
  bench.memory.Put("/wal/00000001", file.substr(1));  // the first byte is the fuzzer's
  Listener listener;
  const auto stats = bench.Replay(&listener);
  CHECK(stats.damaged_places == 0);
  CHECK(stats.records == 2);
  REQUIRE(listener.said.size() == 20);
  CHECK(listener.said[0] == "series 1 up{job=\"node\"} of ");
  CHECK(listener.said[1] == "series 2 m{} of ");
  CHECK(listener.said[2] == "1 1700000000000 " + std::to_string(std::bit_cast<uint64_t>(1.0)));
  CHECK(listener.said[3] == "2 1700000000000 " + std::to_string(std::bit_cast<uint64_t>(0.1)));
  CHECK(listener.said[6] == "histogram 2 1700000001000");
  CHECK(listener.said[7] == "exemplar 1{trace_id=\"abc\"}");
  CHECK(listener.said[8] == "metadata up is it");
  CHECK(listener.said[9] == "block 1 1600000000000");
  REQUIRE(listener.histograms.size() == 2);
  CHECK(listener.histograms[0].positive_buckets == std::vector<double>{1, 2});
  CHECK(listener.histograms[0].sum == 7.5);
}

TEST_CASE("a record with any byte changed is understood or refused, never trusted") {
  WalRecordBuilder record(1);
  record.BeginSeries();
  record.AddSeries(1, {{"__name__", "up"}}, "x");
  record.EndSeries();
  const std::vector<WalFloat> floats = {{1, 5, 1.5}, {2, 6, 2}, {9, 7, 3}};
  record.AddFloats(floats);
  const WalHistogram sample{5, 2000, std::make_shared<model::NativeHistogram>()};
  record.AddHistograms({&sample, 1});
  record.AddMetadata("up", {model::MetricType::kGauge, "is it", ""});
  const std::string whole = record.Take();
  WalRecordReader reader;
  size_t refused = 0;
  for (size_t at = 8; at < whole.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(value);
      Listener listener;
      if (!reader.Read(damaged, &listener).ok()) ++refused;
      Listener cut;
      (void)reader.Read(std::string_view(damaged).substr(0, at), &cut);
    }
  }
  CHECK(refused > 1000);
}

TEST_CASE("what Write accepted is there after the process was killed, what Sync covered after the power went") {
  Bench bench;
  auto wal = bench.Make();
  CHECK(wal->Write(Sample(wal.get(), 1), 1).ok());
  CHECK(wal->Sync().ok());
  CHECK(wal->Write(Sample(wal.get(), 2), 2).ok());
  CHECK(bench.Replayed() == std::vector<std::string>{Said(1), Said(2)});
  bench.memory.Crash();
  CHECK(bench.Replayed() == std::vector<std::string>{Said(1)});
}

TEST_CASE("a full disk is survived in memory, and everything is written when there is room again") {
  Bench bench;
  auto wal = bench.Make();
  CHECK(wal->Write(Sample(wal.get(), 1), 1).ok());
  bench.fs.set_plan({.room = 10});
  CHECK_FALSE(wal->Write(Sample(wal.get(), 2), 2).ok());
  for (int i = 3; i < 10; ++i) {
    bench.clock.Advance(base::seconds(15));
    CHECK_FALSE(wal->Write(Sample(wal.get(), i), i).ok());
  }
  CHECK_FALSE(wal->stats().healthy);
  CHECK(wal->stats().backlog_records == 8);
  CHECK(bench.log.CountContaining("cannot be written") == 1);
  bench.fs.set_plan({});
  bench.clock.Advance(base::seconds(2));
  CHECK(wal->Sync().ok());  // by itself, without a new sample
  CHECK(wal->stats().healthy);
  CHECK(bench.log.CountContaining("written again") == 1);
  CHECK(wal->Write(Sample(wal.get(), 10), 10).ok());
  Listener listener;
  const auto stats = bench.Replay(&listener);
  std::vector<std::string> expected;
  for (int i = 1; i <= 10; ++i) expected.push_back(Said(i));
  CHECK(listener.said == expected);
  CHECK(stats.missing_records == 0);
  CHECK(stats.damaged_places == 0);
}

TEST_CASE("records that a failed fsync leaves in doubt are written again") {
  Bench bench;
  auto wal = bench.Make();
  CHECK(wal->Write(Sample(wal.get(), 1), 1).ok());
  CHECK(wal->Sync().ok());
  CHECK(wal->Write(Sample(wal.get(), 2), 2).ok());
  bench.fs.set_plan({.fail_at = 1});
  CHECK_FALSE(wal->Sync().ok());
  CHECK_FALSE(wal->Write(Sample(wal.get(), 3), 3).ok());
  bench.clock.Advance(base::seconds(2));
  CHECK(wal->Write(Sample(wal.get(), 4), 4).ok());
  Listener before;
  const auto stats = bench.Replay(&before);
  CHECK(stats.repeated_records == 1);
  CHECK(before.said == std::vector<std::string>{Said(1), Said(2), Said(3), Said(4)});
  CHECK(wal->Sync().ok());
  bench.memory.Crash();
  CHECK(bench.Replayed() == std::vector<std::string>{Said(1), Said(2), Said(3), Said(4)});
}

TEST_CASE("a backlog beyond its bound is let go, counted, and series are described anew") {
  Bench bench;
  bench.options.backlog_bytes = 1000;
  auto wal = bench.Make();
  bench.fs.set_plan({.fail_at = 1, .keep_failing = true});
  const uint64_t epoch = wal->epoch();
  for (int i = 1; i <= 200; ++i) CHECK_FALSE(wal->Write(Sample(wal.get(), i), i).ok());
  CHECK(wal->epoch() > epoch);
  const uint64_t lost = wal->stats().lost_records;
  CHECK(lost > 0);
  bench.fs.set_plan({});
  bench.clock.Advance(base::seconds(2));
  CHECK(wal->Sync().ok());
  CHECK(bench.Replayed().size() == 200 - lost);
}

TEST_CASE("segments without samples worth keeping go when a checkpoint stands for them") {
  Bench bench;
  bench.options.segment_bytes = 200;
  auto wal = bench.Make();
  for (int i = 1; i <= 50; ++i) CHECK(wal->Write(Sample(wal.get(), i), i).ok());
  const uint64_t segments = wal->stats().segments;
  CHECK(segments > 5);
  WalRecordBuilder checkpoint(0);
  checkpoint.AddMetadata("up", {model::MetricType::kGauge, "kept", ""});
  const std::vector<std::string> records = {checkpoint.Take()};
  CHECK(wal->Truncate(40, records).ok());
  CHECK(wal->stats().segments < segments / 2);
  Listener listener;
  bench.Replay(&listener);
  REQUIRE(listener.said.size() > 11);
  CHECK(listener.said.front() == "metadata up kept");
  CHECK(listener.said.back() == Said(50));
  CHECK(std::find(listener.said.begin(), listener.said.end(), Said(40)) != listener.said.end());
  CHECK(std::find(listener.said.begin(), listener.said.end(), Said(10)) == listener.said.end());
  // A later process goes on where this one stopped, and its numbers do not collide.
  wal = bench.Make();
  Listener again;
  REQUIRE(wal->Replay(&again, nullptr).ok());
  CHECK(wal->Write(Sample(wal.get(), 51), 51).ok());
  CHECK(wal->Truncate(1000, records).ok());
  CHECK(bench.Replayed() == std::vector<std::string>{"metadata up kept"});
  CHECK(wal->Write(Sample(wal.get(), 1001), 1001).ok());
  CHECK(bench.Replayed() == std::vector<std::string>{"metadata up kept", Said(1001)});
}

TEST_CASE("with a fault at any operation, and the power going at the end, nothing that was synced is lost") {
  for (const bool tear : {false, true}) {
    for (const bool keep_failing : {false, true}) {
      for (uint64_t n = 1;; ++n) {
        Bench bench;
        bench.options.segment_bytes = 150;
        bench.fs.set_plan({.fail_at = n, .keep_failing = keep_failing, .tear_writes = tear});
        CAPTURE(n);
        auto wal = bench.Make();
        int synced = 0;
        int written = 0;
        for (int i = 1; i <= 30; ++i) {
          if (wal->Write(Sample(wal.get(), i), i).ok()) written = i;
          if (i % 3 == 0 && wal->Sync().ok()) synced = i;
          if (i == 15) (void)wal->Truncate(6, {});
          bench.clock.Advance(base::seconds(2));
        }
        const bool done = bench.fs.operations() < n;
        const std::vector<std::string> killed = bench.Replayed();
        for (int i = 6; i <= written; ++i) {
          CAPTURE(i);
          CHECK(std::find(killed.begin(), killed.end(), Said(i)) != killed.end());
        }
        bench.memory.Crash();
        const std::vector<std::string> there = bench.Replayed();
        for (int i = 6; i <= synced; ++i) {
          CAPTURE(i);
          CHECK(std::count(there.begin(), there.end(), Said(i)) == 1);
        }
        CHECK(std::is_sorted(there.begin(), there.end(), [](const std::string& a, const std::string& b) {
          return std::stoi(a.substr(2)) < std::stoi(b.substr(2));
        }));
        if (done) break;
      }
    }
  }
}

}  // namespace bekci::tsdb::wal_test
