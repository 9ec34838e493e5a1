#include "agent/wire/huffman_code.h"

#include <doctest/doctest.h>

#include <queue>
#include <random>
#include <vector>

#include "agent/wire/deflate_block.h"

namespace bekci::wire::huffman_code_test {
namespace {

std::vector<uint8_t> LengthsOf(const std::vector<uint32_t>& frequencies, unsigned max_bits) {
  std::vector<uint8_t> lengths(frequencies.size());
  LimitedCodeLengths(frequencies, max_bits, lengths);
  return lengths;
}

uint64_t Cost(const std::vector<uint32_t>& frequencies, const std::vector<uint8_t>& lengths) {
  uint64_t cost = 0;
  for (size_t i = 0; i < lengths.size(); ++i) cost += uint64_t{frequencies[i]} * lengths[i];
  return cost;
}

// Each possible string of max_bits bits begins with exactly one code.
bool IsComplete(const std::vector<uint8_t>& lengths, unsigned max_bits) {
  uint64_t covered = 0;
  for (const uint8_t length : lengths) {
    if (length > max_bits) return false;
    if (length > 0) covered += uint64_t{1} << (max_bits - length);
  }
  return covered == uint64_t{1} << max_bits;
}

// Huffman's own algorithm: the cost of the best code when there is no limit.
uint64_t UnlimitedCost(const std::vector<uint32_t>& frequencies) {
  std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<>> weights;
  for (const uint32_t frequency : frequencies) {
    if (frequency > 0) weights.push(frequency);
  }
  uint64_t cost = 0;
  while (weights.size() > 1) {
    uint64_t pair = weights.top();
    weights.pop();
    pair += weights.top();
    weights.pop();
    cost += pair;
    weights.push(pair);
  }
  return cost;
}

// The cost of the best code within the limit, by trying every complete set of lengths. Few symbols only.
uint64_t CheapestByTrying(const std::vector<uint32_t>& frequencies, unsigned max_bits, std::vector<uint8_t>* lengths) {
  if (lengths->size() == frequencies.size()) {
    return IsComplete(*lengths, max_bits) ? Cost(frequencies, *lengths) : UINT64_MAX;
  }
  uint64_t cheapest = UINT64_MAX;
  for (uint8_t length = 1; length <= max_bits; ++length) {
    lengths->push_back(length);
    cheapest = std::min(cheapest, CheapestByTrying(frequencies, max_bits, lengths));
    lengths->pop_back();
  }
  return cheapest;
}

TEST_CASE("without need of the limit the code costs what Huffman's does") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<uint32_t> frequencies(2 + random() % 285);
    for (uint32_t& frequency : frequencies)
      frequency = random() % 3 == 0 ? 0u : static_cast<uint32_t>(1 + random() % 50);
    frequencies[0] = frequencies[1] = 7;
    const std::vector<uint8_t> lengths = LengthsOf(frequencies, 15);
    CHECK(IsComplete(lengths, 15));
    CHECK(Cost(frequencies, lengths) == UnlimitedCost(frequencies));
    for (size_t i = 0; i < lengths.size(); ++i) REQUIRE((lengths[i] > 0) == (frequencies[i] > 0));
  }
}

TEST_CASE("where the limit counts no code within it is cheaper") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 40; ++round) {
    std::vector<uint32_t> frequencies(2 + random() % 5);
    for (uint32_t& frequency : frequencies) {
      frequency = static_cast<uint32_t>(1 + random() % (random() % 2 == 0 ? 4 : 100'000));
    }
    std::vector<uint8_t> tried;
    CHECK(Cost(frequencies, LengthsOf(frequencies, 3)) == CheapestByTrying(frequencies, 3, &tried));
  }
}

TEST_CASE("frequencies that grow like Fibonacci's numbers would need long codes and get the limit's") {
  for (const unsigned max_bits : {7u, 15u}) {
    std::vector<uint32_t> frequencies = {1, 1};
    while (frequencies.size() < 40) frequencies.push_back(frequencies.end()[-1] + frequencies.end()[-2]);
    const std::vector<uint8_t> lengths = LengthsOf(frequencies, max_bits);
    CHECK(IsComplete(lengths, max_bits));
    CHECK(Cost(frequencies, lengths) > UnlimitedCost(frequencies));
    for (size_t i = 1; i < lengths.size(); ++i) CHECK(lengths[i] <= lengths[i - 1]);
  }
  CHECK(IsComplete(LengthsOf(std::vector<uint32_t>(128, 1), 7), 7));  // as many symbols as the limit has codes
}

TEST_CASE("a code has two symbols even if fewer are used") {
  CHECK(LengthsOf({0, 0, 0}, 15) == std::vector<uint8_t>{1, 1, 0});
  CHECK(LengthsOf({0, 0, 9}, 15) == std::vector<uint8_t>{1, 0, 1});
  CHECK(LengthsOf({9, 0, 0}, 15) == std::vector<uint8_t>{1, 1, 0});
  CHECK(LengthsOf({UINT32_MAX, UINT32_MAX}, 15) == std::vector<uint8_t>{1, 1});
}

TEST_CASE("codes are those of RFC 1951's example, first bit lowest") {
  const std::vector<uint8_t> lengths = {3, 3, 3, 3, 3, 2, 4, 4};  // A to H in section 3.2.2
  std::vector<uint16_t> codes(lengths.size());
  CanonicalCodes(lengths, codes);
  CHECK(codes == std::vector<uint16_t>{0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111});
}

// RFC 1951, 3.2.5, as its two tables are printed: first value of each symbol, and extra bits.
TEST_CASE("every length and distance has the symbol that RFC 1951 gives it") {
  constexpr uint32_t kLengths[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                   31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
  constexpr uint32_t kLengthBits[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                      2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
  for (uint32_t length = 3; length <= kMaxMatch; ++length) {
    const SymbolAndExtra coded = LengthSymbol(length);
    REQUIRE(coded.symbol - 257 < std::size(kLengths));
    CHECK(coded.extra_bits == kLengthBits[coded.symbol - 257]);
    CHECK(coded.extra < 1u << coded.extra_bits);
    CHECK(kLengths[coded.symbol - 257] + coded.extra == length);
  }
  constexpr uint32_t kDistances[] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                     33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                     1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
  for (uint32_t distance = 1; distance <= kMaxDistance; ++distance) {
    const SymbolAndExtra coded = DistanceSymbol(distance);
    REQUIRE(coded.symbol < kDistanceSymbols);
    REQUIRE(coded.extra_bits == (coded.symbol < 4 ? 0 : coded.symbol / 2 - 1));
    REQUIRE(coded.extra < 1u << coded.extra_bits);
    REQUIRE(kDistances[coded.symbol] + coded.extra == distance);
  }
}

}  // namespace
}  // namespace bekci::wire::huffman_code_test
