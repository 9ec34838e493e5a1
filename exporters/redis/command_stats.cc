#include "exporters/redis/command_stats.h"

#include <algorithm>
#include <numeric>

namespace bekci::exporters::redis {

void CommandStats::Clear() {
  stats_.clear();
  sorted_.clear();
  next_ = 0;
}

void CommandStats::Add(const CommandStat& stat) {
  stats_.push_back(stat);
  sorted_.clear();
}

const CommandStat* CommandStats::Find(std::string_view name) const {
  // A command that was never called to its end has statistics but no latencies: look a little further.
  constexpr size_t kAhead = 4;
  for (size_t i = next_; i < std::min(stats_.size(), next_ + kAhead); ++i) {
    if (stats_[i].name != name) continue;
    next_ = i + 1;
    return &stats_[i];
  }
  const auto name_of = [this](uint32_t i) { return stats_[i].name; };
  if (sorted_.size() != stats_.size()) {
    sorted_.resize(stats_.size());
    std::iota(sorted_.begin(), sorted_.end(), 0);
    std::ranges::sort(sorted_, {}, name_of);
  }
  const auto found = std::ranges::lower_bound(sorted_, name, {}, name_of);
  if (found == sorted_.end() || name_of(*found) != name) return nullptr;
  next_ = *found + 1;
  return &stats_[*found];
}

}  // namespace bekci::exporters::redis
