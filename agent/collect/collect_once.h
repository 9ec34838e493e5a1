// A collector in this process: `bekci collect NAME`, `bekci check config`, and tests of collectors.
//
// Thread rule: pure function of what it is given.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/collect/collection.h"
#include "agent/collect/collector.h"
#include "agent/model/schema.h"

namespace bekci::collect {

struct OnceResult {
  base::Status status;  // of the collector; the round holds what it brought all the same
  model::Round round;
  base::Duration duration = {};
  std::vector<std::string> problems;   // series left out
  std::optional<ScrapeCounts> counts;  // of a target
};

// Builds the collector of `config` and collects once within config.deadline. `only` and `exclude` are names of its
// parts. Errors: as building it says (invalid options, unknown collector).
base::Result<OnceResult> CollectOnce(const InstanceConfig& config, const Environment& environment,
                                     std::vector<std::string> only = {}, std::vector<std::string> exclude = {});

// Builds each collector and drops it again, collecting nothing: whether a worker would take this configuration.
// Errors: invalid, with what each of them says on a line of its own.
base::Status TryBuilding(std::span<const InstanceConfig> configs, const Environment& environment);

}  // namespace bekci::collect
