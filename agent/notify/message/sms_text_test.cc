#include "agent/notify/message/sms_text.h"

#include <doctest/doctest.h>

namespace bekci::notify::message::sms_text_test {
namespace {

TEST_CASE("a text of the GSM alphabet has 160 characters in one part and 153 in each of several") {
  CHECK(SizeOfSms("").parts == 0);
  CHECK(SizeOfSms(std::string(160, 'a')).parts == 1);
  CHECK(SizeOfSms(std::string(161, 'a')).parts == 2);
  CHECK(SizeOfSms(std::string(306, 'a')).parts == 2);
  CHECK(SizeOfSms(std::string(307, 'a')).parts == 3);
  CHECK_FALSE(SizeOfSms("äöüß ÄÖÜ é @ £ Δ _ \n").unicode);
}

TEST_CASE("characters behind an escape cost two and are not torn between parts") {
  CHECK(SizeOfSms("[x]").units == 5);
  CHECK(SizeOfSms("€").units == 2);
  CHECK(SizeOfSms(std::string(80, '{')).parts == 1);
  CHECK(SizeOfSms(std::string(152, 'a') + "[" + std::string(152, 'a')).parts == 3);
}

TEST_CASE("one letter outside it makes all of it UTF-16, with 70 and 67") {
  const auto repeated = [](std::string_view text, size_t times) {
    std::string out;
    while (times-- > 0) out += text;
    return out;
  };
  CHECK(SizeOfSms("ş").unicode);
  CHECK(SizeOfSms(repeated("ğ", 70)).parts == 1);
  CHECK(SizeOfSms(repeated("ğ", 71)).parts == 2);
  CHECK(SizeOfSms(repeated("ğ", 135)).parts == 3);
  CHECK(SizeOfSms("\xF0\x9F\x94\xA5").units == 2);
  CHECK(SizeOfSms("a`b").unicode);
}

TEST_CASE("Turkish written without its letters costs less than half") {
  const std::string text = "Şifre değişti: ığdır İÇİN ölçüm… “ok” – 5₺";
  CHECK(SizeOfSms(text).unicode);
  CHECK(GsmTransliterated(text) == "Sifre degisti: igdir IÇIN ölcüm... \"ok\" - 5TL");
  CHECK_FALSE(SizeOfSms(GsmTransliterated(text)).unicode);
  CHECK(GsmTransliterated("日本") == "日本");
}

TEST_CASE("a text is cut to as many parts as are paid for") {
  const std::string text(1000, 'a');
  for (const size_t parts : {1u, 2u, 5u}) {
    const std::string cut = TruncatedSms(text, parts);
    CHECK(SizeOfSms(cut).parts == parts);
    CHECK(SizeOfSms(cut + "a").parts == parts + 1);
    CHECK(cut.ends_with("aa..."));
  }
  CHECK(TruncatedSms("kısa", 1) == "kısa");
  CHECK(TruncatedSms("a\xFF", 1) == "a?");
  CHECK(TruncatedSms("a", 0) == "");
  std::string fires;
  for (int i = 0; i < 50; ++i) fires += "\xF0\x9F\x94\xA5";
  CHECK(SizeOfSms(TruncatedSms(fires, 1)).parts == 1);
  CHECK(TruncatedSms(fires, 1).ends_with("\xF0\x9F\x94\xA5…"));
}

}  // namespace
}  // namespace bekci::notify::message::sms_text_test
