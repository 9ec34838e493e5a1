// Lengths, dates, signatures, mail: the pure parts.
#include <doctest/doctest.h>

#include "agent/notify/receivers/digest.h"
#include "agent/notify/receivers/http_integration.h"
#include "agent/notify/receivers/mail_address.h"
#include "agent/notify/receivers/mail_message.h"
#include "agent/notify/receivers/reply.h"
#include "agent/notify/receivers/sigv4.h"

namespace bekci::notify::receivers::texts_test {

TEST_CASE("a wait is read as seconds or as a date, and nonsense is none") {
  const base::Timestamp now = {1'445'412'470'000};  // 2015-10-21 07:27:50
  CHECK(ParseRetryAfter("120", now) == base::seconds(120));
  CHECK(ParseRetryAfter("0.5", now) == base::milliseconds(500));
  CHECK(ParseRetryAfter("Wed, 21 Oct 2015 07:28:00 GMT", now) == base::seconds(10));
  CHECK(ParseRetryAfter("Wed, 21 Oct 2099 07:28:00 GMT", now) == base::minutes(15));
  CHECK(ParseRetryAfter("99999999999999999999", now) == base::minutes(15));
  for (const char* text : {"", "soon", "-1", "Wed, 41 Oct 2015 07:28:00 GMT", "1.2.3", "21 Oct"}) {
    CHECK_MESSAGE(!ParseRetryAfter(text, now), text);
  }
}

TEST_CASE("secrets are taken out of what is told, the longer before the shorter") {
  CHECK(Redacted("a tok123456 b tok1 c", {"tok1", "tok123456"}) == "a <secret> b <secret> c");
  CHECK(Redacted("abc", {"a", ""}) == "abc");
}

TEST_CASE("signatures are those of the published examples") {
  CHECK(Hex(Sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Hex(HmacSha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const base::Timestamp now = {1'440'938'160'000};  // 2015-08-30 12:36:00
  CHECK(AwsTime(now) == "20150830T123600Z");
  const auto fields =
      SignedFields({.method = "GET",
                    .host = "iam.amazonaws.com",
                    .path = "/",
                    .query = "Action=ListUsers&Version=2010-05-08",
                    .content_type = "application/x-www-form-urlencoded; charset=utf-8",
                    .body = ""},
                   {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""}, "us-east-1", "iam", now);
  CHECK(fields.front().second ==
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST_CASE("addresses are read as people write them, and what could end a command is none") {
  const auto list = ParseMailAddresses("a@x.test, \"Duty, night\" <night@x.test>,\n B\xC3\xA9 <b@x.test>");
  REQUIRE(list.ok());
  REQUIRE(list->size() == 3);
  CHECK((*list)[1].name == "Duty, night");
  CHECK((*list)[1].address == "night@x.test");
  CHECK(MailAddressesText(*list) == "a@x.test,\r\n \"Duty, night\" <night@x.test>,\r\n =?utf-8?q?B=C3=A9?= <b@x.test>");
  for (const char* text : {"", "nobody", "a@", "@b", "a b@c", "a@b>\r\nDATA", "a@b\r\nRCPT TO:<x@y>"}) {
    CHECK_MESSAGE(!ParseMailAddresses(text).ok(), text);
  }
}

TEST_CASE("headers stay one line, and long ones are folded") {
  CHECK(HeaderText("a\r\nBcc: x@y\r\n\r\nbody") == "a  Bcc: x@y    body");
  CHECK(HeaderText("\xC3\xA7ok k\xC3\xB6t\xC3\xBC") == "=?utf-8?q?=C3=A7ok_k=C3=B6t=C3=BC?=");
  std::string words, letters;
  for (int i = 0; i < 40; ++i) words += "word" + std::to_string(i) + " ";
  for (int i = 0; i < 100; ++i) letters += "\xC5\x9F";
  for (const std::string& value : {HeaderText(words), HeaderText(letters)}) {
    CHECK(value.find("\r\n ") != std::string::npos);
    size_t begin = 0;
    for (size_t end = value.find("\r\n"); end != std::string::npos; end = value.find("\r\n", begin)) {
      CHECK(end - begin <= 76);
      begin = end + 2;
    }
  }
}

TEST_CASE("quoted-printable lines are short, and their ends are not lost") {
  CHECK(QuotedPrintable("a=b \n\xC5\x9F\r\n.x") == "a=3Db=20\r\n=C5=9F\r\n.x");
  const std::string encoded = QuotedPrintable(std::string(200, 'x'));
  CHECK(encoded.find("=\r\n") == 75);
  CHECK(MailDate({1'795'258'667'420}) == "Sat, 21 Nov 2026 10:57:47 +0000");
}

TEST_CASE("a mail has its text before its HTML") {
  const std::string mail = RenderMail({{{"Subject", "s"}}, "plain", "<p>rich</p>", "b0"});
  CHECK(mail.starts_with(
      "Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=b0\r\n\r\n"));
  CHECK(mail.find("plain") < mail.find("<p>rich</p>"));
  CHECK(mail.ends_with("--b0--\r\n"));
}

}  // namespace bekci::notify::receivers::texts_test
