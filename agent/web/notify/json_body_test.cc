#include "agent/web/notify/json_body.h"

#include <doctest/doctest.h>

namespace bekci::web::notify::json_body_test {
namespace {

TEST_CASE("what is no JSON is refused with the byte where it stops being that") {
  CHECK(ParseJsonBody(R"({"a": })").status().message() == "the body is not JSON: something is wrong at byte 7");
  CHECK(ParseJsonBody("").status().message() == "the body is empty");
  CHECK_FALSE(ParseJsonBody("{\"a\":\"\xff\"}").ok());
  CHECK_FALSE(ParseJsonBody("1e999").ok());
}

TEST_CASE("deep nesting is refused before anything is built, and brackets in texts do not count") {
  CHECK(ParseJsonBody(std::string(32, '[') + std::string(32, ']')).ok());
  CHECK_FALSE(ParseJsonBody(std::string(33, '[') + std::string(33, ']')).ok());
  CHECK_FALSE(ParseJsonBody(std::string(10'000'000, '[')).ok());
  CHECK(ParseJsonBody("\"" + std::string(1000, '[') + "\\\"[[\"").ok());
}

TEST_CASE("members of the wrong type are told with their place, the first of them; null is not there") {
  const auto document = ParseJsonBody(R"({"t": 5, "n": "x", "z": null, "big": 18446744073709551615, "ok": 7})");
  REQUIRE(document.ok());
  JsonReader reader;
  CHECK(reader.Text(*document, "z").empty());
  CHECK(reader.Integer(*document, "ok") == 7);
  CHECK(reader.Integer(*document, "absent") == 0);
  CHECK(reader.status().ok());
  CHECK(reader.Text(*document, "t", "alerts[3].").empty());
  CHECK(reader.Integer(*document, "n") == 0);
  CHECK(reader.status().message() == "alerts[3].t: must be text");
  JsonReader other;
  CHECK(other.Integer(*document, "big") == 0);
  CHECK_FALSE(other.status().ok());
}

}  // namespace
}  // namespace bekci::web::notify::json_body_test
