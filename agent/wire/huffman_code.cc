#include "agent/wire/huffman_code.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "agent/base/status.h"

namespace bekci::wire {
namespace {

struct Leaf {
  uint64_t weight;
  uint32_t symbol;
};

// The used symbols, lightest first; at least two of them.
std::vector<Leaf> Leaves(std::span<const uint32_t> frequencies) {
  std::vector<Leaf> leaves;
  for (uint32_t s = 0; s < frequencies.size(); ++s) {
    if (frequencies[s] > 0) leaves.push_back({frequencies[s], s});
  }
  for (uint32_t s = 0; leaves.size() < 2 && s < frequencies.size(); ++s) {
    if (frequencies[s] == 0) leaves.push_back({1, s});
  }
  std::stable_sort(leaves.begin(), leaves.end(), [](const Leaf& a, const Leaf& b) { return a.weight < b.weight; });
  return leaves;
}

// One list of the algorithm: leaves and packages (pairs of the list before) by weight. Only the order matters later.
struct Level {
  std::vector<uint64_t> weights;
  std::vector<bool> is_leaf;
};

Level Merge(const std::vector<Leaf>& leaves, const std::vector<uint64_t>& below) {
  Level level;
  size_t leaf = 0;
  size_t pair = 0;
  const size_t pairs = below.size() / 2;
  while (leaf < leaves.size() || pair < pairs) {
    const uint64_t package = pair < pairs ? below[2 * pair] + below[2 * pair + 1] : UINT64_MAX;
    const bool take_leaf = leaf < leaves.size() && leaves[leaf].weight <= package;
    level.weights.push_back(take_leaf ? leaves[leaf].weight : package);
    level.is_leaf.push_back(take_leaf);
    ++(take_leaf ? leaf : pair);
  }
  return level;
}

uint16_t Reversed(unsigned code, unsigned length) {
  unsigned reversed = 0;
  for (; length > 0; --length, code >>= 1) reversed = reversed << 1 | (code & 1);
  return static_cast<uint16_t>(reversed);
}

}  // namespace

// The optimal code takes the 2n-2 lightest of the last list. Each leaf among what is taken makes its symbol's code one
// bit longer; each package takes two of the list before, again the lightest ones there. So it is enough to know, level
// by level, how many are taken and which of these are leaves.
void LimitedCodeLengths(std::span<const uint32_t> frequencies, unsigned max_bits, std::span<uint8_t> lengths) {
  BEKCI_CHECK(lengths.size() == frequencies.size() && frequencies.size() >= 2);
  std::fill(lengths.begin(), lengths.end(), uint8_t{0});
  const std::vector<Leaf> leaves = Leaves(frequencies);
  BEKCI_CHECK(leaves.size() <= (size_t{1} << max_bits));
  std::vector<Level> levels;
  for (unsigned bit = 0; bit < max_bits; ++bit) {
    levels.push_back(Merge(leaves, levels.empty() ? std::vector<uint64_t>() : levels.back().weights));
  }
  size_t taken = 2 * leaves.size() - 2;
  for (auto level = levels.rbegin(); level != levels.rend() && taken > 0; ++level) {
    const auto end = level->is_leaf.begin() + static_cast<std::ptrdiff_t>(taken);
    const auto leaves_taken = static_cast<size_t>(std::count(level->is_leaf.begin(), end, true));
    for (size_t i = 0; i < leaves_taken; ++i) ++lengths[leaves[i].symbol];
    taken = 2 * (taken - leaves_taken);
  }
}

void CanonicalCodes(std::span<const uint8_t> lengths, std::span<uint16_t> codes) {
  BEKCI_CHECK(codes.size() == lengths.size());
  std::array<unsigned, 17> of_length{};
  for (const uint8_t length : lengths) ++of_length[length];
  of_length[0] = 0;
  std::array<unsigned, 17> next{};
  for (size_t bits = 1; bits < next.size(); ++bits) next[bits] = (next[bits - 1] + of_length[bits - 1]) << 1;
  for (size_t s = 0; s < lengths.size(); ++s) {
    codes[s] = lengths[s] == 0 ? uint16_t{0} : Reversed(next[lengths[s]]++, lengths[s]);
  }
}

}  // namespace bekci::wire
