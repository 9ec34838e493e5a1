#include "agent/app/threads.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace bekci::app::threads_test {
namespace {

TEST_CASE("the table of threads has one row per name, each with an owner, what it waits for and when it ends") {
  std::set<std::string_view> names;
  for (const ThreadRow& row : Threads()) {
    CAPTURE(std::string(row.name));
    CHECK(names.insert(row.name).second);
    CHECK(row.name.size() <= 15);
    CHECK_FALSE(row.owner.empty());
    CHECK_FALSE(row.waits_for.empty());
    CHECK(row.stop_order > 0);
  }
}

TEST_CASE("numbered threads are found by their beginning, others by their whole name") {
  REQUIRE(FindThread("web-3") != nullptr);
  CHECK(FindThread("web-3")->name == "web-");
  CHECK(FindThread("web-") == nullptr);
  CHECK(FindThread("collect")->name == "collect");
  CHECK(FindThread("collect-io")->name == "collect-io");
  CHECK(FindThread("collect-3")->name == "collect-");
  CHECK(FindThread("stranger") == nullptr);
}

}  // namespace
}  // namespace bekci::app::threads_test
