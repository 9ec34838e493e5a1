#include "exporters/mysql/values.h"

#include <doctest/doctest.h>

#include "exporters/mysql/key_cache.h"
#include "exporters/mysql/result_table.h"

namespace bekci::exporters::mysql::values_test {

TEST_CASE("words, dates and numbers of a server become numbers") {
  CHECK(ParseStatus("ON") == 1);
  CHECK(ParseStatus("No") == 0);
  CHECK(ParseStatus("Connecting") == 0);
  CHECK(ParseStatus("Primary") == 1);
  CHECK(ParseStatus("non-Primary") == 0);
  CHECK(ParseStatus("18446744073709551615") == 18446744073709551615.0);
  CHECK(ParseStatus("0.000000") == 0);
  CHECK(ParseStatus("2024-02-29 12:00:01") == 1709208001);
  CHECK(ParseStatus("2026-11-21 22:50:21.927282") == 1795301421);  // MySQL 9's Gr_last_consensus_end_timestamp
  CHECK(ParseStatus("Nov 21 16:06:06 2027 GMT") == 1826813166);
  CHECK(ParseStatus("Nov  1 00:00:00 2027 GMT") == 1825027200);
  for (const char* words : {"", "10.11.6", "mysql-bin.000012", "2024-02-30 12:00:00", "yes please", "-"}) {
    CAPTURE(words);
    CHECK_FALSE(ParseStatus(words).has_value());
  }
  CHECK(ParseDateTime("2024-02-29 12:00:01.5") == 1709208001.5);
  CHECK_FALSE(ParseDateTime("0000-00-00 00:00:00").has_value());
}

TEST_CASE("names become parts of metric names, text becomes SQL that cannot be left") {
  CHECK(MetricNamePart("Ssl-Cipher.list") == "ssl_cipher_list");
  CHECK(SqlText("a'b\\c") == "'a\\'b\\\\c'");
  CHECK(SqlName("a`b") == "`a``b`");
  std::string storage;
  CHECK(LabelText("gr\xc3\xbc\xc3\x9f", &storage) == "gr\xc3\xbc\xc3\x9f");
  CHECK(LabelText("a\xff"
                  "b",
                  &storage) == "a?b");
}

TEST_CASE("a key is made once and found again in any order") {
  KeyCache<int> cache;
  int made = 0;
  const auto make = [&made](int* value) { *value = ++made; };
  for (int round = 0; round < 3; ++round) {
    cache.Rewind();
    CHECK(*cache.Find("a", make) == 1);
    CHECK(*cache.Find("b", make) == 2);
  }
  cache.Rewind();
  CHECK(*cache.Find("b", make) == 2);
  CHECK(*cache.Find("new", make) == 3);
  CHECK(*cache.Find("a", make) == 1);
  CHECK(made == 3);
}

TEST_CASE("a table gives NULL for what is not there") {
  ResultTable table;
  table.AddColumn("Name");
  table.AddColumn("value");
  table.AddCell("a");
  table.AddNull();
  CHECK(table.rows() == 1);
  CHECK(table.Find("VALUE") == 1);
  CHECK(table.Find("other") == ResultTable::kNoColumn);
  CHECK(table.At(0, 0) == "a");
  CHECK(IsNull(table.At(0, 1)));
  CHECK(IsNull(table.At(1, 0)));
  CHECK(IsNull(table.At(0, ResultTable::kNoColumn)));
}

}  // namespace bekci::exporters::mysql::values_test
