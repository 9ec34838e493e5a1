// bekci test rules --backtest: how often and how long the alerts of rule files would have fired over stored history,
// beside the rules that run now.
//
// Thread rule: called from main.
#pragma once

#include "agent/app/commands/command.h"
#include "agent/app/commands/flags.h"

namespace bekci::app::commands {

inline constexpr Flag kBacktest = {.name = "backtest",
                                   .kind = FlagKind::kSwitch,
                                   .help =
                                       "FILE holds rules, not tests: say how often and how long their alerts would "
                                       "have fired over stored history."};
inline constexpr Flag kBacktestSince = {.name = "since",
                                        .value = "DURATION",
                                        .default_text = "7d",
                                        .help = "With --backtest: how far back history counts."};
inline constexpr Flag kBacktestServer = {
    .name = "server",
    .value = "URL",
    .help =
        "With --backtest: whose history, and whose rules to compare with: bekci or Prometheus. Without it and "
        "--path, the bekci on this host."};
inline constexpr Flag kBacktestPath = {
    .name = "path", .value = "DIR", .help = "With --backtest: this data directory; no process may be using it."};
inline constexpr Flag kBacktestConfig = {
    .name = "config.file",
    .value = "FILE",
    .help = "With --backtest: compare with the rules of this configuration instead of the server's."};
inline constexpr Flag kBacktestAll = {
    .name = "all", .kind = FlagKind::kSwitch, .help = "With --backtest: also rules that are as they are now."};
inline constexpr Flag kBacktestOutput = {.name = "output",
                                         .alias = "o",
                                         .value = "FORM",
                                         .default_text = "table",
                                         .help = "With --backtest: table or json."};

// `arguments` are those of test rules.
int RunBacktest(const Arguments& arguments, Console console);

}  // namespace bekci::app::commands
