#include "agent/app/commands/trial_build.h"

#include "agent/collect/collect_once.h"

namespace bekci::app::commands {

base::Result<Settings> LoadBuildableSettings(base::FileSystem& fs, const SettingsInput& input) {
  ASSIGN_OR_RETURN(Settings settings, LoadSettings(fs, input));
  base::RealClock clock;
  const auto log = base::MakeStderrLogger(base::LogFormat::kLogfmt, base::LogLevel::kWarn);
  RETURN_IF_ERROR(collect::TryBuilding(settings.instances, {&fs, &clock, log.get()}));
  return settings;
}

}  // namespace bekci::app::commands
