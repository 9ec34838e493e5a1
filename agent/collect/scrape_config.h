// A scrape_config: read and checked; and the targets that it makes of target groups.
//
// The way of a target is Prometheus': labels of the group, defaults as __labels (__address__, __scheme__, __param_x
// ...), relabel_configs, checks, instance from the address; what begins with "__" then says how to scrape and is not
// stored.
//
// Source: Prometheus 3, scrape/target.go and config documentation.
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/client/target_groups.h"
#include "agent/collect/collection.h"
#include "agent/collect/targets.h"
#include "agent/config/node.h"
#include "agent/config/option.h"
#include "agent/model/relabel.h"

namespace bekci::collect {

struct ScrapeConfig {
  std::string job;
  base::Duration interval = {};
  base::Duration timeout = {};
  std::string metrics_path;
  std::string scheme;
  std::vector<std::pair<std::string, std::vector<std::string>>> params;
  std::vector<client::TargetGroup> static_groups;
  std::vector<client::FileSource> file_sources;
  std::vector<model::RelabelRule> relabel;
  uint64_t target_limit = 0;
  uint64_t keep_dropped_targets = 0;
  bool track_timestamps_staleness = false;
  bool extra_metrics = false;
  uint64_t sample_limit = 0;
  uint64_t max_series = 0;
  config::Node worker_options;  // what goes to the worker with each target
  std::string base_directory;
};

struct ScrapeDefaults {
  base::Duration interval = base::seconds(15);  // global.scrape_interval
  std::string base_directory;
};

// Takes keys that prometheus.yml has and this agent has not out of `section` (the value of scrape_configs:), telling
// what to do instead.
void RefuseMissingKeys(config::Node* section, config::Errors* errors);

// `sections` were checked against ScrapeConfigOptions(), `global` against a table that has ScrapeGlobalOptions().
// Mistakes are added to `errors`, files that are named are opened to see whether they can be.
std::vector<ScrapeConfig> ReadScrapeConfigs(const std::vector<config::Values>& sections, const config::Values& global,
                                            const ScrapeDefaults& defaults, base::FileSystem& fs,
                                            config::Errors* errors);

struct BuiltTargets {
  std::vector<InstanceConfig> active;  // for Collection::ReloadTargets
  std::vector<DroppedTarget> dropped;  // at most as many as the scrape_config keeps
  size_t dropped_count = 0;
  std::vector<std::string> problems;  // targets that could not be made, a line each
};
// Of two targets that are the same, one stays. Over target_limit all fail with that word.
BuiltTargets BuildTargets(const ScrapeConfig& config, std::span<const client::TargetGroup> groups);

// Whether `text` can be an address: Prometheus refuses a '/' in it.
base::Status CheckTargetAddress(const std::string& text);

}  // namespace bekci::collect
