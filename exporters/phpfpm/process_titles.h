// ProcessTitles: FPM's workers as the process table shows them, without asking FPM.
//
// FPM names its processes: "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)" and "php-fpm: pool www". Masters
// are looked for in the whole of /proc, but only every kScanInterval; their children are one small file per master, and
// the title of a child is read once. So the steady cost is one read per master, however many processes a host has.
//
// Source: proc(5): /proc/<pid>/cmdline, /proc/<pid>/task/<tid>/children.
// Invariant: bounded by kMaxMasters and kMaxChildren.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"

namespace bekci::exporters::phpfpm {

class ProcessTitles {
 public:
  static constexpr base::Duration kScanInterval = base::seconds(30);
  static constexpr base::Duration kScanIntervalWithoutMaster = base::seconds(10);
  static constexpr size_t kMaxMasters = 32;
  static constexpr size_t kMaxChildren = 10'000;

  ProcessTitles(base::FileSystem& fs, std::string procfs, const base::Clock& clock)
      : fs_(fs), procfs_(std::move(procfs)), clock_(clock) {}

  void Refresh();
  // Whether any master of FPM is seen: without one, a count of 0 would mean nothing.
  bool HasMaster() const { return !masters_.empty(); }
  // Workers of `pool`. `pool_file` tells pools of one name of several masters apart: a master counts when the file is
  // in or below the directory of its configuration; empty: every master.
  uint64_t CountWorkers(std::string_view pool, std::string_view pool_file) const;

 private:
  struct Master {
    std::string directory;  // of its configuration, with a final slash
    base::RereadFile children;
    std::map<uint64_t, std::string> pools;  // of its children, by pid
    bool alive = true;
  };
  void Scan();
  void RefreshChildren(Master& master);
  std::string Title(std::string_view pid);

  base::FileSystem& fs_;
  const std::string procfs_;
  const base::Clock& clock_;
  base::MonotonicTime next_scan_;
  std::map<std::string, Master> masters_;  // by pid
  std::string text_;
};

}  // namespace bekci::exporters::phpfpm
