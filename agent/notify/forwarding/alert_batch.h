// An alert on its way to another Alertmanager, and the body of the request that hands alerts over.
//
// Source: Prometheus' notifier; Alertmanager's API v2. Thread rule: values and pure functions.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>

#include "agent/base/clock.h"
#include "agent/model/labels.h"

namespace bekci::notify::forwarding {

struct ForwardedAlert {
  model::Labels labels;
  std::map<std::string, std::string> annotations = {};
  base::Timestamp starts_at = {};
  base::Timestamp ends_at = {};
  std::string generator_url = {};
};
using ForwardedAlertPtr = std::shared_ptr<const ForwardedAlert>;

// The array that POST /api/v2/alerts takes.
std::string AlertsBody(std::span<const ForwardedAlertPtr> alerts);

}  // namespace bekci::notify::forwarding
