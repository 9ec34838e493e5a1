// Site: the agent's whole HTTP surface behind one handler.
//
// Every request goes the same way: the guard (rate, password), the route table, the method, the cross-site check for
// what changes something, the handler; every answer gets the configured headers and is counted. The table of routes is
// in site.cc: one row is one address.
//
// Thread rule: Handle from any thread.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/collect/collection.h"
#include "agent/net/http.h"
#include "agent/web/landing_page.h"
#include "agent/web/metrics_handler.h"
#include "agent/web/own_metrics.h"
#include "agent/web/route.h"
#include "agent/web/web_guard.h"
#include "agent/web/web_metrics.h"

namespace bekci::web {

struct SiteFacts {
  std::string host;            // instance of the agent's own page, title of the landing page
  std::string version;         // "0.1.0 (3f2a91c)"
  std::string config_file;     // empty: built-in defaults
  std::string listen_address;  // the first one
  std::string external_url;    // may be empty
};

// What the site asks of the rest of the agent.
struct SiteHooks {
  std::function<bool()> lifecycle_enabled;  // whether /-/reload is served
  std::function<base::Status()> reload;
  std::function<std::string()> reload_error;         // of the last reload; empty: it was good
  std::vector<Route> routes = {};                    // further rows of the table: the Prometheus API
  std::function<std::string()> not_ready = nullptr;  // of parts that the site does not know; may be empty
  std::function<std::vector<collect::ActiveTarget>()> targets = nullptr;  // of scrape_configs
  std::function<AlertCounts()> alerts = nullptr;
};

class Site {
 public:
  // Everything given by reference outlives the site.
  Site(SiteFacts facts, SiteHooks hooks, collect::Collection& collection, OwnMetrics& own, WebMetrics& metrics,
       WebGuard& guard, base::Clock& clock, base::Logger& log);

  net::HttpResponse Handle(const net::HttpRequest& request);

  // Why the agent is not ready, or empty. Once ready it stays so: a worker that is replaced does not stop the agent
  // from judging and paging.
  std::string NotReady();
  const ExpositionPage& page() const { return metrics_page_.page(); }
  const std::vector<Route>& routes() const { return routes_.routes(); }

 private:
  std::vector<Route> MakeRoutes();
  net::HttpResponse Dispatch(const net::HttpRequest& request, std::string_view* handler);
  net::HttpResponse Landing();
  net::HttpResponse Ready();
  net::HttpResponse Reload();

  const SiteFacts facts_;
  const SiteHooks hooks_;
  const std::vector<std::string> own_hosts_;
  collect::Collection& collection_;
  WebMetrics& metrics_;
  WebGuard& guard_;
  base::Clock& clock_;
  base::Logger& log_;
  const base::MonotonicTime started_;
  MetricsHandler metrics_page_;
  const RouteTable routes_;
  std::atomic<bool> ready_{false};
};

}  // namespace bekci::web
