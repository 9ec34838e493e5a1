// Slots: the times at which a group is evaluated: multiples of its interval, moved by an offset that follows from its
// name, so that groups spread over the interval and every process finds the same times again.
//
// The hash is FNV-1a (Fowler, Noll, Vo): any stable one will do.
// Thread rule: functions without state.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/base/clock.h"

namespace bekci::ruler {

inline uint64_t StableHash(std::string_view file, std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  };
  add(name);
  hash = (hash ^ 0xff) * 0x100000001b3;  // no byte of a text in UTF-8
  add(file);
  return hash;
}

class Slots {
 public:
  // `interval` is at least a millisecond.
  Slots(std::string_view file, std::string_view name, base::Duration interval)
      : interval_ms_(base::ToMillis(interval)),
        offset_ms_(static_cast<int64_t>(StableHash(file, name) % static_cast<uint64_t>(interval_ms_))) {}

  base::Duration interval() const { return base::milliseconds(interval_ms_); }
  // The latest slot at or before `at`.
  base::Timestamp Latest(base::Timestamp at) const {
    const int64_t since = at.ms - offset_ms_;
    const int64_t past = ((since % interval_ms_) + interval_ms_) % interval_ms_;
    return {at.ms - past};
  }
  // The first slot after `at`.
  base::Timestamp Next(base::Timestamp at) const { return {Latest(at).ms + interval_ms_}; }

 private:
  int64_t interval_ms_;
  int64_t offset_ms_;
};

}  // namespace bekci::ruler
