#include "agent/notify/message/message_data.h"

#include <doctest/doctest.h>

#include <string>

#include "agent/notify/message/base64.h"
#include "agent/notify/message/go_json.h"

namespace bekci::notify::message::message_data_test {
namespace {

TEST_CASE("alerts are in Alertmanager's order: job, instance, then fewer labels, then by name") {
  const model::Labels sorted[] = {
      {{"job", "a"}, {"instance", "1"}, {"z", "1"}},
      {{"job", "a"}, {"instance", "1"}, {"a", "1"}, {"z", "0"}},
      {{"job", "a"}, {"instance", "2"}},
      {{"job", "a"}},
      {{"job", "b"}, {"instance", "0"}},
      {{"instance", "0"}},
      {{"x", "9"}},
      {{"a", "2"}, {"c", "1"}},
      {{"a", "1"}, {"b", "1"}},
      {{"a", "1"}, {"b", "2"}},
  };
  for (size_t i = 0; i < std::size(sorted); ++i) {
    for (size_t k = 0; k < std::size(sorted); ++k) {
      // {a, c} against {a, b}: the values of a decide before b is missed.
      if ((i == 7 && k > 7) || (k == 7 && i > 7)) continue;
      CAPTURE(i);
      CAPTURE(k);
      CHECK(LessByLabels(sorted[i], sorted[k]) == (i < k));
    }
  }
  CHECK(LessByLabels({{"a", "1"}, {"c", "1"}}, {{"a", "1"}, {"b", "1"}}));  // b is missing on the left
  CHECK(LessByLabels({{"a", "1"}, {"b", "1"}}, {{"a", "2"}, {"c", "1"}}));
  std::vector<Alert> alerts = {{.labels = {{"job", "b"}}}, {.labels = {{"job", "a"}}}};
  SortAlerts(&alerts);
  CHECK(alerts[0].labels.Get("job") == "a");
}

TEST_CASE("a receiver's name is quoted as a regular expression") {
  CHECK(RegexpQuoted("team.ops") == "team\\.ops");
  CHECK(RegexpQuoted("a-b_c") == "a-b_c");
  CHECK(RegexpQuoted("x(1)*$") == "x\\(1\\)\\*\\$");
}

TEST_CASE("times of JSON have no trailing zeros, and no time is Go's zero time") {
  CHECK(Rfc3339(base::Timestamp{1'795'255'726'547}) == "2026-11-21T10:08:46.547Z");
  CHECK(Rfc3339(base::Timestamp{1'795'255'726'500}) == "2026-11-21T10:08:46.5Z");
  CHECK(Rfc3339(base::Timestamp{1'795'255'726'000}) == "2026-11-21T10:08:46Z");
  CHECK(Rfc3339(base::Timestamp{}) == "0001-01-01T00:00:00Z");
  CHECK(Rfc3339(base::Timestamp{-1}) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("texts and numbers of JSON are as Go writes them") {
  const auto text = [](std::string_view in) {
    std::string out;
    AppendGoJson(in, &out);
    return out;
  };
  CHECK(text("a\"\\/\n\r\t\x01\x7f") == "\"a\\\"\\\\/\\n\\r\\t\\u0001\x7f\"");
  CHECK(text("<&>\xE2\x80\xA8é\xFFz") == "\"\\u003c\\u0026\\u003e\\u2028é\\ufffdz\"");
  const auto number = [](double in) {
    std::string out;
    return AppendGoJson(in, &out).ok() ? out : "error";
  };
  CHECK(number(1) == "1");
  CHECK(number(1e20) == "100000000000000000000");
  CHECK(number(1e21) == "1e+21");
  CHECK(number(1.5e-7) == "1.5e-7");
  CHECK(number(-0.000001) == "-0.000001");
  CHECK(number(1e300 * 1e300) == "error");
}

TEST_CASE("base 64 is that of addresses, padded, and says where it is broken") {
  for (const std::string_view text : {"", "f", "fo", "foo", "foob", "\xFF\xFE\xFD~?>"}) {
    CHECK(Base64UrlDecoded(Base64UrlEncoded(text)).value() == text);
  }
  CHECK(Base64UrlEncoded("\xFB\xFF") == "-_8=");
  CHECK(Base64UrlDecoded("Zm\n9v\r\n").value() == "foo");
  for (const char* bad : {"Z", "Zg", "Zg=", "Zg==A", "Zm9v=", "Zm+v", "=", "===="}) {
    CAPTURE(bad);
    CHECK_FALSE(Base64UrlDecoded(bad).ok());
  }
}

}  // namespace
}  // namespace bekci::notify::message::message_data_test
