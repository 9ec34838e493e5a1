#include "agent/notify/message/truncate.h"

#include <doctest/doctest.h>

#include "agent/base/utf8.h"
#include "agent/notify/message/html_escapes.h"

namespace bekci::notify::message::truncate_test {
namespace {

TEST_CASE("a text that fits stays, one that does not ends in one ellipsis") {
  CHECK(TruncateCharacters("abcdef", 6).text == "abcdef");
  CHECK_FALSE(TruncateCharacters("abcdef", 6).cut);
  CHECK(TruncateCharacters("abcdef", 5).text == "abcd…");
  CHECK(TruncateCharacters("abcdef", 5).cut);
  CHECK(TruncateCharacters("ağıöş", 4).text == "ağı…");
  CHECK(TruncateCharacters("abcdef", 3).text == "abc");
  CHECK(TruncateCharacters("abcdef", 0).text == "");
}

TEST_CASE("cut by bytes, no character is torn") {
  CHECK(TruncateBytes("abcdef", 6).text == "abcdef");
  CHECK(TruncateBytes("abcdef", 5).text == "ab…");
  CHECK(TruncateBytes("ağığığ", 7).text == "ağ…");
  CHECK(TruncateBytes("abcdef", 3).text == "…");
  CHECK(TruncateBytes("abcdef", 2).text == "..");
  const std::string text = "a\xF0\x9F\x94\xA5ğ€b\xF0\x9F\x94\xA5";
  for (size_t most = 3; most < text.size(); ++most) {
    CAPTURE(most);
    CHECK(TruncateBytes(text, most).text.size() <= most);
    CHECK(base::IsValidUtf8(TruncateBytes(text, most).text));
  }
}

TEST_CASE("text for HTML is cut so that what it becomes fits") {
  const std::string text = "a<b>&\"ğ'c<<<<";
  for (size_t most = 0; most < 60; ++most) {
    const Truncated cut = TruncateForHtml(text, most);
    CAPTURE(most);
    CHECK(HtmlText(cut.text).size() <= most);
    CHECK(cut.cut == (HtmlText(text).size() > most));
  }
}

TEST_CASE("markup is cut by what can be seen, never in a tag or entity, and is closed") {
  const std::string html = "<b>a&lt;b</b> <a href=\"http://x/?a&amp;b\">link</a> end";
  CHECK(TruncateMarkup(html, 100).text == html);
  CHECK(TruncateMarkup(html, 3).text == "<b>a&lt;…</b>");
  CHECK(TruncateMarkup(html, 2).text == "<b>a…</b>");
  CHECK(TruncateMarkup(html, 6).text == "<b>a&lt;b</b> <a href=\"http://x/?a&amp;b\">l…</a>");
  CHECK(TruncateMarkup(html, 12).text == html);
  CHECK(TruncateMarkup(html, 11).text == "<b>a&lt;b</b> <a href=\"http://x/?a&amp;b\">link</a> e…");
  CHECK(TruncateMarkup("<i><u>abcdef", 3).text == "<i><u>ab…</u></i>");
  CHECK(TruncateMarkup("a < b & c", 4).text == "a <…");
  CHECK(TruncateMarkup("abc", 0).text == "");
}

TEST_CASE("what a reader sees of markup has no tags, and entities are what they stand for") {
  CHECK(PlainText("<b>a &lt; b</b> &amp; &quot;c&quot;") == "a < b & \"c\"");
  CHECK(PlainText("a < b") == "a < b");
}

}  // namespace
}  // namespace bekci::notify::message::truncate_test
