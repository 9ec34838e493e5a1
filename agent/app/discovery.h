// Discovery: what collectors find on this host by themselves, when the configuration has no collectors: section.
//
// Looking means to connect and to read what strangers answer, so `bekci run` does not do it itself: it starts this
// binary once more as `bekci discover`, confined as a worker is, and reads a bounded YAML text from its standard
// output, which then passes the same option tables as a file. Commands that only look (config discover, config show) do
// it in their own process.
//
// Thread rule: plain functions; DiscoverApart may be called from any thread and blocks for at most its patience.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/collect/collector.h"
#include "agent/collect/discovery.h"
#include "agent/config/node.h"

namespace bekci::app {

struct Discovery {
  std::string collector;
  collect::Found found;
};

// Asks every collector that can look, each with an equal share of `patience`. Sorted by collector, then instance.
std::vector<Discovery> DiscoverHere(std::span<const collect::CollectorSpec* const> collectors,
                                    const collect::Environment& environment, base::Duration patience);

// The same in a process of its own. Errors: unavailable or timeout; what it said of no use is left out.
base::Result<std::vector<Discovery>> DiscoverApart(const std::string& executable, uint64_t memory_limit_bytes,
                                                   const std::string& hidden_directory, base::Duration patience);

// What the two processes say to each other.
std::string DiscoveriesText(std::span<const Discovery> discoveries);
base::Result<std::vector<Discovery>> ParseDiscoveries(std::string_view text);

// A collectors: section with what is on by default and everything that was found and works.
config::Node SectionOf(std::span<const Discovery> discoveries,
                       std::span<const collect::CollectorSpec* const> collectors);

}  // namespace bekci::app
