#include "agent/tsdb/head.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "agent/base/memory_file_system.h"
#include "agent/base/random.h"
#include "agent/tsdb/counted_histogram.h"

namespace bekci::tsdb::head_test {
namespace {

constexpr int64_t kStart = 1'700'000'000'000;
constexpr int64_t kHour = 3600'000;

struct Bench {
  base::FakeClock clock{{kStart}};
  base::CaptureLogger log;
  base::MemoryFileSystem fs;
  WalOptions wal_options;
  HeadOptions options;
  std::unique_ptr<Wal> wal;
  std::unique_ptr<Head> head;

  Bench() {
    wal_options.directory = "/wal";
    Open();
  }
  void Open() {
    head.reset();
    wal = std::make_unique<Wal>(fs, clock, log, wal_options);
    head = std::make_unique<Head>(clock, log, wal.get(), options);
    REQUIRE(head->Replay([](std::string_view ulid) { return ulid == "written"; }, nullptr).ok());
  }
  // Everything in the head: labels -> (time, value).
  using Content = std::map<std::string, std::vector<std::pair<int64_t, double>>>;
  Content All() { return Read(head->NewQuerier(INT64_MIN, INT64_MAX).get()); }
  static Content Read(PartQuerier* querier) {
    Content content;
    if (querier == nullptr) return content;
    auto list = querier->Select({}, {});
    REQUIRE(list.ok());
    for (const auto& series : *list) {
      storage::Samples samples;
      REQUIRE(series->Read(INT64_MIN, INT64_MAX, &samples).ok());
      if (samples.empty()) continue;  // it came after the querier
      auto& column = content[series->labels().ToString()];
      for (size_t i = 0; i < samples.times.size(); ++i) column.emplace_back(samples.times[i], samples.values[i]);
      for (size_t i = 0; i < samples.histogram_times.size(); ++i) {
        column.emplace_back(samples.histogram_times[i], samples.histograms[i]->sum);
      }
    }
    return content;
  }
};

model::Labels Named(std::string_view name, int number = 0) {
  return {{"__name__", name}, {"number", std::to_string(number)}};
}

}  // namespace

TEST_CASE("samples are refused with Prometheus' reasons, and the rest of the batch stays") {
  Bench bench;
  auto appender = bench.head->NewAppender("");
  const model::Labels up = Named("up");
  auto ref = appender->Append(0, up, kStart, 1);
  REQUIRE(ref.ok());
  CHECK(appender->Append(*ref, {}, kStart, 1).ok());  // the same again
  CHECK(appender->Append(*ref, up, kStart, 2).status().message() == "duplicate sample for timestamp");
  CHECK(appender->Append(*ref, up, kStart - 1, 2).status().message() == "out of order sample");
  CHECK(appender->Append(*ref, up, kStart + 1000, 2).ok());
  REQUIRE(appender->Commit().ok());
  CHECK(appender->Append(*ref, up, kStart + 1000, 2).ok());
  CHECK(appender->Append(*ref, up, kStart + 1000, 3).status().code() == base::Code::kInvalid);
  CHECK(appender->refusal() == storage::Refusal::kDuplicate);
  CHECK(appender->Append(0, up, kStart, 1).status().code() == base::Code::kOutOfOrder);
  CHECK(appender->refusal() == storage::Refusal::kOutOfOrder);
  CHECK(appender->Append(0, Named("old"), kStart - kHour - 1, 1).status().message() == "out of bounds");
  CHECK(appender->refusal() == storage::Refusal::kOutOfBounds);
  CHECK(appender->Append(0, Named("old"), kStart - kHour / 2, 1).ok());
  CHECK(appender->Append(0, Named("future"), kStart + 600'001, 1).status().message() == "out of bounds");
  CHECK(appender->Append(0, {}, kStart, 1).status().message() == "empty labelset: invalid sample");
  CHECK(appender->refusal() == storage::Refusal::kInvalid);
  CHECK(appender->Append(12345, {}, kStart, 1).status().code() == base::Code::kNotFound);
  CHECK(appender->refusal() == storage::Refusal::kGone);
  REQUIRE(appender->Commit().ok());
  const auto stats = bench.head->stats();
  CHECK(stats.appended[0] == 3);
  CHECK(stats.duplicates[0] == 2);
  CHECK(stats.out_of_order[0] == 2);
  CHECK(stats.out_of_bounds[0] == 2);
  CHECK(bench.All()[up.ToString()] == std::vector<std::pair<int64_t, double>>{{kStart, 1}, {kStart + 1000, 2}});
}

TEST_CASE("a batch that is not committed leaves nothing") {
  Bench bench;
  bench.head->NewAppender("")->Append(0, Named("up"), kStart, 1).value();
  CHECK(bench.All().empty());
}

TEST_CASE("histograms, floats and stale markers of one series keep their order") {
  Bench bench;
  auto appender = bench.head->NewAppender("");
  const model::Labels labels = Named("latency");
  for (int i = 0; i < 300; ++i) {
    REQUIRE(appender->AppendHistogram(0, labels, kStart + i * 1000, CountedHistogram(i)).ok());
    CHECK(appender->AppendHistogram(0, labels, kStart + i * 1000, CountedHistogram(i + 1)).status().code() ==
          base::Code::kInvalid);
  }
  REQUIRE(appender->Append(0, labels, kStart + 300'000, storage::StaleMarker()).ok());
  REQUIRE(appender->AppendHistogram(0, labels, kStart + 301'000, CountedHistogram(7)).ok());
  REQUIRE(appender->Append(0, labels, kStart + 302'000, 5).ok());
  REQUIRE(appender->Commit().ok());
  for (int reopened = 0; reopened < 2; ++reopened) {
    CAPTURE(reopened);
    auto querier = bench.head->NewQuerier(INT64_MIN, INT64_MAX);
    auto list = querier->Select({}, {});
    REQUIRE(list->size() == 1);
    storage::Samples samples;
    REQUIRE((*list)[0]->Read(INT64_MIN, INT64_MAX, &samples).ok());
    CHECK(samples.histograms.size() == 301);
    REQUIRE(samples.times.size() == 2);
    CHECK(storage::IsStale(samples.values[0]));
    CHECK(samples.values[1] == 5);
    CHECK(samples.histograms.back()->count == 7);
    CHECK(samples.histograms[299]->count == 299);
    list->clear();
    querier.reset();
    bench.Open();
  }
}

TEST_CASE("a reader sees whole batches up to the one it was opened at, also of series it has not read yet") {
  Bench bench;
  base::SeededRandom random(5);
  auto appender = bench.head->NewAppender("");
  std::vector<std::pair<std::unique_ptr<PartQuerier>, Bench::Content>> readers;
  for (int batch = 0; batch < 300; ++batch) {
    const int64_t t_ms = kStart + batch * 1000;
    bench.clock.Advance(base::seconds(1));
    for (int i = 0; i < 20; ++i) {
      if (random.Below(4) > 0) REQUIRE(appender->Append(0, Named("m", i), t_ms, batch).ok());
    }
    REQUIRE(appender->Commit().ok());
    if (batch % 7 == 0) {
      auto querier = bench.head->NewQuerier(INT64_MIN, INT64_MAX);
      Bench::Content now = Bench::Read(querier.get());
      readers.emplace_back(std::move(querier), std::move(now));
    }
    if (readers.size() > 20) readers.erase(readers.begin() + static_cast<int64_t>(random.Below(20)));
    if (batch % 50 == 0) {
      for (auto& [querier, content] : readers) CHECK(Bench::Read(querier.get()) == content);
    }
  }
  for (auto& [querier, content] : readers) CHECK(Bench::Read(querier.get()) == content);
}

TEST_CASE("while one thread commits batches larger than a slice, no reader sees part of one") {
  Bench bench;
  constexpr int kSeries = 1500;
  std::atomic<bool> done{false};
  std::thread writer([&] {
    auto appender = bench.head->NewAppender("");
    std::vector<storage::SeriesRef> refs(kSeries, 0);
    for (int batch = 0; batch < 150; ++batch) {
      for (int i = 0; i < kSeries; ++i) {
        refs[static_cast<size_t>(i)] =
            *appender->Append(refs[static_cast<size_t>(i)], Named("m", i), kStart + batch, batch);
      }
      (void)appender->Commit();
    }
    done = true;
  });
  size_t looked = 0;
  for (bool last = false; !last; ++looked) {
    last = done;
    auto querier = bench.head->NewQuerier(INT64_MIN, INT64_MAX);
    if (querier == nullptr) continue;
    auto list = querier->Select({}, {});
    std::set<size_t> lengths;
    for (const auto& series : *list) {
      storage::Samples samples;
      REQUIRE(series->Read(INT64_MIN, INT64_MAX, &samples).ok());
      lengths.insert(samples.size());
    }
    // A series that the batch under way has made may be listed, without samples.
    if (lengths.size() == 2 && *lengths.begin() == 0) lengths.erase(0);
    CHECK(lengths.size() <= 1);
  }
  writer.join();
  CHECK(looked > 0);
}

TEST_CASE("selecting by the index gives what matching every series gives") {
  Bench bench;
  base::SeededRandom random(11);
  std::set<model::Labels> all;
  auto appender = bench.head->NewAppender("");
  for (int i = 0; i < 400; ++i) {
    std::vector<std::pair<std::string, std::string>> texts = {{"__name__", "m" + std::to_string(random.Below(5))}};
    for (const char* name : {"a", "b", "c"}) {
      if (random.Below(3) > 0) texts.emplace_back(name, "v" + std::to_string(random.Below(12)));
    }
    const model::Labels labels = model::Labels::FromPairs({texts.begin(), texts.end()});
    all.insert(labels);
    REQUIRE(appender->Append(0, labels, kStart, 1).ok());
  }
  REQUIRE(appender->Commit().ok());
  CHECK(bench.head->stats().series == all.size());
  const char* const values[] = {"", "v1", "v1|v2|v3", "v1.*", ".*", ".+", "v[0-5]", "nothing", "v1|"};
  for (int round = 0; round < 500; ++round) {
    std::vector<model::Matcher> matchers;
    for (uint64_t n = 1 + random.Below(3); n > 0; --n) {
      const char* const names[] = {"a", "b", "c", "absent"};
      matchers.push_back(*model::Matcher::Make(static_cast<model::MatchType>(random.Below(4)), names[random.Below(4)],
                                               values[random.Below(std::size(values))]));
    }
    std::vector<model::Labels> expected;
    for (const auto& labels : all) {
      if (model::MatchesAll(matchers, labels)) expected.push_back(labels);
    }
    auto querier = bench.head->NewQuerier(INT64_MIN, INT64_MAX);
    auto list = querier->Select(matchers, {});
    REQUIRE(list.ok());
    std::vector<model::Labels> got;
    for (const auto& series : *list) got.push_back(series->labels());
    CHECK(got == expected);
    std::set<std::string> names;
    std::set<std::string> as;
    for (const auto& labels : expected) {
      for (const auto& [name, value] : labels) names.emplace(name);
      if (labels.Has("a")) as.emplace(labels.Get("a"));
    }
    CHECK(*querier->LabelNames(matchers) == std::vector<std::string>(names.begin(), names.end()));
    CHECK(*querier->LabelValues("a", matchers) == std::vector<std::string>(as.begin(), as.end()));
  }
}

TEST_CASE("over a limit the newest series are refused, counted and named; the others go on") {
  Bench bench;
  bench.options.limits = {.total = 100, .per_source = 30};
  bench.Open();
  auto redis = bench.head->NewAppender("redis");
  auto mysql = bench.head->NewAppender("mysql");
  int refused = 0;
  for (int i = 0; i < 50; ++i) {
    const auto result = redis->Append(0, Named(i < 20 ? "few" : "many", i), kStart, 1);
    if (!result.ok()) ++refused;
    if (!result.ok()) CHECK(result.status().code() == base::Code::kLimit);
  }
  CHECK(refused == 20);
  CHECK(redis->refusal() == storage::Refusal::kLimit);
  CHECK(mysql->Append(0, Named("mysql"), kStart, 1).ok());
  REQUIRE(redis->Commit().ok());
  REQUIRE(mysql->Commit().ok());
  CHECK(redis->Append(0, Named("few", 1), kStart + 1, 1).ok());  // has its place
  REQUIRE(redis->Commit().ok());
  const auto by_source = bench.head->refused();
  REQUIRE(by_source.size() == 1);
  CHECK(by_source[0].source == "redis");
  CHECK(by_source[0].refused == 20);
  CHECK(by_source[0].metrics == std::vector<std::pair<std::string, uint64_t>>{{"many", 20}});
  bench.head->limits().Report(bench.log);
  bench.head->limits().Report(bench.log);
  CHECK(bench.log.CountContaining("many (20)") == 1);
  // Who remembers what was refused need not ask for each again, and hears when there is room.
  CHECK(redis->StillRefused(20));
  CHECK(!mysql->StillRefused(7));
  CHECK(bench.head->refused()[0].refused == 40);
  bench.head->limits().set_options({.total = 100, .per_source = 31});
  CHECK(!redis->StillRefused(20));
  CHECK(redis->Append(0, Named("new"), kStart + 1, 1).ok());
  CHECK(redis->StillRefused(1));
  REQUIRE(redis->Commit().ok());
  bench.head->limits().set_options({.total = 31, .per_source = 0});
  CHECK(mysql->StillRefused(1));
  bench.head->limits().set_options({.total = 100, .per_source = 30});
  // The limits hold over a restart: who owns a series is in the log.
  bench.Open();
  CHECK(bench.head->NewAppender("redis")->Append(0, Named("newer"), kStart + 2, 1).status().code() ==
        base::Code::kLimit);
  CHECK(bench.head->NewAppender("mysql")->Append(0, Named("newer"), kStart + 2, 1).ok());
}

TEST_CASE("a clock that goes back costs samples until it has caught up, one far ahead costs only its own") {
  Bench bench;
  auto appender = bench.head->NewAppender("");
  const model::Labels up = Named("up");
  REQUIRE(appender->Append(0, up, bench.clock.Now().ms, 1).ok());
  REQUIRE(appender->Commit().ok());
  bench.clock.JumpWall(-base::minutes(5));
  CHECK(appender->Append(0, up, bench.clock.Now().ms, 1).status().message() == "out of order sample");
  CHECK(appender->Append(0, Named("other"), bench.clock.Now().ms, 1).ok());
  REQUIRE(appender->Commit().ok());
  bench.clock.JumpWall(base::minutes(6));
  CHECK(appender->Append(0, up, bench.clock.Now().ms, 1).ok());
  REQUIRE(appender->Commit().ok());
  // A target with timestamps of its own, a day ahead.
  CHECK(appender->Append(0, Named("ahead"), bench.clock.Now().ms + 24 * kHour, 1).status().message() ==
        "out of bounds");
  CHECK(appender->Append(0, up, bench.clock.Now().ms + 1000, 1).ok());
  REQUIRE(appender->Commit().ok());
}

TEST_CASE("what was committed is there after replay, with its exemplars and metadata") {
  Bench bench;
  auto appender = bench.head->NewAppender("");
  for (int batch = 0; batch < 500; ++batch) {
    bench.clock.Advance(base::seconds(15));
    for (int i = 0; i < 10; ++i) {
      REQUIRE(appender->Append(0, Named("m", i), bench.clock.Now().ms, batch * 0.1 * i).ok());
    }
    REQUIRE(appender->Commit().ok());
  }
  auto ref = appender->Append(0, Named("m", 1), bench.clock.Now().ms + 1, 1);
  CHECK(appender->AppendExemplar(*ref, {{{"trace_id", "x"}}, 3, {}}).ok());
  appender->SetMetadata("m", {model::MetricType::kGauge, "a metric", ""});
  REQUIRE(appender->Commit().ok());
  const Bench::Content before = bench.All();
  CHECK(before.size() == 10);
  bench.Open();
  CHECK(bench.All() == before);
  CHECK(bench.head->metadata().Get("m", 0).size() == 1);
  const std::vector<std::vector<model::Matcher>> selectors = {{model::Matcher::Equal("__name__", "m")}};
  CHECK(bench.head->exemplars().Select(INT64_MIN, INT64_MAX, selectors).size() == 1);
}

TEST_CASE("what is hidden leaves when its readers have gone, and series without samples leave with it") {
  Bench bench;
  auto appender = bench.head->NewAppender("");
  const auto old_ref = appender->Append(0, Named("gone"), kStart, 1);
  for (int64_t t_ms = kStart; t_ms < kStart + 4 * kHour; t_ms += 15'000) {
    bench.clock.Advance(base::seconds(15));
    REQUIRE(appender->Append(0, Named("stays"), t_ms, 1).ok());
    REQUIRE(appender->Commit().ok());
  }
  const auto range = bench.head->DueRange();
  REQUIRE(range.has_value());
  CHECK(range->max_ms % (2 * kHour) == 0);
  CHECK(range->min_ms <= kStart);
  auto reader = bench.head->NewQuerier(INT64_MIN, INT64_MAX);
  const Bench::Content before = Bench::Read(reader.get());
  bench.head->CloseBefore(range->max_ms);
  CHECK(bench.head->AnnounceBlock("unfinished", range->max_ms + 2 * kHour).ok());
  CHECK(bench.head->AnnounceBlock("written", range->max_ms).ok());
  bench.head->HideBefore(range->max_ms);
  CHECK_FALSE(bench.head->TryDropHidden());
  CHECK(Bench::Read(reader.get()) == before);
  auto newer = bench.head->NewQuerier(INT64_MIN, INT64_MAX);
  CHECK(Bench::Read(newer.get()).size() == 1);
  reader.reset();
  CHECK(bench.head->TryDropHidden());
  CHECK(bench.head->stats().series == 1);
  CHECK(bench.head->stats().min_ms >= range->max_ms);
  CHECK(Bench::Read(newer.get()) == bench.All());
  // Its reference is stale: without labels an error, with them a new series.
  CHECK(appender->Append(*old_ref, {}, bench.clock.Now().ms, 1).status().code() == base::Code::kNotFound);
  const auto new_ref = appender->Append(*old_ref, Named("gone"), bench.clock.Now().ms, 1);
  REQUIRE(new_ref.ok());
  CHECK(*new_ref != *old_ref);
  REQUIRE(appender->Commit().ok());
  CHECK(appender->Append(0, Named("gone"), range->max_ms - 1, 1).status().code() == base::Code::kOutOfOrder);
  // A checkpoint and what follows give the same head again.
  REQUIRE(bench.wal->Truncate(range->max_ms, bench.head->CheckpointRecords()).ok());
  const Bench::Content after = bench.All();
  newer.reset();
  bench.Open();
  CHECK(bench.All() == after);
}

TEST_CASE("a series that was dropped and came back is one series after replay") {
  Bench bench;
  auto appender = bench.head->NewAppender("");
  REQUIRE(appender->Append(0, Named("m"), kStart, 1).ok());
  REQUIRE(appender->Commit().ok());
  bench.head->HideBefore(kStart + 1);
  CHECK(bench.head->TryDropHidden());
  REQUIRE(appender->Append(0, Named("m"), kStart + 10, 2).ok());
  REQUIRE(appender->Commit().ok());
  bench.Open();
  CHECK(bench.head->stats().series == 1);
  CHECK(bench.All()[Named("m").ToString()].back() == std::pair<int64_t, double>{kStart + 10, 2});
  auto querier = bench.head->NewQuerier(INT64_MIN, INT64_MAX);
  const std::vector<model::Matcher> by_name = {model::Matcher::Equal("__name__", "m")};
  CHECK(querier->Select(by_name, {})->size() == 1);
}

TEST_CASE("a kilobyte or less holds a series with an hour of samples") {
  Bench bench;
  base::SeededRandom random(3);
  auto appender = bench.head->NewAppender("");
  std::vector<double> values(500, 0);
  for (int batch = 0; batch < 240; ++batch) {
    bench.clock.Advance(base::seconds(15));
    for (size_t i = 0; i < values.size(); ++i) {
      if (i % 4 == 0) values[i] += static_cast<double>(random.Below(50));
      const model::Labels labels = {{"__name__", "metric_" + std::to_string(i / 10)},
                                    {"instance", "web-1"},
                                    {"job", "node"},
                                    {"device", "d" + std::to_string(i % 10)}};
      REQUIRE(appender->Append(0, labels, bench.clock.Now().ms, values[i]).ok());
    }
    REQUIRE(appender->Commit().ok());
  }
  const HeadMemory memory = bench.head->Measure();
  CHECK(memory.series == 500);
  CHECK((memory.series_bytes + memory.index_bytes) / memory.series < 1024);
}

}  // namespace bekci::tsdb::head_test
