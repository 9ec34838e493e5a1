// From target groups to the addresses of Alertmanagers: labels, relabeling, URLs.
//
// Source: Prometheus, notifier/alertmanager.go. Thread rule: pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agent/client/target_groups.h"
#include "agent/net/url.h"
#include "agent/notify/forwarding/alerting_config.h"

namespace bekci::notify::forwarding {

struct FoundAlertmanagers {
  std::vector<net::Url> active;       // of POST; each once
  std::vector<std::string> dropped;   // by relabeling: what would have been asked
  std::vector<std::string> problems;  // a line each
};
FoundAlertmanagers FindAlertmanagers(const AlertmanagerGroup& group, std::span<const client::TargetGroup> targets);

}  // namespace bekci::notify::forwarding
