#include "agent/collect/selection.h"

#include <doctest/doctest.h>

#include "agent/collect/collector.h"

namespace bekci::collect::selection_test {
namespace {

const CollectorSpec& Steady() {
  return *FindCollector("steady");
}  // its parts: many, kinds

TEST_CASE("collect[] and exclude[] choose instances and parts") {
  struct Row {
    int line;
    Selection selection;
    bool wanted;
    std::string key;
  };
  const Row rows[] = {
      {__LINE__, {}, true, ""},
      {__LINE__, {{"steady"}, {}, "", ""}, true, ""},
      {__LINE__, {{"many"}, {}, "", ""}, true, "+many"},
      {__LINE__, {{"many", "kinds", "many"}, {}, "", ""}, true, "+kinds+many"},
      {__LINE__, {{"steady", "many"}, {}, "", ""}, true, ""},
      {__LINE__, {{"crash"}, {}, "", ""}, false, ""},
      {__LINE__, {{}, {"kinds"}, "", ""}, true, "-kinds"},
      {__LINE__, {{}, {"steady"}, "", ""}, false, ""},
      {__LINE__, {{}, {"crash"}, "", ""}, true, ""},
      {__LINE__, {{"many"}, {"many"}, "", ""}, false, ""},
      {__LINE__, {{"many", "kinds"}, {"many"}, "", ""}, true, "+kinds+many-many"},
      {__LINE__, {{}, {}, "steady", "a"}, true, ""},
      {__LINE__, {{}, {}, "steady", "b"}, false, ""},
      {__LINE__, {{}, {}, "crash", "a"}, false, ""},
      {__LINE__, {{"kinds"}, {}, "steady", "a"}, true, "+kinds"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const Wanted wanted = Select(row.selection, Steady(), "a");
    CHECK(wanted.wanted == row.wanted);
    if (wanted.wanted) CHECK(wanted.Key() == row.key);
  }
}

TEST_CASE("a name that no collector knows is an error with the nearest one") {
  CHECK(CheckNames({{"steady", "many"}, {"crash"}, "", ""}).ok());
  const base::Status status = CheckNames({{"stedy"}, {}, "", ""});
  CHECK(status.code() == base::Code::kNotFound);
  CHECK(status.message() == R"(no collector is named "stedy", did you mean "steady"?)");
  CHECK(CheckNames({{}, {"zzzzzz"}, "", ""}).message() == R"(no collector is named "zzzzzz")");
}

}  // namespace
}  // namespace bekci::collect::selection_test
