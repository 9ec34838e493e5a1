#include "agent/notify/message/media_escapes.h"

#include <doctest/doctest.h>

namespace bekci::notify::message::media_escapes_test {
namespace {

TEST_CASE("a label's value makes no mention and no link on Slack") {
  CHECK(SlackEscaped("<!channel> a & b <http://x|y>") == "&lt;!channel&gt; a &amp; b &lt;http://x|y&gt;");
}

TEST_CASE("a label's value is no markup on Telegram, in either notation") {
  CHECK(TelegramHtmlEscaped("<b>\"a\" & b</b>") == "&lt;b&gt;&quot;a&quot; &amp; b&lt;/b&gt;");
  CHECK(TelegramMarkdownEscaped("_*[]()~`>#+-=|{}.!\\ğ") ==
        "\\_\\*\\[\\]\\(\\)\\~\\`\\>\\#\\+\\-\\=\\|\\{\\}\\.\\!\\\\ğ");
}

TEST_CASE("a label's value calls nobody on Discord") {
  for (const char* mention : {"@everyone", "@here", "<@123>", "<@&123>", "<@!1>", "<#123>"}) {
    CAPTURE(mention);
    const std::string shown = DiscordEscaped(mention);
    CHECK(shown.find("@everyone") == std::string::npos);
    CHECK(shown.find("@here") == std::string::npos);
    CHECK(shown.find("@1") == std::string::npos);
    CHECK(shown.find("@&") == std::string::npos);
    CHECK(shown.find("@!") == std::string::npos);
    CHECK(shown.find("<#") == std::string::npos);
  }
  CHECK(DiscordEscaped("a < b # c") == "a < b # c");
}

TEST_CASE("a value in a mail's head begins no other header") {
  CHECK(MailHeaderText("a\r\nBcc: x@y") == "a Bcc: x@y");
  CHECK(MailHeaderText("\n a\t\tb \r c\n") == " a b  c");
  CHECK(MailHeaderText(std::string_view("a\0b", 3)) == "a b");
  CHECK(MailHeaderText("ağ 1") == "ağ 1");
}

}  // namespace
}  // namespace bekci::notify::message::media_escapes_test
