// Prefix codes of least total length among those with no code longer than a limit, in the canonical form of DEFLATE.
//
// Source of the lengths: the package-merge algorithm (L. Larmore, D. Hirschberg, "A fast algorithm for optimal
// length-limited Huffman codes", 1990). With at most 286 symbols and a limit of 15 it is a few thousand steps, so the
// exact answer costs no more than a heuristic. Source of the codes: RFC 1951, 3.2.2. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>

namespace bekci::wire {

// Fills `lengths` (as many as frequencies): 0 for symbols of frequency 0, else 1..max_bits. At most 2^max_bits symbols
// may have a frequency. The code is always complete: where fewer than two symbols are used, the first unused ones get a
// code too, for there are readers that refuse a code of one symbol.
void LimitedCodeLengths(std::span<const uint32_t> frequencies, unsigned max_bits, std::span<uint8_t> lengths);

// The codes that belong to the lengths, each with its first bit lowest, as BitWriter wants it. Lengths are 0..15.
void CanonicalCodes(std::span<const uint8_t> lengths, std::span<uint16_t> codes);

}  // namespace bekci::wire
