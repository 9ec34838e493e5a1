#include "agent/base/crc32c.h"

#include <doctest/doctest.h>

#include <string>

using namespace bekci;

TEST_CASE("the checksum is the one of RFC 3720's examples") {
  CHECK(base::Crc32c("") == 0);
  CHECK(base::Crc32c("123456789") == 0xe3069283);
  CHECK(base::Crc32c(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(base::Crc32c(std::string(32, '\xff')) == 0x62a8ab43);
}

TEST_CASE("a checksum can be continued at any place") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += static_cast<char>(i * 37);
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    CHECK(base::Crc32c(text.substr(cut), base::Crc32c(text.substr(0, cut))) == base::Crc32c(text));
  }
}
