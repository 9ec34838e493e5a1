// The parts of DEFLATE (RFC 1951) that a writer of one dynamic block needs: which symbol says a length or a distance,
// the two prefix codes of a block, and the header that describes them. Thread rule: values and pure functions.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "agent/wire/bit_writer.h"

namespace bekci::wire {

inline constexpr unsigned kMaxMatch = 258;
inline constexpr uint32_t kMaxDistance = 32768;
inline constexpr size_t kLiteralSymbols = 286;  // bytes, the end of the block, lengths
inline constexpr size_t kDistanceSymbols = 30;
inline constexpr size_t kEndOfBlock = 256;
inline constexpr unsigned kMaxCodeBits = 15;

// A length or distance is a symbol of its code, then `extra_bits` bits with the value `extra`.
struct SymbolAndExtra {
  uint32_t symbol;
  uint32_t extra_bits;
  uint32_t extra;
};

// RFC 1951, 3.2.5: four symbols for each doubling of length - 3, and one of its own for the longest. 3..258.
constexpr SymbolAndExtra LengthSymbol(uint32_t length) {
  const uint32_t x = length - 3;
  if (length == kMaxMatch) return {285, 0, 0};
  if (x < 8) return {257 + x, 0, 0};
  const auto high = static_cast<uint32_t>(std::bit_width(x)) - 1;
  const uint32_t extra_bits = high - 2;
  return {257 + 4 * (high - 1) + (x >> extra_bits & 3), extra_bits, x & ((1u << extra_bits) - 1)};
}

// Two symbols for each doubling of distance - 1. 1..32768.
constexpr SymbolAndExtra DistanceSymbol(uint32_t distance) {
  const uint32_t x = distance - 1;
  if (x < 4) return {x, 0, 0};
  const auto high = static_cast<uint32_t>(std::bit_width(x)) - 1;
  const uint32_t extra_bits = high - 1;
  return {2 * high + (x >> extra_bits & 1), extra_bits, x & ((1u << extra_bits) - 1)};
}

// How often a block uses each symbol.
struct SymbolCounts {
  std::array<uint32_t, kLiteralSymbols> literals{};
  std::array<uint32_t, kDistanceSymbols> distances{};
};

// The two codes of a block, made for the counts: no shorter pair exists within the limit of 15 bits.
struct BlockCodes {
  explicit BlockCodes(const SymbolCounts& counts);

  void AppendLiteral(size_t symbol, BitWriter* out) const {
    out->Append(literal_codes[symbol], literal_lengths[symbol]);
  }
  void AppendLength(uint32_t length, BitWriter* out) const {
    const SymbolAndExtra coded = LengthSymbol(length);
    AppendLiteral(coded.symbol, out);
    out->Append(coded.extra, coded.extra_bits);
  }
  void AppendDistance(uint32_t distance, BitWriter* out) const {
    const SymbolAndExtra coded = DistanceSymbol(distance);
    const unsigned length = distance_lengths[coded.symbol];
    out->Append(uint64_t{coded.extra} << length | distance_codes[coded.symbol], length + coded.extra_bits);
  }

  std::array<uint8_t, kLiteralSymbols> literal_lengths;
  std::array<uint16_t, kLiteralSymbols> literal_codes;
  std::array<uint8_t, kDistanceSymbols> distance_lengths;
  std::array<uint16_t, kDistanceSymbols> distance_codes;
};

// Starts the last block of a stream, dynamic, with these codes: at most kMaxBlockHeaderBytes.
inline constexpr size_t kMaxBlockHeaderBytes = 600;
void AppendBlockHeader(const BlockCodes& codes, BitWriter* out);

}  // namespace bekci::wire
