// WebMetrics: counters and histograms of the HTTP surface, in the agent's prometheus-cpp registry.
//
// Cardinality is bounded: handlers are the rows of the route table, methods outside the usual ones count as "other".
// Thread rule: any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/wire/exposition.h"

namespace prometheus {
class Registry;
}

namespace bekci::web {

class WebMetrics {
 public:
  // The registry outlives this. Creates bekci_http_* and bekci_scrape*.
  explicit WebMetrics(prometheus::Registry& registry);
  ~WebMetrics();

  void OnRequest(std::string_view handler, std::string_view method, int status, base::Duration duration,
                 size_t response_bytes);
  // A page of metrics was written; `bytes` before compression.
  void OnScrape(wire::Format format, size_t bytes);

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace bekci::web
