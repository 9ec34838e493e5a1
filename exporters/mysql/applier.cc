// perf_schema.replication_applier_status_by_worker: what each replication worker of a MySQL server applies, as times of
// commit. The server turns its local times into seconds since the epoch, so its time zone does not matter.
#include "exporters/mysql/parts.h"
#include "exporters/mysql/rows_part.h"

namespace bekci::exporters::mysql {
namespace {

constexpr std::string_view kLabelNames = "channel_name,member_id";
constexpr std::string_view kLabels[] = {"CHANNEL_NAME", "WORKER_ID"};
constexpr MetricSpec kLastOriginal = {
    "mysql_perf_schema_last_applied_transaction_original_commit_timestamp_seconds", MetricType::kGauge,
    "A timestamp shows when the last transaction applied by this worker was committed on the original master.",
    kLabelNames};
constexpr MetricSpec kLastImmediate = {
    "mysql_perf_schema_last_applied_transaction_immediate_commit_timestamp_seconds", MetricType::kGauge,
    "A timestamp shows when the last transaction applied by this worker was committed on the immediate master.",
    kLabelNames};
constexpr MetricSpec kLastStart = {
    "mysql_perf_schema_last_applied_transaction_start_apply_timestamp_seconds", MetricType::kGauge,
    "A timestamp shows when this worker started applying the last applied transaction.", kLabelNames};
constexpr MetricSpec kLastEnd = {
    "mysql_perf_schema_last_applied_transaction_end_apply_timestamp_seconds", MetricType::kGauge,
    "A shows when this worker finished applying the last applied transaction.", kLabelNames};
constexpr MetricSpec kOriginal = {
    "mysql_perf_schema_applying_transaction_original_commit_timestamp_seconds", MetricType::kGauge,
    "A timestamp that shows when the transaction this worker is currently applying was committed on the original "
    "master.",
    kLabelNames};
constexpr MetricSpec kImmediate = {
    "mysql_perf_schema_applying_transaction_immediate_commit_timestamp_seconds", MetricType::kGauge,
    "A timestamp shows when the transaction this worker is currently applying was committed on the immediate master.",
    kLabelNames};
constexpr MetricSpec kStart = {
    "mysql_perf_schema_applying_transaction_start_apply_timestamp_seconds", MetricType::kGauge,
    "A timestamp shows when this worker started its first attempt to apply the transaction that is currently being "
    "applied.",
    kLabelNames};
constexpr RowMetric kRows[] = {
    {&kLastOriginal, "last_original", kLabels},
    {&kLastImmediate, "last_immediate", kLabels},
    {&kLastStart, "last_start", kLabels},
    {&kLastEnd, "last_end", kLabels},
    {&kOriginal, "original", kLabels},
    {&kImmediate, "immediate", kLabels},
    {&kStart, "start", kLabels},
};
constexpr const MetricSpec* kMetrics[] = {&kLastOriginal, &kLastImmediate, &kLastStart, &kLastEnd,
                                          &kOriginal,     &kImmediate,     &kStart};
constexpr RowShape kShape = {kRows};
constexpr const char* kSql[] = {
    "SELECT CHANNEL_NAME, WORKER_ID,"
    " UNIX_TIMESTAMP(LAST_APPLIED_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP) AS last_original,"
    " UNIX_TIMESTAMP(LAST_APPLIED_TRANSACTION_IMMEDIATE_COMMIT_TIMESTAMP) AS last_immediate,"
    " UNIX_TIMESTAMP(LAST_APPLIED_TRANSACTION_START_APPLY_TIMESTAMP) AS last_start,"
    " UNIX_TIMESTAMP(LAST_APPLIED_TRANSACTION_END_APPLY_TIMESTAMP) AS last_end,"
    " UNIX_TIMESTAMP(APPLYING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP) AS original,"
    " UNIX_TIMESTAMP(APPLYING_TRANSACTION_IMMEDIATE_COMMIT_TIMESTAMP) AS immediate,"
    " UNIX_TIMESTAMP(APPLYING_TRANSACTION_START_APPLY_TIMESTAMP) AS start"
    " FROM performance_schema.replication_applier_status_by_worker"};

}  // namespace

constinit const PartSpec kReplicationApplier = {
    .name = "perf_schema.replication_applier_status_by_worker",
    .help = "What each replication worker applies (MySQL 8).",
    .metrics = kMetrics,
    .bounded = true,
    .make = MakeRows<kShape, kSql>,
};

}  // namespace bekci::exporters::mysql
