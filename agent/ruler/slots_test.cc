#include "agent/ruler/slots.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace bekci::ruler::slots_test {
namespace {

TEST_CASE("slots lie an interval apart, and every time lies between the latest and the next") {
  for (const base::Duration interval : {base::Duration(base::milliseconds(1)), base::Duration(base::seconds(15)),
                                        base::Duration(base::minutes(1)), base::Duration(base::hours(24))}) {
    const Slots slots("rules/host.yml", "host", interval);
    CHECK(slots.interval() == interval);
    for (const int64_t ms : {int64_t{-100'001}, int64_t{-1}, int64_t{0}, int64_t{1}, int64_t{1'700'000'000'123}}) {
      CAPTURE(ms);
      const base::Timestamp latest = slots.Latest({ms});
      const base::Timestamp next = slots.Next({ms});
      CHECK(latest.ms <= ms);
      CHECK(next.ms > ms);
      CHECK(next - latest == interval);
      CHECK(slots.Latest(latest) == latest);
      CHECK(slots.Next(latest) == next);
    }
  }
}

TEST_CASE("a process finds the slots of the one before it: they follow from the names alone") {
  CHECK(StableHash("rules/host.yml", "host") == 0x94ee512abff50c5e);
  const Slots a("a.yml", "g", base::minutes(1));
  const Slots b("a.yml", "g", base::minutes(1));
  CHECK(a.Latest({1'700'000'000'000}) == b.Latest({1'700'000'000'000}));
}

TEST_CASE("groups spread over the interval, and file and name do not run into each other") {
  CHECK(StableHash("ab", "c") != StableHash("a", "bc"));
  std::set<int64_t> seconds;
  for (int i = 0; i < 200; ++i) {
    const Slots slots("rules.yml", "group" + std::to_string(i), base::minutes(1));
    seconds.insert(slots.Latest({1'700'000'000'000}).ms / 1000);
  }
  CHECK(seconds.size() > 45);
}

}  // namespace
}  // namespace bekci::ruler::slots_test
