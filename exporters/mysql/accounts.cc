// mysql.user: limits and privileges of the accounts; sys.user_summary: what each account does.
#include <string>

#include "exporters/mysql/parts.h"
#include "exporters/mysql/rows_part.h"

namespace bekci::exporters::mysql {
namespace {

constexpr std::string_view kAccount[] = {"host", "user"};
constexpr std::string_view kAccountNames = "hostmask,mysql_user";
constexpr size_t kLimits = 4;
constexpr RowMetric Row(const MetricSpec& spec, std::string_view column) {
  return {&spec, column, kAccount};
}

#define BEKCI_LIMIT(id, column)                                                                              \
  constexpr MetricSpec id = {"mysql_mysql_" column, MetricType::kGauge, "The number of " column " by user.", \
                             kAccountNames}
BEKCI_LIMIT(kMaxUserConnections, "max_user_connections");
BEKCI_LIMIT(kMaxConnections, "max_connections");
BEKCI_LIMIT(kMaxQuestions, "max_questions");
BEKCI_LIMIT(kMaxUpdates, "max_updates");
#undef BEKCI_LIMIT

// The privileges: column of mysql.user, and its name in small letters.
// clang-format off
#define BEKCI_PRIVILEGES(X) \
  X(Select, select) X(Insert, insert) X(Update, update) X(Delete, delete) X(Create, create) X(Drop, drop) \
  X(Reload, reload) X(Shutdown, shutdown) X(Process, process) X(File, file) X(Grant, grant) \
  X(References, references) X(Index, index) X(Alter, alter) X(Show_db, show_db) X(Super, super) \
  X(Create_tmp_table, create_tmp_table) X(Lock_tables, lock_tables) X(Execute, execute) \
  X(Repl_slave, repl_slave) X(Repl_client, repl_client) X(Create_view, create_view) X(Show_view, show_view) \
  X(Create_routine, create_routine) X(Alter_routine, alter_routine) X(Create_user, create_user) X(Event, event) \
  X(Trigger, trigger) X(Create_tablespace, create_tablespace)
// clang-format on
#define BEKCI_SPEC(Name, name)                                                                                    \
  constexpr MetricSpec k##Name##Priv = {"mysql_mysql_" #name "_priv", MetricType::kGauge, #Name "_priv by user.", \
                                        kAccountNames};
BEKCI_PRIVILEGES(BEKCI_SPEC)
#define BEKCI_ROW(Name, name) Row(k##Name##Priv, #Name "_priv"),
constexpr RowMetric kUserRows[] = {Row(kMaxUserConnections, "max_user_connections"),
                                   Row(kMaxConnections, "max_connections"), Row(kMaxQuestions, "max_questions"),
                                   Row(kMaxUpdates, "max_updates"), BEKCI_PRIVILEGES(BEKCI_ROW)};
#define BEKCI_POINTER(Name, name) &k##Name##Priv,
constexpr const MetricSpec* kUserMetrics[] = {&kMaxUserConnections, &kMaxConnections, &kMaxQuestions, &kMaxUpdates,
                                              BEKCI_PRIVILEGES(BEKCI_POINTER)};
#undef BEKCI_POINTER
#undef BEKCI_ROW
#undef BEKCI_SPEC
#undef BEKCI_PRIVILEGES

constexpr RowShape kLimitShape = {std::span<const RowMetric>(kUserRows, kLimits)};
constexpr RowShape kPrivilegeShape = {kUserRows};
constexpr config::Option kUserOptions[] = {
    {.key = "privileges",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "Also show each account's privileges."},
};

base::Result<std::unique_ptr<Part>> MakeUser(const PartEnvironment& environment, const config::Values& options) {
  const bool privileges = options.Bool("privileges");
  std::string sql = "SELECT user AS user, host AS host";
  for (size_t i = 0; i < std::size(kUserRows) && (privileges || i < kLimits); ++i) {
    const std::string column(kUserRows[i].column);
    sql += ", " + (i < kLimits ? column : "(" + column + " = 'Y')") + " AS " + column;
  }
  sql += " FROM mysql.user";
  return std::unique_ptr<Part>(std::make_unique<RowsPart>(
      privileges ? kPrivilegeShape : kLimitShape, std::vector<std::string>{std::move(sql)}, environment.row_budget));
}

constexpr std::string_view kSysUser[] = {"user"};
#define BEKCI_SYS(id, name, type, help) constexpr MetricSpec id = {"mysql_sys_" name, MetricType::type, help, "user"}
BEKCI_SYS(kStatements, "statements_total", kCounter, "The total number of statements for the user");
BEKCI_SYS(kLatency, "statement_latency", kCounter, "The total wait time of timed statements for the user");
BEKCI_SYS(kScans, "table_scans_total", kCounter, "The total number of table scans for the user");
BEKCI_SYS(kFileIos, "file_ios_total", kCounter, "The total number of file I/O events for the user");
BEKCI_SYS(kFileTime, "file_io_seconds_total", kCounter, "The total wait time of timed file I/O events for the user");
BEKCI_SYS(kCurrent, "current_connections", kGauge, "The current number of connections for the user");
BEKCI_SYS(kConnections, "connections_total", kCounter, "The total number of connections for the user");
BEKCI_SYS(kHosts, "unique_hosts_total", kCounter,
          "The number of distinct hosts from which connections for the user have originated");
BEKCI_SYS(kMemory, "current_memory_bytes", kGauge, "The current amount of allocated memory for the user");
BEKCI_SYS(kAllocated, "memory_allocated_bytes_total", kCounter, "The total amount of allocated memory for the user");
#undef BEKCI_SYS
constexpr RowMetric kSysRows[] = {
    {&kStatements, "statements", kSysUser},
    {&kLatency, "statement_latency", kSysUser, {}, 1e12},
    {&kScans, "table_scans", kSysUser},
    {&kFileIos, "file_ios", kSysUser},
    {&kFileTime, "file_io_latency", kSysUser, {}, 1e12},
    {&kCurrent, "current_connections", kSysUser},
    {&kConnections, "total_connections", kSysUser},
    {&kHosts, "unique_hosts", kSysUser},
    {&kMemory, "current_memory", kSysUser},
    {&kAllocated, "total_memory_allocated", kSysUser},
};
constexpr const MetricSpec* kSysMetrics[] = {&kStatements, &kLatency,     &kScans, &kFileIos, &kFileTime,
                                             &kCurrent,    &kConnections, &kHosts, &kMemory,  &kAllocated};
constexpr RowShape kSysShape = {kSysRows, "statement_latency"};
constexpr const char* kSysSql[] = {
    "SELECT user, statements, statement_latency, table_scans, file_ios, file_io_latency, current_connections,"
    " total_connections, unique_hosts, current_memory, total_memory_allocated FROM sys.x$user_summary",
    "SELECT user, statements, statement_latency, table_scans, file_ios, file_io_latency, current_connections,"
    " total_connections, unique_hosts FROM sys.x$user_summary"};

}  // namespace

constinit const PartSpec kMysqlUser = {
    .name = "mysql.user",
    .help = "Limits of the accounts, and their privileges if asked for.",
    .metrics = kUserMetrics,
    .options = kUserOptions,
    .bounded = true,
    .make = MakeUser,
};
constinit const PartSpec kSysUserSummary = {
    .name = "sys.user_summary",
    .help = "What each account does, from the sys schema.",
    .metrics = kSysMetrics,
    .bounded = true,
    .make = MakeRows<kSysShape, kSysSql>,
};

}  // namespace bekci::exporters::mysql
