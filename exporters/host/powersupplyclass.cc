// powersupplyclass: batteries, mains and USB supplies, from /sys/class/power_supply.
//
// What a supply tells depends on its driver, so its directory is listed once and only attributes that are there are
// read. Currents, voltages, charges and energies are in micro-units in sysfs, temperatures in tenths of a degree.
#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "exporters/host/attribute_file.h"
#include "exporters/host/name_filter.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

struct Attribute {
  std::string_view file;
  MetricSpec spec;
  double divisor;
};

#define BEKCI_SUPPLY(file, suffix, divisor)                                                                           \
  {                                                                                                                   \
    file,                                                                                                             \
        {"node_power_supply_" suffix, MetricType::kGauge, suffix " value of /sys/class/power_supply/<power_supply>.", \
         "power_supply"},                                                                                             \
        divisor                                                                                                       \
  }
constexpr Attribute kNumbers[] = {
    BEKCI_SUPPLY("authentic", "authentic", 1),
    BEKCI_SUPPLY("calibrate", "calibrate", 1),
    BEKCI_SUPPLY("capacity", "capacity", 1),
    BEKCI_SUPPLY("capacity_alert_max", "capacity_alert_max", 1),
    BEKCI_SUPPLY("capacity_alert_min", "capacity_alert_min", 1),
    BEKCI_SUPPLY("cycle_count", "cyclecount", 1),
    BEKCI_SUPPLY("online", "online", 1),
    BEKCI_SUPPLY("present", "present", 1),
    BEKCI_SUPPLY("time_to_empty_now", "time_to_empty_seconds", 1),
    BEKCI_SUPPLY("time_to_full_now", "time_to_full_seconds", 1),
    BEKCI_SUPPLY("current_boot", "current_boot", 1e6),
    BEKCI_SUPPLY("current_max", "current_max", 1e6),
    BEKCI_SUPPLY("current_now", "current_ampere", 1e6),
    BEKCI_SUPPLY("energy_empty", "energy_empty", 1e6),
    BEKCI_SUPPLY("energy_empty_design", "energy_empty_design", 1e6),
    BEKCI_SUPPLY("energy_full", "energy_full", 1e6),
    BEKCI_SUPPLY("energy_full_design", "energy_full_design", 1e6),
    BEKCI_SUPPLY("energy_now", "energy_watthour", 1e6),
    BEKCI_SUPPLY("voltage_boot", "voltage_boot", 1e6),
    BEKCI_SUPPLY("voltage_max", "voltage_max", 1e6),
    BEKCI_SUPPLY("voltage_max_design", "voltage_max_design", 1e6),
    BEKCI_SUPPLY("voltage_min", "voltage_min", 1e6),
    BEKCI_SUPPLY("voltage_min_design", "voltage_min_design", 1e6),
    BEKCI_SUPPLY("voltage_now", "voltage_volt", 1e6),
    BEKCI_SUPPLY("voltage_ocv", "voltage_ocv", 1e6),
    BEKCI_SUPPLY("charge_control_limit", "charge_control_limit", 1e6),
    BEKCI_SUPPLY("charge_control_limit_max", "charge_control_limit_max", 1e6),
    BEKCI_SUPPLY("charge_counter", "charge_counter", 1e6),
    BEKCI_SUPPLY("charge_empty", "charge_empty", 1e6),
    BEKCI_SUPPLY("charge_empty_design", "charge_empty_design", 1e6),
    BEKCI_SUPPLY("charge_full", "charge_full", 1e6),
    BEKCI_SUPPLY("charge_full_design", "charge_full_design", 1e6),
    BEKCI_SUPPLY("charge_now", "charge_ampere", 1e6),
    BEKCI_SUPPLY("charge_term_current", "charge_term_current", 1e6),
    BEKCI_SUPPLY("constant_charge_current", "constant_charge_current", 1e6),
    BEKCI_SUPPLY("constant_charge_current_max", "constant_charge_current_max", 1e6),
    BEKCI_SUPPLY("constant_charge_voltage", "constant_charge_voltage", 1e6),
    BEKCI_SUPPLY("constant_charge_voltage_max", "constant_charge_voltage_max", 1e6),
    BEKCI_SUPPLY("precharge_current", "precharge_current", 1e6),
    BEKCI_SUPPLY("input_current_limit", "input_current_limit", 1e6),
    BEKCI_SUPPLY("power_now", "power_watt", 1e6),
    BEKCI_SUPPLY("temp", "temp_celsius", 10),
    BEKCI_SUPPLY("temp_alert_max", "temp_alert_max_celsius", 10),
    BEKCI_SUPPLY("temp_alert_min", "temp_alert_min_celsius", 10),
    BEKCI_SUPPLY("temp_ambient", "temp_ambient_celsius", 10),
    BEKCI_SUPPLY("temp_ambient_max", "temp_ambient_max_celsius", 10),
    BEKCI_SUPPLY("temp_ambient_min", "temp_ambient_min_celsius", 10),
    BEKCI_SUPPLY("temp_max", "temp_max_celsius", 10),
    BEKCI_SUPPLY("temp_min", "temp_min_celsius", 10),
};
#undef BEKCI_SUPPLY

// The words of a supply: attribute files and label names are the same, in the order of kInfo's labels after the first.
constexpr std::string_view kTexts[] = {"capacity_level", "charge_type", "health",        "manufacturer",
                                       "model_name",     "scope",       "serial_number", "status",
                                       "technology",     "type",        "usb_type"};
constexpr MetricSpec kInfo = {"node_power_supply_info", MetricType::kGauge,
                              "info of /sys/class/power_supply/<power_supply>.",
                              "power_supply,capacity_level,charge_type,health,manufacturer,model_name,scope,"
                              "serial_number,status,technology,type,usb_type"};

constexpr auto kMetrics = [] {
  std::array<const MetricSpec*, std::size(kNumbers) + 1> metrics{};
  for (size_t i = 0; i < std::size(kNumbers); ++i) metrics[i] = &kNumbers[i].spec;
  metrics.back() = &kInfo;
  return metrics;
}();

constexpr config::Option kOptions[] = {
    {.key = "ignored_supplies",
     .type = config::Type::kRegex,
     .default_text = "^$",
     .help = "Power supplies not to report."},
};

constexpr size_t kMaxOpen = 48;

class PowerSupplyClass : public Part {
 public:
  PowerSupplyClass(const HostEnvironment& environment, NameFilter ignored)
      : directory_(environment.Sys("class/power_supply")),
        reader_(environment.fs, kMaxOpen),
        ignored_(std::move(ignored)) {}

  static base::Result<std::unique_ptr<Part>> Make(const HostEnvironment& environment, const config::Values& options) {
    ASSIGN_OR_RETURN(NameFilter ignored, NameFilter::Make("", options.String("ignored_supplies")));
    return std::unique_ptr<Part>(std::make_unique<PowerSupplyClass>(environment, std::move(ignored)));
  }

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    auto names = reader_.fs().ListDirectory(directory_);
    if (!names.ok() && names.status().code() == base::Code::kNotFound) return base::NoData("no power supplies");
    if (!names.ok()) return std::move(names).status();
    if (*names != names_) Rebuild(std::move(*names));
    for (Supply& supply : supplies_) Emit(supply, sink);
    return base::OkStatus();
  }

 private:
  struct Number {
    const Attribute* attribute;
    AttributeFile file;
  };
  struct Text {
    size_t label;  // index into kTexts
    AttributeFile file;
  };
  struct Supply {
    std::string name;
    std::vector<Number> numbers;
    std::vector<Text> texts;
  };

  void Rebuild(std::vector<std::string> names) {
    names_ = std::move(names);
    supplies_.clear();
    for (const std::string& name : names_) {
      const std::string path = directory_ + "/" + name;
      const auto attributes = reader_.fs().ListDirectory(path);
      if (!ignored_.Wants(name) || !attributes.ok()) continue;
      const auto has = [&](std::string_view file) {
        return std::find(attributes->begin(), attributes->end(), file) != attributes->end();
      };
      Supply supply{name, {}, {}};
      for (const Attribute& number : kNumbers) {
        if (has(number.file)) supply.numbers.push_back({&number, File(path, number.file)});
      }
      for (size_t i = 0; i < std::size(kTexts); ++i) {
        if (has(kTexts[i])) supply.texts.push_back({i, File(path, kTexts[i])});
      }
      supplies_.push_back(std::move(supply));
    }
  }

  AttributeFile File(const std::string& directory, std::string_view name) {
    return AttributeFile(reader_, directory + "/" + std::string(name));
  }

  void Emit(Supply& supply, FamilySink& sink) {
    std::string texts[std::size(kTexts)];
    for (Text& text : supply.texts) reader_.ReadLabel(text.file, &texts[text.label]);
    AddInfo(supply.name, texts, sink);
    for (Number& number : supply.numbers) {
      const auto value = reader_.ReadInt(number.file);
      if (!value) continue;
      sink.Add(number.attribute->spec, {supply.name}, static_cast<double>(*value) / number.attribute->divisor);
    }
  }

  // The peer shows the words that a supply has and no others, hence a family with labels of its own.
  static void AddInfo(std::string_view supply, std::span<const std::string> texts, FamilySink& sink) {
    std::vector<model::Labels::Pair> pairs = {{"power_supply", supply}};
    for (size_t i = 0; i < texts.size(); ++i) pairs.emplace_back(kTexts[i], texts[i]);
    model::MetricFamily info{std::string(kInfo.name), std::string(kInfo.help), {}, kInfo.type, {}};
    model::Metric& metric = info.metrics.emplace_back();
    metric.labels = model::Labels::FromPairs(std::move(pairs));
    metric.value = 1;
    sink.AddFamily(info);
  }

  const std::string directory_;
  AttributeReader reader_;
  NameFilter ignored_;
  std::vector<std::string> names_;
  std::vector<Supply> supplies_;
};

}  // namespace

extern const PartSpec kPowersupplyclass;
constinit const PartSpec kPowersupplyclass = {
    .name = "powersupplyclass",
    .help = "Batteries and other power supplies.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = PowerSupplyClass::Make,
};

}  // namespace bekci::exporters::host
