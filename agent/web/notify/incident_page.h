// The pages of incidents: the list, and one incident's life: when it fired, what kept it quiet, who was told with which
// answer, who took it and when, when it was over.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/net/http.h"
#include "agent/notify/records.h"
#include "agent/web/notify/incident_query.h"

namespace bekci::web::notify {

struct IncidentListFacts {
  IncidentList list;
  size_t limit = 0;
  std::string state;    // as they were asked for, for the form
  std::string matcher;  //
  std::string error;    // what is wrong with the question; empty: nothing
  base::Timestamp now;
};
net::HttpResponse IncidentListPage(const IncidentListFacts& facts);

net::HttpResponse IncidentPage(const bekci::notify::Incident& incident, base::Timestamp now);
net::HttpResponse NoIncidentPage(std::string_view id);

}  // namespace bekci::web::notify
