#include "agent/model/case_mapping.h"

#include <doctest/doctest.h>

namespace bekci::model::case_mapping_test {

TEST_CASE("letters of every script change their case, everything else stays") {
  CHECK(ToUpperUtf8("abc-Z_9") == "ABC-Z_9");
  CHECK(ToLowerUtf8("ABC-z_9") == "abc-z_9");
  CHECK(ToUpperUtf8("bekçi şöför Σς") == "BEKÇI ŞÖFÖR ΣΣ");
  CHECK(ToLowerUtf8("ÇŞÖĞÜ ПРИВЕТ") == "çşöğü привет");
  CHECK(ToUpperUtf8("日本 😀") == "日本 😀");
  CHECK(ToUpperUtf8("").empty());
}

TEST_CASE("what is not UTF-8 becomes the replacement character") {
  CHECK(ToUpperUtf8("a\xFFz") == "A\xEF\xBF\xBDZ");
  CHECK(ToLowerUtf8("A\xC3") == "a\xEF\xBF\xBD");
  CHECK(ToLowerUtf8("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
}

}  // namespace bekci::model::case_mapping_test
