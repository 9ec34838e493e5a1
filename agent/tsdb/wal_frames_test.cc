#include "agent/tsdb/wal_frames.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "agent/base/memory_file_system.h"
#include "agent/base/random.h"

namespace bekci::tsdb::wal_frames_test {
namespace {

constexpr uint32_t kNumber = 7;

std::string FileOf(const std::vector<std::string>& records) {
  std::string file = WalFileHeader(kNumber);
  for (const std::string& record : records) {
    const uint64_t offset = file.size();
    AppendWalFrames(kNumber, offset, record, &file);
  }
  return file;
}

struct Outcome {
  std::vector<std::string> records;
  WalDamage damage;
};

Outcome Read(const std::string& file, uint32_t number = kNumber) {
  base::MemoryFileSystem fs;
  fs.Put("/wal", file);
  auto opened = fs.OpenRead("/wal");
  REQUIRE(opened.ok());
  WalFrameReader reader(*std::move(opened), number);
  Outcome outcome;
  std::string_view record;
  while (reader.Next(&record)) outcome.records.emplace_back(record);
  outcome.damage = reader.damage();
  return outcome;
}

// Records that no other is part of, so that a test sees which are there.
std::vector<std::string> Distinct(size_t count, size_t size) {
  base::SeededRandom random(count * 1000 + size);
  std::vector<std::string> records;
  for (size_t i = 0; i < count; ++i) {
    std::string record = std::to_string(i) + ":";
    while (record.size() < size) record += static_cast<char>(random.Next());
    records.push_back(record);
  }
  return records;
}

}  // namespace

TEST_CASE("records of every size come back, also where they cross blocks") {
  for (const size_t size : {0U, 1U, 100U, 32 * 1024U - 24, 32 * 1024U - 23, 32 * 1024U, 100'000U, 1'000'000U}) {
    CAPTURE(size);
    const std::vector<std::string> records = Distinct(5, size);
    const Outcome outcome = Read(FileOf(records));
    CHECK(outcome.records == records);
    CHECK(outcome.damage.places == 0);
    CHECK(outcome.damage.torn_bytes == 0);
  }
  for (size_t gap = 0; gap < 20; ++gap) {  // what is left of a block: less than a header, a header, a little more
    std::vector<std::string> records = {std::string(32 * 1024 - 16 - 8 - gap, 'a'), "next", "and another"};
    CHECK(Read(FileOf(records)).records == records);
  }
}

TEST_CASE("a flipped bit in any byte costs the record it is in, and no other") {
  const std::vector<std::string> records = Distinct(40, 50);
  const std::string file = FileOf(records);
  for (size_t at = 0; at < file.size(); ++at) {
    CAPTURE(at);
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    const Outcome outcome = Read(damaged);
    CHECK(outcome.records.size() >= records.size() - (at < 16 ? 0 : 1));
    for (const std::string& record : outcome.records) {
      CHECK(std::find(records.begin(), records.end(), record) != records.end());
    }
    if (at + 60 < file.size()) CHECK(outcome.damage.places == 1);
  }
}

TEST_CASE("damage in records of several blocks costs only the records it touches") {
  const std::vector<std::string> records = Distinct(30, 20'000);
  const std::string file = FileOf(records);
  base::SeededRandom random(1);
  for (int round = 0; round < 200; ++round) {
    std::string damaged = file;
    const size_t at = 16 + random.Below(file.size() - 600);
    const size_t length = 1 + random.Below(500);
    for (size_t i = 0; i < length; ++i) damaged[at + i] = static_cast<char>(random.Next());
    const Outcome outcome = Read(damaged);
    CHECK(outcome.records.size() >= records.size() - 2);
    for (const std::string& record : outcome.records) {
      CHECK(std::find(records.begin(), records.end(), record) != records.end());
    }
    CHECK(outcome.damage.places + outcome.damage.torn_bytes > 0);
  }
}

TEST_CASE("a file cut off at any byte gives the records before, and says that its end is torn") {
  const std::vector<std::string> records = Distinct(20, 40);
  const std::string file = FileOf(records);
  for (size_t size = 0; size < file.size(); ++size) {
    CAPTURE(size);
    const Outcome outcome = Read(file.substr(0, size));
    CHECK(outcome.damage.places == 0);
    REQUIRE(outcome.records.size() <= records.size());
    CHECK(std::equal(outcome.records.begin(), outcome.records.end(), records.begin()));
    const size_t whole = size <= 16 ? 0 : (size - 16) / 48;
    CHECK(outcome.records.size() >= std::min(whole, records.size()) - (whole > 9 ? 1 : 0));
  }
}

TEST_CASE("zeros at the end are a torn tail, zeros in the middle are damage") {
  const std::vector<std::string> records = Distinct(100, 1000);
  const std::string file = FileOf(records);
  const Outcome tail = Read(file + std::string(50'000, '\0'));
  CHECK(tail.records == records);
  CHECK(tail.damage.places == 0);
  CHECK(tail.damage.torn_bytes > 0);
  std::string holed = file;
  std::fill_n(holed.begin() + 40'000, 4096, '\0');
  const Outcome hole = Read(holed);
  CHECK(hole.records.size() >= records.size() - 6);
  CHECK(hole.damage.places == 1);
}

TEST_CASE("what looks like a fragment but stands elsewhere or in another file is not taken") {
  const std::string inner = FileOf({"forged"}).substr(16);
  // The record's bytes hold a whole fragment; damage its header so that the reader searches byte by byte.
  std::string file = FileOf({inner + inner, "good"});
  file[16 + 5] = static_cast<char>(file[16 + 5] ^ 0x40);
  const Outcome outcome = Read(file);
  CHECK(outcome.records == std::vector<std::string>{"good"});
  CHECK(Read(FileOf({"one", "two"}), kNumber + 1).records.empty());
}

}  // namespace bekci::tsdb::wal_frames_test
