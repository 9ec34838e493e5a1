// The rows of one entry of `hook_receivers:` in escalation.yml: read by the escalation, which decides when a hook runs,
// and by the medium that runs it (hook.h).
#pragma once

#include "agent/config/option.h"

namespace bekci::notify::receivers {

inline constexpr std::string_view kOncePerWords[] = {"incident", "entry"};
inline constexpr config::Option kHookOptions[] = {
    {.key = "name", .help = "The receiver's name.", .required = true},
    {.key = "command",
     .type = config::Type::kStrings,
     .help = "The program, with its whole path, and its arguments; no shell reads them. It and its directories belong "
             "to root, and nobody else may write there.",
     .required = true},
    {.key = "user",
     .help = "Whom it runs as, with the groups of that user. Needed where bekci runs as root: hooks never do. Without "
             "it as bekci's own user."},
    {.key = "timeout",
     .type = config::Type::kDuration,
     .default_text = "1m",
     .help = "Then the command and all it started are ended.",
     .min = 1,
     .max = 3600},
    {.key = "once_per",
     .type = config::Type::kChoice,
     .default_text = "incident",
     .help = "incident, or entry: whenever a level that names it is entered.",
     .choices = kOncePerWords},
    {.key = "max_per_hour",
     .type = config::Type::kInteger,
     .default_text = "6",
     .help = "Over all incidents.",
     .min = 1,
     .max = 3600},
};

}  // namespace bekci::notify::receivers
