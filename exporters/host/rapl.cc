// rapl: energy that the CPU's packages, cores and memory used, from /sys/class/powercap (Running Average Power Limit).
//
// A zone's name becomes the family's: node_rapl_package_joules_total. Kernels let only root read the energy (since
// CVE-2020-8694); without that right there is nothing to report.
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/text.h"
#include "exporters/host/attribute_table.h"
#include "exporters/host/device_list.h"
#include "exporters/host/part.h"
#include "exporters/host/spec_cache.h"

namespace bekci::exporters::host {
namespace {

// One family per zone name; this row stands for them in the README.
constexpr MetricSpec kZone = {"node_rapl_<zone>_joules_total", MetricType::kCounter,
                              "Current RAPL <zone> value in joules", "index,path"};
constexpr MetricSpec kAllZones = {"node_rapl_joules_total", MetricType::kCounter, "Current RAPL value in joules",
                                  "index,path,rapl_zone"};
constexpr const MetricSpec* kMetrics[] = {&kZone, &kAllZones};

constexpr config::Option kOptions[] = {
    {.key = "zone_label",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "Report all zones as one family, node_rapl_joules_total, with the zone's name as a label."},
};

constexpr size_t kMaxOpen = 16;
constexpr double kMicrojoulesPerJoule = 1e6;

struct Zone {
  std::string name;   // "package"
  std::string index;  // "0"
  std::string path;   // of its directory
  AttributeFile energy;
};

void MakeSpec(std::string_view key, OwnedSpec* out) {
  out->name = "node_rapl_";
  for (const char c : key) out->name += IsNamePart(std::string_view(&c, 1)) ? c : '_';
  out->name += "_joules_total";
  out->help = "Current RAPL " + std::string(key) + " value in joules";
  out->spec.type = MetricType::kCounter;
  out->spec.labels = kZone.labels;
}

class Rapl : public Part {
 public:
  Rapl(const HostEnvironment& environment, const config::Values& options)
      : list_(environment.fs, environment.clock, environment.Sys("class/powercap")),
        reader_(environment.fs, kMaxOpen),
        zone_label_(options.Bool("zone_label")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const auto changed = list_.Refresh();
    if (!changed.ok()) zones_.clear();
    if (!changed.ok()) return changed.status();
    if (*changed) Rebuild();
    specs_.Rewind();
    base::Status status;
    for (Zone& zone : zones_) {
      base::Status one = Emit(zone, sink);
      if (one.code() == base::Code::kDenied) return base::NoData(zone.path + ": only root may read the energy");
      KeepFirst(&status, std::move(one));
    }
    return status;
  }

 private:
  // Directories without a name are the controllers of the zones.
  void Rebuild() {
    zones_.clear();
    std::map<std::string, uint64_t> next_index;  // of zones whose name has none: two "dram" are 0 and 1
    for (const std::string& directory : list_.names()) {
      const std::string path = list_.Path(directory);
      AttributeFile file(reader_, path + "/name");
      std::string name;
      reader_.ReadLabel(file, &name);
      if (name.empty()) continue;
      std::optional<uint64_t> index = SplitIndex(&name);
      if (!index) index = next_index[name];
      next_index[name] = *index + 1;
      zones_.push_back({name, std::to_string(*index), path, {reader_, path + "/energy_uj"}});
    }
  }

  // "package-1" is "package" with index 1; a name with more hyphens has no index.
  static std::optional<uint64_t> SplitIndex(std::string* name) {
    const size_t hyphen = name->find('-');
    if (hyphen == std::string::npos || name->find('-', hyphen + 1) != std::string::npos) return std::nullopt;
    const auto index = base::ParseUint(std::string_view(*name).substr(hyphen + 1));
    if (!index || *index >= UINT32_MAX) return std::nullopt;
    name->resize(hyphen);
    return index;
  }

  base::Status Emit(Zone& zone, FamilySink& sink) {
    ASSIGN_OR_RETURN(const std::string_view text, reader_.Read(zone.energy));
    const auto microjoules = base::ParseUint(text);
    if (!microjoules) return base::Corrupt(zone.energy.path() + ": is no number");
    const double joules = static_cast<double>(*microjoules) / kMicrojoulesPerJoule;
    if (zone_label_) {
      sink.Add(kAllZones, {zone.index, zone.path, zone.name}, joules);
    } else if (const MetricSpec* spec = specs_.Find(zone.name, MakeSpec)) {
      sink.Add(*spec, {zone.index, zone.path}, joules);
    }
    return base::OkStatus();
  }

  DeviceList list_;
  AttributeReader reader_;
  const bool zone_label_;
  std::vector<Zone> zones_;
  SpecCache specs_;
};

}  // namespace

extern const PartSpec kRapl;
constinit const PartSpec kRapl = {
    .name = "rapl",
    .help = "Energy used by CPU packages, cores and memory (RAPL).",
    .metrics = kMetrics,
    .options = kOptions,
    .make = MakePartWithOptions<Rapl>,
};

}  // namespace bekci::exporters::host
