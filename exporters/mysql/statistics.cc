// info_schema.userstats, clientstats, tablestats, schemastats: who does how much, where the server counts it
// (userstat=ON of MariaDB and Percona Server; without it the tables are empty).
#include "exporters/mysql/parts.h"
#include "exporters/mysql/rows_part.h"

namespace bekci::exporters::mysql {
namespace {

constexpr std::string_view kUserLabel[] = {"USER"};
constexpr MetricSpec kUserTotalConnections = {"mysql_info_schema_user_statistics_total_connections",
                                              MetricType::kCounter, "The number of connections created for this user.",
                                              "user"};
constexpr MetricSpec kUserConcurrentConnections = {"mysql_info_schema_user_statistics_concurrent_connections",
                                                   MetricType::kGauge,
                                                   "The number of concurrent connections for this user.", "user"};
constexpr MetricSpec kUserConnectedTime = {
    "mysql_info_schema_user_statistics_connected_time_seconds_total", MetricType::kCounter,
    "The cumulative number of seconds elapsed while there were connections from this user.", "user"};
constexpr MetricSpec kUserBusyTime = {
    "mysql_info_schema_user_statistics_busy_seconds_total", MetricType::kCounter,
    "The cumulative number of seconds there was activity on connections from this user.", "user"};
constexpr MetricSpec kUserCpuTime = {
    "mysql_info_schema_user_statistics_cpu_time_seconds_total", MetricType::kCounter,
    "The cumulative CPU time elapsed, in seconds, while servicing this user's connections.", "user"};
constexpr MetricSpec kUserBytesReceived = {"mysql_info_schema_user_statistics_bytes_received_total",
                                           MetricType::kCounter,
                                           "The number of bytes received from this user’s connections.", "user"};
constexpr MetricSpec kUserBytesSent = {"mysql_info_schema_user_statistics_bytes_sent_total", MetricType::kCounter,
                                       "The number of bytes sent to this user’s connections.", "user"};
constexpr MetricSpec kUserBinlogBytesWritten = {
    "mysql_info_schema_user_statistics_binlog_bytes_written_total", MetricType::kCounter,
    "The number of bytes written to the binary log from this user’s connections.", "user"};
constexpr MetricSpec kUserRowsRead = {"mysql_info_schema_user_statistics_rows_read_total", MetricType::kCounter,
                                      "The number of rows read by this user's connections.", "user"};
constexpr MetricSpec kUserRowsSent = {"mysql_info_schema_user_statistics_rows_sent_total", MetricType::kCounter,
                                      "The number of rows sent by this user's connections.", "user"};
constexpr MetricSpec kUserRowsDeleted = {"mysql_info_schema_user_statistics_rows_deleted_total", MetricType::kCounter,
                                         "The number of rows deleted by this user's connections.", "user"};
constexpr MetricSpec kUserRowsInserted = {"mysql_info_schema_user_statistics_rows_inserted_total", MetricType::kCounter,
                                          "The number of rows inserted by this user's connections.", "user"};
constexpr MetricSpec kUserRowsUpdated = {"mysql_info_schema_user_statistics_rows_updated_total", MetricType::kCounter,
                                         "The number of rows updated by this user’s connections.", "user"};
constexpr MetricSpec kUserRowsFetched = {"mysql_info_schema_user_statistics_rows_fetched_total", MetricType::kCounter,
                                         "The number of rows fetched by this user’s connections.", "user"};
constexpr MetricSpec kUserTableRowsRead = {
    "mysql_info_schema_user_statistics_table_rows_read_total", MetricType::kCounter,
    "The number of rows read from tables by this user’s connections. (It may be different from ROWS_FETCHED.)", "user"};
constexpr MetricSpec kUserSelectCommands = {
    "mysql_info_schema_user_statistics_select_commands_total", MetricType::kCounter,
    "The number of SELECT commands executed from this user’s connections.", "user"};
constexpr MetricSpec kUserUpdateCommands = {
    "mysql_info_schema_user_statistics_update_commands_total", MetricType::kCounter,
    "The number of UPDATE commands executed from this user’s connections.", "user"};
constexpr MetricSpec kUserOtherCommands = {
    "mysql_info_schema_user_statistics_other_commands_total", MetricType::kCounter,
    "The number of other commands executed from this user’s connections.", "user"};
constexpr MetricSpec kUserCommitTransactions = {
    "mysql_info_schema_user_statistics_commit_transactions_total", MetricType::kCounter,
    "The number of COMMIT commands issued by this user’s connections.", "user"};
constexpr MetricSpec kUserRollbackTransactions = {
    "mysql_info_schema_user_statistics_rollback_transactions_total", MetricType::kCounter,
    "The number of ROLLBACK commands issued by this user’s connections.", "user"};
constexpr MetricSpec kUserDeniedConnections = {"mysql_info_schema_user_statistics_denied_connections_total",
                                               MetricType::kCounter, "The number of connections denied to this user.",
                                               "user"};
constexpr MetricSpec kUserLostConnections = {
    "mysql_info_schema_user_statistics_lost_connections_total", MetricType::kCounter,
    "The number of this user’s connections that were terminated uncleanly.", "user"};
constexpr MetricSpec kUserAccessDenied = {
    "mysql_info_schema_user_statistics_access_denied_total", MetricType::kCounter,
    "The number of times this user’s connections issued commands that were denied.", "user"};
constexpr MetricSpec kUserEmptyQueries = {
    "mysql_info_schema_user_statistics_empty_queries_total", MetricType::kCounter,
    "The number of times this user’s connections sent empty queries to the server.", "user"};
constexpr MetricSpec kUserTotalSslConnections = {
    "mysql_info_schema_user_statistics_total_ssl_connections_total", MetricType::kCounter,
    "The number of times this user’s connections connected using SSL to the server.", "user"};
constexpr MetricSpec kUserMaxStatementTimeExceeded = {
    "mysql_info_schema_user_statistics_max_statement_time_exceeded", MetricType::kUntyped,
    "Unsupported metric from column MAX_STATEMENT_TIME_EXCEEDED", "user"};
constexpr MetricSpec kUserKeyReadHits = {"mysql_info_schema_user_statistics_key_read_hits", MetricType::kUntyped,
                                         "Unsupported metric from column KEY_READ_HITS", "user"};
constexpr MetricSpec kUserKeyReadMisses = {"mysql_info_schema_user_statistics_key_read_misses", MetricType::kUntyped,
                                           "Unsupported metric from column KEY_READ_MISSES", "user"};
constexpr RowMetric kUserRows[] = {
    {&kUserTotalConnections, "TOTAL_CONNECTIONS", kUserLabel},
    {&kUserConcurrentConnections, "CONCURRENT_CONNECTIONS", kUserLabel},
    {&kUserConnectedTime, "CONNECTED_TIME", kUserLabel},
    {&kUserBusyTime, "BUSY_TIME", kUserLabel},
    {&kUserCpuTime, "CPU_TIME", kUserLabel},
    {&kUserBytesReceived, "BYTES_RECEIVED", kUserLabel},
    {&kUserBytesSent, "BYTES_SENT", kUserLabel},
    {&kUserBinlogBytesWritten, "BINLOG_BYTES_WRITTEN", kUserLabel},
    {&kUserRowsRead, "ROWS_READ", kUserLabel},
    {&kUserRowsSent, "ROWS_SENT", kUserLabel},
    {&kUserRowsDeleted, "ROWS_DELETED", kUserLabel},
    {&kUserRowsInserted, "ROWS_INSERTED", kUserLabel},
    {&kUserRowsUpdated, "ROWS_UPDATED", kUserLabel},
    {&kUserRowsFetched, "ROWS_FETCHED", kUserLabel},
    {&kUserTableRowsRead, "TABLE_ROWS_READ", kUserLabel},
    {&kUserSelectCommands, "SELECT_COMMANDS", kUserLabel},
    {&kUserUpdateCommands, "UPDATE_COMMANDS", kUserLabel},
    {&kUserOtherCommands, "OTHER_COMMANDS", kUserLabel},
    {&kUserCommitTransactions, "COMMIT_TRANSACTIONS", kUserLabel},
    {&kUserRollbackTransactions, "ROLLBACK_TRANSACTIONS", kUserLabel},
    {&kUserDeniedConnections, "DENIED_CONNECTIONS", kUserLabel},
    {&kUserLostConnections, "LOST_CONNECTIONS", kUserLabel},
    {&kUserAccessDenied, "ACCESS_DENIED", kUserLabel},
    {&kUserEmptyQueries, "EMPTY_QUERIES", kUserLabel},
    {&kUserTotalSslConnections, "TOTAL_SSL_CONNECTIONS", kUserLabel},
    {&kUserMaxStatementTimeExceeded, "MAX_STATEMENT_TIME_EXCEEDED", kUserLabel},
    {&kUserKeyReadHits, "KEY_READ_HITS", kUserLabel},  // MariaDB 11
    {&kUserKeyReadMisses, "KEY_READ_MISSES", kUserLabel},
};
constexpr const MetricSpec* kUserMetrics[] = {&kUserTotalConnections,
                                              &kUserConcurrentConnections,
                                              &kUserConnectedTime,
                                              &kUserBusyTime,
                                              &kUserCpuTime,
                                              &kUserBytesReceived,
                                              &kUserBytesSent,
                                              &kUserBinlogBytesWritten,
                                              &kUserRowsRead,
                                              &kUserRowsSent,
                                              &kUserRowsDeleted,
                                              &kUserRowsInserted,
                                              &kUserRowsUpdated,
                                              &kUserRowsFetched,
                                              &kUserTableRowsRead,
                                              &kUserSelectCommands,
                                              &kUserUpdateCommands,
                                              &kUserOtherCommands,
                                              &kUserCommitTransactions,
                                              &kUserRollbackTransactions,
                                              &kUserDeniedConnections,
                                              &kUserLostConnections,
                                              &kUserAccessDenied,
                                              &kUserEmptyQueries,
                                              &kUserTotalSslConnections,
                                              &kUserMaxStatementTimeExceeded,
                                              &kUserKeyReadHits,
                                              &kUserKeyReadMisses};

constexpr std::string_view kClientLabel[] = {"CLIENT"};
constexpr MetricSpec kClientTotalConnections = {"mysql_info_schema_client_statistics_total_connections",
                                                MetricType::kCounter,
                                                "The number of connections created for this client.", "client"};
constexpr MetricSpec kClientConcurrentConnections = {"mysql_info_schema_client_statistics_concurrent_connections",
                                                     MetricType::kGauge,
                                                     "The number of concurrent connections for this client.", "client"};
constexpr MetricSpec kClientConnectedTime = {
    "mysql_info_schema_client_statistics_connected_time_seconds_total", MetricType::kCounter,
    "The cumulative number of seconds elapsed while there were connections from this client.", "client"};
constexpr MetricSpec kClientBusyTime = {
    "mysql_info_schema_client_statistics_busy_seconds_total", MetricType::kCounter,
    "The cumulative number of seconds there was activity on connections from this client.", "client"};
constexpr MetricSpec kClientCpuTime = {
    "mysql_info_schema_client_statistics_cpu_time_seconds_total", MetricType::kCounter,
    "The cumulative CPU time elapsed, in seconds, while servicing this client's connections.", "client"};
constexpr MetricSpec kClientBytesReceived = {"mysql_info_schema_client_statistics_bytes_received_total",
                                             MetricType::kCounter,
                                             "The number of bytes received from this client’s connections.", "client"};
constexpr MetricSpec kClientBytesSent = {"mysql_info_schema_client_statistics_bytes_sent_total", MetricType::kCounter,
                                         "The number of bytes sent to this client’s connections.", "client"};
constexpr MetricSpec kClientBinlogBytesWritten = {
    "mysql_info_schema_client_statistics_binlog_bytes_written_total", MetricType::kCounter,
    "The number of bytes written to the binary log from this client’s connections.", "client"};
constexpr MetricSpec kClientRowsRead = {"mysql_info_schema_client_statistics_rows_read_total", MetricType::kCounter,
                                        "The number of rows read by this client’s connections.", "client"};
constexpr MetricSpec kClientRowsSent = {"mysql_info_schema_client_statistics_rows_sent_total", MetricType::kCounter,
                                        "The number of rows sent by this client’s connections.", "client"};
constexpr MetricSpec kClientRowsDeleted = {"mysql_info_schema_client_statistics_rows_deleted_total",
                                           MetricType::kCounter,
                                           "The number of rows deleted by this client’s connections.", "client"};
constexpr MetricSpec kClientRowsInserted = {"mysql_info_schema_client_statistics_rows_inserted_total",
                                            MetricType::kCounter,
                                            "The number of rows inserted by this client’s connections.", "client"};
constexpr MetricSpec kClientRowsUpdated = {"mysql_info_schema_client_statistics_rows_updated_total",
                                           MetricType::kCounter,
                                           "The number of rows updated by this client’s connections.", "client"};
constexpr MetricSpec kClientRowsFetched = {"mysql_info_schema_client_statistics_rows_fetched_total",
                                           MetricType::kCounter,
                                           "The number of rows fetched by this client’s connections.", "client"};
constexpr MetricSpec kClientTableRowsRead = {
    "mysql_info_schema_client_statistics_table_rows_read_total", MetricType::kCounter,
    "The number of rows read from tables by this client’s connections. (It may be different from ROWS_FETCHED.)",
    "client"};
constexpr MetricSpec kClientSelectCommands = {
    "mysql_info_schema_client_statistics_select_commands_total", MetricType::kCounter,
    "The number of SELECT commands executed from this client’s connections.", "client"};
constexpr MetricSpec kClientUpdateCommands = {
    "mysql_info_schema_client_statistics_update_commands_total", MetricType::kCounter,
    "The number of UPDATE commands executed from this client’s connections.", "client"};
constexpr MetricSpec kClientOtherCommands = {
    "mysql_info_schema_client_statistics_other_commands_total", MetricType::kCounter,
    "The number of other commands executed from this client’s connections.", "client"};
constexpr MetricSpec kClientCommitTransactions = {
    "mysql_info_schema_client_statistics_commit_transactions_total", MetricType::kCounter,
    "The number of COMMIT commands issued by this client’s connections.", "client"};
constexpr MetricSpec kClientRollbackTransactions = {
    "mysql_info_schema_client_statistics_rollback_transactions_total", MetricType::kCounter,
    "The number of ROLLBACK commands issued by this client’s connections.", "client"};
constexpr MetricSpec kClientDeniedConnections = {"mysql_info_schema_client_statistics_denied_connections_total",
                                                 MetricType::kCounter,
                                                 "The number of connections denied to this client.", "client"};
constexpr MetricSpec kClientLostConnections = {
    "mysql_info_schema_client_statistics_lost_connections_total", MetricType::kCounter,
    "The number of this client’s connections that were terminated uncleanly.", "client"};
constexpr MetricSpec kClientAccessDenied = {
    "mysql_info_schema_client_statistics_access_denied_total", MetricType::kCounter,
    "The number of times this client’s connections issued commands that were denied.", "client"};
constexpr MetricSpec kClientEmptyQueries = {
    "mysql_info_schema_client_statistics_empty_queries_total", MetricType::kCounter,
    "The number of times this client’s connections sent empty queries to the server.", "client"};
constexpr MetricSpec kClientTotalSslConnections = {
    "mysql_info_schema_client_statistics_total_ssl_connections_total", MetricType::kCounter,
    "The number of times this client’s connections connected using SSL to the server.", "client"};
constexpr MetricSpec kClientMaxStatementTimeExceeded = {
    "mysql_info_schema_client_statistics_max_statement_time_exceeded_total", MetricType::kCounter,
    "The number of times a statement was aborted, because it was executed longer than its MAX_STATEMENT_TIME "
    "threshold.",
    "client"};
constexpr MetricSpec kClientKeyReadHits = {"mysql_info_schema_client_statistics_key_read_hits", MetricType::kUntyped,
                                           "Unsupported metric from column KEY_READ_HITS", "client"};
constexpr MetricSpec kClientKeyReadMisses = {"mysql_info_schema_client_statistics_key_read_misses",
                                             MetricType::kUntyped, "Unsupported metric from column KEY_READ_MISSES",
                                             "client"};
constexpr RowMetric kClientRows[] = {
    {&kClientTotalConnections, "TOTAL_CONNECTIONS", kClientLabel},
    {&kClientConcurrentConnections, "CONCURRENT_CONNECTIONS", kClientLabel},
    {&kClientConnectedTime, "CONNECTED_TIME", kClientLabel},
    {&kClientBusyTime, "BUSY_TIME", kClientLabel},
    {&kClientCpuTime, "CPU_TIME", kClientLabel},
    {&kClientBytesReceived, "BYTES_RECEIVED", kClientLabel},
    {&kClientBytesSent, "BYTES_SENT", kClientLabel},
    {&kClientBinlogBytesWritten, "BINLOG_BYTES_WRITTEN", kClientLabel},
    {&kClientRowsRead, "ROWS_READ", kClientLabel},
    {&kClientRowsSent, "ROWS_SENT", kClientLabel},
    {&kClientRowsDeleted, "ROWS_DELETED", kClientLabel},
    {&kClientRowsInserted, "ROWS_INSERTED", kClientLabel},
    {&kClientRowsUpdated, "ROWS_UPDATED", kClientLabel},
    {&kClientRowsFetched, "ROWS_FETCHED", kClientLabel},
    {&kClientTableRowsRead, "TABLE_ROWS_READ", kClientLabel},
    {&kClientSelectCommands, "SELECT_COMMANDS", kClientLabel},
    {&kClientUpdateCommands, "UPDATE_COMMANDS", kClientLabel},
    {&kClientOtherCommands, "OTHER_COMMANDS", kClientLabel},
    {&kClientCommitTransactions, "COMMIT_TRANSACTIONS", kClientLabel},
    {&kClientRollbackTransactions, "ROLLBACK_TRANSACTIONS", kClientLabel},
    {&kClientDeniedConnections, "DENIED_CONNECTIONS", kClientLabel},
    {&kClientLostConnections, "LOST_CONNECTIONS", kClientLabel},
    {&kClientAccessDenied, "ACCESS_DENIED", kClientLabel},
    {&kClientEmptyQueries, "EMPTY_QUERIES", kClientLabel},
    {&kClientTotalSslConnections, "TOTAL_SSL_CONNECTIONS", kClientLabel},
    {&kClientMaxStatementTimeExceeded, "MAX_STATEMENT_TIME_EXCEEDED", kClientLabel},
    {&kClientKeyReadHits, "KEY_READ_HITS", kClientLabel},  // MariaDB 11
    {&kClientKeyReadMisses, "KEY_READ_MISSES", kClientLabel},
};
constexpr const MetricSpec* kClientMetrics[] = {&kClientTotalConnections,
                                                &kClientConcurrentConnections,
                                                &kClientConnectedTime,
                                                &kClientBusyTime,
                                                &kClientCpuTime,
                                                &kClientBytesReceived,
                                                &kClientBytesSent,
                                                &kClientBinlogBytesWritten,
                                                &kClientRowsRead,
                                                &kClientRowsSent,
                                                &kClientRowsDeleted,
                                                &kClientRowsInserted,
                                                &kClientRowsUpdated,
                                                &kClientRowsFetched,
                                                &kClientTableRowsRead,
                                                &kClientSelectCommands,
                                                &kClientUpdateCommands,
                                                &kClientOtherCommands,
                                                &kClientCommitTransactions,
                                                &kClientRollbackTransactions,
                                                &kClientDeniedConnections,
                                                &kClientLostConnections,
                                                &kClientAccessDenied,
                                                &kClientEmptyQueries,
                                                &kClientTotalSslConnections,
                                                &kClientMaxStatementTimeExceeded,
                                                &kClientKeyReadHits,
                                                &kClientKeyReadMisses};

constexpr std::string_view kTableLabels[] = {"TABLE_SCHEMA", "TABLE_NAME"};
constexpr MetricSpec kTableRead = {"mysql_info_schema_table_statistics_rows_read_total", MetricType::kCounter,
                                   "The number of rows read from the table.", "schema,table"};
constexpr MetricSpec kTableChanged = {"mysql_info_schema_table_statistics_rows_changed_total", MetricType::kCounter,
                                      "The number of rows changed in the table.", "schema,table"};
constexpr MetricSpec kTableIndexes = {
    "mysql_info_schema_table_statistics_rows_changed_x_indexes_total", MetricType::kCounter,
    "The number of rows changed in the table, multiplied by the number of indexes changed.", "schema,table"};
constexpr RowMetric kTableRows[] = {
    {&kTableRead, "ROWS_READ", kTableLabels},
    {&kTableChanged, "ROWS_CHANGED", kTableLabels},
    {&kTableIndexes, "ROWS_CHANGED_X_INDEXES", kTableLabels},
};
constexpr const MetricSpec* kTableMetrics[] = {&kTableRead, &kTableChanged, &kTableIndexes};

constexpr std::string_view kSchemaLabel[] = {"TABLE_SCHEMA"};
constexpr MetricSpec kSchemaRead = {"mysql_info_schema_schema_statistics_rows_read_total", MetricType::kCounter,
                                    "The number of rows read from the schema.", "schema"};
constexpr MetricSpec kSchemaChanged = {"mysql_info_schema_schema_statistics_rows_changed_total", MetricType::kCounter,
                                       "The number of rows changed in the schema.", "schema"};
constexpr MetricSpec kSchemaIndexes = {
    "mysql_info_schema_schema_statistics_rows_changed_x_indexes_total", MetricType::kCounter,
    "The number of rows changed in the schema, multiplied by the number of indexes changed.", "schema"};
constexpr RowMetric kSchemaRows[] = {
    {&kSchemaRead, "ROWS_READ", kSchemaLabel},
    {&kSchemaChanged, "ROWS_CHANGED", kSchemaLabel},
    {&kSchemaIndexes, "ROWS_CHANGED_X_INDEXES", kSchemaLabel},
};
constexpr const MetricSpec* kSchemaMetrics[] = {&kSchemaRead, &kSchemaChanged, &kSchemaIndexes};

constexpr RowShape kUserShape = {kUserRows, "BUSY_TIME"};
constexpr RowShape kClientShape = {kClientRows, "BUSY_TIME"};
constexpr RowShape kTableShape = {kTableRows, "ROWS_READ"};
constexpr RowShape kSchemaShape = {kSchemaRows, "ROWS_READ"};

constexpr const char* kUserSql[] = {"SELECT * FROM information_schema.user_statistics"};
constexpr const char* kClientSql[] = {"SELECT * FROM information_schema.client_statistics"};
constexpr const char* kTableSql[] = {
    "SELECT TABLE_SCHEMA, TABLE_NAME, ROWS_READ, ROWS_CHANGED, ROWS_CHANGED_X_INDEXES"
    " FROM information_schema.table_statistics"};
constexpr const char* kSchemaSql[] = {
    "SELECT TABLE_SCHEMA, SUM(ROWS_READ) AS ROWS_READ, SUM(ROWS_CHANGED) AS ROWS_CHANGED,"
    " SUM(ROWS_CHANGED_X_INDEXES) AS ROWS_CHANGED_X_INDEXES"
    " FROM information_schema.table_statistics GROUP BY TABLE_SCHEMA"};

}  // namespace

constinit const PartSpec kUserStatistics = {
    .name = "info_schema.userstats",
    .help = "What each account does, where userstat is ON.",
    .metrics = kUserMetrics,
    .bounded = true,
    .make = MakeRows<kUserShape, kUserSql>,
};
constinit const PartSpec kClientStatistics = {
    .name = "info_schema.clientstats",
    .help = "What each client host does, where userstat is ON.",
    .metrics = kClientMetrics,
    .bounded = true,
    .make = MakeRows<kClientShape, kClientSql>,
};
constinit const PartSpec kTableStatistics = {
    .name = "info_schema.tablestats",
    .help = "Rows read and changed per table, where userstat is ON.",
    .metrics = kTableMetrics,
    .bounded = true,
    .make = MakeRows<kTableShape, kTableSql>,
};
constinit const PartSpec kSchemaStatistics = {
    .name = "info_schema.schemastats",
    .help = "Rows read and changed per schema, where userstat is ON.",
    .metrics = kSchemaMetrics,
    .bounded = true,
    .make = MakeRows<kSchemaShape, kSchemaSql>,
};

}  // namespace bekci::exporters::mysql
