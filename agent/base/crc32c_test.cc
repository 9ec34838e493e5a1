#include "agent/base/crc32c.h"

#include <doctest/doctest.h>

#include <string>

#include "agent/base/random.h"

namespace bekci::base::crc32c_test {
namespace {

TEST_CASE("CRC32C is the standard's, by instruction and by table") {
  CHECK(Crc32c("123456789") == 0xe3069283);
  CHECK(Crc32c(std::string(32, '\0')) == 0x8a9136aa);
  SeededRandom random(1);
  std::string data;
  for (size_t i = 0; i < 300; ++i) {
    CHECK(Crc32c(data) == Crc32cByTable(data));
    CHECK(Crc32c(data) == Crc32c(data.substr(i / 2), Crc32c(data.substr(0, i / 2))));
    data.push_back(static_cast<char>(random.Next()));
  }
}

}  // namespace
}  // namespace bekci::base::crc32c_test
