// perf_schema.eventsstatementssum: all statement digests added up.
#include "exporters/mysql/parts.h"
#include "exporters/mysql/rows_part.h"

namespace bekci::exporters::mysql {
namespace {

constexpr MetricSpec kCreatedTmpDiskTables = {"mysql_perf_schema_events_statements_sum_created_tmp_disk_tables",
                                              MetricType::kCounter, "The number of on-disk temporary tables created."};
constexpr MetricSpec kCreatedTmpTables = {"mysql_perf_schema_events_statements_sum_created_tmp_tables",
                                          MetricType::kCounter, "The number of temporary tables created."};
constexpr MetricSpec kErrors = {"mysql_perf_schema_events_statements_sum_errors", MetricType::kCounter,
                                "Number of errors."};
constexpr MetricSpec kLockTime = {"mysql_perf_schema_events_statements_sum_lock_time", MetricType::kCounter,
                                  "Time in picoseconds spent waiting for locks."};
constexpr MetricSpec kNoGoodIndexUsed = {"mysql_perf_schema_events_statements_sum_no_good_index_used",
                                         MetricType::kCounter, "Number of times no good index was found."};
constexpr MetricSpec kNoIndexUsed = {"mysql_perf_schema_events_statements_sum_no_index_used", MetricType::kCounter,
                                     "Number of times no index was found."};
constexpr MetricSpec kRowsAffected = {"mysql_perf_schema_events_statements_sum_rows_affected", MetricType::kCounter,
                                      "Number of rows affected by statements."};
constexpr MetricSpec kRowsExamined = {"mysql_perf_schema_events_statements_sum_rows_examined", MetricType::kCounter,
                                      "Number of rows read during statements' execution."};
constexpr MetricSpec kRowsSent = {"mysql_perf_schema_events_statements_sum_rows_sent", MetricType::kCounter,
                                  "Number of rows returned."};
constexpr MetricSpec kSelectFullJoin = {"mysql_perf_schema_events_statements_sum_select_full_join",
                                        MetricType::kCounter,
                                        "Number of joins performed by statements which did not use an index."};
constexpr MetricSpec kSelectFullRangeJoin = {
    "mysql_perf_schema_events_statements_sum_select_full_range_join", MetricType::kCounter,
    "Number of joins performed by statements which used a range search of the first table."};
constexpr MetricSpec kSelectRange = {"mysql_perf_schema_events_statements_sum_select_range", MetricType::kCounter,
                                     "Number of joins performed by statements which used a range of the first table."};
constexpr MetricSpec kSelectRangeCheck = {
    "mysql_perf_schema_events_statements_sum_select_range_check", MetricType::kCounter,
    "Number of joins without keys performed by statements that check for key usage after each row."};
constexpr MetricSpec kSelectScan = {
    "mysql_perf_schema_events_statements_sum_select_scan", MetricType::kCounter,
    "Number of joins performed by statements which used a full scan of the first table."};
constexpr MetricSpec kSortMergePasses = {"mysql_perf_schema_events_statements_sum_sort_merge_passes",
                                         MetricType::kCounter,
                                         "Number of merge passes by the sort algorithm performed by statements."};
constexpr MetricSpec kSortRange = {"mysql_perf_schema_events_statements_sum_sort_range", MetricType::kCounter,
                                   "Number of sorts performed by statements which used a range."};
constexpr MetricSpec kSortRows = {"mysql_perf_schema_events_statements_sum_sort_rows", MetricType::kCounter,
                                  "Number of rows sorted."};
constexpr MetricSpec kSortScan = {"mysql_perf_schema_events_statements_sum_sort_scan", MetricType::kCounter,
                                  "Number of sorts performed by statements which used a full table scan."};
constexpr MetricSpec kTimerWait = {"mysql_perf_schema_events_statements_sum_timer_wait", MetricType::kCounter,
                                   "Total wait time of the summarized events that are timed."};
constexpr MetricSpec kTotal = {"mysql_perf_schema_events_statements_sum_total", MetricType::kCounter,
                               "The total count of events statements."};
constexpr MetricSpec kWarnings = {"mysql_perf_schema_events_statements_sum_warnings", MetricType::kCounter,
                                  "Number of warnings."};
constexpr RowMetric kRows[] = {
    {&kCreatedTmpDiskTables, "SUM_CREATED_TMP_DISK_TABLES", {}},
    {&kCreatedTmpTables, "SUM_CREATED_TMP_TABLES", {}},
    {&kErrors, "SUM_ERRORS", {}},
    {&kLockTime, "SUM_LOCK_TIME", {}},
    {&kNoGoodIndexUsed, "SUM_NO_GOOD_INDEX_USED", {}},
    {&kNoIndexUsed, "SUM_NO_INDEX_USED", {}},
    {&kRowsAffected, "SUM_ROWS_AFFECTED", {}},
    {&kRowsExamined, "SUM_ROWS_EXAMINED", {}},
    {&kRowsSent, "SUM_ROWS_SENT", {}},
    {&kSelectFullJoin, "SUM_SELECT_FULL_JOIN", {}},
    {&kSelectFullRangeJoin, "SUM_SELECT_FULL_RANGE_JOIN", {}},
    {&kSelectRange, "SUM_SELECT_RANGE", {}},
    {&kSelectRangeCheck, "SUM_SELECT_RANGE_CHECK", {}},
    {&kSelectScan, "SUM_SELECT_SCAN", {}},
    {&kSortMergePasses, "SUM_SORT_MERGE_PASSES", {}},
    {&kSortRange, "SUM_SORT_RANGE", {}},
    {&kSortRows, "SUM_SORT_ROWS", {}},
    {&kSortScan, "SUM_SORT_SCAN", {}},
    {&kTimerWait, "SUM_TIMER_WAIT", {}, {}, 1e12},
    {&kTotal, "COUNT_STAR", {}},
    {&kWarnings, "SUM_WARNINGS", {}},
};
constexpr const MetricSpec* kMetrics[] = {&kCreatedTmpDiskTables,
                                          &kCreatedTmpTables,
                                          &kErrors,
                                          &kLockTime,
                                          &kNoGoodIndexUsed,
                                          &kNoIndexUsed,
                                          &kRowsAffected,
                                          &kRowsExamined,
                                          &kRowsSent,
                                          &kSelectFullJoin,
                                          &kSelectFullRangeJoin,
                                          &kSelectRange,
                                          &kSelectRangeCheck,
                                          &kSelectScan,
                                          &kSortMergePasses,
                                          &kSortRange,
                                          &kSortRows,
                                          &kSortScan,
                                          &kTimerWait,
                                          &kTotal,
                                          &kWarnings};
constexpr RowShape kShape = {kRows};
constexpr const char* kSql[] = {
    "SELECT "
    "SUM(SUM_CREATED_TMP_DISK_TABLES) AS SUM_CREATED_TMP_DISK_TABLES, "
    "SUM(SUM_CREATED_TMP_TABLES) AS SUM_CREATED_TMP_TABLES, "
    "SUM(SUM_ERRORS) AS SUM_ERRORS, "
    "SUM(SUM_LOCK_TIME) AS SUM_LOCK_TIME, "
    "SUM(SUM_NO_GOOD_INDEX_USED) AS SUM_NO_GOOD_INDEX_USED, "
    "SUM(SUM_NO_INDEX_USED) AS SUM_NO_INDEX_USED, "
    "SUM(SUM_ROWS_AFFECTED) AS SUM_ROWS_AFFECTED, "
    "SUM(SUM_ROWS_EXAMINED) AS SUM_ROWS_EXAMINED, "
    "SUM(SUM_ROWS_SENT) AS SUM_ROWS_SENT, "
    "SUM(SUM_SELECT_FULL_JOIN) AS SUM_SELECT_FULL_JOIN, "
    "SUM(SUM_SELECT_FULL_RANGE_JOIN) AS SUM_SELECT_FULL_RANGE_JOIN, "
    "SUM(SUM_SELECT_RANGE) AS SUM_SELECT_RANGE, "
    "SUM(SUM_SELECT_RANGE_CHECK) AS SUM_SELECT_RANGE_CHECK, "
    "SUM(SUM_SELECT_SCAN) AS SUM_SELECT_SCAN, "
    "SUM(SUM_SORT_MERGE_PASSES) AS SUM_SORT_MERGE_PASSES, "
    "SUM(SUM_SORT_RANGE) AS SUM_SORT_RANGE, "
    "SUM(SUM_SORT_ROWS) AS SUM_SORT_ROWS, "
    "SUM(SUM_SORT_SCAN) AS SUM_SORT_SCAN, "
    "SUM(SUM_TIMER_WAIT) AS SUM_TIMER_WAIT, "
    "SUM(COUNT_STAR) AS COUNT_STAR, "
    "SUM(SUM_WARNINGS) AS SUM_WARNINGS "
    "FROM performance_schema.events_statements_summary_by_digest"};

}  // namespace

constinit const PartSpec kDigestSums = {
    .name = "perf_schema.eventsstatementssum",
    .help = "All statement digests added up.",
    .metrics = kMetrics,
    .make = MakeRows<kShape, kSql>,
};

}  // namespace bekci::exporters::mysql
