#include "agent/wire/deflate_block.h"

#include <algorithm>
#include <span>
#include <vector>

#include "agent/wire/huffman_code.h"

namespace bekci::wire {
namespace {

// The code lengths of a block are themselves coded, with these symbols beside the lengths (RFC 1951, 3.2.7).
constexpr uint8_t kRepeatLast = 16;  // 3..6 times, 2 bits
constexpr uint8_t kFewZeros = 17;    // 3..10 zeros, 3 bits
constexpr uint8_t kManyZeros = 18;   // 11..138 zeros, 7 bits
constexpr size_t kLengthSymbols = 19;
constexpr unsigned kMaxLengthCodeBits = 7;
constexpr std::array<uint8_t, kLengthSymbols> kLengthOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                              11, 4,  12, 3, 13, 2, 14, 1, 15};

struct RunItem {
  uint8_t symbol;
  uint8_t extra_bits;
  uint8_t extra;
};

// One run of `count` equal lengths, as few items as can say it.
void AppendRunItems(uint8_t length, size_t count, std::vector<RunItem>* items) {
  if (length != 0) {
    items->push_back({length, 0, 0});
    --count;
  }
  while (count >= 3) {
    const size_t step = std::min<size_t>(count, length != 0 ? 6 : 138);
    if (length != 0) {
      items->push_back({kRepeatLast, 2, static_cast<uint8_t>(step - 3)});
    } else if (step <= 10) {
      items->push_back({kFewZeros, 3, static_cast<uint8_t>(step - 3)});
    } else {
      items->push_back({kManyZeros, 7, static_cast<uint8_t>(step - 11)});
    }
    count -= step;
  }
  for (; count > 0; --count) items->push_back({length, 0, 0});
}

std::vector<RunItem> RunItems(std::span<const uint8_t> lengths) {
  std::vector<RunItem> items;
  for (size_t i = 0; i < lengths.size();) {
    size_t end = i;
    while (end < lengths.size() && lengths[end] == lengths[i]) ++end;
    AppendRunItems(lengths[i], end - i, &items);
    i = end;
  }
  return items;
}

// How many lengths are sent: trailing zeros are left out, down to `least`.
template <size_t kSize>
size_t Sent(const std::array<uint8_t, kSize>& lengths, size_t least) {
  size_t sent = kSize;
  while (sent > least && lengths[sent - 1] == 0) --sent;
  return sent;
}

}  // namespace

BlockCodes::BlockCodes(const SymbolCounts& counts) {
  LimitedCodeLengths(counts.literals, kMaxCodeBits, literal_lengths);
  CanonicalCodes(literal_lengths, literal_codes);
  LimitedCodeLengths(counts.distances, kMaxCodeBits, distance_lengths);
  CanonicalCodes(distance_lengths, distance_codes);
}

void AppendBlockHeader(const BlockCodes& codes, BitWriter* out) {
  const size_t literals = Sent(codes.literal_lengths, 257);
  const size_t distances = Sent(codes.distance_lengths, 1);
  // Both are one sequence: a run may pass from one code into the other.
  std::vector<uint8_t> lengths(codes.literal_lengths.begin(),
                               codes.literal_lengths.begin() + static_cast<std::ptrdiff_t>(literals));
  lengths.insert(lengths.end(), codes.distance_lengths.begin(),
                 codes.distance_lengths.begin() + static_cast<std::ptrdiff_t>(distances));
  const std::vector<RunItem> items = RunItems(lengths);

  std::array<uint32_t, kLengthSymbols> counts{};
  for (const RunItem& item : items) ++counts[item.symbol];
  std::array<uint8_t, kLengthSymbols> item_lengths;
  std::array<uint16_t, kLengthSymbols> item_codes;
  LimitedCodeLengths(counts, kMaxLengthCodeBits, item_lengths);
  CanonicalCodes(item_lengths, item_codes);
  size_t sent = kLengthSymbols;
  while (sent > 4 && item_lengths[kLengthOrder[sent - 1]] == 0) --sent;

  out->Append(1, 1);  // BFINAL
  out->Append(2, 2);  // BTYPE: dynamic codes
  out->Append(literals - 257, 5);
  out->Append(distances - 1, 5);
  out->Append(sent - 4, 4);
  for (size_t i = 0; i < sent; ++i) out->Append(item_lengths[kLengthOrder[i]], 3);
  for (const RunItem& item : items) {
    out->Append(item_codes[item.symbol], item_lengths[item.symbol]);
    out->Append(item.extra, item.extra_bits);
  }
}

}  // namespace bekci::wire
