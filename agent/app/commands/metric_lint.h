// What is unusual about metrics: the naming rules of Prometheus, as `promtool check metrics` holds them.
//
// Source: Prometheus' "Metric and label naming" and "Writing exporters". Thread rule: pure function.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agent/model/metric_family.h"

namespace bekci::app::commands {

// One line per finding: "node_foo no help text", in order of the families.
std::vector<std::string> LintMetrics(std::span<const model::MetricFamily> families);

}  // namespace bekci::app::commands
