#include "agent/tsdb/database.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/storage/memory_storage.h"
#include "agent/tsdb/counted_histogram.h"
#include "agent/tsdb/test_database.h"

namespace bekci::tsdb::database_test {
namespace {

constexpr int64_t kStart = TestDatabase::kStart;
constexpr int64_t kHour = 3600'000;

using Content = std::map<std::string, std::vector<std::pair<int64_t, uint64_t>>>;

Content Read(storage::Queryable& store, int64_t min_ms, int64_t max_ms, std::span<const model::Matcher> matchers = {}) {
  auto querier = store.OpenQuerier(min_ms, max_ms);
  REQUIRE(querier.ok());
  auto list = (*querier)->Select(matchers, {});
  REQUIRE(list.ok());
  Content content;
  storage::Samples samples;
  for (const auto& series : *list) {
    REQUIRE(series->Read(min_ms, max_ms, &samples).ok());
    auto& column = content[series->labels().ToString()];
    for (size_t i = 0; i < samples.times.size(); ++i) {
      column.emplace_back(samples.times[i], std::bit_cast<uint64_t>(samples.values[i]));
    }
    for (size_t i = 0; i < samples.histogram_times.size(); ++i) {
      column.emplace_back(samples.histogram_times[i], std::bit_cast<uint64_t>(samples.histograms[i]->sum));
    }
    if (column.empty()) content.erase(series->labels().ToString());
  }
  return content;
}

model::Labels Series(uint64_t number) {
  return {{"__name__", "m" + std::to_string(number % 7)}, {"n", std::to_string(number)}};
}

// One batch at the clock's time, the same into both stores.
void AppendBatch(base::Random* random, int64_t now_ms, storage::Appender* a, storage::Appender* b) {
  for (int i = 0; i < 15; ++i) {
    const uint64_t number = random->Below(40) + static_cast<uint64_t>((now_ms - kStart) / kHour);  // some churn
    const int64_t t_ms = now_ms - static_cast<int64_t>(random->Below(60'000));
    if (number % 9 == 0) {
      const auto histogram = CountedHistogram(static_cast<double>(random->Below(1000)));
      const bool ok = a->AppendHistogram(0, Series(number), t_ms, histogram).ok();
      CHECK(ok == b->AppendHistogram(0, Series(number), t_ms, histogram).ok());
    } else {
      const double value = random->Below(20) == 0 ? storage::StaleMarker() : static_cast<double>(random->Below(9)) / 3;
      const auto one = a->Append(0, Series(number), t_ms, value);
      const auto other = b->Append(0, Series(number), t_ms, value);
      CHECK(one.status().ToString() == other.status().ToString());
    }
  }
  CHECK(a->Commit().ok());
  CHECK(b->Commit().ok());
}

}  // namespace

TEST_CASE("head and blocks together answer as the plain store in memory does") {
  TestDatabase bench;
  REQUIRE(bench.Open().ok());
  storage::MemoryStorage plain;
  base::SeededRandom random(7);
  auto expected = plain.NewAppender();
  uint64_t written = 0;
  for (int step = 0; step < 1600; ++step) {
    bench.clock.Advance(base::seconds(60));
    AppendBatch(&random, bench.clock.Now().ms, bench.db->NewAppender().get(), expected.get());
    if (step % 100 == 50) REQUIRE(bench.db->Maintain().ok());
    if (step % 230 == 100) {
      written += bench.db->stats().head_blocks;
      REQUIRE(bench.Open().ok());
    }
    if (step % 80 != 0) continue;
    for (int query = 0; query < 10; ++query) {
      const int64_t min_ms = kStart + static_cast<int64_t>(random.Below(30 * kHour)) - kHour;
      const int64_t max_ms = min_ms + static_cast<int64_t>(random.Below(6 * kHour));
      const std::vector<model::Matcher> matchers = {
          *model::Matcher::Make(model::MatchType::kRegex, "__name__", "m[" + std::to_string(random.Below(7)) + "-6]")};
      CHECK(Read(*bench.db, min_ms, max_ms, matchers) == Read(plain, min_ms, max_ms, matchers));
    }
  }
  CHECK(Read(*bench.db, 0, INT64_MAX) == Read(plain, 0, INT64_MAX));
  CHECK(written > 2);
  CHECK(bench.db->blocks().blocks()->size() > 1);
}

TEST_CASE("where no block can be written for a day, memory does not grow for ever, and what can be queried still is") {
  TestDatabase bench;
  REQUIRE(bench.Open().ok());
  bench.fs.set_plan({.fail_at = 1, .error_number = ENOSPC, .keep_failing = true, .path_contains = "tmp-for-creation"});
  auto appender = bench.db->NewAppender();
  for (int minute = 0; minute < 60 * 60; ++minute) {
    bench.clock.Advance(base::seconds(60));
    REQUIRE(appender->Append(0, Series(1), bench.clock.Now().ms, minute).ok());
    REQUIRE(appender->Commit().ok());
    if (minute % 30 == 0) (void)bench.db->Maintain();
  }
  const auto stats = bench.db->stats();
  CHECK(stats.head.max_ms - stats.head.min_ms >= 22 * kHour);
  CHECK(stats.head.max_ms - stats.head.min_ms <= 29 * kHour);
  CHECK(stats.ranges_lost > 10);
  CHECK(bench.log.CountContaining("given up") == stats.ranges_lost);
  CHECK(Read(*bench.db, 0, INT64_MAX).begin()->second.size() >= 22 * 60);
  bench.fs.set_plan({});
  REQUIRE(bench.db->Maintain().ok());
  CHECK(bench.db->stats().head.max_ms - bench.db->stats().head.min_ms < 4 * kHour);
  CHECK(Read(*bench.db, 0, INT64_MAX).begin()->second.size() >= 22 * 60);
}

TEST_CASE("one process at a time has the directory") {
  TestDatabase bench;
  REQUIRE(bench.Open().ok());
  auto second = Database::Open({bench.fs, bench.clock, bench.random, bench.log}, bench.options);
  REQUIRE_FALSE(second.ok());
  CHECK(second.status().code() == base::Code::kUnavailable);
  bench.db.reset();
  CHECK(bench.Open().ok());
}

TEST_CASE("a fault at any file operation never costs what was acknowledged, and never stops collecting") {
  for (const int error : {EIO, ENOSPC}) {
    for (const bool keep_failing : {false, true}) {
      uint64_t step = 1;
      for (uint64_t n = 1;; n += step) {
        if (n > 60) step = 7;  // the long middle is blocks; every operation of a first block is in the first ones
        CAPTURE(n);
        CAPTURE(error);
        CAPTURE(keep_failing);
        TestDatabase bench;
        bench.options.wal_segment_bytes = 2000;
        REQUIRE(bench.Open().ok());
        bench.fs.set_plan({.fail_at = n, .error_number = error, .keep_failing = keep_failing, .tear_writes = true});
        std::map<std::string, std::vector<std::pair<int64_t, uint64_t>>> acknowledged;
        for (int tick = 0; tick < 300; ++tick) {
          bench.clock.Advance(base::seconds(60));
          auto appender = bench.db->NewAppender();
          const int64_t now_ms = bench.clock.Now().ms;
          for (uint64_t i = 0; i < 3; ++i) REQUIRE(appender->Append(0, Series(i), now_ms, tick).ok());
          if (appender->Commit().ok()) {
            for (uint64_t i = 0; i < 3; ++i) {
              acknowledged[Series(i).ToString()].emplace_back(now_ms, std::bit_cast<uint64_t>(double(tick)));
            }
          }
          if (tick % 60 == 59) (void)bench.db->Maintain();
          (void)bench.db->Sync();
        }
        const bool done = bench.fs.operations() < n;
        // Collecting went on: everything is there to be read.
        const Content now = Read(*bench.db, 0, INT64_MAX);
        CHECK(now.size() == 3);
        if (!keep_failing) CHECK(now.begin()->second.size() == 300);
        // A new process on a disk that works again.
        bench.db.reset();
        bench.fs.set_plan({});
        REQUIRE(bench.Open().ok());
        const Content again = Read(*bench.db, 0, INT64_MAX);
        for (const auto& [labels, samples] : acknowledged) {
          REQUIRE(again.contains(labels));
          CHECK(std::includes(again.at(labels).begin(), again.at(labels).end(), samples.begin(), samples.end()));
        }
        if (done) break;
      }
    }
  }
}

TEST_CASE("after a power loss at any moment what was synced is there") {
  base::SeededRandom random(9);
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    TestDatabase bench;
    bench.options.wal_segment_bytes = 3000;
    REQUIRE(bench.Open().ok());
    Content synced;
    Content committed;
    const uint64_t ticks = 1 + random.Below(500);
    for (uint64_t tick = 0; tick < ticks; ++tick) {
      bench.clock.Advance(base::seconds(60));
      auto appender = bench.db->NewAppender();
      const int64_t now_ms = bench.clock.Now().ms;
      for (uint64_t i = 0; i < 3; ++i) {
        REQUIRE(appender->Append(0, Series(i), now_ms, 1).ok());
        committed[Series(i).ToString()].emplace_back(now_ms, std::bit_cast<uint64_t>(1.0));
      }
      REQUIRE(appender->Commit().ok());
      if (random.Below(3) == 0) {
        REQUIRE(bench.db->Sync().ok());
        synced = committed;
      }
      if (random.Below(40) == 0) REQUIRE(bench.db->Maintain().ok());
    }
    bench.memory.Crash(round % 2 == 0 ? nullptr : &random);
    (void)bench.Open();
    REQUIRE(bench.Open().ok());
    const Content there = Read(*bench.db, 0, INT64_MAX);
    for (const auto& [labels, samples] : synced) {
      REQUIRE(there.contains(labels));
      CHECK(std::includes(there.at(labels).begin(), there.at(labels).end(), samples.begin(), samples.end()));
    }
  }
}

TEST_CASE("the threads make the log durable every second and blocks when they are due, on the clock they are given") {
  TestDatabase bench;
  bench.options.threads = true;
  REQUIRE(bench.Open().ok());
  bench.clock.AwaitWaiters(2);
  auto appender = bench.db->NewAppender();
  REQUIRE(appender->Append(0, Series(1), bench.clock.Now().ms, 1).ok());
  REQUIRE(appender->Commit().ok());
  const uint64_t syncs = bench.db->stats().wal.syncs;
  bench.clock.Advance(base::seconds(1));
  while (bench.db->stats().wal.syncs == syncs) std::this_thread::yield();
  for (int i = 0; i < 4 * 60; ++i) {
    bench.clock.Advance(base::seconds(60));
    REQUIRE(appender->Append(0, Series(1), bench.clock.Now().ms, 1).ok());
    REQUIRE(appender->Commit().ok());
    bench.clock.AwaitWaiters(2);
  }
  while (bench.db->stats().head_blocks == 0) {
    bench.clock.Advance(base::seconds(60));
    std::this_thread::yield();
  }
  CHECK(bench.db->Close().ok());
  CHECK(bench.db->stats().head.series == 1);
}

}  // namespace bekci::tsdb::database_test
