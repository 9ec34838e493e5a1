// --enable-feature: the experimental parts of PromQL, where a command reads expressions by itself.
#pragma once

#include "agent/app/commands/flags.h"
#include "agent/base/status.h"
#include "agent/promql/features.h"

namespace bekci::app::commands {

inline constexpr Flag kFeatureFlag = {.name = "enable-feature",
                                      .kind = FlagKind::kValues,
                                      .value = "NAMES",
                                      .help = "Experimental parts of PromQL, by Prometheus' names."};

// What the flag says, lists and repetitions joined. Errors: invalid, naming the unknown one.
base::Result<promql::Features> FeaturesOf(const Arguments& arguments);

}  // namespace bekci::app::commands
