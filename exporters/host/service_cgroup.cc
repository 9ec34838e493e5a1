#include "exporters/host/service_cgroup.h"

#include <fnmatch.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/base/text.h"

namespace bekci::exporters::host {

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;

constinit const MetricSpec kServiceSource = {
    "bekci_service_source", kGauge,
    "Where the numbers of a service come from: its control group (cgroup2, cgroup1) or its processes; always 1.",
    "service,source"};
constinit const MetricSpec kServiceCpu = {"bekci_service_cpu_seconds_total", kCounter,
                                          "CPU time used by a service, in user and system mode.", "mode,service"};
constinit const MetricSpec kServiceThrottled = {"bekci_service_cpu_throttled_seconds_total", kCounter,
                                                "Time a service was kept from running by its CPU quota.", "service"};
constinit const MetricSpec kServiceMemory = {
    "bekci_service_memory_bytes", kGauge, "Memory accounted to a service, page cache included where it is accounted.",
    "service"};
constinit const MetricSpec kServiceMemoryKind = {
    "bekci_service_memory_kind_bytes", kGauge,
    "Memory of a service by kind: anon (its own), file (page cache), kernel, swap (not part of the others).",
    "kind,service"};
constinit const MetricSpec kServiceMemoryLimit = {"bekci_service_memory_limit_bytes", kGauge,
                                                  "Memory limit of a service; absent when there is none.", "service"};
constinit const MetricSpec kServiceMemoryEvents = {
    "bekci_service_memory_events_total", kCounter,
    "How often a service's memory met a limit: low, high, max, oom, oom_kill (see the kernel's cgroup-v2 document).",
    "event,service"};
constinit const MetricSpec kServiceOomKills = {"bekci_service_oom_kills_total", kCounter,
                                               "Processes of a service that the kernel killed for want of memory.",
                                               "service"};
constinit const MetricSpec kServiceIoBytes = {"bekci_service_io_bytes_total", kCounter,
                                              "Bytes a service read from and wrote to block devices.",
                                              "operation,service"};
constinit const MetricSpec kServiceIoOperations = {"bekci_service_io_operations_total", kCounter,
                                                   "Reads and writes of a service on block devices.",
                                                   "operation,service"};
constinit const MetricSpec kServicePids = {"bekci_service_pids", kGauge, "Processes and threads of a service.",
                                           "service"};
constinit const MetricSpec kServicePressureWaiting = {
    "bekci_service_pressure_waiting_seconds_total", kCounter,
    "Time in which some of a service's tasks waited for cpu, io or memory.", "resource,service"};
constinit const MetricSpec kServicePressureStalled = {
    "bekci_service_pressure_stalled_seconds_total", kCounter,
    "Time in which all of a service's tasks waited for cpu, io or memory.", "resource,service"};

namespace {

constexpr double kMicrosPerSecond = 1e6;

// Calls fn(key, number) for lines of "key number": memory.stat, memory.events, cpu.stat.
template <typename Fn>
void ForEachPair(std::string_view text, Fn&& fn) {
  base::LineReader lines(text);
  std::string_view line;
  while (lines.Next(&line)) {
    const size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const auto number = base::ParseUint(base::Trim(line.substr(space + 1)));
    if (number) fn(line.substr(0, space), static_cast<double>(*number));
  }
}

struct IoTotals {
  double read_bytes = 0, written_bytes = 0, reads = 0, writes = 0;
};

void EmitIo(const std::string& service, const IoTotals& io, FamilySink& sink) {
  sink.Add(kServiceIoBytes, {"read", service}, io.read_bytes);
  sink.Add(kServiceIoBytes, {"write", service}, io.written_bytes);
  sink.Add(kServiceIoOperations, {"read", service}, io.reads);
  sink.Add(kServiceIoOperations, {"write", service}, io.writes);
}

class V2Group : public ServiceCgroup {
 public:
  V2Group(AttributeReader& reader, const CgroupLayout& layout, const FoundService& service)
      : reader_(reader), service_(service.name) {
    for (size_t i = 0; i < std::size(kFiles); ++i) {
      files_.emplace_back(reader, layout.root + "/" + service.group + "/" + kFiles[i]);
    }
  }

  bool Emit(FamilySink& sink) override {
    const auto cpu = reader_.Read(files_[kCpu]);  // there without any controller, so its absence means the group's
    if (!cpu.ok()) return false;
    sink.Add(kServiceSource, {service_, "cgroup2"}, 1);
    EmitCpu(*cpu, sink);
    EmitMemory(sink);
    if (const auto io = reader_.Read(files_[kIo]); io.ok()) EmitIo(service_, SumIo(*io), sink);
    if (const auto pids = reader_.ReadUint(files_[kPids])) {
      sink.Add(kServicePids, {service_}, static_cast<double>(*pids));
    }
    EmitPressure(kCpuPressure, "cpu", sink);
    EmitPressure(kIoPressure, "io", sink);
    EmitPressure(kMemoryPressure, "memory", sink);
    return true;
  }

 private:
  enum File : size_t {
    kCpu,
    kMemory,
    kMax,
    kSwap,
    kStat,
    kEvents,
    kIo,
    kPids,
    kCpuPressure,
    kIoPressure,
    kMemoryPressure
  };
  static constexpr const char* kFiles[] = {"cpu.stat",     "memory.current", "memory.max",     "memory.swap.current",
                                           "memory.stat",  "memory.events",  "io.stat",        "pids.current",
                                           "cpu.pressure", "io.pressure",    "memory.pressure"};

  void EmitCpu(std::string_view text, FamilySink& sink) {
    ForEachPair(text, [&](std::string_view key, double value) {
      if (key == "user_usec") sink.Add(kServiceCpu, {"user", service_}, value / kMicrosPerSecond);
      if (key == "system_usec") sink.Add(kServiceCpu, {"system", service_}, value / kMicrosPerSecond);
      if (key == "throttled_usec") sink.Add(kServiceThrottled, {service_}, value / kMicrosPerSecond);
    });
  }

  void EmitMemory(FamilySink& sink) {
    const auto add = [&](File file, const MetricSpec& spec) {  // "max", no limit, is no number
      if (const auto bytes = reader_.ReadUint(files_[file])) sink.Add(spec, {service_}, static_cast<double>(*bytes));
    };
    add(kMemory, kServiceMemory);
    add(kMax, kServiceMemoryLimit);
    if (const auto swap = reader_.ReadUint(files_[kSwap])) {
      sink.Add(kServiceMemoryKind, {"swap", service_}, static_cast<double>(*swap));
    }
    if (const auto stat = reader_.Read(files_[kStat]); stat.ok()) {
      ForEachPair(*stat, [&](std::string_view key, double value) {
        if (key == "anon" || key == "file" || key == "kernel") sink.Add(kServiceMemoryKind, {key, service_}, value);
      });
    }
    if (const auto events = reader_.Read(files_[kEvents]); events.ok()) {
      ForEachPair(*events, [&](std::string_view key, double value) {
        if (std::find(std::begin(kEventNames), std::end(kEventNames), key) == std::end(kEventNames)) return;
        sink.Add(kServiceMemoryEvents, {key, service_}, value);
        if (key == "oom_kill") sink.Add(kServiceOomKills, {service_}, value);
      });
    }
  }
  static constexpr std::string_view kEventNames[] = {"low", "high", "max", "oom", "oom_kill"};

  // "254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0" per device. A device mapper counts again what the disks
  // below it count, but only the disks are charged here, so adding the lines up is right.
  static IoTotals SumIo(std::string_view text) {
    IoTotals sum;
    base::LineReader lines(text);
    std::string_view line;
    while (lines.Next(&line)) {
      base::FieldReader fields(line);
      for (std::string_view field = fields.Next(); !field.empty(); field = fields.Next()) {
        const size_t equals = field.find('=');
        if (equals == std::string_view::npos) continue;
        const double value = static_cast<double>(base::ParseUint(field.substr(equals + 1)).value_or(0));
        const std::string_view key = field.substr(0, equals);
        if (key == "rbytes") sum.read_bytes += value;
        if (key == "wbytes") sum.written_bytes += value;
        if (key == "rios") sum.reads += value;
        if (key == "wios") sum.writes += value;
      }
    }
    return sum;
  }

  // "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234" and the same for "full", in microseconds.
  void EmitPressure(File file, std::string_view resource, FamilySink& sink) {
    const auto text = reader_.Read(files_[file]);
    if (!text.ok()) return;  // the kernel has no PSI, or it is off: EOPNOTSUPP
    base::LineReader lines(*text);
    std::string_view line;
    while (lines.Next(&line)) {
      const size_t total = line.find(" total=");
      if (total == std::string_view::npos) continue;
      const auto waited = base::ParseUint(base::Trim(line.substr(total + 7)));
      if (!waited) continue;
      const MetricSpec& spec = line.starts_with("some") ? kServicePressureWaiting : kServicePressureStalled;
      sink.Add(spec, {resource, service_}, static_cast<double>(*waited) / kMicrosPerSecond);
    }
  }

  AttributeReader& reader_;
  const std::string service_;
  std::vector<AttributeFile> files_;
};

class V1Group : public ServiceCgroup {
 public:
  V1Group(AttributeReader& reader, const CgroupLayout& layout, const FoundService& service)
      : reader_(reader), service_(service.name) {
    for (const char* file : kFiles) {
      // "memory memory.stat" is <root>/memory/<group>/memory.stat.
      const std::string_view text(file);
      const size_t space = text.find(' ');
      files_.emplace_back(reader, layout.root + "/" + std::string(text.substr(0, space)) + "/" + service.group + "/" +
                                      std::string(text.substr(space + 1)));
    }
  }

  bool Emit(FamilySink& sink) override {
    bool any = false;
    if (const auto text = reader_.Read(files_[kCpu]); text.ok()) {
      any = true;
      // In ticks of USER_HZ, which is 100 on every architecture Debian has.
      ForEachPair(*text, [&](std::string_view mode, double ticks) {
        if (mode == "user" || mode == "system") sink.Add(kServiceCpu, {mode, service_}, ticks / 100);
      });
    }
    any = EmitMemory(sink) || any;
    if (const auto pids = reader_.ReadUint(files_[kPids])) {
      any = true;
      sink.Add(kServicePids, {service_}, static_cast<double>(*pids));
    }
    IoTotals io;
    const bool bytes = AddIo(kIoBytes, &io.read_bytes, &io.written_bytes);
    const bool operations = AddIo(kIoOperations, &io.reads, &io.writes);
    if (bytes && operations) EmitIo(service_, io, sink);
    if (any) sink.Add(kServiceSource, {service_, "cgroup1"}, 1);
    return any;
  }

 private:
  enum File : size_t { kCpu, kMemory, kLimit, kStat, kOom, kPids, kIoBytes, kIoOperations };
  static constexpr const char* kFiles[] = {"cpuacct cpuacct.stat",
                                           "memory memory.usage_in_bytes",
                                           "memory memory.limit_in_bytes",
                                           "memory memory.stat",
                                           "memory memory.oom_control",
                                           "pids pids.current",
                                           "blkio blkio.throttle.io_service_bytes",
                                           "blkio blkio.throttle.io_serviced"};

  bool EmitMemory(FamilySink& sink) {
    const auto usage = reader_.ReadUint(files_[kMemory]);
    if (!usage) return false;
    sink.Add(kServiceMemory, {service_}, static_cast<double>(*usage));
    const auto limit = reader_.ReadUint(files_[kLimit]);
    constexpr uint64_t kNoLimit = uint64_t{1} << 62;  // "none" is the largest number of pages, in bytes
    if (limit && *limit < kNoLimit) sink.Add(kServiceMemoryLimit, {service_}, static_cast<double>(*limit));
    if (const auto stat = reader_.Read(files_[kStat]); stat.ok()) {
      ForEachPair(*stat, [&](std::string_view key, double value) {
        if (key == "total_rss") sink.Add(kServiceMemoryKind, {"anon", service_}, value);
        if (key == "total_cache") sink.Add(kServiceMemoryKind, {"file", service_}, value);
        if (key == "total_swap") sink.Add(kServiceMemoryKind, {"swap", service_}, value);
      });
    }
    if (const auto oom = reader_.Read(files_[kOom]); oom.ok()) {
      ForEachPair(*oom, [&](std::string_view key, double value) {
        if (key == "oom_kill") sink.Add(kServiceOomKills, {service_}, value);
      });
    }
    return true;
  }

  // "254:0 Read 4096" per device and operation; the sums at the end ("Total 4096") have no device.
  bool AddIo(File file, double* read, double* write) {
    const auto text = reader_.Read(files_[file]);
    if (!text.ok()) return false;
    base::LineReader lines(*text);
    std::string_view line;
    while (lines.Next(&line)) {
      base::FieldReader fields(line);
      if (fields.Next().find(':') == std::string_view::npos) continue;
      const std::string_view operation = fields.Next();
      const double value = static_cast<double>(base::ParseUint(fields.Next()).value_or(0));
      if (operation == "Read") *read += value;
      if (operation == "Write") *write += value;
    }
    return true;
  }

  AttributeReader& reader_;
  const std::string service_;
  std::vector<AttributeFile> files_;
};

}  // namespace

CgroupLayout FindCgroups(base::FileSystem& fs, const std::string& root) {
  if (fs.Exists(root + "/cgroup.controllers")) return {CgroupLayout::Version::kV2, root};
  if (fs.Exists(root + "/memory") || fs.Exists(root + "/cpuacct")) return {CgroupLayout::Version::kV1, root};
  return {};
}

bool MatchesAny(const std::vector<std::string>& patterns, const std::string& name) {
  for (const std::string& pattern : patterns) {
    if (fnmatch(pattern.c_str(), name.c_str(), 0) == 0) return true;
  }
  return false;
}

std::vector<FoundService> FindServices(base::FileSystem& fs, const CgroupLayout& layout,
                                       const std::vector<std::string>& patterns, size_t limit) {
  std::vector<FoundService> found;
  // With v1 every controller has the same tree as far as it is enabled; memory and cpuacct are the usual ones.
  std::vector<std::string> trees = {layout.root};
  if (layout.version == CgroupLayout::Version::kNone) return found;
  if (layout.version == CgroupLayout::Version::kV1) trees = {layout.root + "/memory", layout.root + "/cpuacct"};
  constexpr std::string_view kSuffix = ".service";
  for (const std::string& tree : trees) {
    std::vector<std::string> slices = {"system.slice"};
    for (size_t i = 0; i < slices.size(); ++i) {
      const std::string slice = slices[i];
      const auto names = fs.ListDirectory(tree + "/" + slice);
      if (!names.ok()) continue;
      for (const std::string& name : *names) {
        if (i == 0 && name.ends_with(".slice")) slices.push_back(slice + "/" + name);
        if (!name.ends_with(kSuffix)) continue;
        const std::string service = name.substr(0, name.size() - kSuffix.size());
        if (MatchesAny(patterns, service)) found.push_back({service, slice + "/" + name});
      }
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  found.erase(std::unique(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.name == b.name; }),
              found.end());
  if (found.size() > limit) found.resize(limit);
  return found;
}

std::unique_ptr<ServiceCgroup> OpenServiceCgroup(AttributeReader& reader, const CgroupLayout& layout,
                                                 const FoundService& service) {
  if (layout.version == CgroupLayout::Version::kV2) return std::make_unique<V2Group>(reader, layout, service);
  return std::make_unique<V1Group>(reader, layout, service);
}

}  // namespace bekci::exporters::host
