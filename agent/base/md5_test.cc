#include "agent/base/md5.h"

#include <doctest/doctest.h>

#include <string>

namespace bekci::base::md5_test {
namespace {

std::string Hex(const std::array<uint8_t, 16>& digest) {
  std::string out;
  for (const uint8_t byte : digest) {
    out.push_back("0123456789abcdef"[byte >> 4]);
    out.push_back("0123456789abcdef"[byte & 15]);
  }
  return out;
}

}  // namespace

TEST_CASE("digests are those of the RFC's test suite, also around the padding of a block") {
  CHECK(Hex(Md5("")) == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(Hex(Md5("a")) == "0cc175b9c0f1b6a831c399e269772661");
  CHECK(Hex(Md5("message digest")) == "f96b697d7cb7938d525a2f31aaf161d0");
  CHECK(Hex(Md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890")) ==
        "57edf4a22be3c955ac49da2e2107b67a");
  CHECK(Hex(Md5(std::string(55, 'x'))) == "04364420e25c512fd958a70738aa8f72");
  CHECK(Hex(Md5(std::string(56, 'x'))) == "668a72d5ba17f08e62dabcafad6db14b");
  CHECK(Hex(Md5(std::string(64, 'x'))) == "c1bb4f81d892b2d57947682aeb252456");
}

}  // namespace bekci::base::md5_test
