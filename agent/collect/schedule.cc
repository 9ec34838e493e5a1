#include "agent/collect/schedule.h"

#include <algorithm>
#include <cstdint>

namespace bekci::collect {
namespace {

// FNV-1a: a few dozen bytes once per reload, and the same everywhere for ever.
uint64_t Hash(uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

}  // namespace

base::Duration TickOffset(std::string_view collector, std::string_view instance, base::Duration interval) {
  const int64_t interval_ms = std::max<int64_t>(base::ToMillis(interval), 1);
  uint64_t hash = Hash(Hash(Hash(14695981039346656037u, collector), "/"), instance);
  hash ^= hash >> 29;  // the low bits of FNV alone spread short names badly
  return base::milliseconds(static_cast<int64_t>(hash % static_cast<uint64_t>(interval_ms)));
}

base::Duration UntilNextTick(base::Timestamp now, base::Duration interval, base::Duration offset) {
  const int64_t interval_ms = std::max<int64_t>(base::ToMillis(interval), 1);
  const int64_t earliest = now.ms + std::max<int64_t>(interval_ms / 2, 1);
  int64_t past_tick = (earliest - base::ToMillis(offset)) % interval_ms;
  if (past_tick < 0) past_tick += interval_ms;
  const int64_t tick = past_tick == 0 ? earliest : earliest + interval_ms - past_tick;
  return base::milliseconds(tick - now.ms);
}

}  // namespace bekci::collect
