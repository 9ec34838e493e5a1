// hwmon: temperatures, fans, voltages and the like, from /sys/class/hwmon/<chip>/.
//
// A chip's attributes are fixed when its driver finds it, so its directory is listed when the set of chips changes and
// every few minutes, in between only values are read. Chips whose driver is old keep their attributes one level deeper,
// in device/. An attribute that cannot be read (a fan header without a fan, a disk that sleeps) costs its own series.
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/base/text.h"
#include "exporters/host/attribute_file.h"
#include "exporters/host/hwmon_sensor.h"
#include "exporters/host/part.h"
#include "exporters/host/real_path.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kChipName = {"node_hwmon_chip_names", MetricType::kGauge,
                                  "Annotation metric for human-readable chip names", "chip,chip_name"};
constexpr MetricSpec kSensorLabel = {"node_hwmon_sensor_label", MetricType::kGauge, "Label for given chip and sensor",
                                     "chip,label,sensor"};
// Stand in the tables for what the chips of a host have.
constexpr MetricSpec kTemperature = {"node_hwmon_temp_celsius", MetricType::kGauge,
                                     "Hardware monitor for temperature (input)", "chip,sensor"};
constexpr MetricSpec kElement = {"node_hwmon_<type>_<element>_<unit>", MetricType::kGauge,
                                 "Hardware monitor <type> element <element>", "chip,sensor"};
constexpr const MetricSpec* kMetrics[] = {&kChipName, &kSensorLabel, &kTemperature, &kElement};

constexpr size_t kMaxOpen = 96;
constexpr size_t kMaxAttributes = 4096;  // of a host; a big server has a few hundred
constexpr base::Duration kRescanInterval = base::minutes(5);

class Hwmon : public Part {
 public:
  explicit Hwmon(const HostEnvironment& environment)
      : clock_(environment.clock), directory_(environment.Sys("class/hwmon")), reader_(environment.fs, kMaxOpen) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    auto names = reader_.fs().ListDirectory(directory_);
    if (!names.ok() && names.status().code() == base::Code::kNotFound) return base::NoData("no hardware monitors");
    if (!names.ok()) return std::move(names).status();
    if (*names != names_ || clock_.Monotonic() >= next_scan_) Rebuild(std::move(*names));
    for (const Chip& chip : chips_) {
      if (!chip.human_name.empty()) sink.Add(kChipName, {chip.label, chip.human_name}, 1);
    }
    std::string text;
    for (Attribute& attribute : attributes_) Emit(attribute, &text, sink);
    if (attributes_.size() == kMaxAttributes) {
      return base::LimitReached(directory_ + ": more than " + std::to_string(kMaxAttributes) + " attributes");
    }
    return chips_.empty() ? base::NoData("no hardware monitors") : base::OkStatus();
  }

 private:
  struct Chip {
    std::string label;       // platform_coretemp_0
    std::string human_name;  // coretemp; empty when the driver gives none
  };
  // Names and helps are the same for many sensors and are kept once.
  struct Family {
    SensorMetric metric;
    MetricSpec spec;  // points into metric
  };
  struct Attribute {
    size_t chip;
    std::string sensor;
    const Family* family;  // null: a label
    AttributeFile file;
  };

  void Rebuild(std::vector<std::string> names) {
    names_ = std::move(names);
    next_scan_ = clock_.Monotonic() + kRescanInterval;
    chips_.clear();
    attributes_.clear();
    for (const std::string& name : names_) {
      const std::string path = directory_ + "/" + name;
      const auto info = reader_.fs().Stat(path);
      if (!info.ok() || info->kind != base::FileKind::kDirectory) continue;
      chips_.push_back({ChipLabel(path), CleanedName(path)});
      std::vector<std::pair<SensorAttribute, std::string>> found;
      FindAttributes(path, &found);
      FindAttributes(path + "/device", &found);
      for (const auto& [attribute, file] : found) AddAttribute(attribute, file, found);
    }
  }

  // An attribute that stands both in the chip's directory and in device/ is taken from device/, as node_exporter does.
  void FindAttributes(const std::string& path, std::vector<std::pair<SensorAttribute, std::string>>* found) {
    const auto files = reader_.fs().ListDirectory(path);
    if (!files.ok()) return;
    for (const std::string& file : *files) {
      auto attribute = ParseSensorAttribute(file);
      if (!attribute) continue;
      std::erase_if(*found, [&](const auto& known) {
        return known.first.sensor() == attribute->sensor() && known.first.element == attribute->element;
      });
      found->emplace_back(std::move(*attribute), path + "/" + file);
    }
  }

  void AddAttribute(const SensorAttribute& attribute, const std::string& file,
                    const std::vector<std::pair<SensorAttribute, std::string>>& all) {
    if (attributes_.size() == kMaxAttributes) return;
    bool has_plain = false;
    for (const auto& [other, unused] : all) {
      has_plain = has_plain || (other.element.empty() && other.sensor() == attribute.sensor());
    }
    const Family* family = nullptr;
    if (attribute.element != "label") family = FindFamily(DescribeSensor(attribute, has_plain));
    attributes_.push_back({chips_.size() - 1, attribute.sensor(), family, AttributeFile(reader_, file)});
  }

  const Family* FindFamily(SensorMetric metric) {
    const auto known = family_by_name_.find(metric.name);
    if (known != family_by_name_.end()) return known->second;
    Family& family = families_.emplace_back();
    family.metric = std::move(metric);
    family.spec = {family.metric.name, family.metric.type, family.metric.help, "chip,sensor"};
    family_by_name_.emplace(family.metric.name, &family);
    return &family;
  }

  // Where the chip is on the host ("platform_coretemp_0", "nvme_nvme0"), else its driver's name, else hwmon<N>.
  std::string ChipLabel(const std::string& path) {
    const auto device = RealPath(reader_.fs(), path + "/device");
    if (device.ok()) {
      const size_t slash = device->rfind('/');
      const std::string parent = device->substr(0, slash);
      const std::string bus = CleanName(std::string_view(parent).substr(parent.rfind('/') + 1));
      std::string name = CleanName(std::string_view(*device).substr(slash + 1));
      if (!bus.empty() && !name.empty()) return bus + "_" + name;
      if (!name.empty()) return name;
    }
    if (std::string name = CleanedName(path); !name.empty()) return name;
    const auto real = RealPath(reader_.fs(), path);
    const std::string& known = real.ok() ? *real : path;
    return CleanName(std::string_view(known).substr(known.rfind('/') + 1));
  }

  std::string CleanedName(const std::string& path) {
    AttributeFile file(reader_, path + "/name");
    const auto name = reader_.Read(file);
    return name.ok() ? CleanName(*name) : "";
  }

  void Emit(Attribute& attribute, std::string* text, FamilySink& sink) {
    const std::string& chip = chips_[attribute.chip].label;
    if (attribute.family == nullptr) {
      reader_.ReadLabel(attribute.file, text);
      if (!text->empty()) sink.Add(kSensorLabel, {chip, *text, attribute.sensor}, 1);
      return;
    }
    const auto value = reader_.ReadDouble(attribute.file);
    if (!value) return;
    sink.Add(attribute.family->spec, {chip, attribute.sensor},
             *value * attribute.family->metric.scale / attribute.family->metric.divisor);
  }

  base::Clock& clock_;
  const std::string directory_;
  AttributeReader reader_;
  base::MonotonicTime next_scan_;
  std::vector<std::string> names_;
  std::vector<Chip> chips_;
  std::vector<Attribute> attributes_;
  std::deque<Family> families_;  // a deque: attributes point into it
  std::unordered_map<std::string_view, const Family*> family_by_name_;
};

}  // namespace

extern const PartSpec kHwmon;
constinit const PartSpec kHwmon = {
    .name = "hwmon",
    .help = "Temperatures, fans, voltages and other hardware monitors.",
    .metrics = kMetrics,
    .make = MakePart<Hwmon>,
};

}  // namespace bekci::exporters::host
