// The collector on recorded servers: what each dialect becomes, what is asked of a server, and what happens when it
// refuses, hangs or goes away.
#include "exporters/mysql/mysql.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "agent/config/node.h"
#include "agent/wire/exposition.h"
#include "exporters/mysql/part.h"
#include "exporters/mysql/recorded_server.h"
#include "tests/support/readme.h"

namespace bekci::exporters::mysql::mysql_test {
namespace {

// A collector on a recorded server; its page as text.
struct Fixture {
  base::RealFileSystem fs;
  base::FakeClock clock;
  base::CaptureLogger log;
  RecordedServer server{clock};
  std::unique_ptr<collect::Collector> collector;
  collect::FamilySink sink;
  base::Status status;

  // `parts` as in the configuration: "{enable: [heartbeat]}"; `more` are further options.
  void Make(const std::string& parts = "{}", const std::string& more = "") {
    const auto node = config::ParseYaml("parts: " + parts + "\n" + more, "test.yml");
    REQUIRE(node.ok());
    config::Errors errors;
    const auto values = config::Check(*node, kSpec.options, &errors);
    REQUIRE_MESSAGE(errors.empty(), errors.ToStatus().message());
    auto made = MakeMysql(values, {&fs, &clock, &log}, server.MakeConnector());
    REQUIRE(made.ok());
    collector = std::move(*made);
  }

  std::string Page(std::vector<std::string> only = {}, std::vector<std::string> exclude = {}) {
    const collect::CollectContext context{base::MonotonicTime::Max(), std::move(only), std::move(exclude)};
    sink.Begin();
    status = collector->Collect(context, sink);
    std::string page;
    wire::WriteExposition(model::ToFamilies(sink.FinishRound()), wire::Negotiated(), &page);
    return page;
  }
};

bool Has(const std::string& page, const std::string& line) {
  return ("\n" + page).find("\n" + line + "\n") != std::string::npos;
}
#define CHECK_HAS(page, line) CHECK_MESSAGE(Has(page, line), std::string(line))

}  // namespace

TEST_CASE("a captured MariaDB becomes what mysqld_exporter makes of it") {
  Fixture f;
  f.server.Load("mariadb-10.11.txt");
  f.Make("{enable: [binlog_size, slave_hosts, engine_innodb_status, info_schema.innodb_tablespaces]}");
  const std::string page = f.Page();
  CHECK(f.status.ok());
  CHECK_HAS(page, "mysql_up 1");
  CHECK_HAS(page, "mysql_global_variables_log_bin 1");
  CHECK(page.find("mysql_global_status_handlers_total{handler=\"read_key\"} ") != std::string::npos);
  CHECK(page.find("mysql_global_status_innodb_buffer_pool_pages_total") == std::string::npos);
  CHECK(page.find("mysql_global_status_buffer_pool_pages{state=\"total\"}") == std::string::npos);
  CHECK(page.find("mysql_global_status_buffer_pool_dirty_pages ") != std::string::npos);
  CHECK(page.find("mysql_global_status_rpl_status") == std::string::npos);  // a word
  CHECK_HAS(page, "mysql_transaction_isolation{level=\"REPEATABLE-READ\"} 1");
  CHECK_HAS(page, "mysql_galera_variables_info{wsrep_cluster_name=\"my_wsrep_cluster\"} 1");
  const std::string labels = "{channel_name=\"\",connection_name=\"\",master_host=\"127.0.0.1\",master_uuid=\"\"} ";
  CHECK_HAS(page, "mysql_slave_status_slave_io_running" + labels + "1");
  CHECK(page.find("mysql_slave_status_gtid_io_pos{channel_name=\"\",connection_name=\"\",domain_id=\"0\"") !=
        std::string::npos);
  CHECK(page.find("mysql_heartbeat_mysql_slave_hosts_info{master_id=\"1\",port=") != std::string::npos);
  CHECK_HAS(page, "mysql_binlog_files 1");
  CHECK_HAS(page, "mysql_binlog_file_number 1");
  CHECK(page.find("mysql_info_schema_query_response_time_seconds_bucket{le=\"1e-06\"} 0") != std::string::npos);
  CHECK_HAS(page, "mysql_engine_innodb_read_views_open_inside_innodb 0");
  CHECK(page.find("space_type=\"System\"") != std::string::npos);  // the third dialect
}

TEST_CASE("MySQL 9 shows its replicas under the new names and under those that rules know") {
  Fixture f;
  f.server.Load("mysql-9.7.txt");
  f.Make("{enable: [slave_hosts]}");
  const std::string page = f.Page();
  const std::string primary =
      "{channel_name=\"\",connection_name=\"\",master_host=\"127.0.0.1\",master_uuid=\"188a0d51-e5fc-11f1-a61a-"
      "02fc00000001\"} ";
  CHECK_HAS(page, "mysql_slave_status_read_source_log_pos" + primary + "66384");
  CHECK_HAS(page, "mysql_slave_status_read_master_log_pos" + primary + "66384");
  CHECK_HAS(page, "mysql_slave_status_replica_sql_running" + primary + "1");
  CHECK_HAS(page, "mysql_slave_status_slave_sql_running" + primary + "1");
  CHECK_HAS(page, "mysql_slave_status_seconds_behind_master" + primary + "0");
  // Two sources, each by itself; connecting is not running.
  const std::string away = "{channel_name=\"west\",connection_name=\"\",master_host=\"127.0.0.2\",master_uuid=\"\"} ";
  CHECK_HAS(page, "mysql_slave_status_slave_io_running" + away + "0");
  CHECK(page.find("slave_host=\"\",slave_uuid=\"221ac387-e5fc-11f1-aa3a-02fc00000001\"} 1") != std::string::npos);
  CHECK_HAS(page, "mysql_transaction_isolation{level=\"REPEATABLE-READ\"} 1");
  CHECK_HAS(page, "mysql_global_status_ssl_server_not_after 2.110660614e+09");
  CHECK(page.find("mysql_global_status_gr_last_consensus_end_timestamp 1.7953") != std::string::npos);
}

TEST_CASE("MySQL 9's own words for what older servers say otherwise") {
  Fixture f;
  f.server.Load("mysql-9.7.txt");
  f.Make("{enable: [heartbeat, info_schema.innodb_metrics, info_schema.innodb_tablespaces, sys.user_summary]}");
  const std::string page = f.Page();
  CHECK(f.status.ok());
  CHECK_HAS(page, "mysql_heartbeat_stored_timestamp_seconds{server_id=\"1\"} 1.795301092652376e+09");
  CHECK(page.find("mysql_heartbeat_now_timestamp_seconds{server_id=\"1\"} 1.7953015") != std::string::npos);
  // The server calls both counters; one is below zero.
  CHECK_HAS(page, "mysql_info_schema_innodb_metrics_os_os_log_pending_fsyncs -1");
  CHECK_HAS(page, "# TYPE mysql_info_schema_innodb_metrics_os_os_log_pending_fsyncs gauge");
  CHECK_HAS(page, "mysql_info_schema_innodb_metrics_os_os_log_pending_writes_total 0");
  CHECK(page.find("row_format=\"Undo\",space_type=\"Undo\",tablespace_name=\"innodb_undo_001\"}") != std::string::npos);
  CHECK_HAS(page, "mysql_sys_connections_total{user=\"mon\"} 11");
  CHECK_HAS(page, "mysql_exporter_last_scrape_error 0");
}

TEST_CASE("MySQL 5.7 answers in its own dialects") {
  Fixture f;
  f.server.Load("mysql-5.7.txt");
  f.Make(
      "{enable: [slave_hosts, info_schema.innodb_tablespaces, info_schema.innodb_metrics, "
      "perf_schema.replication_group_members]}");
  const std::string page = f.Page();
  const std::string master =
      "{channel_name=\"\",connection_name=\"\",master_host=\"10.0.0.1\",master_uuid=\"3e11fa47\"} ";
  CHECK_HAS(page, "mysql_slave_status_seconds_behind_master" + master + "17");
  CHECK_HAS(page, "mysql_slave_status_slave_sql_running" + master + "0");
  CHECK_HAS(
      page,
      "mysql_info_schema_innodb_tablespace_space_info{file_format=\"Barracuda\",row_format=\"Dynamic\",space_type="
      "\"Single\",tablespace_name=\"shop/orders\"} 23");
  CHECK_HAS(page, "mysql_info_schema_innodb_metrics_buffer_buffer_pool_reads_total 7");
  CHECK_HAS(page, "mysql_info_schema_innodb_metrics_buffer_pool_pages{state=\"data\"} 342");
  CHECK_HAS(page, "mysql_info_schema_innodb_metrics_buffer_page_read_total{type=\"index_leaf\"} 8");
  CHECK(page.find("member_id=\"3e11\",member_port=\"3306\",member_role=\"\",member_state=\"ONLINE\"") !=
        std::string::npos);
  // What this server lacks is no failure.
  CHECK_HAS(page, "mysql_exporter_collector_success{collector=\"collect.info_schema.query_response_time\"} 1");
  CHECK_HAS(page, "mysql_exporter_last_scrape_error 0");
  CHECK(f.log.CountContaining("mysql part failed") == 0);
}

TEST_CASE("MySQL 5.6 answers in the oldest dialects, and lacks what came later") {
  Fixture f;
  f.server.Load("mysql-5.6.txt");
  f.Make(
      "{enable: [slave_hosts, binlog_size, info_schema.innodb_metrics, info_schema.innodb_tablespaces, "
      "sys.user_summary, "
      "perf_schema.eventsstatements, perf_schema.memory_events, perf_schema.replication_group_members]}");
  const std::string page = f.Page();
  CHECK(f.status.ok());
  const std::string master =
      "{channel_name=\"\",connection_name=\"\",master_host=\"127.0.0.1\",master_uuid=\"d1508a3e-e603-11f1-a968-"
      "02fc00000001\"} ";
  CHECK_HAS(page, "mysql_slave_status_seconds_behind_master" + master + "0");
  CHECK_HAS(page, "mysql_slave_status_slave_io_running" + master + "1");
  CHECK(page.find("slave_uuid=\"d1fab4df-e603-11f1-a968-02fc00000001\"} 1") != std::string::npos);
  CHECK_HAS(page, "mysql_binlog_size_bytes 62374");
  CHECK_HAS(page, "mysql_transaction_isolation{level=\"REPEATABLE-READ\"} 1");  // tx_isolation
  CHECK_HAS(page, "mysql_info_schema_innodb_metrics_os_os_log_fsyncs_total 17");
  CHECK(page.find("mysql_perf_schema_events_statements_seconds_total{digest=\"0ed983e1d5d2dff7731aefe68adc591c\"") !=
        std::string::npos);
  CHECK(page.find("mysql_perf_schema_events_statements_cpu_time") == std::string::npos);
  CHECK_HAS(page, "mysql_exporter_collector_success{collector=\"collect.perf_schema.memory_events\"} 1");
  CHECK_HAS(page, "mysql_exporter_collector_success{collector=\"collect.info_schema.innodb_tablespaces\"} 1");
  CHECK_HAS(page, "mysql_exporter_last_scrape_error 0");
  CHECK(f.log.CountContaining("mysql part failed") == 0);
}

TEST_CASE("digests: quantiles, CPU time, and one row for all that are not shown") {
  Fixture f;
  f.server.Load("mysql-9.7.txt");
  f.Make("{enable: [perf_schema.eventsstatements, perf_schema.eventsstatementshistogram]}");
  const std::string page = f.Page();
  const std::string insert =
      "{digest=\"c860b672783366aefb793ad39c47800b8f298f134e5fed51aec82aefe54dfd27\",digest_text=\"INSERT INTO "
      "`seq_1_to_2000` VALUES (?) /* , ... */\",schema=\"shop\"";
  CHECK_HAS(page, "mysql_perf_schema_events_statements_total" + insert + "} 1");
  CHECK_HAS(page, "mysql_perf_schema_events_statements_seconds_total" + insert + "} 0.156213152");
  CHECK_HAS(page, "mysql_perf_schema_events_statements_cpu_time_seconds_total" + insert + "} 0");
  CHECK_HAS(page, "mysql_perf_schema_events_statements_latency" + insert + ",quantile=\"95\"} 0.158489319246");
  const std::string other = "{digest=\"other\",digest_text=\"other\",schema=\"\"} ";
  CHECK_HAS(page, "mysql_perf_schema_events_statements_total" + other + "1266");
  CHECK_HAS(page, "mysql_perf_schema_events_statements_seconds_total" + other + "19.526642544");
  CHECK_HAS(page, "mysql_perf_schema_events_statements_errors_total" + other + "10");
  CHECK_HAS(page, "bekci_mysql_statement_duration_seconds_bucket{le=\"1.2022644e-05\"} 16");
  CHECK_HAS(page, "bekci_mysql_statement_duration_seconds_bucket{le=\"+Inf\"} 1491");
  CHECK_HAS(page, "bekci_mysql_statement_duration_seconds_sum 453.746815039");
}

namespace {
// An answer of digests with one number each, and the total over all of them.
std::string DigestAnswers(const std::string& rows, const std::string& total) {
  return "> SELECT IFNULL(SCHEMA_NAME ... QUANTILE_95\n! 1054 no\n\n> SELECT 1 ... SUM_CPU_TIME\n! 1054 no\n\n"
         "> SELECT IFNULL(SCHEMA_NAME ... SUM_LOCK_TIME FROM\nSCHEMA_NAME\tDIGEST\tDIGEST_TEXT\tCOUNT_STAR\n" +
         rows + "\n> SELECT 1 ... SUM(SUM_LOCK_TIME) AS SUM_LOCK_TIME FROM\n1\tCOUNT_STAR\n1\t" + total + "\n";
}
}  // namespace

TEST_CASE("the growth of all digest rows together is the server's, whatever rises and falls") {
  Fixture f;
  const std::string other =
      "mysql_perf_schema_events_statements_total{digest=\"other\",digest_text=\"other\",schema=\"\"} ";
  f.Make("{enable: [perf_schema.eventsstatements]}");
  f.server.Add(DigestAnswers("s\ta\tA\t100\ns\tb\tB\t50\n", "1000"));
  CHECK_HAS(f.Page(), other + "850");
  // c rises with 60 of which 20 are new, b falls out with 5 new; a grew by 10, the unseen by 7.
  f.server.Add(DigestAnswers("s\ta\tA\t110\ns\tc\tC\t60\n", "1042"));
  CHECK_HAS(f.Page(), other + "882");
  // Shown numbers were read a moment before the total: it never falls because of that.
  f.server.Add(DigestAnswers("s\ta\tA\t120\ns\tc\tC\t60\n", "1047"));
  CHECK_HAS(f.Page(), other + "882");
  f.server.Add(DigestAnswers("s\ta\tA\t120\ns\tc\tC\t60\n", "1057"));
  CHECK_HAS(f.Page(), other + "887");
  // The table was emptied.
  f.server.Add(DigestAnswers("s\ta\tA\t2\n", "5"));
  CHECK_HAS(f.Page(), other + "3");
}

TEST_CASE("group replication and its appliers") {
  Fixture f;
  f.server.Load("mysql-9.7.txt");
  f.Make(
      "{enable: [perf_schema.replication_group_members, perf_schema.replication_group_member_stats, "
      "perf_schema.replication_applier_status_by_worker]}");
  const std::string page = f.Page();
  CHECK_HAS(page, "mysql_perf_schema_transactions_in_queue 0");
  CHECK_HAS(page, "mysql_perf_schema_transactions_checked_total 3");
  CHECK_HAS(page, "mysql_perf_schema_transactions_rows_validating_total 2");
  CHECK_HAS(page, "mysql_perf_schema_transactions_local_proposed_total 3");
  CHECK(page.find(
            "{channel_name=\"group_replication_applier\",member_communication_stack=\"XCom\",member_host=\"db1\"") !=
        std::string::npos);
  CHECK(page.find("member_role=\"PRIMARY\",member_state=\"ONLINE\",member_version=\"9.7.4\"} 1") != std::string::npos);
  CHECK_HAS(page,
            "mysql_perf_schema_last_applied_transaction_end_apply_timestamp_seconds{channel_name=\"\",member_id=\"1\"} "
            "1.795301509888374e+09");
}

TEST_CASE("a round that ends before all dialects were asked says so, and not that the server lacks something") {
  Fixture f;
  f.server.Load("mysql-9.7.txt");
  f.Make();
  f.server.hang_at = "SHOW SLAVE STATUS";  // the second of three dialects
  f.Page();
  std::string log;
  for (const std::string& line : f.log.Take()) log += line;
  CHECK(log.find("no answer in time") != std::string::npos);
  CHECK(log.find("SQL syntax") == std::string::npos);
}

TEST_CASE("a scrape is one round trip, and asks again later for what the server lacked") {
  Fixture f;
  f.server.Load("mysql-5.7.txt");
  f.Make("{enable: [perf_schema.memory_events]}");
  f.Page();
  f.server.batches = 0;
  f.server.asked.clear();
  f.Page();
  CHECK(f.server.batches == 1);
  CHECK(f.server.connects == 1);
  CHECK(std::find(f.server.asked.begin(), f.server.asked.end(), "SHOW SLAVE STATUS") != f.server.asked.end());
  CHECK(std::find(f.server.asked.begin(), f.server.asked.end(), "SHOW ALL SLAVES STATUS") == f.server.asked.end());
  const auto memory = [&f] {
    return std::count_if(f.server.asked.begin(), f.server.asked.end(),
                         [](const std::string& sql) { return sql.find("memory_summary") != std::string::npos; });
  };
  CHECK(memory() == 0);
  f.clock.Advance(base::minutes(6));
  f.Page();
  CHECK(memory() == 1);
}

TEST_CASE("a refused statement costs its part, is logged once and again when it works") {
  Fixture f;
  f.server.Load("mariadb-10.11.txt");
  f.server.Add(
      "> SHOW BINARY LOGS\n! 1227 Access denied; you need (at least one of) the BINLOG MONITOR privilege(s)\n");
  f.Make("{enable: [binlog_size]}");
  f.Page();
  const std::string page = f.Page();
  CHECK(f.status.ok());
  CHECK_HAS(page, "mysql_up 1");
  CHECK_HAS(page, "mysql_exporter_collector_success{collector=\"collect.binlog_size\"} 0");
  CHECK_HAS(page, "mysql_exporter_collector_success{collector=\"collect.global_status\"} 1");
  CHECK_HAS(page, "mysql_exporter_scrape_errors_total{collector=\"collect.binlog_size\"} 2");
  CHECK_HAS(page, "mysql_exporter_last_scrape_error 1");
  CHECK(f.log.CountContaining("BINLOG MONITOR") == 1);
  f.server.Load("mariadb-10.11.txt");
  CHECK_HAS(f.Page(), "mysql_exporter_collector_success{collector=\"collect.binlog_size\"} 1");
  CHECK(f.log.CountContaining("mysql part works again") == 1);
}

TEST_CASE("a server that does not answer is mysql_up 0, and the round says why") {
  Fixture f;
  f.server.Load("mariadb-10.11.txt");
  f.Make();
  f.server.refuse_connect = base::Denied("Access denied for user 'mon'@'localhost'");
  std::string page = f.Page();
  CHECK(f.status.code() == base::Code::kDenied);
  CHECK_HAS(page, "mysql_up 0");
  CHECK_HAS(page, "mysql_exporter_collector_success{collector=\"collect.global_status\"} 0");
  CHECK(page.find("mysql_global_status_") == std::string::npos);
  CHECK(f.log.Take().empty());  // that the collector failed is logged where it runs
  f.server.refuse_connect = base::OkStatus();
  page = f.Page();
  CHECK(f.status.ok());
  CHECK_HAS(page, "mysql_up 1");
}

TEST_CASE("a kept connection that the server has closed is replaced within the scrape") {
  Fixture f;
  f.server.Load("mariadb-10.11.txt");
  f.Make();
  f.Page();
  f.server.break_at_next_run = base::Unavailable("MySQL server has gone away");
  CHECK_HAS(f.Page(), "mysql_up 1");
  CHECK(f.server.connects == 2);
  f.server.break_at_next_run = base::Timeout("no answer in time");
  CHECK_HAS(f.Page(), "mysql_up 0");
  CHECK(f.status.code() == base::Code::kTimeout);
}

TEST_CASE("a server that stops in the middle of an answer and then lets nobody in is down") {
  Fixture f;
  f.server.Load("mariadb-10.11.txt");
  f.Make();
  f.Page();
  f.server.hang_at = "SHOW ALL SLAVES STATUS";
  CHECK_HAS(f.Page(), "mysql_up 1");  // it did answer
  f.server.refuse_connect = base::Timeout("no answer in time");
  CHECK_HAS(f.Page(), "mysql_up 0");
  CHECK(f.status.code() == base::Code::kTimeout);
}

TEST_CASE("a part whose statement hangs costs itself, and is left out for a while") {
  Fixture f;
  f.server.Load("mariadb-10.11.txt");
  f.server.Add("> SELECT  ... FROM information_schema.TABLES\nTABLE_SCHEMA\tTABLE_NAME\tTABLE_ROWS\nshop\torders\t9\n");
  f.Make("{enable: [info_schema.tables]}");
  CHECK(f.Page().find("mysql_info_schema_table_rows") != std::string::npos);
  f.server.hang_at = "information_schema.TABLES";
  std::string page = f.Page();
  CHECK_HAS(page, "mysql_up 1");
  CHECK_HAS(page, "mysql_exporter_collector_success{collector=\"collect.info_schema.tables\"} 0");
  // From now on it comes last, so it delays nobody.
  page = f.Page();
  CHECK(page.find("mysql_global_status_uptime ") != std::string::npos);
  CHECK_HAS(page, "mysql_exporter_collector_success{collector=\"collect.slave_status\"} 1");
  f.server.asked.clear();
  f.Page();
  CHECK(std::none_of(f.server.asked.begin(), f.server.asked.end(), [](const std::string& sql) {
    return sql.find("information_schema.TABLES") != std::string::npos;
  }));
  f.server.hang_at.clear();
  for (int i = 0; i < 4; ++i) page = f.Page();
  CHECK_HAS(page, "mysql_exporter_collector_success{collector=\"collect.info_schema.tables\"} 1");
}

TEST_CASE("a table with more rows than the budget shows the largest and says how many are left out") {
  Fixture f;
  f.server.Load("mariadb-10.11.txt");
  std::string rows = "> SELECT  ... FROM information_schema.TABLES\nTABLE_SCHEMA\tTABLE_NAME\tTABLE_ROWS\tWEIGHT\n";
  for (int i = 0; i < 50; ++i) rows += "shop\tt" + std::to_string(i) + "\t1\t" + std::to_string((i * 7) % 50) + "\n";
  f.server.Add(rows);
  f.Make("{enable: [info_schema.tables]}", "row_budget: 3");
  const std::string page = f.Page();
  CHECK_HAS(page, "bekci_mysql_rows_left_out{collector=\"collect.info_schema.tables\"} 47");
  CHECK_HAS(page, "mysql_info_schema_table_rows{schema=\"shop\",table=\"t7\"} 1");   // weight 49
  CHECK_HAS(page, "mysql_info_schema_table_rows{schema=\"shop\",table=\"t14\"} 1");  // 48
  CHECK_HAS(page, "mysql_info_schema_table_rows{schema=\"shop\",table=\"t21\"} 1");  // 47
  CHECK(page.find("table=\"t0\"") == std::string::npos);
}

TEST_CASE("only and exclude choose parts, and parts can be turned off") {
  Fixture f;
  f.server.Load("mariadb-10.11.txt");
  f.Make("{disable: [slave_status]}");
  std::string page = f.Page({"global_status"}, {});
  CHECK(page.find("mysql_global_variables_") == std::string::npos);
  CHECK(page.find("mysql_global_status_uptime ") != std::string::npos);
  page = f.Page({}, {"global_status"});
  CHECK(page.find("mysql_global_status_uptime ") == std::string::npos);
  CHECK(page.find("mysql_slave_status") == std::string::npos);
}

TEST_CASE("a mistyped part is refused with the name that was meant") {
  Fixture f;
  const auto node = config::ParseYaml("parts: {enable: [info_schema.table]}", "test.yml");
  config::Errors errors;
  const auto values = config::Check(*node, kSpec.options, &errors);
  const auto made = MakeMysql(values, {&f.fs, &f.clock, &f.log}, f.server.MakeConnector());
  CHECK(made.status().code() == base::Code::kInvalid);
  CHECK(made.status().message().find("did you mean \"info_schema.tables\"") != std::string::npos);
}

TEST_CASE("label values that are not UTF-8 do not spoil the page") {
  Fixture f;
  f.server.Load("mariadb-10.11.txt");
  f.server.Add("> SELECT  ... FROM information_schema.TABLES\nTABLE_SCHEMA\tTABLE_NAME\tTABLE_ROWS\ns\xff\tt\t1\n");
  f.Make("{enable: [info_schema.tables]}");
  CHECK_HAS(f.Page(), "mysql_info_schema_table_rows{schema=\"s?\",table=\"t\"} 1");
}

TEST_CASE("the README lists the parts as they are") {
  testing::CheckReadmeTable("exporters/mysql/README.md", "parts", testing::PartTable(AllParts()));
}

}  // namespace bekci::exporters::mysql::mysql_test
