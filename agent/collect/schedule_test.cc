#include "agent/collect/schedule.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace bekci::collect::schedule_test {
namespace {

using base::milliseconds;
using base::seconds;
using base::Timestamp;

TEST_CASE("ticks are aligned to the interval and the instance's offset, and never closer than half an interval") {
  struct Row {
    int line;
    int64_t now_ms;
    int64_t interval_ms;
    int64_t offset_ms;
    int64_t tick_ms;
  };
  const Row rows[] = {
      {__LINE__, 30'000, 15'000, 4'000, 49'000},  // 34 is too near
      {__LINE__, 26'000, 15'000, 4'000, 34'000},
      {__LINE__, 34'000, 15'000, 4'000, 49'000},  // on a tick: the next
      {__LINE__, 33'999, 15'000, 4'000, 49'000},  // a millisecond early: not twice
      {__LINE__, 34'001, 15'000, 4'000, 49'000},
      {__LINE__, 0, 15'000, 0, 15'000},
      {__LINE__, 7'500, 15'000, 0, 15'000},
      {__LINE__, -1'000, 15'000, 0, 15'000},  // a clock before 1970 is still a clock
      {__LINE__, 5, 1, 0, 6},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const base::Duration wait =
        UntilNextTick(Timestamp{row.now_ms}, milliseconds(row.interval_ms), milliseconds(row.offset_ms));
    CHECK(row.now_ms + base::ToMillis(wait) == row.tick_ms);
  }
}

TEST_CASE("offsets are stable, within the interval and spread") {
  CHECK(TickOffset("mysql", "primary", seconds(15)) == TickOffset("mysql", "primary", seconds(15)));
  CHECK(TickOffset("mysql", "primary", seconds(15)) != TickOffset("mysql", "replica", seconds(15)));
  std::set<int64_t> thirds;
  for (int i = 0; i < 50; ++i) {
    const base::Duration offset = TickOffset("redis", std::to_string(i), seconds(15));
    CHECK(offset >= seconds(0));
    CHECK(offset < seconds(15));
    thirds.insert(offset / seconds(5));
  }
  CHECK(thirds.size() == 3);
}

}  // namespace
}  // namespace bekci::collect::schedule_test
