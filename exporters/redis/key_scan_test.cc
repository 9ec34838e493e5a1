#include "exporters/redis/key_scan.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "exporters/redis/recorded_server.h"

namespace bekci::exporters::redis::key_scan_test {
namespace {

// A keyspace of `size` keys "k0".."kN", walked in order: the cursor is the next key's number.
struct Keyspace {
  uint64_t size;
  ReplyReader reader = ReplyReader();
  uint64_t asked = 0;
  uint64_t largest_batch = 0;
  bool refuse = false;

  base::Result<const Reply*> Scan(const std::string& cursor, uint64_t batch) {
    ++asked;
    largest_batch = std::max(largest_batch, batch);
    if (refuse) return Answer("-NOPERM this user has no permissions to run the 'scan' command\r\n");
    const uint64_t from = std::stoull(cursor);
    const uint64_t to = std::min(size, from + batch);
    const std::string next = to == size ? "0" : std::to_string(to);
    std::string resp =
        "*2\r\n$" + std::to_string(next.size()) + "\r\n" + next + "\r\n*" + std::to_string(to - from) + "\r\n";
    for (uint64_t i = from; i < to; ++i) {
      const std::string key = "k" + std::to_string(i);
      resp += "$" + std::to_string(key.size()) + "\r\n" + key + "\r\n";
    }
    return Answer(resp);
  }
  base::Result<const Reply*> Answer(const std::string& resp) {
    REQUIRE(reader.Feed(resp).ok());
    return reader.Next();
  }
  KeyScan::Ask Asker() {
    return [this](const KeyPattern&, const std::string& cursor, uint64_t batch) { return Scan(cursor, batch); };
  }
};

KeyScan MakeScan(KeyScan::Purpose purpose, ScanBudget budget) {
  KeyScan::Job job;
  job.purpose = purpose;
  job.pattern = {0, "k*"};
  return KeyScan({job}, budget);
}

}  // namespace

TEST_CASE("a small keyspace is known in the round in which it was asked for") {
  base::FakeClock clock;
  Keyspace keys{250};
  KeyScan scan = MakeScan(KeyScan::Purpose::kCount, {1000, 100, 50, false});
  REQUIRE(scan.Advance(clock, base::MonotonicTime::Max(), keys.Asker()).ok());
  CHECK(scan.jobs()[0].counted == 250);
  CHECK(keys.asked == 3);
  CHECK(keys.largest_batch == 100);
}

TEST_CASE("a large one takes a slice a round, and its count is absent until it is whole") {
  base::FakeClock clock;
  Keyspace keys{2500};
  KeyScan scan = MakeScan(KeyScan::Purpose::kCount, {1000, 100, 50, false});
  for (int round = 0; round < 2; ++round) {
    REQUIRE(scan.Advance(clock, base::MonotonicTime::Max(), keys.Asker()).ok());
    CHECK_FALSE(scan.jobs()[0].counted.has_value());
    CHECK(keys.asked == static_cast<uint64_t>(10 * (round + 1)));
  }
  REQUIRE(scan.Advance(clock, base::MonotonicTime::Max(), keys.Asker()).ok());
  CHECK(scan.jobs()[0].counted == 2500);
  REQUIRE(scan.Advance(clock, base::MonotonicTime::Max(), keys.Asker()).ok());
  CHECK(scan.jobs()[0].counted == 2500);  // while the next pass is under way
}

TEST_CASE("found keys are shown as they are found, the first of them, and vanish with the next whole pass") {
  base::FakeClock clock;
  Keyspace keys{300};
  KeyScan scan = MakeScan(KeyScan::Purpose::kKeys, {100, 100, 50, false});
  REQUIRE(scan.Advance(clock, base::MonotonicTime::Max(), keys.Asker()).ok());
  CHECK(scan.jobs()[0].finding.size() == 50);
  keys.size = 10;
  for (int round = 0; round < 6; ++round) {
    REQUIRE(scan.Advance(clock, base::MonotonicTime::Max(),
                         [&](const KeyPattern&, const std::string& cursor, uint64_t batch) {
                           return keys.Scan(std::stoull(cursor) > keys.size ? "0" : cursor, batch);
                         })
                .ok());
  }
  CHECK(scan.jobs()[0].found.size() == 10);
}

TEST_CASE("a deadline that has come stops it, and it goes on where it was") {
  base::FakeClock clock;
  Keyspace keys{1000};
  KeyScan scan = MakeScan(KeyScan::Purpose::kCount, {100'000, 100, 50, false});
  const base::MonotonicTime deadline = clock.Monotonic() + base::milliseconds(25);
  const auto slow = [&](const KeyPattern&, const std::string& cursor, uint64_t batch) {
    clock.Advance(base::milliseconds(10));
    return keys.Scan(cursor, batch);
  };
  REQUIRE(scan.Advance(clock, deadline, slow).ok());
  CHECK(keys.asked == 3);
  REQUIRE(scan.Advance(clock, base::MonotonicTime::Max(), keys.Asker()).ok());
  CHECK(scan.jobs()[0].counted == 1000);
}

TEST_CASE("a refused SCAN is told, forgets what it knew, and recovers") {
  base::FakeClock clock;
  Keyspace keys{100};
  KeyScan scan = MakeScan(KeyScan::Purpose::kCount, {1000, 100, 50, false});
  REQUIRE(scan.Advance(clock, base::MonotonicTime::Max(), keys.Asker()).ok());
  keys.refuse = true;
  CHECK(scan.Advance(clock, base::MonotonicTime::Max(), keys.Asker()).code() == base::Code::kDenied);
  CHECK_FALSE(scan.jobs()[0].counted.has_value());
  keys.refuse = false;
  REQUIRE(scan.Advance(clock, base::MonotonicTime::Max(), keys.Asker()).ok());
  CHECK(scan.jobs()[0].counted == 100);
}

}  // namespace bekci::exporters::redis::key_scan_test
