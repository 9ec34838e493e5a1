// oom: processes that the kernel killed for want of memory, on the whole host and below each top-level control group.
//
// The kernel counts its kills in /proc/vmstat (since Linux 4.13); where they happened is in the memory.events of
// control groups (v2), which count everything below them: system.slice, user.slice, a container runtime's group. Which
// process it was only the kernel log tells, and reading that needs rights we do not ask for.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/text.h"
#include "exporters/host/attribute_file.h"
#include "exporters/host/part.h"
#include "exporters/host/service_cgroup.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kKills = {"bekci_host_oom_kills_total", MetricType::kCounter,
                               "Processes that the kernel killed for want of memory, on the whole host."};
constexpr MetricSpec kGroupKills = {
    "bekci_host_cgroup_oom_kills_total", MetricType::kCounter,
    "Processes that the kernel killed for want of memory in a top-level control group and all groups below it.",
    "cgroup"};
constexpr const MetricSpec* kMetrics[] = {&kKills, &kGroupKills};

constexpr size_t kMaxGroups = 64;
constexpr base::Duration kScanInterval = base::minutes(1);
// Printing all of /proc/vmstat costs the kernel 30 us, a tenth of the whole host's round.
constexpr base::Duration kVmstatInterval = base::seconds(10);

std::optional<double> FindOomKills(std::string_view text) {
  base::LineReader lines(text);
  std::string_view line;
  constexpr std::string_view kKey = "oom_kill ";
  while (lines.Next(&line)) {
    if (!line.starts_with(kKey)) continue;
    const auto kills = base::ParseUint(base::Trim(line.substr(kKey.size())));
    if (kills) return static_cast<double>(*kills);
  }
  return std::nullopt;
}

class Oom : public Part {
 public:
  explicit Oom(const HostEnvironment& environment)
      : environment_(environment), vmstat_(environment.fs, environment.Proc("vmstat")), reader_(environment.fs, 16) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const base::MonotonicTime now = environment_.clock.Monotonic();
    if (now >= next_scan_) {
      Scan();
      next_scan_ = now + kScanInterval;
    }
    for (Group& group : groups_) {
      const auto text = reader_.Read(group.events);
      if (!text.ok()) continue;
      if (const auto kills = FindOomKills(*text)) sink.Add(kGroupKills, {group.name}, *kills);
    }
    if (now >= next_vmstat_) {
      kills_.reset();
      ASSIGN_OR_RETURN(const std::string_view text, vmstat_.Read());
      kills_ = FindOomKills(text);
      next_vmstat_ = now + kVmstatInterval;
    }
    if (!kills_) return base::NoData("this kernel does not count its OOM kills");
    sink.Add(kKills, *kills_);
    return base::OkStatus();
  }

 private:
  struct Group {
    std::string name;
    AttributeFile events;
  };

  void Scan() {
    groups_.clear();
    const CgroupLayout layout = FindCgroups(environment_.fs, environment_.Sys("fs/cgroup"));
    if (layout.version != CgroupLayout::Version::kV2) return;
    const auto names = environment_.fs.ListDirectory(layout.root);
    if (!names.ok()) return;
    for (const std::string& name : *names) {
      if (groups_.size() == kMaxGroups) break;
      AttributeFile events(reader_, layout.root + "/" + name + "/memory.events");
      if (reader_.Read(events).ok()) groups_.push_back({LabelText(name), std::move(events)});
    }
  }

  const HostEnvironment& environment_;
  base::RereadFile vmstat_;
  AttributeReader reader_;
  base::MonotonicTime next_scan_;
  base::MonotonicTime next_vmstat_;
  std::optional<double> kills_;
  std::vector<Group> groups_;
};

}  // namespace

extern const PartSpec kOom;
constinit const PartSpec kOom = {
    .name = "oom",
    .help = "Processes killed for want of memory.",
    .metrics = kMetrics,
    .make = MakePart<Oom>,
};

}  // namespace bekci::exporters::host
