#include "agent/web/notify/used_once.h"

#include <doctest/doctest.h>

namespace bekci::web::notify::used_once_test {
namespace {

constexpr base::Timestamp kNow = {1'700'000'000'000};

TEST_CASE("what was used cannot be used again until it expires") {
  UsedOnce used;
  CHECK_FALSE(used.WasUsed("a", kNow));
  CHECK(used.Use("a", kNow + base::hours(1), kNow));
  CHECK_FALSE(used.Use("a", kNow + base::hours(1), kNow));
  CHECK(used.WasUsed("a", kNow));
  CHECK(used.Use("b", kNow + base::hours(2), kNow));
  CHECK_FALSE(used.WasUsed("a", kNow + base::hours(1)));
  CHECK(used.size() == 1);
}

TEST_CASE("what is released was never used") {
  UsedOnce used;
  CHECK(used.Use("a", kNow + base::hours(1), kNow));
  used.Release("a");
  used.Release("never there");
  CHECK(used.Use("a", kNow + base::hours(1), kNow));
}

TEST_CASE("where there is no room what expires first is forgotten") {
  UsedOnce used(2);
  CHECK(used.Use("late", kNow + base::hours(9), kNow));
  CHECK(used.Use("soon", kNow + base::hours(1), kNow));
  CHECK(used.Use("new", kNow + base::hours(5), kNow));
  CHECK(used.size() == 2);
  CHECK(used.WasUsed("late", kNow));
  CHECK_FALSE(used.WasUsed("soon", kNow));
}

}  // namespace
}  // namespace bekci::web::notify::used_once_test
