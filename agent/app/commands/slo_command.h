// `bekci slo ...` and `bekci check slo`: objectives checked, turned into rules, and how they stand.
#pragma once

#include "agent/app/commands/command.h"

namespace bekci::app::commands {

int RunSlo(const Arguments& arguments, Console console);          // slo
int RunSloGenerate(const Arguments& arguments, Console console);  // slo generate
int RunCheckSlo(const Arguments& arguments, Console console);     // check slo

std::span<const Flag> SloFlags();
std::span<const Flag> SloGenerateFlags();
std::span<const Flag> CheckSloFlags();

}  // namespace bekci::app::commands
