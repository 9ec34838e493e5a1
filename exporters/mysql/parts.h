// The names under which the parts' files show their specs.
#pragma once

#include "exporters/mysql/part.h"

namespace bekci::exporters::mysql {

extern const PartSpec kAutoIncrement;
extern const PartSpec kBinlogSize;
extern const PartSpec kClientStatistics;
extern const PartSpec kDigests;
extern const PartSpec kDigestSums;
extern const PartSpec kEventsWaits;
extern const PartSpec kFileEvents;
extern const PartSpec kFileInstances;
extern const PartSpec kGlobalStatus;
extern const PartSpec kGlobalVariables;
extern const PartSpec kGroupMembers;
extern const PartSpec kGroupMemberStats;
extern const PartSpec kHeartbeat;
extern const PartSpec kIndexIoWaits;
extern const PartSpec kInnodbCmp;
extern const PartSpec kInnodbCmpmem;
extern const PartSpec kInnodbMetrics;
extern const PartSpec kInnodbStatus;
extern const PartSpec kInnodbTablespaces;
extern const PartSpec kMemoryEvents;
extern const PartSpec kMysqlUser;
extern const PartSpec kProcesslist;
extern const PartSpec kQueryResponseTime;
extern const PartSpec kReplicaHost;
extern const PartSpec kReplicationApplier;
extern const PartSpec kRocksdbPerfContext;
extern const PartSpec kSchemaStatistics;
extern const PartSpec kSlaveHosts;
extern const PartSpec kSlaveStatus;
extern const PartSpec kStatementHistogram;
extern const PartSpec kSysUserSummary;
extern const PartSpec kTableIoWaits;
extern const PartSpec kTableLocks;
extern const PartSpec kTables;
extern const PartSpec kTableStatistics;
extern const PartSpec kTokudbStatus;
extern const PartSpec kUserStatistics;

}  // namespace bekci::exporters::mysql
