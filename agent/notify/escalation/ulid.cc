#include "agent/notify/escalation/ulid.h"

#include <algorithm>

namespace bekci::notify::escalation {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kTimeDigits = 10;  // 50 bits, of which the time fills 48

}  // namespace

std::string MakeUlid(base::Timestamp at, base::Random& random) {
  std::string text(kUlidLength, '0');
  uint64_t time = static_cast<uint64_t>(std::max<int64_t>(at.ms, 0)) & ((uint64_t{1} << 48) - 1);
  for (size_t i = kTimeDigits; i-- > 0; time >>= 5) text[i] = kDigits[time & 31];
  for (size_t i = kTimeDigits; i < kUlidLength; ++i) text[i] = kDigits[random.Next() & 31];
  return text;
}

bool IsUlid(std::string_view text) {
  return text.size() == kUlidLength &&
         std::all_of(text.begin(), text.end(), [](char c) { return kDigits.find(c) != std::string_view::npos; });
}

}  // namespace bekci::notify::escalation
