// perf_schema.eventswaits, tableiowaits, indexiowaits, tablelocks: what statements wait for, from performance_schema.
#include "exporters/mysql/parts.h"
#include "exporters/mysql/rows_part.h"

namespace bekci::exporters::mysql {
namespace {

constexpr double kPicoseconds = 1e12;

constexpr std::string_view kEvent[] = {"EVENT_NAME"};
constexpr MetricSpec kWaits = {"mysql_perf_schema_events_waits_total", MetricType::kCounter,
                               "The total events waits by event name.", "event_name"};
constexpr MetricSpec kWaitsTime = {"mysql_perf_schema_events_waits_seconds_total", MetricType::kCounter,
                                   "The total seconds of events waits by event name.", "event_name"};
constexpr RowMetric kWaitRows[] = {
    {&kWaits, "COUNT_STAR", kEvent},
    {&kWaitsTime, "SUM_TIMER_WAIT", kEvent, {}, kPicoseconds},
};
constexpr const MetricSpec* kWaitMetrics[] = {&kWaits, &kWaitsTime};

constexpr std::string_view kTable[] = {"OBJECT_NAME", kTag, "OBJECT_SCHEMA"};
constexpr MetricSpec kTableIo = {"mysql_perf_schema_table_io_waits_total", MetricType::kCounter,
                                 "The total number of table I/O wait events for each table and operation.",
                                 "name,operation,schema"};
constexpr MetricSpec kTableIoTime = {"mysql_perf_schema_table_io_waits_seconds_total", MetricType::kCounter,
                                     "The total time of table I/O wait events for each table and operation.",
                                     "name,operation,schema"};
constexpr RowMetric kTableIoRows[] = {
    {&kTableIo, "COUNT_FETCH", kTable, "fetch"},
    {&kTableIo, "COUNT_INSERT", kTable, "insert"},
    {&kTableIo, "COUNT_UPDATE", kTable, "update"},
    {&kTableIo, "COUNT_DELETE", kTable, "delete"},
    {&kTableIoTime, "SUM_TIMER_FETCH", kTable, "fetch", kPicoseconds},
    {&kTableIoTime, "SUM_TIMER_INSERT", kTable, "insert", kPicoseconds},
    {&kTableIoTime, "SUM_TIMER_UPDATE", kTable, "update", kPicoseconds},
    {&kTableIoTime, "SUM_TIMER_DELETE", kTable, "delete", kPicoseconds},
};
constexpr const MetricSpec* kTableIoMetrics[] = {&kTableIo, &kTableIoTime};

constexpr std::string_view kIndex[] = {"INDEX_NAME", "OBJECT_NAME", kTag, "OBJECT_SCHEMA"};
constexpr MetricSpec kIndexIo = {"mysql_perf_schema_index_io_waits_total", MetricType::kCounter,
                                 "The total number of index I/O wait events for each index and operation.",
                                 "index,name,operation,schema"};
constexpr MetricSpec kIndexIoTime = {"mysql_perf_schema_index_io_waits_seconds_total", MetricType::kCounter,
                                     "The total time of index I/O wait events for each index and operation.",
                                     "index,name,operation,schema"};
constexpr RowMetric kIndexIoRows[] = {
    {&kIndexIo, "COUNT_FETCH", kIndex, "fetch"},
    // An insert is counted where no index was used.
    {&kIndexIo, "COUNT_INSERT", kIndex, "insert"},
    {&kIndexIo, "COUNT_UPDATE", kIndex, "update"},
    {&kIndexIo, "COUNT_DELETE", kIndex, "delete"},
    {&kIndexIoTime, "SUM_TIMER_FETCH", kIndex, "fetch", kPicoseconds},
    {&kIndexIoTime, "SUM_TIMER_INSERT", kIndex, "insert", kPicoseconds},
    {&kIndexIoTime, "SUM_TIMER_UPDATE", kIndex, "update", kPicoseconds},
    {&kIndexIoTime, "SUM_TIMER_DELETE", kIndex, "delete", kPicoseconds},
};
constexpr const MetricSpec* kIndexIoMetrics[] = {&kIndexIo, &kIndexIoTime};

constexpr MetricSpec kSqlLocks = {"mysql_perf_schema_sql_lock_waits_total", MetricType::kCounter,
                                  "The total number of SQL lock wait events for each table and operation.",
                                  "name,operation,schema"};
constexpr MetricSpec kSqlLocksTime = {"mysql_perf_schema_sql_lock_waits_seconds_total", MetricType::kCounter,
                                      "The total time of SQL lock wait events for each table and operation.",
                                      "name,operation,schema"};
constexpr MetricSpec kExternalLocks = {"mysql_perf_schema_external_lock_waits_total", MetricType::kCounter,
                                       "The total number of external lock wait events for each table and operation.",
                                       "name,operation,schema"};
constexpr MetricSpec kExternalLocksTime = {"mysql_perf_schema_external_lock_waits_seconds_total", MetricType::kCounter,
                                           "The total time of external lock wait events for each table and operation.",
                                           "name,operation,schema"};
constexpr RowMetric kLockRows[] = {
    {&kSqlLocks, "COUNT_READ_NORMAL", kTable, "read_normal"},
    {&kSqlLocks, "COUNT_READ_WITH_SHARED_LOCKS", kTable, "read_with_shared_locks"},
    {&kSqlLocks, "COUNT_READ_HIGH_PRIORITY", kTable, "read_high_priority"},
    {&kSqlLocks, "COUNT_READ_NO_INSERT", kTable, "read_no_insert"},
    {&kSqlLocks, "COUNT_WRITE_NORMAL", kTable, "write_normal"},
    {&kSqlLocks, "COUNT_WRITE_ALLOW_WRITE", kTable, "write_allow_write"},
    {&kSqlLocks, "COUNT_WRITE_CONCURRENT_INSERT", kTable, "write_concurrent_insert"},
    {&kSqlLocks, "COUNT_WRITE_LOW_PRIORITY", kTable, "write_low_priority"},
    {&kExternalLocks, "COUNT_READ_EXTERNAL", kTable, "read"},
    {&kExternalLocks, "COUNT_WRITE_EXTERNAL", kTable, "write"},
    {&kSqlLocksTime, "SUM_TIMER_READ_NORMAL", kTable, "read_normal", kPicoseconds},
    {&kSqlLocksTime, "SUM_TIMER_READ_WITH_SHARED_LOCKS", kTable, "read_with_shared_locks", kPicoseconds},
    {&kSqlLocksTime, "SUM_TIMER_READ_HIGH_PRIORITY", kTable, "read_high_priority", kPicoseconds},
    {&kSqlLocksTime, "SUM_TIMER_READ_NO_INSERT", kTable, "read_no_insert", kPicoseconds},
    {&kSqlLocksTime, "SUM_TIMER_WRITE_NORMAL", kTable, "write_normal", kPicoseconds},
    {&kSqlLocksTime, "SUM_TIMER_WRITE_ALLOW_WRITE", kTable, "write_allow_write", kPicoseconds},
    {&kSqlLocksTime, "SUM_TIMER_WRITE_CONCURRENT_INSERT", kTable, "write_concurrent_insert", kPicoseconds},
    {&kSqlLocksTime, "SUM_TIMER_WRITE_LOW_PRIORITY", kTable, "write_low_priority", kPicoseconds},
    {&kExternalLocksTime, "SUM_TIMER_READ_EXTERNAL", kTable, "read", kPicoseconds},
    {&kExternalLocksTime, "SUM_TIMER_WRITE_EXTERNAL", kTable, "write", kPicoseconds},
};
constexpr const MetricSpec* kLockMetrics[] = {&kSqlLocks, &kSqlLocksTime, &kExternalLocks, &kExternalLocksTime};

constexpr RowShape kWaitShape = {kWaitRows, "SUM_TIMER_WAIT"};
constexpr RowShape kTableIoShape = {kTableIoRows, "SUM_TIMER_WAIT"};
constexpr RowShape kIndexIoShape = {kIndexIoRows, "SUM_TIMER_WAIT"};
constexpr RowShape kLockShape = {kLockRows, "SUM_TIMER_WAIT"};

constexpr const char* kWaitSql[] = {
    "SELECT EVENT_NAME, COUNT_STAR, SUM_TIMER_WAIT FROM performance_schema.events_waits_summary_global_by_event_name"};
constexpr const char* kTableIoSql[] = {
    "SELECT OBJECT_SCHEMA, OBJECT_NAME, COUNT_FETCH, COUNT_INSERT, COUNT_UPDATE, COUNT_DELETE, SUM_TIMER_FETCH,"
    " SUM_TIMER_INSERT, SUM_TIMER_UPDATE, SUM_TIMER_DELETE, SUM_TIMER_WAIT"
    " FROM performance_schema.table_io_waits_summary_by_table"
    " WHERE OBJECT_SCHEMA NOT IN ('mysql', 'performance_schema')"};
constexpr const char* kIndexIoSql[] = {
    "SELECT OBJECT_SCHEMA, OBJECT_NAME, IFNULL(INDEX_NAME, 'NONE') AS INDEX_NAME, COUNT_FETCH,"
    " IF(INDEX_NAME IS NULL, COUNT_INSERT, NULL) AS COUNT_INSERT, COUNT_UPDATE, COUNT_DELETE, SUM_TIMER_FETCH,"
    " IF(INDEX_NAME IS NULL, SUM_TIMER_INSERT, NULL) AS SUM_TIMER_INSERT, SUM_TIMER_UPDATE, SUM_TIMER_DELETE,"
    " SUM_TIMER_WAIT FROM performance_schema.table_io_waits_summary_by_index_usage"
    " WHERE OBJECT_SCHEMA NOT IN ('mysql', 'performance_schema')"};
constexpr const char* kLockSql[] = {
    "SELECT OBJECT_SCHEMA, OBJECT_NAME, SUM_TIMER_WAIT, COUNT_READ_NORMAL, COUNT_READ_WITH_SHARED_LOCKS,"
    " COUNT_READ_HIGH_PRIORITY, COUNT_READ_NO_INSERT, COUNT_READ_EXTERNAL, COUNT_WRITE_ALLOW_WRITE,"
    " COUNT_WRITE_CONCURRENT_INSERT, COUNT_WRITE_LOW_PRIORITY, COUNT_WRITE_NORMAL, COUNT_WRITE_EXTERNAL,"
    " SUM_TIMER_READ_NORMAL, SUM_TIMER_READ_WITH_SHARED_LOCKS, SUM_TIMER_READ_HIGH_PRIORITY, SUM_TIMER_READ_NO_INSERT,"
    " SUM_TIMER_READ_EXTERNAL, SUM_TIMER_WRITE_ALLOW_WRITE, SUM_TIMER_WRITE_CONCURRENT_INSERT,"
    " SUM_TIMER_WRITE_LOW_PRIORITY, SUM_TIMER_WRITE_NORMAL, SUM_TIMER_WRITE_EXTERNAL"
    " FROM performance_schema.table_lock_waits_summary_by_table"
    " WHERE OBJECT_SCHEMA NOT IN ('mysql', 'performance_schema', 'information_schema')"};

}  // namespace

constinit const PartSpec kEventsWaits = {
    .name = "perf_schema.eventswaits",
    .help = "Waits per kind of event (mutex, file, socket).",
    .metrics = kWaitMetrics,
    .bounded = true,
    .make = MakeRows<kWaitShape, kWaitSql>,
};
constinit const PartSpec kTableIoWaits = {
    .name = "perf_schema.tableiowaits",
    .help = "Row operations per table, and their time.",
    .metrics = kTableIoMetrics,
    .bounded = true,
    .make = MakeRows<kTableIoShape, kTableIoSql>,
};
constinit const PartSpec kIndexIoWaits = {
    .name = "perf_schema.indexiowaits",
    .help = "Row operations per index, and their time.",
    .metrics = kIndexIoMetrics,
    .bounded = true,
    .make = MakeRows<kIndexIoShape, kIndexIoSql>,
};
constinit const PartSpec kTableLocks = {
    .name = "perf_schema.tablelocks",
    .help = "Waits for table locks per table.",
    .metrics = kLockMetrics,
    .bounded = true,
    .make = MakeRows<kLockShape, kLockSql>,
};

}  // namespace bekci::exporters::mysql
