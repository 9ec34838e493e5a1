#include "agent/notify/message/notification.h"

#include <algorithm>
#include <array>

namespace bekci::notify::message {

uint64_t Fingerprint(const model::Labels& labels) {
  constexpr uint64_t kPrime = 0x100000001b3;
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
    hash = (hash ^ 0xff) * kPrime;
  };
  for (const auto& [name, value] : labels) {
    add(name);
    add(value);
  }
  return hash;
}

std::string FingerprintText(uint64_t fingerprint) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (size_t i = 16; i-- > 0; fingerprint >>= 4) text[i] = kDigits[fingerprint & 15];
  return text;
}

std::string_view ReasonText(Reason reason) {
  constexpr std::array<std::string_view, 6> kTexts = {"unknown",
                                                      "first notification",
                                                      "new alerts added",
                                                      "some alerts resolved",
                                                      "all alerts resolved",
                                                      "repeat interval elapsed"};
  return kTexts[static_cast<size_t>(reason)];
}

bool Notification::firing() const {
  return std::any_of(alerts.begin(), alerts.end(), [](const Alert& alert) { return !alert.resolved; });
}

}  // namespace bekci::notify::message
