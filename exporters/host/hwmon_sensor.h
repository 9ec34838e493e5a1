// The names of hwmon: from a sysfs attribute ("temp1_crit") to node_exporter's family and unit ("node_hwmon_temp_crit_
// celsius", thousandths). Source: the kernel's Documentation/hwmon/sysfs-interface; names follow node_exporter.
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/model/metric_family.h"

namespace bekci::exporters::host {

// "fan1_min" is type fan, number 1, element min; "pwm1" has no element; "update_interval" no number (0).
struct SensorAttribute {
  std::string type;
  std::string number;
  std::string element;
  std::string sensor() const { return type + number; }  // the label: fan1
};

// nullopt for files that are no sensor attributes (name, uevent, ...) or of types unknown here.
std::optional<SensorAttribute> ParseSensorAttribute(std::string_view file);

// How one attribute is shown: the file's number times `scale`, divided by `divisor`, is in the unit of the name. One of
// the two is 1: node_exporter multiplies milli-units and divides micro-units, and the last bit shows it.
struct SensorMetric {
  std::string name;
  std::string help;
  double scale = 1;
  double divisor = 1;
  model::MetricType type = model::MetricType::kGauge;
};

// Not for element "label", which is text. `has_plain` tells that the sensor also has an attribute without element
// ("in0" beside "in0_input"): only then is the input called so.
SensorMetric DescribeSensor(const SensorAttribute& attribute, bool has_plain);

// Lower case with everything but [a-z0-9:_] replaced by '_', without '_' at the ends: chip and element names.
std::string CleanName(std::string_view text);

}  // namespace bekci::exporters::host
