// Blocks: the bytes of promtool, every kind of matcher against a plain search, damage of every kind.
#include "agent/tsdb/block.h"

#include <doctest/doctest.h>

#include <set>

#include "agent/base/crc32c.h"
#include "agent/base/random.h"
#include "agent/tsdb/block_fixture.h"
#include "agent/tsdb/merge_querier.h"
#include "agent/tsdb/ulid.h"

namespace bekci::tsdb::block_test {
namespace {

using model::Labels;
using model::Matcher;
using model::MatchType;

constexpr std::string_view kTestBlocks = BEKCI_SOURCE_DIR "/agent/tsdb/testdata/blocks";

Matcher Make(MatchType type, std::string name, std::string value) {
  return std::move(Matcher::Make(type, std::move(name), std::move(value))).value();
}

std::shared_ptr<const Block> MustOpen(base::FileSystem& fs, const std::string& directory) {
  auto block = Block::Open(fs, directory);
  REQUIRE_MESSAGE(block.ok(), block.status().message());
  return *std::move(block);
}

// The block written again, series by series, chunks as they are.
BlockMeta Rewrite(base::FileSystem& fs, const Block& block, const std::string& data_dir) {
  const std::vector<std::string_view> symbols = block.index().Symbols();
  auto writer = BlockWriter::Create(fs, data_dir, block.meta().ulid, symbols);
  REQUIRE(writer.ok());
  const auto all = block.index().AllPostings();
  REQUIRE(all.ok());
  for (size_t i = 0; i < all->size(); ++i) {
    const auto entry = block.index().Series((*all)[i]);
    REQUIRE(entry.ok());
    Labels labels;
    REQUIRE(block.index().ReadLabels(*entry, &labels).ok());
    std::vector<ChunkView> chunks;
    IndexReader::ChunkWalk walk(*entry);
    for (ChunkRef ref; walk.Next(&ref);) {
      const auto chunk = block.chunks().Read(ref.ref);
      REQUIRE(chunk.ok());
      chunks.push_back({chunk->encoding, ref.min_ms, ref.max_ms, chunk->bytes});
    }
    REQUIRE((*writer)->AddSeries(labels, chunks).ok());
  }
  auto meta = (*writer)->Finish(block.meta());
  REQUIRE(meta.ok());
  return *meta;
}

PlainSeries RandomSeries(base::Random& random, size_t count) {
  PlainSeries series;
  while (series.size() < count) {
    const std::string host = "web-" + std::to_string(random.Below(40));
    const std::string code = std::to_string(200 + random.Below(5) * 50);
    const std::string name = random.Below(3) == 0 ? "up" : "http_requests_total";
    Labels labels({{"__name__", name}, {"host", host}, {"code", code}});
    if (random.Below(2) == 0) labels = labels.With({{"zone", "z" + std::to_string(random.Below(100))}});
    auto& samples = series[labels];
    const auto first = static_cast<int64_t>(random.Below(7'000'000));
    for (size_t i = 0, n = 1 + random.Below(200); i < n; ++i) {
      samples[first + static_cast<int64_t>(i) * 15'000] = static_cast<double>(random.Below(1000));
    }
  }
  return series;
}

std::vector<std::vector<Matcher>> ManyMatchers() {
  const auto eq = MatchType::kEqual;
  const auto ne = MatchType::kNotEqual;
  const auto re = MatchType::kRegex;
  const auto nre = MatchType::kNotRegex;
  return {{Make(eq, "__name__", "up")},
          {Make(eq, "__name__", "nothing")},
          {Make(eq, "host", "web-1"), Make(eq, "code", "200")},
          {Make(ne, "host", "web-1")},
          {Make(eq, "zone", "")},
          {Make(ne, "zone", "")},
          {Make(re, "host", "web-(1|2|30)"), Make(ne, "code", "250")},
          {Make(re, "host", "web-1.*")},
          {Make(re, "host", ".*3")},
          {Make(re, "zone", "z1|")},
          {Make(nre, "zone", "z1|")},
          {Make(nre, "zone", "z1.*")},
          {Make(nre, "zone", ".+")},
          {Make(re, "zone", ".*")},
          {Make(re, "zone", ".+"), Make(eq, "__name__", "up"), Make(nre, "host", "web-(1|2)")},
          {Make(eq, "absent", ""), Make(eq, "code", "300")},
          {Make(ne, "absent", "")},
          {Make(eq, "", "")},
          {Make(re, "host", "web-9"), Make(re, "host", "web-.*"), Make(eq, "__name__", "up")},
          {}};
}

}  // namespace

TEST_CASE("a block that promtool wrote, written again, is the same to the byte") {
  base::RealFileSystem real;
  base::MemoryFileSystem memory;
  REQUIRE(memory.CreateDirectory("/data").ok());
  const auto names = real.ListDirectory(std::string(kTestBlocks));
  REQUIRE(names.ok());
  REQUIRE(names->size() >= 2);
  for (const std::string& name : *names) {
    const std::string from = std::string(kTestBlocks) + "/" + name;
    const auto block = MustOpen(real, from);
    CHECK(block->index().VerifyAll().empty());
    const BlockMeta meta = Rewrite(memory, *block, "/data");
    CHECK(meta == block->meta());
    for (const char* file : {"/index", "/chunks/000001", "/tombstones", "/meta.json"}) {
      CAPTURE(file);
      CHECK(*memory.ReadFile("/data/" + name + file) == *real.ReadFile(from + file));
    }
  }
}

TEST_CASE("a block answers every kind of matcher as a search through all series does") {
  base::SeededRandom random(3);
  for (int round = 0; round < 4; ++round) {
    base::MemoryFileSystem fs;
    REQUIRE(fs.CreateDirectory("/data").ok());
    const PlainSeries series = RandomSeries(random, 20 + 300 * static_cast<size_t>(round));
    REQUIRE(WritePlainBlock(fs, "/data", TestUlid('A'), series, 0, 20'000'000).ok());
    const auto block = MustOpen(fs, "/data/" + TestUlid('A'));
    CHECK(block->index().VerifyAll().empty());
    for (const auto& matchers : ManyMatchers()) {
      std::string text;
      for (const Matcher& matcher : matchers) text += matcher.ToString() + " ";
      CAPTURE(text);
      const auto min_ms = static_cast<int64_t>(random.Below(9'000'000));
      const int64_t max_ms = min_ms + static_cast<int64_t>(random.Below(3'000'000));
      PlainSeries expected;
      std::set<std::string> names;
      std::set<std::string> hosts;
      for (const auto& [labels, samples] : series) {
        if (!model::MatchesAll(matchers, labels)) continue;
        for (const auto& [name, value] : labels) names.emplace(name);
        hosts.emplace(labels.Get("host"));
        const auto from = samples.lower_bound(min_ms);
        const auto to = samples.upper_bound(max_ms);
        if (from != to) expected[labels].insert(from, to);
      }
      const auto querier = MakeBlockQuerier(block, min_ms, max_ms);
      PlainSeries got = ReadPlain(*querier, matchers, min_ms, max_ms);
      std::erase_if(got, [](const auto& row) { return row.second.empty(); });
      CHECK(got == expected);
      CHECK(*querier->LabelNames(matchers) == std::vector<std::string>(names.begin(), names.end()));
      CHECK(*querier->LabelValues("host", matchers) == std::vector<std::string>(hosts.begin(), hosts.end()));
      CHECK(querier->warnings().empty());
    }
  }
}

TEST_CASE("series come sorted by labels and no more than asked for") {
  base::SeededRandom random(8);
  base::MemoryFileSystem fs;
  REQUIRE(fs.CreateDirectory("/data").ok());
  REQUIRE(WritePlainBlock(fs, "/data", TestUlid('A'), RandomSeries(random, 50), 0, 20'000'000).ok());
  const auto querier = MakeBlockQuerier(MustOpen(fs, "/data/" + TestUlid('A')), 0, 20'000'000);
  const auto list = querier->Select({}, {.limit = 7});
  REQUIRE(list.ok());
  CHECK(list->size() == 7);
  for (size_t i = 1; i < list->size(); ++i) CHECK((*list)[i - 1]->labels() < (*list)[i]->labels());
}

TEST_CASE("a damaged chunk costs that chunk and becomes a warning") {
  base::MemoryFileSystem fs;
  REQUIRE(fs.CreateDirectory("/data").ok());
  PlainSeries series;
  const Labels labels({{"__name__", "up"}});
  for (int64_t t = 0; t < 480; ++t) series[labels][t * 15'000] = static_cast<double>(t);
  REQUIRE(WritePlainBlock(fs, "/data", TestUlid('A'), series, 0, 7'200'000).ok());
  const std::string path = "/data/" + TestUlid('A') + "/chunks/000001";
  std::string bytes = *fs.ReadFile(path);
  bytes[bytes.size() / 2] ^= 0x10;
  fs.Put(path, bytes);
  const auto querier = MakeBlockQuerier(MustOpen(fs, "/data/" + TestUlid('A')), 0, 7'200'000);
  const PlainSeries got = ReadPlain(*querier, {}, 0, 7'200'000);
  CHECK(got.at(labels).size() == 360);
  REQUIRE(querier->warnings().size() == 1);
  CHECK(querier->warnings()[0].find("wrong check sum") != std::string::npos);
}

TEST_CASE("a block with any bit turned or any byte cut off is refused or answers, and verify sees it") {
  base::SeededRandom random(21);
  base::MemoryFileSystem fs;
  REQUIRE(fs.CreateDirectory("/data").ok());
  REQUIRE(WritePlainBlock(fs, "/data", TestUlid('A'), RandomSeries(random, 30), 0, 20'000'000).ok());
  const std::string directory = "/data/" + TestUlid('A');
  const std::string whole = *fs.ReadFile(directory + "/index");
  size_t seen = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string damaged = whole;
    if (i % 5 == 0) {
      damaged.resize(random.Below(whole.size()));
    } else {
      damaged[random.Below(damaged.size())] ^= static_cast<char>(1 << random.Below(8));
    }
    fs.Put(directory + "/index", damaged);
    const auto block = Block::Open(fs, directory);
    if (!block.ok()) {
      ++seen;
      continue;
    }
    const auto querier = MakeBlockQuerier(*block, 0, 20'000'000);
    (void)ReadPlain(*querier, {}, 0, 20'000'000);
    (void)querier->LabelNames({});
    (void)querier->LabelValues("host", {});
    if (!(*block)->index().VerifyAll().empty()) ++seen;
  }
  CHECK(seen > 1100);  // what is not seen lies in padding and in the label indices, which nobody reads
}

TEST_CASE("a block that lacks a file is refused with the file's name") {
  for (const char* file : {"/index", "/meta.json", "/chunks/000001"}) {
    base::MemoryFileSystem fs;
    REQUIRE(fs.CreateDirectory("/data").ok());
    REQUIRE(WritePlainBlock(fs, "/data", TestUlid('A'), {{Labels({{"a", "b"}}), {{1, 2}}}}, 0, 10).ok());
    const std::string directory = "/data/" + TestUlid('A');
    fs.Put(directory + file, "");
    const auto block = Block::Open(fs, directory);
    REQUIRE(!block.ok());
    CHECK(block.status().code() == base::Code::kCorrupt);
  }
}

TEST_CASE("the parts of a series are read as one; where they overlap the later part wins") {
  base::MemoryFileSystem fs;
  REQUIRE(fs.CreateDirectory("/data").ok());
  const Labels both({{"a", "both"}});
  const Labels first({{"a", "first"}});
  const Labels second({{"a", "second"}});
  REQUIRE(
      WritePlainBlock(fs, "/data", TestUlid('A'), {{both, {{1, 1}, {5, 5}, {9, 9}}}, {first, {{2, 2}}}}, 0, 10).ok());
  REQUIRE(
      WritePlainBlock(fs, "/data", TestUlid('B'), {{both, {{5, 50}, {7, 70}, {12, 120}}}, {second, {{6, 6}}}}, 5, 20)
          .ok());
  std::vector<std::unique_ptr<PartQuerier>> parts;
  for (const char letter : {'B', 'A'}) {
    parts.push_back(MakeBlockQuerier(MustOpen(fs, "/data/" + TestUlid(letter)), 0, 100));
  }
  const auto querier = MakeMergeQuerier(std::move(parts));
  const PlainSeries got = ReadPlain(*querier, {}, 0, 100);
  CHECK(got ==
        PlainSeries{{both, {{1, 1}, {5, 50}, {7, 70}, {9, 9}, {12, 120}}}, {first, {{2, 2}}}, {second, {{6, 6}}}});
  CHECK(*querier->LabelValues("a", {}) == std::vector<std::string>{"both", "first", "second"});
  CHECK(*querier->LabelNames({}) == std::vector<std::string>{"a"});
}

TEST_CASE("tombstones hide samples") {
  std::string bytes;
  PutBig32(&bytes, kTombstonesMagic);
  bytes.push_back(1);
  std::string content;
  for (const auto& [min_ms, max_ms] : {std::pair(30, 40), std::pair(5, 9), std::pair(35, 60)}) {
    PutUvarint(&content, 7);
    PutVarint(&content, min_ms);
    PutVarint(&content, max_ms);
  }
  bytes += content;
  PutBig32(&bytes, base::Crc32c(content));
  const auto tombstones = Tombstones::Parse(bytes);
  REQUIRE(tombstones.ok());
  CHECK(tombstones->count() == 3);
  CHECK(tombstones->Of(8).empty());
  storage::Samples samples;
  samples.times = {1, 5, 9, 10, 30, 59, 60, 61};
  samples.values = {1, 2, 3, 4, 5, 6, 7, 8};
  RemoveDeleted(tombstones->Of(7), 0, 0, &samples);
  CHECK(samples.times == std::vector<int64_t>{1, 10, 61});
  CHECK(samples.values == std::vector<double>{1, 4, 8});
  bytes[7] ^= 1;
  CHECK(Tombstones::Parse(bytes).status().code() == base::Code::kCorrupt);
  CHECK(Tombstones::Parse(Tombstones::EmptyFile())->empty());
}

TEST_CASE("names of blocks sort by time") {
  base::SeededRandom random(1);
  const std::string early = MakeUlid({1'700'000'000'000}, random);
  const std::string late = MakeUlid({1'700'000'000'001}, random);
  CHECK(IsUlid(early));
  CHECK(early < late);
  CHECK(early.substr(0, 10) == "01HF7YAT00");
  CHECK(!IsUlid("01HF7YAT00"));
  CHECK(!IsUlid("01HF7YAT00IIIIIIIIIIIIIIII"));
  CHECK(!IsUlid("91HF7YAT00AAAAAAAAAAAAAAAA"));
}

TEST_CASE("meta.json that is none is refused, and what we do not know is read over") {
  CHECK(BlockMeta::Parse("").status().code() == base::Code::kCorrupt);
  CHECK(BlockMeta::Parse("{}").status().code() == base::Code::kCorrupt);
  CHECK(BlockMeta::Parse(R"({"version": 2})").status().code() == base::Code::kInvalid);
  const auto meta = BlockMeta::Parse(R"({"ulid": "01M7ZS4820J55AH0XRH96JPRNF", "minTime": 1, "maxTime": 2, "version": 1,
    "compaction": {"level": 3, "sources": null, "hints": ["x"]}, "thanos": {"labels": {}}})");
  REQUIRE(meta.ok());
  CHECK(meta->level == 3);
  CHECK(!BlockMeta::Parse(R"({"ulid": "01M7ZS4820J55AH0XRH96JPRNF", "minTime": 5, "maxTime": 2, "version": 1,
    "compaction": {"level": 3}})")
             .ok());
  CHECK(!BlockMeta::Parse(R"({"ulid": "01M7ZS4820J55AH0XRH96JPRNF", "minTime": 5, "maxTime": 9223372036854775807,
    "version": 1, "compaction": {"level": 3}})")
             .ok());
}

}  // namespace bekci::tsdb::block_test
