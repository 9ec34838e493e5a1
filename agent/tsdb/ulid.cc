#include "agent/tsdb/ulid.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace bekci::tsdb {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kLetters = 26;

}  // namespace

std::string MakeUlid(base::Timestamp now, base::Random& random) {
  // 130 bits in letters of 5; the two highest are always zero. Time fills the first ten letters, chance the rest.
  std::string text(kLetters, '0');
  auto time = static_cast<uint64_t>(std::max<int64_t>(now.ms, 0));
  for (size_t i = 10; i-- > 0; time >>= 5) text[i] = kAlphabet[time & 31];
  for (const size_t begin : {size_t{10}, size_t{18}}) {
    uint64_t bits = random.Next();
    for (size_t i = begin; i < begin + 8; ++i, bits >>= 5) text[i] = kAlphabet[bits & 31];
  }
  return text;
}

bool IsUlid(std::string_view text) {
  return text.size() == kLetters && text.front() <= '7' &&
         std::all_of(text.begin(), text.end(), [](char c) { return kAlphabet.find(c) != std::string_view::npos; });
}

}  // namespace bekci::tsdb
