// Group: the alerts of a route that share the values of its group_by labels, told about together.
//
// A group is flushed at ticks: the first one group_wait after it began (at once when its first alert is older than
// that), then every group_interval. What a flush decided stays open until every integration has answered; only when all
// did well are the alerts forgotten that were resolved in it, unless they were updated since. A tick that comes before
// that opens the next flush in its place.
//
// Source: Alertmanager 0.34, dispatch. Thread rule: belongs to the Notifier.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "agent/notify/alert.h"
#include "agent/notify/instant.h"
#include "agent/notify/notification_log.h"
#include "agent/notify/outbox_row.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify {

struct Flush {
  uint64_t number = 0;
  Instant tick;
  ContentPtr content;                // what is not suppressed
  std::vector<AlertPtr> resolved;    // all that was resolved, suppressed or not
  std::set<IntegrationKey> waiting;  // who has not answered
  bool failed = false;
  bool closed = true;
};

struct Group {
  uint64_t id = 0;
  const routing::Route* route = nullptr;
  model::Labels labels;
  std::string key;
  AlertSet alerts;
  base::MonotonicTime due;
  Flush flush;

  // `ending` is forgotten where it is still the same version.
  void Forget(const std::vector<AlertPtr>& ending) {
    for (const AlertPtr& alert : ending) {
      const auto found = alerts.find(alert);
      if (found != alerts.end() && *found == alert) alerts.erase(found);
    }
  }
};

}  // namespace bekci::notify
