// The store of blocks: what is merged and dropped when, and that no fault of the disk loses a sample.
#include "agent/tsdb/block_store.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/base/faulty_file_system.h"
#include "agent/tsdb/block_fixture.h"
#include "agent/tsdb/compaction_plan.h"
#include "agent/tsdb/merge_querier.h"

namespace bekci::tsdb::block_store_test {
namespace {

using model::Labels;

constexpr int64_t kHour = 3600'000;
constexpr int64_t kDay = 24 * kHour;

struct Bench {
  base::MemoryFileSystem memory;
  base::FakeClock clock;
  base::SeededRandom random{42};
  base::CaptureLogger log;

  Bench() { memory.Put("/data/.keep", ""); }

  base::Result<std::unique_ptr<BlockStore>> Open(base::FileSystem& fs, BlockStoreOptions options = {}) {
    options.directory = "/data";
    return BlockStore::Open({fs, clock, random, log}, options);
  }
  std::unique_ptr<BlockStore> MustOpen(BlockStoreOptions options = {}) {
    auto store = Open(memory, options);
    REQUIRE(store.ok());
    return *std::move(store);
  }
};

// Two series with a sample every minute in [from, to) hours; one of them only in even hours.
PlainSeries Hours(int64_t from, int64_t to) {
  PlainSeries series;
  for (int64_t t = from * kHour; t < to * kHour; t += 60'000) {
    series[Labels({{"__name__", "steady"}})][t] = static_cast<double>(t / 60'000);
    if (t / kHour % 2 == 0) series[Labels({{"__name__", "even"}, {"h", std::to_string(t / kHour)}})][t] = 1;
  }
  return series;
}

void AddBlock(Bench& bench, char letter, int64_t from, int64_t to) {
  const auto meta = WritePlainBlock(bench.memory, "/data", TestUlid(letter), Hours(from, to), from * kHour, to * kHour);
  REQUIRE(meta.ok());
}

PlainSeries Everything(const BlockStore& store) {
  const auto querier = MakeMergeQuerier(store.Queriers(INT64_MIN, INT64_MAX), store.blocks());
  return ReadPlain(*querier, {}, INT64_MIN, INT64_MAX);
}

BlockMeta Meta(int64_t from_hour, int64_t to_hour, int level = 1) {
  BlockMeta meta;
  meta.min_ms = from_hour * kHour;
  meta.max_ms = to_hour * kHour;
  meta.level = level;
  meta.stats.series = 100;
  return meta;
}

}  // namespace

TEST_CASE("ranges grow threefold up to a tenth of the retention") {
  CHECK(CompactionRanges(31 * kDay) == std::vector<int64_t>{2 * kHour, 6 * kHour, 18 * kHour, 54 * kHour});
  CHECK(CompactionRanges(15 * kDay).back() == 18 * kHour);
  CHECK(CompactionRanges(kDay) == std::vector<int64_t>{2 * kHour});
  CHECK(CompactionRanges(0).back() == 486 * kHour);
}

TEST_CASE("blocks are merged when they fill a range or nothing can come between them any more") {
  const std::vector<int64_t> ranges = CompactionRanges(31 * kDay);
  struct Row {
    const char* what;
    std::vector<BlockMeta> blocks;
    std::vector<size_t> plan;
  };
  BlockMeta failed = Meta(2, 4);
  failed.failed = true;
  BlockMeta deleted = Meta(0, 2);
  deleted.stats.tombstones = 100;
  BlockMeta some_deleted = Meta(0, 54);
  some_deleted.stats.tombstones = 6;
  const std::vector<Row> rows = {
      {"nothing", {}, {}},
      {"the newest stays alone", {Meta(0, 2), Meta(2, 4), Meta(4, 6)}, {}},
      {"a full 6 h", {Meta(0, 2), Meta(2, 4), Meta(4, 6), Meta(6, 8)}, {0, 1, 2}},
      {"a gap in 6 h that is past", {Meta(0, 2), Meta(4, 6), Meta(6, 8)}, {0, 1}},
      {"6 h that may still grow", {Meta(0, 2), Meta(2, 4), Meta(5, 6)}, {}},
      {"a full 18 h", {Meta(0, 6, 2), Meta(6, 12, 2), Meta(12, 18, 2), Meta(18, 20)}, {0, 1, 2}},
      {"small before large", {Meta(0, 6, 2), Meta(6, 8), Meta(8, 10), Meta(10, 12), Meta(12, 14)}, {1, 2, 3}},
      {"overlaps first", {Meta(0, 2), Meta(2, 4), Meta(3, 5), Meta(4, 6)}, {1, 2, 3}},
      {"overlap with the newest", {Meta(0, 4), Meta(2, 4)}, {0, 1}},
      {"a failed block holds its range back", {Meta(0, 2), failed, Meta(4, 6), Meta(6, 8)}, {}},
      {"everything deleted", {deleted, Meta(2, 4)}, {0}},
      {"much deleted", {some_deleted, Meta(54, 56)}, {0}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(PlanCompaction(row.blocks, ranges) == row.plan);
  }
}

TEST_CASE("two days of blocks become few, and every sample is still there") {
  Bench bench;
  for (int i = 0; i < 24; ++i) AddBlock(bench, "ABCDEFGHJKMNPQRSTVWXYZ0123"[i], 2 * i, 2 * i + 2);
  auto store = bench.MustOpen();
  CHECK(store->blocks()->size() == 24);
  const PlainSeries before = Everything(*store);
  CHECK(before == Hours(0, 48));
  REQUIRE(store->Compact().ok());
  CHECK(store->blocks()->size() <= 6);
  CHECK(Everything(*store) == before);
  const BlockMeta& oldest = store->blocks()->front()->meta();
  CHECK(oldest.level == 3);
  CHECK(oldest.sources.size() == 9);
  CHECK(oldest.parents.size() == 3);
  CHECK(oldest.max_ms - oldest.min_ms == 18 * kHour);
  CHECK(oldest.stats.samples == 18 * 60 + 9 * 60);
  CHECK(store->figures().compactions > 5);
  store = bench.MustOpen();
  CHECK(Everything(*store) == before);
}

TEST_CASE("blocks that overlap are merged into one with each time once") {
  Bench bench;
  AddBlock(bench, 'A', 0, 3);
  AddBlock(bench, 'B', 2, 4);
  auto store = bench.MustOpen();
  REQUIRE(store->Compact().ok());
  REQUIRE(store->blocks()->size() == 1);
  CHECK(Everything(*store) == Hours(0, 4));
  CHECK(store->blocks()->front()->index().VerifyAll().empty());
}

TEST_CASE("a query that began before a merge reads on undisturbed") {
  Bench bench;
  AddBlock(bench, 'A', 0, 2);
  AddBlock(bench, 'B', 1, 4);
  auto store = bench.MustOpen();
  const auto querier = MakeMergeQuerier(store->Queriers(INT64_MIN, INT64_MAX), store->blocks());
  const auto list = querier->Select({}, {});
  REQUIRE(store->Compact().ok());
  storage::Samples samples;
  REQUIRE(list->back()->Read(INT64_MIN, INT64_MAX, &samples).ok());
  CHECK(samples.times.size() == 240);
}

TEST_CASE("retention drops the oldest by time and by bytes, counted from the newest block and not from the clock") {
  Bench bench;
  for (int i = 0; i < 6; ++i) AddBlock(bench, "ABCDEF"[i], 2 * i, 2 * i + 2);
  auto store = bench.MustOpen({.directory = "", .retention_ms = 6 * kHour});
  bench.clock.Advance(std::chrono::hours(100'000));
  REQUIRE(store->ApplyRetention(0).ok());
  CHECK(store->blocks()->size() == 3);
  CHECK(store->blocks()->front()->meta().min_ms == 6 * kHour);
  CHECK(store->figures().deleted_by_time == 3);

  const uint64_t one = store->blocks()->back()->size_bytes();
  store->set_retention(0, 3 * one);
  REQUIRE(store->ApplyRetention(one + one / 2).ok());
  CHECK(store->blocks()->size() == 1);
  CHECK(store->figures().deleted_by_size == 2);
  CHECK(bench.MustOpen()->blocks()->size() == 1);
}

TEST_CASE("a time without blocks ages what came before it by a day at most") {
  Bench bench;
  constexpr int64_t kYear = 365 * 24;
  AddBlock(bench, 'A', 0, 2);
  AddBlock(bench, 'B', 2, 4);
  AddBlock(bench, 'C', kYear, kYear + 30);
  AddBlock(bench, 'D', kYear + 30, kYear + 32);
  // A is 2 + 30 hours of blocks, 24 for the year and 2 of B old.
  const auto store = bench.MustOpen({.directory = "", .retention_ms = 59 * kHour});
  REQUIRE(store->ApplyRetention(0).ok());
  CHECK(store->blocks()->size() == 4);
  store->set_retention(58 * kHour, 0);
  REQUIRE(store->ApplyRetention(0).ok());
  CHECK(store->blocks()->size() == 3);
  store->set_retention(56 * kHour, 0);
  REQUIRE(store->ApplyRetention(0).ok());
  CHECK(store->blocks()->size() == 2);
  store->set_retention(2 * kHour, 0);
  REQUIRE(store->ApplyRetention(0).ok());
  CHECK(store->blocks()->size() == 1);
}

TEST_CASE("a damaged block is set aside and named, the others serve") {
  Bench bench;
  AddBlock(bench, 'A', 0, 2);
  AddBlock(bench, 'B', 2, 4);
  bench.memory.Put("/data/" + TestUlid('A') + "/index", "rubbish");
  auto store = bench.MustOpen();
  CHECK(store->blocks()->size() == 1);
  CHECK(store->figures().damaged == 1);
  CHECK(bench.log.CountContaining(TestUlid('A')) == 1);
  CHECK(bench.memory.Exists("/data/" + TestUlid('A') + ".damaged/index"));
  store = bench.MustOpen();
  CHECK(store->figures().damaged == 0);
}

TEST_CASE("a block that somebody puts there is found without a restart") {
  Bench bench;
  AddBlock(bench, 'A', 0, 2);
  auto store = bench.MustOpen();
  AddBlock(bench, 'B', 2, 4);
  bench.memory.Put("/data/" + TestUlid('C') + "/index", "rubbish");
  REQUIRE(store->Compact().ok());
  CHECK(store->blocks()->size() == 2);
  REQUIRE(store->Compact().ok());
  CHECK(bench.log.CountContaining("cannot be opened") == 1);  // told once, not every minute
}

TEST_CASE("a disk that hiccups at the start costs no block for good") {
  Bench bench;
  AddBlock(bench, 'A', 0, 2);
  base::FaultyFileSystem faulty(bench.memory);
  for (uint64_t n = 1;; ++n) {
    faulty.set_plan({.fail_at = n});
    (void)bench.Open(faulty);
    if (faulty.operations() < n) break;
    faulty.set_plan({});
    auto store = bench.Open(faulty);
    REQUIRE(store.ok());
    CHECK((*store)->blocks()->size() == 1);
  }
}

TEST_CASE("a fault at any operation of a merge, with power loss after it, loses no sample") {
  Bench original;
  for (int i = 0; i < 4; ++i) AddBlock(original, "ABCD"[i], 2 * i, 2 * i + 2);
  const PlainSeries expected = Hours(0, 8);
  for (const bool torn : {false, true}) {
    for (const bool keep_failing : {false, true}) {
      for (uint64_t n = 1;; ++n) {
        Bench bench;
        for (int i = 0; i < 4; ++i) AddBlock(bench, "ABCD"[i], 2 * i, 2 * i + 2);
        base::FaultyFileSystem faulty(bench.memory);
        auto store = bench.Open(faulty);
        REQUIRE(store.ok());
        faulty.set_plan({.fail_at = n, .keep_failing = keep_failing, .tear_writes = torn});
        (void)(*store)->Compact();
        const bool done = faulty.operations() < n;
        CAPTURE(n);
        CHECK(Everything(**store) == expected);  // what is in memory stays right
        bench.memory.Crash();
        store = bench.Open(bench.memory);
        REQUIRE(store.ok());
        CHECK(Everything(**store) == expected);
        CHECK((*store)->figures().damaged == 0);
        REQUIRE((*store)->Compact().ok());
        CHECK(Everything(**store) == expected);
        CHECK((*store)->blocks()->size() == 2);
        const auto names = *bench.memory.ListDirectory("/data");
        CHECK(names.size() == 3);  // two blocks and .keep: nothing temporary stays
        if (done) break;
      }
    }
  }
}

TEST_CASE("a full disk fails a merge and leaves the blocks as they were") {
  Bench bench;
  for (int i = 0; i < 4; ++i) AddBlock(bench, "ABCD"[i], 2 * i, 2 * i + 2);
  base::FaultyFileSystem faulty(bench.memory);
  auto store = bench.Open(faulty);
  REQUIRE(store.ok());
  faulty.set_plan({.room = 200});
  CHECK((*store)->Compact().code() == base::Code::kLimit);
  CHECK((*store)->blocks()->size() == 4);
  CHECK((*store)->figures().compactions_failed == 1);
  faulty.set_plan({});
  CHECK((*store)->Compact().ok());
  CHECK((*store)->blocks()->size() == 2);
}

TEST_CASE("a chunk that is damaged costs itself in a merge and is told") {
  Bench bench;
  AddBlock(bench, 'A', 0, 2);
  AddBlock(bench, 'B', 1, 4);
  const std::string path = "/data/" + TestUlid('A') + "/chunks/000001";
  std::string bytes = *bench.memory.ReadFile(path);
  bytes[20] ^= 1;
  bench.memory.Put(path, bytes);
  auto store = bench.MustOpen();
  REQUIRE(store->Compact().ok());
  CHECK(store->blocks()->size() == 1);
  CHECK(bench.log.CountContaining("lost in a merge") >= 1);
  CHECK(Everything(*store).at(Labels({{"__name__", "steady"}})).size() == 240);
}

}  // namespace bekci::tsdb::block_store_test
