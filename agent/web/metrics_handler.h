// /metrics: everything on one page; /metrics/<collector>/<instance>: one instance as its peer exporter would print it.
//
// The page collects now, inside the scraper's time-out (X-Prometheus-Scrape-Timeout-Seconds), and shows what has
// answered by then. Where a collector has several instances, its series carry `instance`. A collector that fails costs
// its own series, never the page; bekci_collector_success says so. An instance's own page is a target of its own for
// the scraper (see /sd): when there is nothing to show of it, it answers 503, so that `up` is 0 there.
//
// Thread rule: handlers may be called from several threads at once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/collect/collection.h"
#include "agent/net/http.h"
#include "agent/web/exposition_page.h"
#include "agent/web/own_metrics.h"
#include "agent/web/web_metrics.h"

namespace bekci::web {

// The collector name under which the agent's own metrics have a page: /metrics/bekci/<host>, and collect[]=bekci.
inline constexpr std::string_view kOwnCollector = "bekci";

class MetricsHandler {
 public:
  // Everything given outlives the handler. `host`: the instance name of the agent's own page.
  MetricsHandler(collect::Collection& collection, OwnMetrics& own, WebMetrics& metrics, std::string host,
                 base::Clock& clock, base::Logger& log)
      : collection_(collection), own_(own), metrics_(metrics), host_(std::move(host)), clock_(clock), page_(log) {}

  net::HttpResponse Everything(const net::HttpRequest& request);
  net::HttpResponse Instance(const net::HttpRequest& request);

  const ExpositionPage& page() const { return page_; }

 private:
  net::HttpResponse OwnPage(const net::HttpRequest& request);
  std::shared_ptr<const model::Round> OwnRound(std::span<const collect::InstanceState> states);
  net::HttpResponse Answer(const net::HttpRequest& request, std::span<const PageSource> sources);

  collect::Collection& collection_;
  OwnMetrics& own_;
  WebMetrics& metrics_;
  const std::string host_;
  base::Clock& clock_;
  ExpositionPage page_;
  base::Mutex own_mutex_;
  collect::FamilySink own_sink_ GUARDED_BY(own_mutex_);
};

// How long a scrape may take: the scraper's time-out less a fifth of it, at most half a second, for the way back.
// 10 s when it says nothing (or nothing sensible).
base::Duration ScrapeTime(const net::HttpRequest& request);

}  // namespace bekci::web
