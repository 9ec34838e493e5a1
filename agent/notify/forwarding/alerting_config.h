// alerting: of the configuration, as prometheus.yml has it: which other Alertmanagers are handed our alerts, how they
// are asked, and what becomes of the alerts' labels on the way.
//
// Source: Prometheus 3, configuration documentation, alertmanager_config. Thread rule: values and pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/client/http_options.h"
#include "agent/client/target_groups.h"
#include "agent/config/option.h"
#include "agent/model/relabel.h"

namespace bekci::notify::forwarding {

// Alertmanagers that are asked alike.
struct AlertmanagerGroup {
  std::string scheme;
  std::string path_prefix;
  base::Duration timeout{};
  std::vector<client::TargetGroup> static_groups;
  std::vector<client::FileSource> file_sources;
  std::vector<model::RelabelRule> relabel;        // of the Alertmanagers
  std::vector<model::RelabelRule> alert_relabel;  // of alerts that go to them
  client::HttpOptions http;
  config::Node written;  // tells whether anything changed
};

struct AlertingConfig {
  std::vector<model::RelabelRule> alert_relabel;
  std::vector<AlertmanagerGroup> groups;
};

// The table of `alerting:`.
std::span<const config::Option> AlertingOptions();
// `values` were checked against it. Mistakes are added to `errors`; secret files are opened to see whether they can be.
AlertingConfig ReadAlerting(const config::Values& values, const std::string& base_directory, base::FileSystem& fs,
                            config::Errors* errors);

}  // namespace bekci::notify::forwarding
