#include "agent/promql/label_hash.h"

#include <doctest/doctest.h>

#include <string>

namespace bekci::promql::label_hash_test {
namespace {

TEST_CASE("XXH64 of the specification's examples, and of every path through it") {
  CHECK(Xxh64("") == 0xEF46DB3751D8E999);
  CHECK(Xxh64("abc") == 0x44BC2CF5AD770999);
  CHECK(Xxh64("Nobody inspects the spammish repetition") == 0xFBCEA83C8A378BF1);
}

TEST_CASE("labels are hashed as Prometheus hashes them: sizes before texts, long sizes in four bytes") {
  CHECK(LabelHash({}) == Xxh64(""));
  CHECK(LabelHash({{"a", "b"}, {"cd", "e"}}) == Xxh64("\1a\1b\2cd\1e"));
  const std::string edge(254, 'x');
  CHECK(LabelHash({{"a", edge}}) == Xxh64("\1a\xfe" + edge));
  const std::string text(300, 'x');
  CHECK(LabelHash({{"a", text}}) == Xxh64(std::string("\1a\xff\x2c\1\0", 6) + text));
}

}  // namespace
}  // namespace bekci::promql::label_hash_test
