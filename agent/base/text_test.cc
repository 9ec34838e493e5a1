// Promises of text.h: words, lines, UTF-8, and "did you mean". Numbers have number_test.cc.
#include "agent/base/text.h"

#include <doctest/doctest.h>

#include <array>

namespace bekci::base::text_test {
namespace {

using Strings = std::vector<std::string>;

Strings Fields(std::string_view line) {
  Strings out;
  FieldReader reader(line);
  for (std::string_view field = reader.Next(); !field.empty(); field = reader.Next()) out.emplace_back(field);
  return out;
}

Strings Lines(std::string_view text) {
  Strings out;
  LineReader reader(text);
  for (std::string_view line; reader.Next(&line);) out.emplace_back(line);
  return out;
}

TEST_CASE("trimming takes ASCII white space at both ends and nothing else") {
  CHECK(Trim(" \t a b\r\n") == "a b");
  CHECK(Trim(" \n ").empty());
  CHECK(Trim("").empty());
  CHECK(Trim("\xC2\xA0x") == "\xC2\xA0x");
}

TEST_CASE("splitting keeps empty parts, joining puts them back") {
  CHECK(Split("a,,b,", ',') == std::vector<std::string_view>{"a", "", "b", ""});
  CHECK(Split("", ',') == std::vector<std::string_view>{""});
  CHECK(Join(Strings{"a", "", "b"}, ", ") == "a, , b");
  CHECK(Join(Strings{}, ",").empty());
}

TEST_CASE("case is folded in ASCII only") {
  CHECK(ToLower("CaFÉ-Z") == "cafÉ-z");
  CHECK(EqualsIgnoreCase("Accept", "aCCEPT"));
  CHECK_FALSE(EqualsIgnoreCase("accept", "accep"));
  CHECK_FALSE(EqualsIgnoreCase("[", "{"));
}

TEST_CASE("fields are what stands between runs of blanks") {
  CHECK(Fields("cpu0  10\t20 ") == Strings{"cpu0", "10", "20"});
  CHECK(Fields("   ").empty());
  FieldReader reader("eth0: 1 2");
  CHECK(reader.Next() == "eth0:");
  CHECK(reader.rest() == " 1 2");
}

TEST_CASE("lines need no line end at the end of the text") {
  CHECK(Lines("a\n\nb") == Strings{"a", "", "b"});
  CHECK(Lines("a\n") == Strings{"a"});
  CHECK(Lines("").empty());
  CHECK(Lines("\n") == Strings{""});
}

TEST_CASE("UTF-8 is judged as the Unicode standard does") {
  for (const char* good : {"", "abc", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEF\xBF\xBD",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "bekçi"}) {
    CAPTURE(good);
    CHECK(IsValidUtf8(good));
  }
  for (const char* bad : {"\x80", "\xC0\xAF", "\xC1\x81", "\xC2", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
                          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "a\xFF", "\xE2\x28\xA1"}) {
    CAPTURE(bad);
    CHECK_FALSE(IsValidUtf8(bad));
  }
  CHECK(IsValidUtf8(std::string_view("a\0b", 3)));
}

TEST_CASE("edit distance counts insertions, deletions, changes and swaps of neighbours") {
  const struct {
    const char* a;
    const char* b;
    size_t distance;
  } rows[] = {{"", "", 0},     {"rate", "rate", 0}, {"rat", "rate", 1},          {"rtae", "rate", 1},
              {"", "abc", 3},  {"abc", "", 3},      {"kitten", "sitting", 3},    {"instnace", "instance", 1},
              {"ab", "ba", 1}, {"abcd", "badc", 2}, {"interval", "intervals", 1}};
  for (const auto& row : rows) {
    CAPTURE(row.a);
    CHECK(EditDistance(row.a, row.b, 9) == row.distance);
    CHECK(EditDistance(row.b, row.a, 9) == row.distance);
    if (row.distance > 0) CHECK(EditDistance(row.a, row.b, row.distance - 1) == row.distance);
  }
  CHECK(EditDistance("completely", "different!", 2) == 3);
}

TEST_CASE("a typing error finds the word that was meant, a strange word finds none") {
  const std::array<std::string_view, 5> keys = {"scrape_interval", "scrape_timeout", "address", "host", "user"};
  CHECK(Nearest("scrape_intervall", keys) == "scrape_interval");
  CHECK(Nearest("adress", keys) == "address");
  CHECK(Nearest("hots", keys) == "host");
  CHECK(Nearest("usr", keys) == "user");
  CHECK(Nearest("password", keys).empty());
  CHECK(Nearest("x", keys).empty());
  CHECK(Nearest(std::string(100'000, 'a'), keys).empty());
}

TEST_CASE("quoting makes any bytes one visible line") {
  CHECK(Quoted("a \"b\" \\ c\n") == R"("a \"b\" \\ c\n")");
  CHECK(Quoted(std::string_view("\x01\0\x7F", 3)) == R"("\x01\x00\x7f")");
  CHECK(Quoted("bekçi") == "\"bekçi\"");
  CHECK(Quoted("\xFFz") == R"("\xffz")");
}

}  // namespace
}  // namespace bekci::base::text_test
