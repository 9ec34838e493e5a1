// /sd: Prometheus HTTP service discovery. One target group per instance page, with the job and instance that a scrape
// of the peer exporter would have, so that one http_sd_configs line gives a central Prometheus the series of the local
// store. The agent's own page is among them.
//
//     scrape_configs:
//       - job_name: bekci
//         http_sd_configs: [{url: "http://web-1:10112/sd"}]
//
// Source: the HTTP SD document of Prometheus. Thread rule: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/collect/collection.h"
#include "agent/net/http.h"

namespace bekci::web {

struct DiscoveryFacts {
  std::string host;            // instance of the agent's own page
  std::string listen_address;  // for clients that send no usable Host
};

net::HttpResponse ServiceDiscovery(const net::HttpRequest& request, std::span<const collect::InstanceState> states,
                                   const DiscoveryFacts& facts);

// "/metrics/<collector>/<instance>" with what a URL path cannot hold percent-encoded.
std::string InstancePath(std::string_view collector, std::string_view instance);

}  // namespace bekci::web
