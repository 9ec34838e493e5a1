// RecordedAlerts: the alerts of some time, as an agent has them on record: asked of a running one, or read from the
// state directory of one that need not run. Reading changes nothing there.
//
// Thread rule: functions without state.
#pragma once

#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/model/labels.h"

namespace bekci::app::commands {

struct RecordedAlert {
  model::Labels labels;
  base::Timestamp fired_at;
  base::Timestamp acknowledged_at;  // 0: it was not
  base::Timestamp resolved_at;      // 0: it is not
};

// All that are on record, at most 10 000, the newest first. Errors: as AskBekci.
base::Result<std::vector<RecordedAlert>> AlertsOfServer(const std::string& server);
// The same of `storage_path`, the agent's --storage.path. What of the files could not be read is told in `warnings`,
// and the rest returned. Errors: not found: it has no records; those of the disk.
base::Result<std::vector<RecordedAlert>> AlertsOfDirectory(base::FileSystem& fs, const std::string& storage_path,
                                                           std::vector<std::string>* warnings);

}  // namespace bekci::app::commands
