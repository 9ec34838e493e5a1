// CpuInfo: what /proc/cpuinfo says of each CPU (vendor, model, microcode), as node_cpu_info and, where asked for, its
// flags and bugs. Off by default, as in node_exporter: many labels that never change.
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <string>

#include "exporters/host/name_filter.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {

inline constexpr MetricSpec kCpuInfo = {"node_cpu_info", MetricType::kGauge, "CPU information from /proc/cpuinfo.",
                                        "package,core,cpu,vendor,family,model,model_name,microcode,stepping,cachesize"};
inline constexpr MetricSpec kCpuFlagInfo = {
    "node_cpu_flag_info", MetricType::kGauge,
    "The `flags` field of CPU information from /proc/cpuinfo taken from the first core.", "flag"};
inline constexpr MetricSpec kCpuBugInfo = {
    "node_cpu_bug_info", MetricType::kGauge,
    "The `bugs` field of CPU information from /proc/cpuinfo taken from the first core.", "bug"};

class CpuInfo {
 public:
  // Empty patterns: no flags, no bugs.
  static base::Result<std::unique_ptr<CpuInfo>> Make(const HostEnvironment& environment,
                                                     const std::string& flags_include, const std::string& bugs_include);
  base::Status Collect(FamilySink& sink);

 private:
  explicit CpuInfo(const HostEnvironment& environment) : file_(environment.fs, environment.Proc("cpuinfo")) {}

  base::RereadFile file_;
  std::unique_ptr<NameFilter> flags_;
  std::unique_ptr<NameFilter> bugs_;
};

}  // namespace bekci::exporters::host
