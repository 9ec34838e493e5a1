// The flags of `bekci tsdb ...`.
#pragma once

#include <span>

#include "agent/app/commands/flags.h"

namespace bekci::app::commands {

std::span<const Flag> TsdbPathFlags();  // verify
std::span<const Flag> TsdbListFlags();
std::span<const Flag> TsdbImportFlags();
std::span<const Flag> TsdbExportFlags();
std::span<const Flag> TsdbAnalyzeFlags();

}  // namespace bekci::app::commands
