#include "agent/wire/json_depth.h"

#include <doctest/doctest.h>

#include <string>

namespace bekci::wire::json_depth_test {
namespace {

TEST_CASE("brackets count where they nest, not where they follow one another or stand in a text") {
  CHECK(JsonNestsAtMost("", 0));
  CHECK(JsonNestsAtMost("7", 0));
  CHECK(!JsonNestsAtMost("[]", 0));
  CHECK(JsonNestsAtMost(R"([{"a":[]},[],{"b":{}}])", 3));
  CHECK(!JsonNestsAtMost(R"([{"a":[]},[],{"b":{}}])", 2));
  CHECK(JsonNestsAtMost(R"({"a":"[[[[{{{{","b\"[[":"\\","c\\":"]"})", 1));
  CHECK(!JsonNestsAtMost(R"({"\\":[]})", 1));
}

TEST_CASE("a text that never ends its brackets or its quotes is answered, too") {
  CHECK(!JsonNestsAtMost(std::string(1'000'000, '['), 32));
  CHECK(JsonNestsAtMost("\"" + std::string(1000, '['), 0));
  CHECK(JsonNestsAtMost("]]]]", 0));
  CHECK(JsonNestsAtMost("\"\\", 0));
}

}  // namespace
}  // namespace bekci::wire::json_depth_test
