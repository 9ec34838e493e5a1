// CommandStats: calls and microseconds of every command, from INFO's commandstats. The latency summaries and histograms
// get their sums from it, since the server's own percentiles and buckets come without.
//
// Those name the commands in nearly the same order, so a look-up is usually one comparison.
// Thread rule: one thread at a time. Names are views into the INFO text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace bekci::exporters::redis {

struct CommandStat {
  std::string_view name;  // "get", "config|get"
  double calls = 0;
  double usec = 0;
};

class CommandStats {
 public:
  void Clear();
  void Add(const CommandStat& stat);
  const CommandStat* Find(std::string_view name) const;

 private:
  std::vector<CommandStat> stats_;
  mutable size_t next_ = 0;               // where the last look-up ended
  mutable std::vector<uint32_t> sorted_;  // by name; made when a look-up goes out of order
};

}  // namespace bekci::exporters::redis
