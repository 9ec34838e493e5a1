#include "exporters/host/hwmon_sensor.h"

#include <algorithm>
#include <iterator>

namespace bekci::exporters::host {
namespace {

using model::MetricType;

constexpr std::string_view kTypes[] = {
    "vrm",  "beep_enable", "update_interval", "in",     "cpu",      "fan",      "pwm",
    "temp", "curr",        "power",           "energy", "humidity", "intrusion"};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Elements that are a yes or no, whatever the sensor measures.
bool DescribeFlag(const SensorAttribute& attribute, SensorMetric* metric) {
  if (attribute.element == "fault" || attribute.element == "alarm") {
    metric->help = "Hardware sensor " + attribute.element + " status (" + attribute.type + ")";
    return true;
  }
  if (attribute.element == "beep") {
    metric->name += "_enabled";
    metric->help = "Hardware monitor sensor has beeping enabled";
    return true;
  }
  return false;
}

// Attributes of a whole chip, which have neither number nor element.
bool DescribeChipAttribute(const SensorAttribute& attribute, SensorMetric* metric) {
  if (attribute.type == "beep_enable") {
    *metric = {"node_hwmon_beep_enabled", "Hardware beep enabled"};
  } else if (attribute.type == "vrm") {
    *metric = {"node_hwmon_voltage_regulator_version", "Hardware voltage regulator"};
  } else if (attribute.type == "update_interval") {
    *metric = {"node_hwmon_update_interval_seconds", "Hardware monitor update interval", 0.001};
  } else {
    return false;
  }
  return true;
}

bool DescribePower(const SensorAttribute& attribute, SensorMetric* metric) {
  if (attribute.type != "power") return false;
  if (attribute.element == "accuracy") {
    metric->help = "Hardware monitor power meter accuracy, as a ratio";
    metric->divisor = 1e6;
  } else if (attribute.element.starts_with("average_interval")) {
    metric->name += "_seconds";
    metric->help = "Hardware monitor power usage update interval (" + attribute.element + ")";
    metric->scale = 0.001;
  } else {
    metric->name += "_watt";
    metric->help = "Hardware monitor for power usage in watts (" + attribute.element + ")";
    metric->divisor = 1e6;
  }
  return true;
}

// The sensors with one unit for all their elements.
struct Unit {
  std::string_view type;
  std::string_view suffix;
  std::string_view help;
  double scale;
  double divisor = 1;
  MetricType metric_type = MetricType::kGauge;
};
constexpr Unit kUnits[] = {
    {"in", "_volts", "Hardware monitor for voltage", 0.001},
    {"cpu", "_volts", "Hardware monitor for voltage", 0.001},
    {"temp", "_celsius", "Hardware monitor for temperature", 0.001},
    {"curr", "_amps", "Hardware monitor for current", 0.001},
    {"energy", "_joule_total", "Hardware monitor for joules used so far", 1, 1e6, MetricType::kCounter},
    {"humidity", "",
     "Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage)", 1, 1e6},
    {"fan", "_rpm", "Hardware monitor for fan revolutions per minute", 1},
};

bool HasUnit(const SensorAttribute& attribute) {
  if (attribute.type == "temp") return attribute.element != "type";
  if (attribute.type != "fan") return true;
  return attribute.element == "input" || attribute.element == "min" || attribute.element == "max" ||
         attribute.element == "target";
}

bool DescribeUnit(const SensorAttribute& attribute, SensorMetric* metric) {
  const auto unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                 [&](const Unit& candidate) { return candidate.type == attribute.type; });
  if (unit == std::end(kUnits) || !HasUnit(attribute)) return false;
  const bool plain_temperature = attribute.type == "temp" && attribute.element.empty();
  metric->name += unit->suffix;
  metric->help = std::string(unit->help) + " (" + (plain_temperature ? "input" : attribute.element) + ")";
  metric->scale = unit->scale;
  metric->divisor = unit->divisor;
  metric->type = unit->metric_type;
  return true;
}

}  // namespace

std::optional<SensorAttribute> ParseSensorAttribute(std::string_view file) {
  const size_t digits =
      std::min(file.size(), static_cast<size_t>(std::find_if(file.begin(), file.end(), IsDigit) - file.begin()));
  const size_t rest = static_cast<size_t>(
      std::find_if_not(file.begin() + static_cast<ptrdiff_t>(digits), file.end(), IsDigit) - file.begin());
  SensorAttribute attribute;
  attribute.type = file.substr(0, digits);
  attribute.number = digits == file.size() ? "0" : std::string(file.substr(digits, rest - digits));
  if (rest < file.size()) {
    if (file[rest] != '_' || rest + 1 == file.size()) return std::nullopt;
    attribute.element = file.substr(rest + 1);
  }
  if (std::find(std::begin(kTypes), std::end(kTypes), attribute.type) == std::end(kTypes)) return std::nullopt;
  return attribute;
}

SensorMetric DescribeSensor(const SensorAttribute& attribute, bool has_plain) {
  SensorMetric metric;
  if (DescribeChipAttribute(attribute, &metric)) return metric;
  metric.name = "node_hwmon_" + attribute.type;
  if (attribute.element == "input") {
    if (has_plain) metric.name += "_input";
  } else if (!attribute.element.empty()) {
    metric.name += "_" + CleanName(attribute.element);
  }
  if (DescribeFlag(attribute, &metric) || DescribePower(attribute, &metric) || DescribeUnit(attribute, &metric)) {
    return metric;
  }
  metric.help = "Hardware monitor " + attribute.type + " element " + attribute.element;
  return metric;
}

std::string CleanName(std::string_view text) {
  std::string clean;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool good = (c >= 'a' && c <= 'z') || IsDigit(c) || c == ':' || c == '_';
    clean += good ? c : '_';
  }
  const size_t begin = clean.find_first_not_of('_');
  if (begin == std::string::npos) return "";
  return clean.substr(begin, clean.find_last_not_of('_') - begin + 1);
}

}  // namespace bekci::exporters::host
