#include "agent/web/notify/refusals.h"

namespace bekci::web::notify {

std::string_view DoorName(Door door) {
  constexpr std::array<std::string_view, kDoors> kNames = {"api", "link", "slack", "telegram", "webhook_intake"};
  return kNames[static_cast<size_t>(door)];
}

std::string_view WhyName(Why why) {
  constexpr std::array<std::string_view, kWhys> kNames = {"forged",   "expired",   "replayed", "answered",
                                                          "closed",   "unknown",   "stranger", "other_site",
                                                          "too_many", "too_large", "malformed"};
  return kNames[static_cast<size_t>(why)];
}

std::vector<RefusalCount> Refusals::All() const {
  std::vector<RefusalCount> all;
  for (size_t door = 0; door < kDoors; ++door) {
    for (size_t why = 0; why < kWhys; ++why) {
      const uint64_t count = Get(static_cast<Door>(door), static_cast<Why>(why));
      if (count > 0) all.push_back({static_cast<Door>(door), static_cast<Why>(why), count});
    }
  }
  return all;
}

}  // namespace bekci::web::notify
