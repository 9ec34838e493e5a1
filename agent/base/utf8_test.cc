#include "agent/base/utf8.h"

#include <doctest/doctest.h>

namespace bekci::base::utf8_test {
namespace {

TEST_CASE("every code point reads back as it was written") {
  for (char32_t rune = 0; rune <= 0x10FFFF; rune += rune < 0x3000 ? 1 : 97) {
    if (rune >= 0xD800 && rune < 0xE000) continue;
    std::string text;
    AppendRune(&text, rune);
    size_t size = 0;
    REQUIRE(DecodeRune(text, &size) == rune);
    REQUIRE(size == text.size());
    REQUIRE(IsValidUtf8(text));
  }
}

TEST_CASE("bytes that are no UTF-8 are the replacement character, one at a time") {
  for (const std::string_view text : {"\xFF", "\xC3", "\xC0\x80", "\xE2\x82", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
    size_t size = 0;
    CHECK(DecodeRune(text, &size) == kReplacementRune);
    CHECK(size == 1);
    CHECK_FALSE(IsValidUtf8(text));
  }
}

TEST_CASE("texts are quoted as Go quotes them") {
  CHECK(Quoted("a\tb\r\n\a\b\f\v") == R"("a\tb\r\n\a\b\f\v")");
  CHECK(Quoted("bekçi \"\\\x7f\x01") == R"("bekçi \"\\\x7f\x01")");
  CHECK(Quoted("\u00a0\u00ad\u200b\U000e0001") == R"("\u00a0\u00ad\u200b\U000e0001")");
  CHECK(Quoted("a\xc5z") == R"("a\xc5z")");
  CHECK(QuotedRune(U'é') == "'é'");
  CHECK(QuotedRune(U'\'') == R"('\'')");
  CHECK(QuotedRune(U'"') == "'\"'");
  CHECK(QuotedRune(kReplacementRune) == "'\uFFFD'");
}

}  // namespace
}  // namespace bekci::base::utf8_test
