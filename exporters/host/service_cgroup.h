// ServiceCgroup: what the kernel accounts to one systemd service, from its control group.
//
// cgroup v2 has one directory per service, /sys/fs/cgroup/system.slice/nginx.service; v1 has one below each controller
// (cpuacct, memory, blkio, pids). Which of the files exist depends on the controllers that systemd enabled
// (CPUAccounting= and so on); each missing one costs its own series.
//
// Source: the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exporters/host/attribute_file.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {

// The families of services; those of processes (service_processes.h) are the same.
extern const MetricSpec kServiceSource;
extern const MetricSpec kServiceCpu;
extern const MetricSpec kServiceThrottled;
extern const MetricSpec kServiceMemory;
extern const MetricSpec kServiceMemoryKind;
extern const MetricSpec kServiceMemoryLimit;
extern const MetricSpec kServiceMemoryEvents;
extern const MetricSpec kServiceOomKills;
extern const MetricSpec kServiceIoBytes;
extern const MetricSpec kServiceIoOperations;
extern const MetricSpec kServicePids;
extern const MetricSpec kServicePressureWaiting;
extern const MetricSpec kServicePressureStalled;

// Which hierarchy a host has, and where services are in it.
struct CgroupLayout {
  enum class Version : unsigned char { kNone, kV1, kV2 };
  Version version = Version::kNone;
  std::string root;  // /sys/fs/cgroup
};
CgroupLayout FindCgroups(base::FileSystem& fs, const std::string& root);

// A service found: its name without ".service" and the path of its group below the hierarchy's root.
struct FoundService {
  std::string name;
  std::string group;  // system.slice/nginx.service
  friend bool operator==(const FoundService&, const FoundService&) = default;
};
// Services of system.slice and of the slices directly below it (instances: redis-server@a.service) whose name matches
// one of the shell patterns. Sorted, at most `limit`.
std::vector<FoundService> FindServices(base::FileSystem& fs, const CgroupLayout& layout,
                                       const std::vector<std::string>& patterns, size_t limit);
// Whether `name` matches one of the shell patterns.
bool MatchesAny(const std::vector<std::string>& patterns, const std::string& name);

class ServiceCgroup {
 public:
  virtual ~ServiceCgroup() = default;
  // False when the group is gone (the service was stopped).
  virtual bool Emit(FamilySink& sink) = 0;
};
// `reader` outlives it.
std::unique_ptr<ServiceCgroup> OpenServiceCgroup(AttributeReader& reader, const CgroupLayout& layout,
                                                 const FoundService& service);

}  // namespace bekci::exporters::host
