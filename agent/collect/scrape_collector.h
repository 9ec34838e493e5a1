// The collector behind every target of scrape_configs: one instance, one target.
//
// It is none that a configuration can name (collectors: has its own list, AllCollectors()); the core makes its
// instances from scrape_configs and discovery, see scrape_targets.h.
// Thread rule: as Collector.
#pragma once

#include <string_view>

#include "agent/collect/collector.h"

namespace bekci::collect {

inline constexpr std::string_view kScrapeCollector = "scrape";
extern const CollectorSpec kScrapeSpec;

}  // namespace bekci::collect
