// The page at /: which host this is, what is collected and scraped and how that goes, and where everything else is.
//
// Thread rule: pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/collect/collection.h"
#include "agent/collect/targets.h"
#include "agent/web/page_frame.h"
#include "agent/web/route.h"

namespace bekci::web {

struct AlertCounts {
  size_t rules = 0;
  size_t failing = 0;  // rules
  size_t firing = 0;
  size_t pending = 0;
};

struct LandingFacts {
  std::string host;
  std::string version;      // "0.1.0 (3f2a91c)"
  std::string config_file;  // empty: built-in defaults
  base::Timestamp now;
  base::Duration uptime = {};
  std::string not_ready;     // why /-/ready says no; empty: ready
  std::string reload_error;  // why the last reload failed; empty: it did not
  collect::WorkerStats worker;
  AlertCounts alerts;
};

// `targets` are those of scrape_configs; of many, those that fail come first and the rest is counted.
std::string LandingPage(const LandingFacts& facts, std::span<const collect::InstanceState> states,
                        std::vector<collect::ActiveTarget> targets, std::span<const Route> routes);

}  // namespace bekci::web
