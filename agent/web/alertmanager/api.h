// AlertmanagerApi: /api/v2/ as Alertmanager serves it, for amtool, Grafana, karma, Prometheus and everything else that
// speaks to Alertmanager.
//
// Filters are applied here to whole views (views.h). Answers have Alertmanager's key order, escapes and errors, since
// clients compare and show them. /api/v1/ of Alertmanager is gone there since 0.28 and says so; what of it is
// Prometheus' own stays Prometheus'.
//
// Reading alerts or groups can be much work: see ReaderLimit.
//
// Source: Alertmanager 0.34, api/v2; where it differs from Debian's 0.25, tests/e2e/test_alertmanager_api.py says how.
// Thread rule: handlers are called from several threads at once.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/net/http.h"
#include "agent/web/alertmanager/views.h"
#include "agent/web/reader_limit.h"
#include "agent/web/route.h"

namespace bekci::web::alertmanager {

class AlertmanagerApi {
 public:
  // `readers` outlives it.
  AlertmanagerApi(Sources sources, ReaderLimit& readers) : sources_(std::move(sources)), readers_(readers) {}

  // Rows for the site's table. `this` outlives them.
  std::vector<Route> Routes();

 private:
  using Request = const net::HttpRequest&;
  using Method = net::HttpResponse (AlertmanagerApi::*)(Request);
  struct Row;
  net::HttpResponse Dispatch(const Row& row, Request request);

  net::HttpResponse Status(Request request);
  net::HttpResponse Receivers(Request request);
  template <net::HttpResponse (AlertmanagerApi::*Read)(Request)>
  net::HttpResponse InTurn(Request request);
  net::HttpResponse Alerts(Request request);
  net::HttpResponse PostAlerts(Request request);
  net::HttpResponse Groups(Request request);
  net::HttpResponse Silences(Request request);
  net::HttpResponse PostSilence(Request request);
  net::HttpResponse GetSilence(Request request);
  net::HttpResponse DeleteSilence(Request request);

  const Sources sources_;
  ReaderLimit& readers_;
};

}  // namespace bekci::web::alertmanager
