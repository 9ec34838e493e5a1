// Refusals: how often somebody asked for what he may not have, by where and why. For the metrics page.
//
// Thread rule: any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

namespace bekci::web::notify {

enum class Door : unsigned char { kApi, kLink, kSlack, kTelegram, kIntake };
inline constexpr size_t kDoors = 5;
std::string_view DoorName(Door door);  // "link"

enum class Why : unsigned char {
  kForged,     // the signature is not ours, or not there
  kExpired,    // a link, or a time stamp, from too long ago
  kReplayed,   // it was used before
  kAnswered,   // somebody else was first
  kClosed,     // the incident is over, or it cannot be done as it stands
  kUnknown,    // there is no such incident
  kStranger,   // not on the list of those who may
  kOtherSite,  // another web site made the browser ask
  kTooMany,    // requests from one address
  kTooLarge,   // a body beyond its bound
  kMalformed,  // cannot be read
};
inline constexpr size_t kWhys = 11;
std::string_view WhyName(Why why);  // "forged"

struct RefusalCount {
  Door door;
  Why why;
  uint64_t count = 0;
};

class Refusals {
 public:
  void Count(Door door, Why why) { At(door, why).fetch_add(1, std::memory_order_relaxed); }
  uint64_t Get(Door door, Why why) const { return counts_[Index(door, why)].load(std::memory_order_relaxed); }
  // Those that have happened, in the order of the enumerations: bekci_notify_refused_total{via,reason}.
  std::vector<RefusalCount> All() const;

 private:
  static size_t Index(Door door, Why why) { return static_cast<size_t>(door) * kWhys + static_cast<size_t>(why); }
  std::atomic<uint64_t>& At(Door door, Why why) { return counts_[Index(door, why)]; }

  std::array<std::atomic<uint64_t>, kDoors * kWhys> counts_{};
};

}  // namespace bekci::web::notify
