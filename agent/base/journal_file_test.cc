#include "agent/base/journal_file.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "agent/base/faulty_file_system.h"
#include "agent/base/memory_file_system.h"
#include "agent/base/random.h"

namespace bekci::base::journal_file_test {
namespace {

using Records = std::vector<std::string>;

struct Opened {
  std::unique_ptr<JournalFile> file;
  Records records;
  JournalDamage damage;
};

Opened Open(FileSystem& fs) {
  Opened opened;
  auto file = JournalFile::Open(
      fs, "/state", "j", [&](std::string_view record) { opened.records.emplace_back(record); }, &opened.damage);
  REQUIRE(file.ok());
  opened.file = *std::move(file);
  return opened;
}

// A list of records that only grows; its snapshot is all of them.
class Writer {
 public:
  explicit Writer(JournalFile& file) : file_(file) {}
  Status Add(const std::string& record) {
    all_.push_back(record);
    return file_.Append({record}, [this] { return all_; });
  }
  const Records& all() const { return all_; }
  void Begin(Records known) { all_ = std::move(known); }

 private:
  JournalFile& file_;
  Records all_;
};

bool IsSubsequence(const Records& few, const Records& all) {
  auto at = all.begin();
  for (const std::string& record : few) {
    at = std::find(at, all.end(), record);
    if (at == all.end()) return false;
    ++at;
  }
  return true;
}

TEST_CASE("records are read back in order, across snapshots from file to file") {
  MemoryFileSystem fs;
  Opened opened = Open(fs);
  CHECK(opened.records.empty());
  Writer writer(*opened.file);
  SeededRandom random(1);
  for (int i = 0; i < 3000; ++i) {
    REQUIRE(writer.Add(std::to_string(i) + std::string(random.Below(600), 'x')).ok());
    if (i % 500 == 0) CHECK(Open(fs).records == writer.all());
  }
  CHECK(opened.file->reserved_bytes() > JournalFile::kInitialBytes);
  const Opened again = Open(fs);
  CHECK(again.records == writer.all());
  CHECK(again.damage.places == 0);
  CHECK(again.damage.files == 0);
}

TEST_CASE("what was synced survives a power loss at any moment, and nothing is made up") {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    SeededRandom random(seed);
    MemoryFileSystem fs;
    REQUIRE(fs.CreateDirectory("/state").ok());
    REQUIRE(fs.SyncDirectory("/").ok());
    Records synced;
    Records all;
    for (int life = 0; life < 4; ++life) {
      Opened opened = Open(fs);
      // All that was synced; of the rest any, in order.
      REQUIRE(opened.records.size() >= synced.size());
      REQUIRE(std::equal(synced.begin(), synced.end(), opened.records.begin()));
      REQUIRE(IsSubsequence(opened.records, all));
      Writer writer(*opened.file);
      writer.Begin(opened.records);
      synced = all = opened.records;
      for (uint64_t i = random.Below(60); i > 0; --i) {
        REQUIRE(writer.Add(std::to_string(random.Next()) + std::string(random.Below(9000), 'y')).ok());
        all = writer.all();
        if (random.Below(3) != 0) continue;
        REQUIRE(opened.file->Sync().ok());
        synced = all;
      }
      fs.Crash(&random);
    }
  }
}

TEST_CASE(
    "a failure of any operation loses nothing that was acknowledged, and the next record that is taken brings the "
    "rest") {
  for (const bool keep_failing : {false, true}) {
    for (uint64_t n = 1;; ++n) {
      CAPTURE(n);
      CAPTURE(keep_failing);
      MemoryFileSystem memory;
      REQUIRE(memory.CreateDirectory("/state").ok());
      FaultyFileSystem fs(memory);
      Opened opened = Open(fs);
      Writer writer(*opened.file);
      fs.set_plan({.fail_at = n, .keep_failing = keep_failing, .tear_writes = true});
      size_t acknowledged = 0;
      for (int i = 0; i < 50; ++i) {
        const bool written = writer.Add(std::to_string(i) + std::string(9000, 'z')).ok() && opened.file->Sync().ok();
        if (written) acknowledged = writer.all().size();
      }
      const bool hit = fs.failures() > 0;
      const Records found = Open(memory).records;
      CHECK(found.size() >= acknowledged);
      CHECK(std::equal(found.begin(), found.end(), writer.all().begin()));
      fs.set_plan({});
      REQUIRE(writer.Add("last").ok());
      CHECK(Open(memory).records == writer.all());
      if (!hit) break;
    }
  }
}

TEST_CASE("a full disk does not stop records for which there is room of our own") {
  MemoryFileSystem memory;
  FaultyFileSystem fs(memory);
  Opened opened = Open(fs);
  fs.set_plan({.room = 0});
  Records latest;
  for (int i = 0; i < 20'000; ++i) {
    const std::string record = std::to_string(i) + std::string(100, 'a');
    latest = {record};  // only the newest counts
    REQUIRE(opened.file->Append({record}, [&] { return latest; }).ok());
  }
  REQUIRE(opened.file->Sync().ok());
  CHECK(Open(memory).records.back() == latest.back());
}

TEST_CASE("a flipped bit costs the record it hits, is counted, and whatever bytes there are open") {
  MemoryFileSystem fs;
  {
    Opened opened = Open(fs);
    Writer writer(*opened.file);
    for (int i = 0; i < 50; ++i) REQUIRE(writer.Add("record " + std::to_string(i)).ok());
  }
  const std::string content = *fs.ReadFile("/state/j-1");
  SeededRandom random(3);
  for (int i = 0; i < 400; ++i) {
    std::string damaged = content;
    damaged[random.Below(2000)] ^= static_cast<char>(1 << random.Below(8));
    fs.Put("/state/j-1", damaged);
    const Opened opened = Open(fs);
    if (opened.damage.files > 0) continue;  // the header: nothing can be trusted
    CHECK(opened.records.size() >= 49);
    if (opened.records.size() == 49 && opened.records.back() == "record 49") CHECK(opened.damage.places == 1);
  }
  for (int i = 0; i < 200; ++i) {
    std::string garbage(random.Below(5000), '\0');
    for (char& c : garbage) c = static_cast<char>(random.Next());
    fs.Put("/state/j-1", garbage);
    CHECK(Open(fs).records.empty());
  }
}

}  // namespace
}  // namespace bekci::base::journal_file_test
