#include "agent/notify/used_names.h"

#include <doctest/doctest.h>

namespace bekci::notify::used_names_test {
namespace {

constexpr base::Timestamp kNow = {1'700'000'000'000};

TEST_CASE("what was used is known until it expires, under no name that could be used again") {
  UsedNames names;
  CHECK(!names.Has("link", kNow));
  const UsedName used = names.Put("link", kNow + base::minutes(5));
  CHECK(names.Has("link", kNow));
  CHECK(!names.Has("another", kNow));
  CHECK(used.hash.size() == 32);
  CHECK(used.hash.find("link") == std::string::npos);
  CHECK(!names.Has("link", kNow + base::minutes(5)));
  names.Collect(kNow + base::minutes(5));
  CHECK(names.size() == 0);
}

TEST_CASE("what is read back is known as before, once however often it is read") {
  UsedNames before;
  before.Put("a", kNow + base::minutes(1));
  before.Put("b", kNow + base::minutes(2));
  UsedNames after;
  for (const UsedName& used : before.All()) after.Restore(used);
  for (const UsedName& used : before.All()) after.Restore(used);
  CHECK(after.size() == 2);
  CHECK(after.Has("a", kNow));
  CHECK(after.Has("b", kNow));
}

TEST_CASE("where there is no room left, the one that expires first is forgotten") {
  UsedNames names(2);
  names.Put("long", kNow + base::hours(2));
  names.Put("short", kNow + base::hours(1));
  names.Put("middle", kNow + base::minutes(90));
  CHECK(names.size() == 2);
  CHECK(!names.Has("short", kNow));
  CHECK(names.Has("long", kNow));
  CHECK(names.Has("middle", kNow));
}

}  // namespace
}  // namespace bekci::notify::used_names_test
