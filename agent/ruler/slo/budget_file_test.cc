#include "agent/ruler/slo/budget_file.h"

#include <doctest/doctest.h>

#include <map>

#include "agent/base/faulty_file_system.h"
#include "agent/base/memory_file_system.h"
#include "agent/base/random.h"

namespace bekci::ruler::slo::budget_file_test {
namespace {

using base::minutes;

constexpr int64_t kWidth = 300'000;
constexpr size_t kRecord = 40;

struct Opened {
  std::unique_ptr<BudgetFile> file;
  BudgetFile::Loaded loaded;
  std::map<int64_t, Events> buckets;
};

Opened Open(base::FileSystem& fs, const std::string& id = "shop-pay", base::Duration width = minutes(5)) {
  Opened opened;
  auto file = BudgetFile::Open(
      fs, "/slo/pay.budget", id, width, [&](const SavedBucket& saved) { opened.buckets[saved.bucket] = saved.events; },
      &opened.loaded);
  REQUIRE_MESSAGE(file.ok(), file.status().message());
  opened.file = std::move(*file);
  return opened;
}

// One update of a ring and its file, as the runner does it.
base::Status Update(BucketRing* ring, BudgetFile& file, int64_t ms, const Events& events) {
  ring->Add({ms}, events);
  const int64_t bucket = ring->BucketOf({ms});
  const SavedBucket saved = {bucket, *ring->Find(bucket), {ms}};
  return file.WantsAll() ? file.Replace(saved, *ring) : file.Append(saved);
}

void CheckHolds(const std::map<int64_t, Events>& buckets, const BucketRing& ring) {
  size_t found = 0;
  for (int64_t bucket = ring.Oldest(); bucket <= ring.newest(); ++bucket) {
    const Events* events = ring.Find(bucket);
    if (events == nullptr) continue;
    ++found;
    const auto saved = buckets.find(bucket);
    REQUIRE(saved != buckets.end());
    CHECK(saved->second.bad == events->bad);
    CHECK(saved->second.total == events->total);
  }
  CHECK(found > 0);
}

TEST_CASE("what was updated is there after the process ends at any moment") {
  base::MemoryFileSystem fs;
  REQUIRE(fs.CreateDirectory("/slo").ok());
  BucketRing ring(minutes(5), base::hours(6));
  int64_t now = 1'767'225'600'000;
  for (int life = 0; life < 5; ++life) {
    Opened opened = Open(fs);  // the file before is simply let go, as kill -9 does
    CHECK(opened.loaded.problems.empty());
    if (life > 0) {
      CheckHolds(opened.buckets, ring);
      CHECK(opened.loaded.updated.ms == now);
    }
    for (int i = 0; i < 1000; ++i) REQUIRE(Update(&ring, *opened.file, now += 60'000, {1, 3}).ok());
  }
  // Replaced now and then, the file does not grow with time.
  CHECK(fs.Stat("/slo/pay.budget")->size_bytes < 4000 * kRecord);
}

TEST_CASE("a loss of power costs at most the bucket that was being filled") {
  base::MemoryFileSystem fs;
  REQUIRE(fs.CreateDirectory("/slo").ok());
  REQUIRE(fs.SyncDirectory("/").ok());
  base::SeededRandom random(7);
  BucketRing ring(minutes(5), base::hours(6));
  Opened opened = Open(fs);
  int64_t now = 1'767'225'600'000;
  for (int i = 0; i < 47; ++i, now += 60'000) REQUIRE(Update(&ring, *opened.file, now, {1, 3}).ok());
  fs.Crash(&random);
  const Opened after = Open(fs);
  const int64_t current = ring.BucketOf({now - 60'000});
  for (int64_t bucket = ring.Oldest(); bucket < current; ++bucket) {
    REQUIRE(after.buckets.contains(bucket));
    CHECK(after.buckets.at(bucket).total == 15);
  }
}

TEST_CASE("damage anywhere costs that record alone, is told, and is mended by the next save") {
  base::MemoryFileSystem fs;
  REQUIRE(fs.CreateDirectory("/slo").ok());
  BucketRing ring(minutes(5), base::hours(6));
  Opened opened = Open(fs);
  int64_t now = 1'767'225'600'000;
  for (int i = 0; i < 20; ++i, now += kWidth) REQUIRE(Update(&ring, *opened.file, now, {1, 3}).ok());
  const std::string good = *fs.ReadFile("/slo/pay.budget");
  REQUIRE(good.size() == 21 * kRecord);
  for (size_t at = 0; at < good.size(); at += 13) {
    CAPTURE(at);
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    fs.Put("/slo/pay.budget", bad);
    const Opened read = Open(fs);
    CHECK(read.loaded.problems == "/slo/pay.budget: 1 of 21 records are damaged; what they had gained is lost");
    CHECK(read.buckets.size() == (at < kRecord ? 20 : 19));
    CHECK(read.file->WantsAll());
  }
  // Cut off anywhere: the torn record is lost, the rest is not.
  for (size_t length = 0; length < good.size(); length += 7) {
    fs.Put("/slo/pay.budget", good.substr(0, length));
    const Opened read = Open(fs);
    CHECK(read.buckets.size() == (length < kRecord ? 0 : length / kRecord - 1));
  }
  fs.Put("/slo/pay.budget", good.substr(0, good.size() - 5));
  Opened torn = Open(fs);
  REQUIRE(Update(&ring, *torn.file, now, {1, 3}).ok());
  CheckHolds(Open(fs).buckets, ring);
}

TEST_CASE("another objective's file, and one of a version to come, are left out and told") {
  base::MemoryFileSystem fs;
  REQUIRE(fs.CreateDirectory("/slo").ok());
  BucketRing ring(minutes(5), base::hours(6));
  Opened opened = Open(fs);
  REQUIRE(Update(&ring, *opened.file, 1'767'225'600'000, {1, 3}).ok());
  const Opened other = Open(fs, "shop-search");
  CHECK(other.buckets.empty());
  CHECK(other.loaded.problems.find("another objective") != std::string::npos);
}

TEST_CASE("a file with narrower buckets is read as ours") {
  base::MemoryFileSystem fs;
  REQUIRE(fs.CreateDirectory("/slo").ok());
  BucketRing ring(minutes(5), base::hours(6));
  Opened opened = Open(fs);
  int64_t now = 1'767'225'600'000;
  for (int i = 0; i < 24; ++i, now += kWidth) REQUIRE(Update(&ring, *opened.file, now, {1, 3}).ok());
  const Opened hours = Open(fs, "shop-pay", base::hours(1));
  REQUIRE(hours.buckets.size() == 2);
  CHECK(hours.buckets.begin()->second.total == 36);
  CHECK(hours.file->WantsAll());
}

TEST_CASE("whatever call to the disk fails, nothing that was saved is lost and the next save works") {
  for (const bool tear : {false, true}) {
    for (uint64_t n = 1; n < 200; ++n) {
      base::MemoryFileSystem memory;
      REQUIRE(memory.CreateDirectory("/slo").ok());
      base::FaultyFileSystem fs(memory);
      BucketRing ring(minutes(5), base::hours(6));
      Opened opened = Open(fs);
      fs.set_plan({.fail_at = n, .tear_writes = tear});
      int64_t now = 1'767'225'600'000;
      size_t failed = 0;
      for (int i = 0; i < 30; ++i, now += 60'000) {
        if (!Update(&ring, *opened.file, now, {1, 3}).ok()) ++failed;
      }
      const bool all_had_their_turn = fs.operations() < n;
      CHECK(failed <= 1);
      fs.set_plan({});
      REQUIRE(Update(&ring, *opened.file, now, {1, 3}).ok());
      CheckHolds(Open(memory).buckets, ring);
      if (all_had_their_turn) break;
    }
  }
}

}  // namespace
}  // namespace bekci::ruler::slo::budget_file_test
