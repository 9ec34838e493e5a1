// What the pages and the API of incidents show, and what they ask of whoever has it.
//
// There are two sorts of incidents. An *escalation* is one run of a policy for one group of alerts: levels, and
// somebody who acknowledges. An *incident* of the records is one life of one alert, from firing to resolved, whether
// anything escalated or not. Both have ULIDs as names.
//
// Nothing is copied to be shown: whoever has the incidents calls a visitor for each, with whatever mutex it needs held,
// and what a visitor sees is good only while it runs. Visitors do a bounded, small amount of work.
//
// Thread rule: values; the functions are called from several threads at once.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/notify/alert.h"
#include "agent/notify/escalation/escalation_config.h"
#include "agent/notify/escalation/incident.h"
#include "agent/notify/escalator.h"
#include "agent/notify/records.h"

namespace bekci::web::notify {

namespace escalation = bekci::notify::escalation;

struct EscalationView {
  const escalation::Incident& incident;
  const escalation::Policy* policy = nullptr;  // null: there is none of its name any more
  base::Duration clock{};                      // what the incident's clock shows
  // The alerts of the group that fire now; empty where the group is gone.
  std::vector<bekci::notify::AlertPtr> alerts;
};
// False: that was enough.
using EscalationVisitor = std::function<bool(const EscalationView&)>;
using IncidentVisitor = std::function<bool(const bekci::notify::Incident&)>;

struct EscalationSources {
  base::Clock& clock;
  // Every escalation, the newest first.
  std::function<void(const EscalationVisitor&)> each;
  // The one of that id; false: there is none.
  std::function<bool(std::string_view id, const EscalationVisitor&)> find;
  // OK also where it was so already. Errors: not found; denied: it is closed, or cannot be done as it stands (409);
  // invalid; unavailable: nothing escalates here.
  std::function<base::Status(const bekci::notify::EscalationAction&)> act;
  // Whether what allows an action once was used; outlives restarts.
  std::function<bool(std::string_view once)> was_used;
};

struct IncidentSources {
  base::Clock& clock;
  // Every incident of the records, the newest first.
  std::function<void(const IncidentVisitor&)> each;
  std::function<bool(std::string_view id, const IncidentVisitor&)> find;
};

}  // namespace bekci::web::notify
