// Blocks on a disk that cannot read a page: for every page of every file, before and after the block is opened, a query
// loses what lies there and nothing else, never gives a sample that is not one, and says so. Merging loses nothing.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "agent/base/bad_sectors.h"
#include "agent/base/text.h"
#include "agent/tsdb/block_fixture.h"
#include "agent/tsdb/block_store.h"
#include "agent/tsdb/block_verify.h"
#include "agent/tsdb/merge_querier.h"
#include "tests/support/temporary_directory.h"

namespace bekci::tsdb::block_faults_test {
namespace {

using base::BadSectors;
using model::Labels;

constexpr int64_t kHour = 3600'000;
constexpr size_t kSeries = 400;

// Values that compress badly, so that there are many pages of chunks; labels enough for some pages of each section.
PlainSeries Hours(int64_t from, int64_t to) {
  PlainSeries all;
  for (size_t n = 0; n < kSeries; ++n) {
    auto& row = all[Labels({{"__name__", "noise"},
                            {"instance", "a-host-with-a-name-that-fills-pages-" + std::to_string(n)},
                            {"job", n % 2 == 0 ? "even" : "odd"}})];
    for (int64_t t = from * kHour; t < to * kHour; t += 240'000) {
      row[t] = std::sin(static_cast<double>(n * 1000) + static_cast<double>(t / 60'000));
    }
  }
  return all;
}

struct Disk {
  base::MemoryFileSystem memory;
  BadSectors fs{memory};
  base::FakeClock clock;
  base::SeededRandom random{7};
  base::CaptureLogger log;

  Disk() { memory.Put("/data/.keep", ""); }
  void Add(char letter, int64_t from, int64_t to) {
    REQUIRE(WritePlainBlock(memory, "/data", TestUlid(letter), Hours(from, to), from * kHour, to * kHour).ok());
  }
  std::unique_ptr<BlockStore> Open() {
    BlockStoreOptions options;
    options.directory = "/data";
    auto store = BlockStore::Open({fs, clock, random, log}, options);
    REQUIRE(store.ok());
    return *std::move(store);
  }
  uint64_t Pages(const std::string& file) {
    return (memory.Stat(file)->size_bytes + BadSectors::kPageBytes - 1) / BadSectors::kPageBytes;
  }
};

struct Answer {
  PlainSeries samples;
  std::vector<std::string> warnings;
};

// `between` runs when the series are selected and not read yet.
template <typename F>
Answer Ask(const BlockStore& store, F&& between) {
  Answer answer;
  const auto querier = MakeMergeQuerier(store.Queriers(INT64_MIN, INT64_MAX), store.blocks());
  const auto list = querier->Select({}, {});
  between();
  if (!list.ok()) {
    answer.warnings.push_back(list.status().message());
    return answer;
  }
  storage::Samples columns;
  for (const auto& series : *list) {
    REQUIRE(series->Read(INT64_MIN, INT64_MAX, &columns).ok());
    auto& row = answer.samples[series->labels()];
    for (size_t i = 0; i < columns.times.size(); ++i) row[columns.times[i]] = columns.values[i];
  }
  answer.warnings = querier->warnings();
  return answer;
}

Answer Ask(const BlockStore& store) {
  return Ask(store, [] {});
}

size_t Count(const PlainSeries& series) {
  size_t count = 0;
  for (const auto& [labels, samples] : series) count += samples.size();
  return count;
}

// Samples of `part` that are not in `whole` as they are.
size_t Wrong(const PlainSeries& part, const PlainSeries& whole) {
  size_t wrong = 0;
  for (const auto& [labels, samples] : part) {
    const auto series = whole.find(labels);
    for (const auto& [time, value] : samples) {
      if (series == whole.end() || !series->second.contains(time) || series->second.at(time) != value) ++wrong;
    }
  }
  return wrong;
}

enum class Moment { kBeforeOpening, kBeforeTheQuery, kInTheQuery };

// One page of one file cannot be read from that moment on. Returns how many samples the query missed.
size_t CheckPage(Disk& disk, const std::string& file, uint64_t page, Moment moment, const PlainSeries& truth) {
  CAPTURE(file);
  CAPTURE(page);
  CAPTURE(static_cast<int>(moment));
  if (moment == Moment::kBeforeOpening) disk.fs.Break(file, page);
  const auto store = disk.Open();
  if (moment == Moment::kBeforeTheQuery) disk.fs.Break(file, page);
  const Answer answer = Ask(*store, [&] {
    if (moment == Moment::kInTheQuery) disk.fs.Break(file, page);
  });
  CHECK(Wrong(answer.samples, truth) == 0);
  const size_t missing = Count(truth) - Count(answer.samples);
  const bool opened = store->blocks()->size() == 1;
  if (missing > 0 && opened) CHECK(!answer.warnings.empty());
  if (!opened) CHECK(store->figures().unreadable == 1);
  CHECK(store->figures().damaged == 0);

  disk.log.Take();
  (void)store->Compact();  // looks at what could not be read, tells, and finds it still so
  (void)Ask(*store);
  (void)store->Compact();
  if (missing > 0 && opened) {
    CHECK(disk.log.CountContaining("the disk cannot read parts of a block") == 1);
    CHECK(store->figures().read_errors > 0);
    CHECK(store->figures().unreadable == 1);
  }
  disk.fs.Repair();
  (void)store->Compact();
  const Answer after = Ask(*store);
  CHECK(after.samples == truth);
  CHECK(after.warnings.empty());
  return missing;
}

}  // namespace

TEST_CASE("a page that the disk cannot read costs what lies in it, whichever it is and whenever it happens") {
  Disk disk;
  disk.Add('A', 0, 2);
  const PlainSeries truth = Hours(0, 2);
  const std::string block = "/data/" + TestUlid('A');
  REQUIRE(disk.Pages(block + "/index") > 5);
  REQUIRE(disk.Pages(block + "/chunks/000001") > 20);
  const size_t a_page_of_chunks = Count(truth) / disk.Pages(block + "/chunks/000001");
  for (const Moment moment : {Moment::kBeforeOpening, Moment::kBeforeTheQuery, Moment::kInTheQuery}) {
    size_t whole_block = 0;
    for (uint64_t page = 0; page < disk.Pages(block + "/index"); ++page) {
      whole_block += CheckPage(disk, block + "/index", page, moment, truth) == Count(truth) ? 1U : 0U;
    }
    // Symbols, the table of postings, and the list of all series are needed by all; series are not.
    CHECK(whole_block < disk.Pages(block + "/index"));
    for (uint64_t page = 0; page < disk.Pages(block + "/chunks/000001"); page += 3) {
      const size_t missing = CheckPage(disk, block + "/chunks/000001", page, moment, truth);
      CHECK(missing > 0);
      CHECK(missing <= 3 * a_page_of_chunks);  // and the chunks that reach into it
    }
  }
}

TEST_CASE("names and values of labels are right or missing, never other ones") {
  Disk disk;
  disk.Add('A', 0, 2);
  const std::string index = "/data/" + TestUlid('A') + "/index";
  const model::Matcher odd = *model::Matcher::Make(model::MatchType::kEqual, "job", "odd");
  const auto ask = [&](const BlockStore& store) {
    const auto querier = MakeMergeQuerier(store.Queriers(INT64_MIN, INT64_MAX), store.blocks());
    std::vector<std::string> all;
    for (const auto& names :
         {querier->LabelNames({}), querier->LabelNames({&odd, 1}), querier->LabelValues("instance", {}),
          querier->LabelValues("instance", {&odd, 1}), querier->LabelValues("job", {&odd, 1})}) {
      if (names.ok()) all.insert(all.end(), names->begin(), names->end());
    }
    return std::pair(all, querier->warnings().size());
  };
  const auto truth = ask(*disk.Open()).first;
  REQUIRE(truth.size() > kSeries);
  for (uint64_t page = 0; page < disk.Pages(index); ++page) {
    CAPTURE(page);
    const auto store = disk.Open();
    disk.fs.Break(index, page);
    const auto [names, warnings] = ask(*store);
    for (const std::string& name : names) CHECK(std::find(truth.begin(), truth.end(), name) != truth.end());
    if (names.size() < truth.size()) CHECK((warnings > 0 || names.empty()));
    disk.fs.Repair();
  }
}

TEST_CASE("a merge of blocks that cannot be read whole is not made, and is made when they can") {
  const std::vector<std::string> files = {"/index", "/chunks/000001"};
  Disk sizes;
  sizes.Add('A', 0, 2);
  const PlainSeries truth = Hours(0, 4);
  for (const std::string& file : files) {
    const uint64_t pages = sizes.Pages("/data/" + TestUlid('A') + file);
    for (uint64_t page = 0; page < pages; page += file == "/index" ? 2U : 9U) {
      CAPTURE(file);
      CAPTURE(page);
      Disk disk;
      disk.Add('A', 0, 3);  // they overlap, so they are merged at once
      disk.Add('B', 1, 4);
      const auto store = disk.Open();
      disk.fs.Break("/data/" + TestUlid('A') + file, page);
      (void)store->Compact();
      (void)store->Compact();
      CHECK(Wrong(Ask(*store).samples, truth) == 0);
      const bool merged = store->figures().compactions == 1;  // none of the bytes in that page were needed
      if (!merged) {
        CHECK(store->blocks()->size() == 2);
        CHECK(store->figures().compactions_failed == 1);  // not again every minute
        CHECK(store->figures().read_errors > 0);
      }
      disk.fs.Repair();
      disk.clock.Advance(base::hours(1));
      REQUIRE(store->Compact().ok());
      CHECK(store->blocks()->size() == 1);
      CHECK(Ask(*store).samples == truth);
      CHECK(store->blocks()->front()->index().VerifyAll().empty());
    }
  }
}

TEST_CASE("verify tells of pages that cannot be read") {
  Disk disk;
  disk.Add('A', 0, 2);
  const std::string block = "/data/" + TestUlid('A');
  for (const char* file : {"/index", "/chunks/000001"}) {
    CAPTURE(file);
    const auto opened = Block::Open(disk.fs, block);
    REQUIRE(opened.ok());
    CHECK(VerifyBlock(**opened).problems.empty());
    disk.fs.Break(block + file, 3);
    const BlockReport report = VerifyBlock(**opened);
    CHECK(std::any_of(report.problems.begin(), report.problems.end(),
                      [](const std::string& line) { return line.find("the disk cannot read") != std::string::npos; }));
    disk.fs.Repair();
  }
}

TEST_CASE("a block whose files are cut short while it serves goes on with what is left of them") {
  const TemporaryDirectory directory;
  base::RealFileSystem fs;
  base::FakeClock clock;
  base::SeededRandom random{7};
  base::CaptureLogger log;
  const PlainSeries truth = Hours(0, 2);
  REQUIRE(WritePlainBlock(fs, directory.path(), TestUlid('A'), truth, 0, 2 * kHour).ok());
  BlockStoreOptions options;
  options.directory = directory.path();
  const auto store = BlockStore::Open({fs, clock, random, log}, options);
  REQUIRE(store.ok());
  const std::string block = directory.path() + "/" + TestUlid('A');
  const uint64_t bytes = fs.Stat(block + "/chunks/000001")->size_bytes;
  REQUIRE(truncate((block + "/chunks/000001").c_str(), static_cast<off_t>(bytes / 2)) == 0);
  for (int round = 0; round < 3; ++round) {
    const Answer answer = Ask(**store);
    CHECK(Wrong(answer.samples, truth) == 0);
    CHECK(Count(answer.samples) > Count(truth) / 3);
    CHECK(Count(answer.samples) < Count(truth));
    CHECK(!answer.warnings.empty());
    (void)(*store)->Compact();
  }
  CHECK(log.CountContaining("the disk cannot read parts of a block") == 1);
  REQUIRE(truncate((block + "/index").c_str(), 0) == 0);
  CHECK(Wrong(Ask(**store).samples, truth) == 0);
  CHECK(!Ask(**store).warnings.empty());
  (void)(*store)->Compact();
  CHECK((*store)->figures().unreadable == 1);
}

}  // namespace bekci::tsdb::block_faults_test
