// Text into blocks and out again; blocks taken over; what verify and analyze say.
#include <doctest/doctest.h>

#include "agent/base/faulty_file_system.h"
#include "agent/tsdb/block_analysis.h"
#include "agent/tsdb/block_copy.h"
#include "agent/tsdb/block_fixture.h"
#include "agent/tsdb/block_store.h"
#include "agent/tsdb/block_verify.h"
#include "agent/tsdb/merge_querier.h"
#include "agent/tsdb/openmetrics_export.h"
#include "agent/tsdb/openmetrics_import.h"

namespace bekci::tsdb::import_test {
namespace {

using model::Labels;

struct Bench {
  base::MemoryFileSystem memory;
  base::FakeClock clock;
  base::SeededRandom random{1};
  base::CaptureLogger log;

  Bench() { memory.Put("/data/.keep", ""); }

  base::Result<ImportResult> Import(base::FileSystem& fs, std::string_view text, uint64_t memory_bytes = 1 << 20) {
    return ImportOpenMetrics(fs, clock, random, text, {"/data", memory_bytes, nullptr});
  }
  std::unique_ptr<BlockStore> Open(const char* directory = "/data") {
    BlockStoreOptions options;
    options.directory = directory;
    options.read_only = true;
    auto store = BlockStore::Open({memory, clock, random, log}, options);
    REQUIRE(store.ok());
    return *std::move(store);
  }
  std::string Export(int64_t min_ms = INT64_MIN, int64_t max_ms = INT64_MAX,
                     const std::vector<std::vector<model::Matcher>>& selectors = {}) {
    const auto store = Open();
    const auto querier = MakeMergeQuerier(store->Queriers(min_ms, max_ms), store->blocks());
    std::string text;
    const auto result = ExportOpenMetrics(*querier, selectors, min_ms, max_ms, [&](std::string_view piece) {
      text += piece;
      return true;
    });
    CHECK(result.ok());
    return text;
  }
  BlockList Blocks() { return *Open()->blocks(); }
  size_t Entries() { return memory.ListDirectory("/data")->size(); }
};

constexpr std::string_view kText = R"(# TYPE a gauge
# HELP a What it is.
a{x="1"} 1 0.5
a{x="1"} 2 7200
a{x="2",odd="quote \" back \\ line \n end"} +Inf 100
a{x="2",odd="quote \" back \\ line \n end"} NaN 101.25
a{x="3"} 4 14399.999
# TYPE b counter
b_total 1e+100 14400 # {trace="x"} 1 2
# EOF
)";

std::string LongText(bool by_time) {
  std::string text;
  const auto line = [&](int series, int step) {
    text += "m{s=\"" + std::to_string(series) + "\"} " + std::to_string(series * step) + " " +
            std::to_string(step * 15) + "\n";
  };
  for (int a = 0; a < (by_time ? 1500 : 80); ++a) {
    for (int b = 0; b < (by_time ? 80 : 1500); ++b) by_time ? line(b, a) : line(a, b);
  }
  return text + "# EOF\n";
}

}  // namespace

TEST_CASE("text becomes blocks of 2 h, and the export of these is that text") {
  Bench bench;
  const auto result = bench.Import(bench.memory, kText);
  REQUIRE_MESSAGE(result.ok(), result.status().message());
  CHECK(result->samples == 6);
  CHECK(result->series == 4);
  REQUIRE(result->blocks.size() == 3);
  CHECK(result->blocks[0].min_ms == 500);
  CHECK(result->blocks[0].max_ms == 101251);
  CHECK(result->blocks[1].min_ms == 7'200'000);
  CHECK(result->blocks[1].stats.series == 2);
  for (const auto& block : bench.Blocks()) CHECK(VerifyBlock(*block).problems.empty());
  CHECK(bench.Export() == R"(a{odd="quote \" back \\ line \n end",x="2"} +Inf 100
a{odd="quote \" back \\ line \n end",x="2"} NaN 101.25
a{x="1"} 1 0.5
a{x="1"} 2 7200
a{x="3"} 4 14399.999
b_total 1e+100 14400
# EOF
)");
  CHECK(
      bench.Export(101'000, 7'200'000, {{model::Matcher::Equal("x", "1")}, {model::Matcher::Equal("__name__", "a")}}) ==
      R"(a{odd="quote \" back \\ line \n end",x="2"} NaN 101.25
a{x="1"} 2 7200
# EOF
)");
}

TEST_CASE("text that cannot be imported names its line and leaves nothing behind") {
  struct Row {
    const char* text;
    const char* message;
  };
  const Row rows[] = {
      {"a 1 1\na 2 2\n", "does not end with # EOF"},
      {"a 1 1\na 2\n# EOF\n", "line 2: the sample of a has no timestamp"},
      {"a 1 5\nb 1 5\na 1 4\n# EOF\n", "line 3: the sample of a{} at 4000 ms is not later"},
      {"a 1 5\na 2 5\n# EOF\n", "line 2: the sample of a{} at 5000 ms is not later"},
      {"a{ 1 5\n# EOF\n", "line 1: "},
      {"a 1 1\n# EOF\nb 1 1\n", "text after # EOF"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Bench bench;
    const auto result = bench.Import(bench.memory, row.text);
    REQUIRE(!result.ok());
    CHECK_MESSAGE(result.status().message().find(row.message) != std::string::npos, result.status().message());
    CHECK(bench.Entries() == 1);
  }
  Bench bench;
  CHECK(bench.Import(bench.memory, "a 1 1\na 1 1\n# EOF\n")->samples == 1);  // the same sample twice
}

TEST_CASE("little memory gives the same blocks as much, in any order of lines") {
  for (const bool by_time : {false, true}) {
    const std::string text = LongText(by_time);
    Bench ample;
    REQUIRE(ample.Import(ample.memory, text, 1 << 30).ok());
    Bench scarce;
    const auto result = scarce.Import(scarce.memory, text, 1 << 10);
    REQUIRE(result.ok());
    CHECK(result->samples == 120'000);
    CHECK(result->blocks.size() == 4);
    CHECK(scarce.Entries() == 5);
    CHECK(scarce.Export() == ample.Export());
    for (const auto& block : scarce.Blocks()) CHECK(VerifyBlock(*block).problems.empty());
  }
}

TEST_CASE("a fault of the disk in an import leaves whole blocks or none") {
  for (uint64_t n = 1;; ++n) {
    Bench bench;
    base::FaultyFileSystem faulty(bench.memory);
    faulty.set_plan({.fail_at = n});
    const auto result = bench.Import(faulty, kText);
    const bool done = faulty.operations() < n;
    if (done) {
      CHECK(result.ok());
      break;
    }
    for (const auto& block : bench.Blocks()) CHECK(VerifyBlock(*block).problems.empty());
  }
}

TEST_CASE("blocks are taken over once; damaged ones are refused") {
  Bench bench;
  bench.memory.Put("/other/x", "");
  REQUIRE(WritePlainBlock(bench.memory, "/other", TestUlid('A'), {{Labels({{"a", "b"}}), {{1, 2}}}}, 0, 10).ok());
  REQUIRE(WritePlainBlock(bench.memory, "/other", TestUlid('B'), {{Labels({{"a", "c"}}), {{1, 2}}}}, 0, 10).ok());
  const std::string chunks = "/other/" + TestUlid('B') + "/chunks/000001";
  std::string bytes = *bench.memory.ReadFile(chunks);
  bytes.back() ^= 1;
  bench.memory.Put(chunks, bytes);
  auto result = CopyBlocks(bench.memory, "/other", "/data", nullptr);
  REQUIRE(result.ok());
  CHECK(result->copied == std::vector<std::string>{TestUlid('A')});
  REQUIRE(result->refused.size() == 1);
  CHECK(result->refused[0].find("chunks/000001 at 8: wrong check sum") != std::string::npos);
  result = CopyBlocks(bench.memory, "/other/" + TestUlid('A'), "/data", nullptr);
  CHECK(result->present == std::vector<std::string>{TestUlid('A')});
  CHECK(CopyBlocks(bench.memory, "/data/.keep", "/data", nullptr).status().code() != base::Code::kOk);
  CHECK(bench.Open()->blocks()->size() == 1);
  for (const char* file : {"/index", "/chunks/000001", "/meta.json", "/tombstones"}) {
    CHECK(*bench.memory.ReadFile("/data/" + TestUlid('A') + file) ==
          *bench.memory.ReadFile("/other/" + TestUlid('A') + file));
  }
}

TEST_CASE("verify compares what the block says with what is in it") {
  Bench bench;
  REQUIRE(
      WritePlainBlock(bench.memory, "/data", TestUlid('A'), {{Labels({{"a", "b"}}), {{1, 2}, {20, 3}}}}, 0, 10).ok());
  const auto block = bench.Open()->blocks()->front();
  const BlockReport report = VerifyBlock(*block);
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].find("reaches out of the block's times") != std::string::npos);
  CHECK(report.problems[0].find("a=\"b\"") != std::string::npos);
}

TEST_CASE("an analysis counts series, label pairs and what comes and goes") {
  Bench bench;
  PlainSeries series;
  for (int i = 0; i < 10; ++i) {
    const Labels labels({{"__name__", i < 7 ? "many" : "few"}, {"n", std::to_string(i)}, {"job", "x"}});
    series[labels] = {{0, 1}, {i == 9 ? 10 : 1000, 2}};
  }
  REQUIRE(WritePlainBlock(bench.memory, "/data", TestUlid('A'), series, 0, 1001).ok());
  const auto analysis = AnalyzeBlock(*bench.Open()->blocks()->front(), 3);
  REQUIRE(analysis.ok());
  CHECK(analysis->series == 10);
  CHECK(analysis->samples == 20);
  CHECK(analysis->label_names == 3);
  CHECK(analysis->label_pairs == 13);
  CHECK(analysis->pair_entries == 30);
  REQUIRE(analysis->metric_cardinality.size() == 2);
  CHECK(analysis->metric_cardinality[0].what == "many");
  CHECK(analysis->metric_cardinality[0].count == 7);
  CHECK(analysis->common_pairs[0].what == "job=x");
  CHECK(analysis->label_cardinality[0].what == "n");
  CHECK(analysis->label_cardinality.size() == 3);
}

}  // namespace bekci::tsdb::import_test
