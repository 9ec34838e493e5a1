// Replication beside slave_status: slave_hosts (who replicates from here), perf_schema.replication_group_members and
// _member_stats (MySQL group replication), info_schema.replica_host (Aurora).
#include <algorithm>
#include <iterator>

#include "exporters/mysql/parts.h"
#include "exporters/mysql/rows_part.h"
#include "exporters/mysql/values.h"

namespace bekci::exporters::mysql {
namespace {

constexpr MetricSpec kHost = {"mysql_heartbeat_mysql_slave_hosts_info", MetricType::kGauge,
                              "Information about running slaves", "master_id,port,server_id,slave_host,slave_uuid"};
constexpr const MetricSpec* kHostMetrics[] = {&kHost};

// SHOW SLAVE HOSTS has columns Server_id, Host, Port, Master_id, and Slave_UUID in MySQL; SHOW REPLICAS (MySQL 8.0.22)
// has Server_Id, Host, Port, Source_Id, Replica_UUID.
class SlaveHosts : public Part {
 public:
  explicit SlaveHosts(const PartEnvironment& environment, const config::Values&)
      : row_budget_(environment.row_budget) {}
  const std::vector<Statement>& statements() const override { return statements_; }
  base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) override;
  uint64_t left_out() const override { return left_out_; }

 private:
  const std::vector<Statement> statements_ = {{{"SHOW SLAVE HOSTS", "SHOW REPLICAS"}}};
  const size_t row_budget_;
  uint64_t left_out_ = 0;
};

// Not every version has all of them: what is not there is an empty label.
constexpr std::string_view kGroupLabels[] = {"CHANNEL_NAME", "MEMBER_COMMUNICATION_STACK",
                                             "MEMBER_HOST",  "MEMBER_ID",
                                             "MEMBER_PORT",  "MEMBER_ROLE",
                                             "MEMBER_STATE", "MEMBER_VERSION"};
constexpr MetricSpec kMember = {
    "mysql_perf_schema_replication_group_member_info", MetricType::kGauge,
    "Information about the replication group member: channel_name, member_id, member_host, member_port, member_state. "
    "(member_role and member_version where available)",
    "channel_name,member_communication_stack,member_host,member_id,member_port,member_role,member_state,member_"
    "version"};
constexpr RowMetric kMemberRows[] = {{&kMember, "", kGroupLabels}};
constexpr const MetricSpec* kMemberMetrics[] = {&kMember};
constexpr RowShape kMemberShape = {kMemberRows};
constexpr const char* kMemberSql[] = {"SELECT * FROM performance_schema.replication_group_members"};

#define BEKCI_GROUP_METRIC(id, name, type, help) \
  constexpr MetricSpec id = {"mysql_perf_schema_" name, MetricType::type, help}
BEKCI_GROUP_METRIC(kInQueue, "transactions_in_queue", kGauge,
                   "The number of transactions in the queue pending conflict detection checks.");
BEKCI_GROUP_METRIC(kChecked, "transactions_checked_total", kCounter,
                   "The number of transactions that have been checked for conflicts.");
BEKCI_GROUP_METRIC(kConflicts, "conflicts_detected_total", kCounter,
                   "The number of transactions that have not passed the conflict detection check.");
BEKCI_GROUP_METRIC(kValidating, "transactions_rows_validating_total", kCounter,
                   "Number of transaction rows which can be used for certification, but have not been garbage "
                   "collected.");
BEKCI_GROUP_METRIC(kRemoteQueue, "transactions_remote_in_applier_queue", kGauge,
                   "The number of transactions that this member has received from the replication group which are "
                   "waiting to be applied.");
BEKCI_GROUP_METRIC(kRemoteApplied, "transactions_remote_applied_total", kCounter,
                   "Number of transactions this member has received from the group and applied.");
BEKCI_GROUP_METRIC(kLocalProposed, "transactions_local_proposed_total", kCounter,
                   "Number of transactions which originated on this member and were sent to the group.");
BEKCI_GROUP_METRIC(kLocalRollback, "transactions_local_rollback_total", kCounter,
                   "Number of transactions which originated on this member and were rolled back by the group.");
#undef BEKCI_GROUP_METRIC
constexpr RowMetric kStatsRows[] = {
    {&kInQueue, "COUNT_TRANSACTIONS_IN_QUEUE", {}},
    {&kChecked, "COUNT_TRANSACTIONS_CHECKED", {}},
    {&kConflicts, "COUNT_CONFLICTS_DETECTED", {}},
    {&kValidating, "COUNT_TRANSACTIONS_ROWS_VALIDATING", {}},
    {&kRemoteQueue, "COUNT_TRANSACTIONS_REMOTE_IN_APPLIER_QUEUE", {}},
    {&kRemoteApplied, "COUNT_TRANSACTIONS_REMOTE_APPLIED", {}},
    {&kLocalProposed, "COUNT_TRANSACTIONS_LOCAL_PROPOSED", {}},
    {&kLocalRollback, "COUNT_TRANSACTIONS_LOCAL_ROLLBACK", {}},
};
constexpr const MetricSpec* kStatsMetrics[] = {&kInQueue,     &kChecked,       &kConflicts,     &kValidating,
                                               &kRemoteQueue, &kRemoteApplied, &kLocalProposed, &kLocalRollback};
constexpr RowShape kStatsShape = {kStatsRows};
constexpr const char* kStatsSql[] = {
    "SELECT * FROM performance_schema.replication_group_member_stats WHERE MEMBER_ID = @@server_uuid"};

constexpr std::string_view kAuroraLabels[] = {"ROLE", "SERVER_ID"};
constexpr MetricSpec kCpu = {"mysql_info_schema_replica_host_cpu_percent", MetricType::kGauge,
                             "The CPU usage as a percentage.", "role,server_id"};
constexpr MetricSpec kLatency = {"mysql_info_schema_replica_host_replica_latency_seconds", MetricType::kGauge,
                                 "The source-replica latency in seconds.", "role,server_id"};
constexpr MetricSpec kLag = {"mysql_info_schema_replica_host_lag_seconds", MetricType::kGauge,
                             "The replica lag in seconds.", "role,server_id"};
constexpr MetricSpec kSpeed = {"mysql_info_schema_replica_host_log_stream_speed", MetricType::kGauge,
                               "The log stream speed in kilobytes per second.", "role,server_id"};
constexpr MetricSpec kReplay = {"mysql_info_schema_replica_host_replay_latency_seconds", MetricType::kGauge,
                                "The current replay latency in seconds.", "role,server_id"};
constexpr RowMetric kAuroraRows[] = {
    {&kCpu, "CPU", kAuroraLabels},
    {&kLatency, "MASTER_SLAVE_LATENCY_IN_MICROSECONDS", kAuroraLabels, {}, 1e6},
    {&kLag, "REPLICA_LAG_IN_MILLISECONDS", kAuroraLabels, {}, 1e3},
    {&kSpeed, "LOG_STREAM_SPEED_IN_KiB_PER_SECOND", kAuroraLabels},
    {&kReplay, "CURRENT_REPLAY_LATENCY_IN_MICROSECONDS", kAuroraLabels, {}, 1e6},
};
constexpr const MetricSpec* kAuroraMetrics[] = {&kCpu, &kLatency, &kLag, &kSpeed, &kReplay};
constexpr RowShape kAuroraShape = {kAuroraRows};
constexpr const char* kAuroraSql[] = {
    "SELECT SERVER_ID, IF(SESSION_ID = 'MASTER_SESSION_ID', 'writer', 'reader') AS ROLE, CPU,"
    " MASTER_SLAVE_LATENCY_IN_MICROSECONDS, REPLICA_LAG_IN_MILLISECONDS, LOG_STREAM_SPEED_IN_KiB_PER_SECOND,"
    " CURRENT_REPLAY_LATENCY_IN_MICROSECONDS FROM information_schema.replica_host_status"};

base::Status SlaveHosts::Read(std::span<const ResultTable* const> answers, FamilySink& sink) {
  const ResultTable& table = *answers[0];
  const auto either = [&table](std::string_view name, std::string_view other) {
    const int column = table.Find(name);
    return column != ResultTable::kNoColumn ? column : table.Find(other);
  };
  const int columns[] = {either("Master_id", "Source_Id"), table.Find("Port"), table.Find("Server_id"),
                         table.Find("Host"), either("Slave_UUID", "Replica_UUID")};
  const size_t shown = std::min(table.rows(), row_budget_);
  left_out_ = table.rows() - shown;
  std::string cleaned[std::size(columns)];
  std::string_view values[std::size(columns)];
  for (size_t row = 0; row < shown; ++row) {
    for (size_t i = 0; i < std::size(columns); ++i) values[i] = LabelText(table.At(row, columns[i]), &cleaned[i]);
    sink.Add(kHost, values, 1);
  }
  return base::OkStatus();
}

}  // namespace

constinit const PartSpec kSlaveHosts = {
    .name = "slave_hosts",
    .help = "The servers that replicate from this one.",
    .metrics = kHostMetrics,
    .bounded = true,
    .make = MakePartWithOptions<SlaveHosts>,
};
constinit const PartSpec kGroupMembers = {
    .name = "perf_schema.replication_group_members",
    .help = "Members of the replication group (MySQL).",
    .metrics = kMemberMetrics,
    .bounded = true,
    .make = MakeRows<kMemberShape, kMemberSql>,
};
constinit const PartSpec kGroupMemberStats = {
    .name = "perf_schema.replication_group_member_stats",
    .help = "What this member of the replication group does (MySQL).",
    .metrics = kStatsMetrics,
    .make = MakeRows<kStatsShape, kStatsSql>,
};
constinit const PartSpec kReplicaHost = {
    .name = "info_schema.replica_host",
    .help = "Replicas of an Aurora cluster.",
    .metrics = kAuroraMetrics,
    .bounded = true,
    .make = MakeRows<kAuroraShape, kAuroraSql>,
};

}  // namespace bekci::exporters::mysql
