// IncidentsApi: the life of every alert, as JSON and as pages.
//
//   GET /api/v1/incidents[?state=open][&matcher=severity="critical"][&limit=100]
//   GET /api/v1/incidents/<id>[?format=html]
//   GET /incidents[?state=&matcher=&limit=]     the list, for people
//   GET /incidents/<id>                         one: a single file without script or outside resources, to be kept
//
// Thread rule: handlers are called from several threads at once.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/net/http.h"
#include "agent/web/notify/views.h"
#include "agent/web/route.h"

namespace bekci::web::notify {

class IncidentsApi {
 public:
  explicit IncidentsApi(IncidentSources sources) : sources_(std::move(sources)) {}

  // Rows for the site's table. `this` outlives them.
  std::vector<Route> Routes();

 private:
  net::HttpResponse List(const net::HttpRequest& request);
  net::HttpResponse One(const net::HttpRequest& request);
  net::HttpResponse ListPage(const net::HttpRequest& request);
  net::HttpResponse OnePage(const net::HttpRequest& request, std::string_view id);
  std::optional<bekci::notify::Incident> Find(std::string_view id) const;

  const IncidentSources sources_;
};

}  // namespace bekci::web::notify
