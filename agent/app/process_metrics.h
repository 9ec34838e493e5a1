// process_*: what every Prometheus client says about its own process, read from /proc/self.
//
// Source: the "Process metrics" section of Prometheus' client library guidelines. Thread rule: one thread at a time.
#pragma once

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/collect/family_sink.h"

namespace bekci::app {

class ProcessMetrics {
 public:
  // `proc`: where procfs is, "/proc".
  ProcessMetrics(base::FileSystem& fs, const std::string& proc);

  void Collect(collect::FamilySink& sink);

 private:
  void FromStat(collect::FamilySink& sink);
  void FromDescriptors(collect::FamilySink& sink);
  // When the host booted, seconds since the epoch: read once, so that the start time does not wander with NTP.
  double BootTime();

  base::FileSystem& fs_;
  base::RereadFile stat_;
  const std::string descriptors_;
  const std::string host_stat_;
  double boot_time_ = 0;
};

}  // namespace bekci::app
