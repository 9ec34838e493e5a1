#include "agent/collect/collector.h"

#include <doctest/doctest.h>

namespace bekci::collect::collector_test {
namespace {

TEST_CASE("a context wants what collect[] names and exclude[] does not") {
  struct Row {
    int line;
    std::vector<std::string> only;
    std::vector<std::string> exclude;
    bool cpu;
    bool disk;
  };
  const Row rows[] = {
      {__LINE__, {}, {}, true, true},
      {__LINE__, {"cpu"}, {}, true, false},
      {__LINE__, {}, {"cpu"}, false, true},
      {__LINE__, {"cpu", "disk"}, {"cpu"}, false, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const CollectContext context{{}, row.only, row.exclude};
    CHECK(context.Wants("cpu") == row.cpu);
    CHECK(context.Wants("disk") == row.disk);
  }
}

TEST_CASE("collectors are found by name in a sorted table") {
  const auto all = AllCollectors();
  REQUIRE(all.size() >= 5);
  for (size_t i = 1; i < all.size(); ++i) CHECK(all[i - 1]->name < all[i]->name);
  REQUIRE(FindCollector("steady") != nullptr);
  CHECK(FindCollector("steady")->name == "steady");
  CHECK(FindCollector("stead") == nullptr);
  CHECK(FindCollector("") == nullptr);
}

}  // namespace
}  // namespace bekci::collect::collector_test
