#include "agent/wire/compression.h"

#include <doctest/doctest.h>

#include <cstring>
#include <random>

namespace bekci::wire::compression_test {
namespace {

constexpr ContentEncoding kEncodings[] = {ContentEncoding::kIdentity, ContentEncoding::kGzip, ContentEncoding::kZstd};

std::string Page(size_t bytes) {
  std::mt19937 random(7);
  std::string page;
  while (page.size() < bytes) page += "node_cpu_seconds_total{cpu=\"0\"} " + std::to_string(random()) + "\n";
  page.resize(bytes);
  return page;
}

}  // namespace

TEST_CASE("what is compressed comes back") {
  for (const ContentEncoding encoding : kEncodings) {
    for (const size_t bytes : {size_t{0}, size_t{1}, size_t{150'000}, size_t{3'000'000}}) {
      const std::string page = Page(bytes);
      const auto packed = Compress(encoding, page);
      REQUIRE(packed.ok());
      if (bytes > 1000 && encoding != ContentEncoding::kIdentity) CHECK(packed->size() < bytes / 2);
      const auto back = Decompress(encoding, *packed, bytes);
      REQUIRE_MESSAGE(back.ok(), back.status().message());
      CHECK(*back == page);
    }
  }
}

TEST_CASE("a bomb stops at the limit, one byte over it is too much") {
  for (const ContentEncoding encoding : kEncodings) {
    const std::string zeros(64 << 20, '\0');
    const auto packed = Compress(encoding, zeros);
    REQUIRE(packed.ok());
    CHECK(Decompress(encoding, *packed, 1 << 20).status().code() == base::Code::kLimit);
    CHECK(Decompress(encoding, *packed, zeros.size() - 1).status().code() == base::Code::kLimit);
    CHECK(Decompress(encoding, *packed, zeros.size()).ok());
  }
}

TEST_CASE("damaged and cut data is corrupt, never a crash") {
  for (const ContentEncoding encoding : {ContentEncoding::kGzip, ContentEncoding::kZstd}) {
    const auto packed = Compress(encoding, Page(5000));
    REQUIRE(packed.ok());
    for (size_t cut = 0; cut < packed->size(); cut += 7) {
      CHECK(Decompress(encoding, packed->substr(0, cut), 1 << 20).status().code() == base::Code::kCorrupt);
    }
    CHECK(Decompress(encoding, "not compressed", 1 << 20).status().code() == base::Code::kCorrupt);
    std::mt19937 random(1);
    for (int i = 0; i < 300; ++i) {
      std::string damaged = *packed;
      damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
      const auto back = Decompress(encoding, damaged, 1 << 20);
      CHECK((back.ok() || back.status().code() != base::Code::kInternal));
    }
  }
}

TEST_CASE("several gzip members one after the other are one text") {
  const auto one = Compress(ContentEncoding::kGzip, "one ");
  const auto two = Compress(ContentEncoding::kGzip, "two");
  REQUIRE((one.ok() && two.ok()));
  const auto both = Decompress(ContentEncoding::kGzip, *one + *two, 100);
  REQUIRE(both.ok());
  CHECK(*both == "one two");
}

TEST_CASE("the limit holds for the members of a gzip text together, to the byte") {
  std::string members, text;
  for (int i = 0; i < 3000; ++i) {
    const std::string piece(static_cast<size_t>(i % 97 == 0 ? 9000 : i % 7), static_cast<char>('a' + i % 26));
    const auto packed = Compress(ContentEncoding::kGzip, piece);
    REQUIRE(packed.ok());
    members += *packed;
    text += piece;
  }
  const auto back = Decompress(ContentEncoding::kGzip, members, text.size());
  REQUIRE(back.ok());
  CHECK(*back == text);
  CHECK(Decompress(ContentEncoding::kGzip, members, text.size() - 1).status().code() == base::Code::kLimit);
  CHECK(Decompress(ContentEncoding::kGzip, members + "x", text.size() + 1).status().code() == base::Code::kCorrupt);
}

TEST_CASE("what a gzip member says of its size is believed only when it is true") {
  const std::string page = Page(100'000);
  const auto packed = Compress(ContentEncoding::kGzip, page);
  REQUIRE(packed.ok());
  for (const uint32_t said : {0u, 1u, 99'999u, 100'001u, 0x7fffffffu, 0xffffffffu}) {
    std::string lying = *packed;
    std::memcpy(lying.data() + lying.size() - sizeof said, &said, sizeof said);
    CHECK(Decompress(ContentEncoding::kGzip, lying, page.size() + 10).status().code() == base::Code::kCorrupt);
    CHECK(Decompress(ContentEncoding::kGzip, lying, page.size() - 1).status().code() == base::Code::kLimit);
  }
  // The size of the last member says nothing of those before it.
  const auto small = Compress(ContentEncoding::kGzip, "");
  REQUIRE(small.ok());
  const auto back = Decompress(ContentEncoding::kGzip, *packed + *small, page.size());
  REQUIRE(back.ok());
  CHECK(*back == page);
}

}  // namespace bekci::wire::compression_test
