// thermal_zone: temperatures and cooling devices of the kernel's thermal framework, from /sys/class/thermal.
//
// A zone whose sensor does not answer (powered down with its device: ENODATA, EAGAIN) costs its own series only.
#include <string>
#include <utility>
#include <vector>

#include "agent/base/text.h"
#include "exporters/host/attribute_file.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kTemperature = {"node_thermal_zone_temp", MetricType::kGauge, "Zone temperature in Celsius",
                                     "type,zone"};
constexpr MetricSpec kCurrentState = {"node_cooling_device_cur_state", MetricType::kGauge,
                                      "Current throttle state of the cooling device", "name,type"};
constexpr MetricSpec kMaxState = {"node_cooling_device_max_state", MetricType::kGauge,
                                  "Maximum throttle state of the cooling device", "name,type"};
constexpr const MetricSpec* kMetrics[] = {&kTemperature, &kCurrentState, &kMaxState};

constexpr std::string_view kZonePrefix = "thermal_zone";
constexpr std::string_view kDevicePrefix = "cooling_device";
constexpr size_t kMaxOpen = 48;

class ThermalZone : public Part {
 public:
  explicit ThermalZone(const HostEnvironment& environment)
      : directory_(environment.Sys("class/thermal")), reader_(environment.fs, kMaxOpen) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    ASSIGN_OR_RETURN(std::vector<std::string> names, List());
    if (names != names_) Rebuild(std::move(names));
    for (Zone& zone : zones_) {
      reader_.ReadLabel(zone.type_file, &zone.type);
      const auto millidegrees = reader_.ReadInt(zone.temperature);
      if (millidegrees) sink.Add(kTemperature, {zone.type, zone.name}, static_cast<double>(*millidegrees) / 1000);
    }
    for (Device& device : devices_) {
      reader_.ReadLabel(device.type_file, &device.type);
      const auto current = reader_.ReadInt(device.current);
      const auto maximum = reader_.ReadInt(device.maximum);
      if (!current || !maximum) continue;
      sink.Add(kCurrentState, {device.name, device.type}, static_cast<double>(*current));
      sink.Add(kMaxState, {device.name, device.type}, static_cast<double>(*maximum));
    }
    return base::OkStatus();
  }

 private:
  struct Zone {
    std::string name, type;
    AttributeFile type_file, temperature;
  };
  struct Device {
    std::string name, type;
    AttributeFile type_file, current, maximum;
  };

  base::Result<std::vector<std::string>> List() {
    auto names = reader_.fs().ListDirectory(directory_);
    // node_exporter calls a host without thermal framework a success.
    if (!names.ok() && names.status().code() == base::Code::kNotFound) return std::vector<std::string>();
    return names;
  }

  AttributeFile File(const std::string& name, const char* attribute) {
    return AttributeFile(reader_, directory_ + "/" + name + "/" + attribute);
  }

  void Rebuild(std::vector<std::string> names) {
    names_ = std::move(names);
    zones_.clear();
    devices_.clear();
    for (const std::string& name : NumberedNames(names_, kZonePrefix)) {
      zones_.push_back({name.substr(kZonePrefix.size()), "", File(name, "type"), File(name, "temp")});
    }
    for (const std::string& name : NumberedNames(names_, kDevicePrefix)) {
      devices_.push_back({name.substr(kDevicePrefix.size()), "", File(name, "type"), File(name, "cur_state"),
                          File(name, "max_state")});
    }
  }

  const std::string directory_;
  AttributeReader reader_;
  std::vector<std::string> names_;
  std::vector<Zone> zones_;
  std::vector<Device> devices_;
};

}  // namespace

extern const PartSpec kThermalZone;
constinit const PartSpec kThermalZone = {
    .name = "thermal_zone",
    .help = "Temperatures and cooling devices of the thermal framework.",
    .metrics = kMetrics,
    .make = MakePart<ThermalZone>,
};

}  // namespace bekci::exporters::host
