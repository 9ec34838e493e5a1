#include "agent/notify/message/time_parse.h"

#include <doctest/doctest.h>

#include <array>

#include "agent/notify/message/go_json.h"
#include "agent/notify/message/title_case.h"

namespace bekci::notify::message::time_parse_test {
namespace {

TEST_CASE("a text is read as its layout says") {
  struct Case {
    std::string_view layout;
    std::string_view text;
    std::string_view expected;  // empty: it is refused
  };
  constexpr std::array<Case, 20> kCases = {{
      {"2006-01-02T15:04:05Z07:00", "2026-11-21T10:55:26.547+03:00", "2026-11-21T07:55:26.547Z"},
      {"2006-01-02T15:04:05Z07:00", "2026-11-21T10:55:26Z", "2026-11-21T10:55:26Z"},
      {"Mon, 02 Jan 2006 15:04:05 MST", "Sat, 21 Nov 2026 10:55:26 UTC", "2026-11-21T10:55:26Z"},
      {"Monday, January 2 2006 3:04PM -0700", "saturday, november 1 2026 12:04am +0000", "2026-11-01T00:04:00Z"},
      {"3:04PM -0700 02.01.06", "12:30PM +0000 05.06.68", "2068-06-05T12:30:00Z"},
      {"02.01.06 Z07", "05.06.69 Z", "1969-06-05T00:00:00Z"},
      {"_2 Jan 2006 -07", " 5 Feb 2024 -01", "2024-02-05T01:00:00Z"},
      {"2006 002 Z0700", "2024 366 Z", "2024-12-31T00:00:00Z"},
      {"2006-01-02 15:04:05.000 -0700", "2026-01-02 03:04:05.678 +0000", "2026-01-02T03:04:05.678Z"},
      {"2006-01-02 -07:00:00", "2026-01-02 +00:00:30", "2026-01-01T23:59:30Z"},
      {"2006-01-02 MST", "2024-02-29 UTC", "2024-02-29T00:00:00Z"},
      {"2006-01-02 MST", "2023-02-29 UTC", ""},
      {"2006-01-02 MST", "2026-13-01 UTC", ""},
      {"2006-01-02 MST", "2026-1-1 UTC", ""},
      {"2006-01-02 MST", "2026-01-01 utc", ""},
      {"15:04", "24:00", ""},
      {"2006", "2026x", ""},
      {"2006", "", ""},
      {"Jan", "Foo", ""},
      {"-0700", "0300", ""},
  }};
  for (const Case& row : kCases) {
    CAPTURE(std::string(row.layout));
    CAPTURE(std::string(row.text));
    const auto moment = ParseTime(row.layout, row.text);
    CHECK((moment.ok() ? Rfc3339(*moment) : "") == row.expected);
  }
  CHECK(ParseTime("2006-01-02", "2026/01/02").status().message() ==
        R"(parsing time "2026/01/02" as "2006-01-02": cannot parse "/01/02" as "-")");
}

TEST_CASE("words get one large letter, as Go's cases.Title has it") {
  CHECK(TitleCase("foo.bar a.1 1.a") == "Foo.bar A.1 1.A");
  CHECK(TitleCase("don't O'NEIL 'quoted' a''b") == "Don't O'neil 'Quoted' A''B");
  CHECK(TitleCase("3rd HELLO_world-x/y:z a,b 1,2a") == "3Rd Hello_world-X/Y:z A,B 1,2A");
  CHECK(TitleCase("éÉ αβ ünal") == "Éé Αβ Ünal");
  CHECK(TitleCase("") == "");
}

}  // namespace
}  // namespace bekci::notify::message::time_parse_test
