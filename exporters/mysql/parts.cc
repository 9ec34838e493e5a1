// The table of parts. A new part is a file, a declaration in parts.h and a row here, and its line in CMakeLists.txt.
#include "exporters/mysql/parts.h"

namespace bekci::exporters::mysql {

namespace {
// Sorted by PartSpec::name.
// clang-format off
const PartSpec* const kParts[] = {
    &kAutoIncrement,
    &kBinlogSize,
    &kInnodbStatus,
    &kTokudbStatus,
    &kGlobalStatus,
    &kGlobalVariables,
    &kHeartbeat,
    &kClientStatistics,
    &kInnodbCmp,
    &kInnodbCmpmem,
    &kInnodbMetrics,
    &kInnodbTablespaces,
    &kProcesslist,
    &kQueryResponseTime,
    &kReplicaHost,
    &kRocksdbPerfContext,
    &kSchemaStatistics,
    &kTables,
    &kTableStatistics,
    &kUserStatistics,
    &kMysqlUser,
    &kDigests,
    &kStatementHistogram,
    &kDigestSums,
    &kEventsWaits,
    &kFileEvents,
    &kFileInstances,
    &kIndexIoWaits,
    &kMemoryEvents,
    &kReplicationApplier,
    &kGroupMemberStats,
    &kGroupMembers,
    &kTableIoWaits,
    &kTableLocks,
    &kSlaveHosts,
    &kSlaveStatus,
    &kSysUserSummary,
};
// clang-format on
}  // namespace

std::span<const PartSpec* const> AllParts() {
  return kParts;
}

}  // namespace bekci::exporters::mysql
