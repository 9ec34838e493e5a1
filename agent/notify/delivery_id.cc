#include "agent/notify/delivery_id.h"

#include <string_view>

namespace bekci::notify {

std::string MakeUlid(base::Random& random, base::Timestamp now) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string text(26, '0');
  auto time = static_cast<uint64_t>(now.ms);
  for (size_t i = 10; i-- > 0; time >>= 5) text[i] = kDigits[time & 31];
  // 16 characters of 5 bits, 8 from each number.
  for (size_t half = 0; half < 2; ++half) {
    uint64_t bits = random.Next();
    for (size_t i = 0; i < 8; ++i, bits >>= 5) text[10 + half * 8 + i] = kDigits[bits & 31];
  }
  return text;
}

std::string MakeUuid(base::Random& random) {
  std::string digits = random.Hex(16);
  digits[12] = '4';
  digits[16] = std::string_view("89ab")[random.Below(4)];
  for (const size_t at : {8U, 13U, 18U, 23U}) digits.insert(at, "-");
  return digits;
}

}  // namespace bekci::notify
