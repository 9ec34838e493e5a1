// Where others are found: static_configs and file_sd_configs, as prometheus.yml has them for scrapes and for
// Alertmanagers.
//
// Source: Prometheus 3, configuration documentation. Thread rule: values and pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/config/option.h"
#include "agent/model/labels.h"

namespace bekci::client {

// Targets that share labels, from one place.
struct TargetGroup {
  std::vector<std::string> targets;  // host:port
  model::Labels labels;
};

struct FileSource {
  std::vector<std::string> patterns;  // full paths; the last part may hold one '*'
  base::Duration refresh = base::minutes(5);
  config::Mark mark;
};

// static_configs and file_sd_configs, for a table that has them.
std::span<const config::Option> TargetGroupRows();

// Of `values`, checked against a table that has these rows. Mistakes are added to `errors`.
std::vector<TargetGroup> ReadStaticGroups(const config::Values& values, config::Errors* errors);
std::vector<FileSource> ReadFileSources(const config::Values& values, const std::string& base_directory,
                                        config::Errors* errors);

}  // namespace bekci::client
