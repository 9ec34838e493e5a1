// time: the host's wall clock and time zone, and which clock sources the kernel has and uses, from sysfs.
#include <map>

#include "agent/base/text.h"
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kNow = {"node_time_seconds", MetricType::kGauge, "System time in seconds since epoch (1970)."};
constexpr MetricSpec kZone = {"node_time_zone_offset_seconds", MetricType::kGauge,
                              "System time zone offset in seconds.", "time_zone"};
constexpr MetricSpec kAvailable = {"node_time_clocksource_available_info", MetricType::kGauge,
                                   "Available clocksources read from '/sys/devices/system/clocksource'.",
                                   "device,clocksource"};
constexpr MetricSpec kCurrent = {"node_time_clocksource_current_info", MetricType::kGauge,
                                 "Current clocksource read from '/sys/devices/system/clocksource'.",
                                 "device,clocksource"};
constexpr const MetricSpec* kMetrics[] = {&kNow, &kZone, &kAvailable, &kCurrent};

class Time : public Part {
 public:
  explicit Time(const HostEnvironment& environment) : environment_(environment) { FindSources(); }

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const base::Timestamp now = environment_.clock.Now();
    sink.Add(kNow, static_cast<double>(now.ms) / 1000);
    const TimeZone zone = environment_.calls.LocalTimeZone(now.ms / 1000);
    sink.Add(kZone, {zone.name}, static_cast<double>(zone.offset_seconds));
    for (Source& source : sources_) RETURN_IF_ERROR(AddSource(source, sink));
    return base::OkStatus();
  }

 private:
  struct Source {
    std::string device;  // "0" of clocksource0
    base::RereadFile available;
    base::RereadFile current;
  };

  // The kernel has exactly one such directory since boot; containers without sysfs have none.
  void FindSources() {
    const std::string directory = environment_.Sys("devices/system/clocksource");
    const auto names = environment_.fs.ListDirectory(directory);
    if (!names.ok()) return;
    for (const std::string& name : *names) {
      const std::string_view device = DigitsAfter(name, "clocksource");
      if (device.empty()) continue;
      const std::string base = directory + "/" + name;
      sources_.push_back({std::string(device), base::RereadFile(environment_.fs, base + "/available_clocksource"),
                          base::RereadFile(environment_.fs, base + "/current_clocksource")});
    }
  }

  static base::Status AddSource(Source& source, FamilySink& sink) {
    ASSIGN_OR_RETURN(const std::string_view available, source.available.Read());
    base::FieldReader fields(base::Trim(available));
    for (std::string_view name = fields.Next(); !name.empty(); name = fields.Next()) {
      if (!base::IsValidUtf8(name)) return base::Corrupt(source.available.path() + ": is not text");
      sink.Add(kAvailable, {source.device, name}, 1);
    }
    ASSIGN_OR_RETURN(const std::string_view current, source.current.Read());
    if (!base::IsValidUtf8(current)) return base::Corrupt(source.current.path() + ": is not text");
    sink.Add(kCurrent, {source.device, base::Trim(current)}, 1);
    return base::OkStatus();
  }

  const HostEnvironment& environment_;
  std::vector<Source> sources_;
};

}  // namespace

extern const PartSpec kTime;
constinit const PartSpec kTime = {
    .name = "time",
    .help = "Wall clock, time zone and clock source.",
    .metrics = kMetrics,
    .make = MakePart<Time>,
};

}  // namespace bekci::exporters::host
