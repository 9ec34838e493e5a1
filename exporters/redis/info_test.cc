#include <doctest/doctest.h>

#include "exporters/redis/info_page.h"
#include "exporters/redis/recorded_server.h"

namespace bekci::exporters::redis::info_test {
namespace {

struct Shown {
  std::map<std::string, double> series;
  std::vector<std::string> problems;
  ServerFacts facts;
};

Shown Show(const std::string& text, InfoWanted wanted = {}) {
  InfoPage page;
  LabelTexts labels;
  CommandStats commands;
  collect::FamilySink sink;
  Shown shown;
  sink.Begin();
  page.Show(text, wanted, {1'800'000'000'000}, labels, &shown.facts, &commands, sink);
  shown.series = SeriesOf(sink, &shown.problems);
  return shown;
}

}  // namespace

TEST_CASE("every recorded server tells what it is and shows what it has") {
  struct Expected {
    const char* file;
    const char* name;
    size_t series;
    bool sentinel, cluster, replica;
  };
  for (const Expected& e : {Expected{"redis-5.0.documented.info", "Redis 5.0.14", 100, false, false, false},
                            Expected{"redis-6.0.16.info", "Redis 6.0.16", 150, false, false, false},
                            Expected{"redis-7.0.15.info", "Redis 7.0.15", 300, false, false, false},
                            Expected{"redis-8.0.2.info", "Redis 8.0.2", 280, false, false, false},
                            Expected{"valkey-8.1.1.info", "Valkey 8.1.1", 220, false, false, false},
                            Expected{"valkey-9.1.2.info", "Valkey 9.1.2", 280, false, false, false},
                            Expected{"valkey-9.1.2-cluster.info", "Valkey 9.1.2", 180, false, true, false},
                            Expected{"redis-7.0.15-cluster.info", "Redis 7.0.15", 250, false, true, false},
                            Expected{"redis-7.0.15-replica.info", "Redis 7.0.15", 200, false, false, true},
                            Expected{"redis-7.0.15-sentinel.info", "Redis 7.0.15", 60, true, false, false}}) {
    CAPTURE(e.file);
    const Shown shown = Show(Recorded(e.file));
    CHECK(shown.facts.known);
    CHECK(shown.problems.empty());
    CHECK(shown.facts.name == e.name);
    CHECK(shown.facts.sentinel == e.sentinel);
    CHECK(shown.facts.cluster == e.cluster);
    CHECK(shown.facts.replica == e.replica);
    CHECK(shown.series.size() >= e.series);
    CHECK(shown.series.contains("redis_uptime_in_seconds"));
    CHECK(shown.series.contains("redis_start_time_seconds"));
  }
}

TEST_CASE("fields, commands, errors, percentiles and databases have the peer's names and units") {
  const std::string text =
      "# Server\r\nredis_version:7.2.1\r\nuptime_in_seconds:100\r\n# Persistence\r\nloading:0\r\n"
      "rdb_last_bgsave_status:ok\r\naof_last_write_status:err\r\n# Stats\r\nlatest_fork_usec:1500\r\n"
      "not_a_known_field:1\r\nused_memory_human:1M\r\n# Commandstats\r\n"
      "cmdstat_config|get:calls=4,usec=2000000,usec_per_call=1,rejected_calls=1,failed_calls=2\r\n# Errorstats\r\n"
      "errorstat_WRONGTYPE:count=3\r\n# Latencystats\r\n"
      "latency_percentiles_usec_config|get:p50=1.003,p99=4.015,p99.9=19.071\r\n# Keyspace\r\n"
      "db3:keys=7,expires=2,avg_ttl=1500\r\n";
  const Shown shown = Show(text);
  const auto& s = shown.series;
  CHECK(s.at("redis_uptime_in_seconds") == 100);
  CHECK(s.at("redis_start_time_seconds") == 1'800'000'000 - 100);
  CHECK(s.at("redis_rdb_last_bgsave_status") == 1);
  CHECK(s.at("redis_aof_last_write_status") == 0);
  CHECK(s.at("redis_latest_fork_seconds") == doctest::Approx(0.0015));
  CHECK(s.at("redis_commands_total{cmd=\"config|get\"}") == 4);
  CHECK(s.at("redis_commands_duration_seconds_total{cmd=\"config|get\"}") == 2);
  CHECK(s.at("redis_commands_rejected_calls_total{cmd=\"config|get\"}") == 1);
  CHECK(s.at("redis_commands_failed_calls_total{cmd=\"config|get\"}") == 2);
  CHECK(s.at("redis_errors_total{err=\"WRONGTYPE\"}") == 3);
  CHECK(s.at("redis_latency_percentiles_usec_p99.9{cmd=\"config|get\"}") == 19.071);
  CHECK(s.at("redis_latency_percentiles_usec_sum{cmd=\"config|get\"}") == 2e6);
  CHECK(s.at("redis_latency_percentiles_usec_count{cmd=\"config|get\"}") == 4);
  CHECK(s.at("redis_db_keys{db=\"db3\"}") == 7);
  CHECK(s.at("redis_db_avg_ttl_seconds{db=\"db3\"}") == 1.5);
  CHECK(s.at("redis_db_keys{db=\"db15\"}") == 0);
  CHECK_FALSE(s.contains("redis_db_keys{db=\"db16\"}"));
  CHECK_FALSE(s.contains("redis_not_a_known_field"));
}

TEST_CASE("a replica's and a primary's view of replication") {
  const auto replica = Show(
      "# Replication\nrole:slave\nmaster_host:10.0.0.1\nmaster_port:6379\nmaster_link_status:down\n"
      "master_last_io_seconds_ago:-1\nmaster_sync_in_progress:0\nslave_repl_offset:14\nslave_read_only:1\n");
  const std::string of_master = "{master_host=\"10.0.0.1\",master_port=\"6379\"}";
  CHECK(replica.series.at("redis_master_link_up" + of_master) == 0);
  CHECK(replica.series.at("redis_master_last_io_seconds_ago" + of_master) == -1);
  CHECK(replica.series.at("redis_slave_repl_offset" + of_master) == 14);
  CHECK(replica.facts.replica);
  const auto primary = Show(
      "# Replication\nrole:master\nconnected_slaves:1\nslave0:ip=10.0.0.2,port=6379,state=online,offset=99,lag=1\n");
  const std::string of_replica = "{slave_ip=\"10.0.0.2\",slave_port=\"6379\",slave_state=\"online\"}";
  CHECK(primary.series.at("redis_connected_slave_offset_bytes" + of_replica) == 99);
  CHECK(primary.series.at("redis_connected_slave_lag_seconds" + of_replica) == 1);
}

TEST_CASE("parts that are not wanted are not shown, but what others need of them is read") {
  InfoWanted wanted;
  wanted.fields = wanted.commandstats = wanted.errorstats = wanted.keyspace = false;
  const auto shown = Show(Recorded("redis-7.0.15.info"), wanted);
  CHECK_FALSE(shown.series.empty());
  for (const auto& [name, value] : shown.series) CHECK(name.starts_with("redis_latency_percentiles_usec"));
  CHECK(shown.series.at("redis_latency_percentiles_usec_count{cmd=\"set\"}") > 0);
}

TEST_CASE("modules are shown when asked for") {
  InfoWanted wanted;
  CHECK_FALSE(
      Show(Recorded("redis-8.0.2.info"), wanted)
          .series.contains(
              "redis_module_info{api=\"1\",filters=\"0\",name=\"vectorset\",usedby=\"[]\",using=\"[]\",ver=\"1\"}"));
  wanted.modules = true;
  CHECK(Show(Recorded("redis-8.0.2.info"), wanted)
            .series.contains(
                "redis_module_info{api=\"1\",filters=\"0\",name=\"vectorset\",usedby=\"[]\",using=\"[]\",ver=\"1\"}"));
}

TEST_CASE("a cluster node's state, also in fields that a later version invents") {
  InfoPage page;
  collect::FamilySink sink;
  sink.Begin();
  page.ShowCluster(
      "cluster_state:fail\r\ncluster_slots_ok:16384\r\ncluster_stats_messages_sent:5\r\ncluster_new_idea:3\r\n", sink);
  const auto series = SeriesOf(sink);
  CHECK(series.at("redis_cluster_state") == 0);
  CHECK(series.at("redis_cluster_slots_ok") == 16384);
  CHECK(series.at("redis_cluster_messages_sent_total") == 5);
  CHECK(series.at("redis_cluster_new_idea") == 3);
}

TEST_CASE("a Valkey 9 node says CLUSTER INFO within INFO too: each series stands once") {
  InfoPage page, cluster_page;
  LabelTexts labels;
  CommandStats commands;
  ServerFacts facts;
  collect::FamilySink sink;
  const std::string text = Recorded("valkey-9.1.2-cluster.info");
  const size_t begin = text.find("cluster_state:");
  sink.Begin();
  page.Show(text, {}, {1'800'000'000'000}, labels, &facts, &commands, sink);
  cluster_page.ShowCluster(text.substr(begin, text.find("\n\n", begin) - begin), sink);
  std::vector<std::string> problems;
  const auto series = SeriesOf(sink, &problems);
  CHECK(problems.empty());
  CHECK(series.at("redis_cluster_state") == 1);
  CHECK(series.at("redis_cluster_enabled") == 1);
  CHECK(series.at("redis_cluster_slots_ok") == 16384);
}

TEST_CASE("the same server again is the same series: no new schema") {
  InfoPage page;
  LabelTexts labels;
  CommandStats commands;
  ServerFacts facts;
  collect::FamilySink sink;
  const std::string text = Recorded("redis-7.0.15.info");
  for (int round = 0; round < 3; ++round) {
    sink.Begin();
    labels.Clear();
    page.Show(text, {}, {1'800'000'000'000}, labels, &facts, &commands, sink);
    CHECK(sink.Finish().schema_changed == (round == 0));
  }
}

TEST_CASE("an absurd INFO costs what is absurd and nothing else") {
  const auto shown = Show(
      "# Commandstats\ncmdstat_:calls=,usec=\ncmdstat_\xff\xfe:calls=1,usec=1\nnonsense\n:\n# Keyspace\ndb:keys=1\n"
      "db99999999999999999999:keys=1,expires=1\ndb0:keys=x,expires=1\n# Latencystats\n"
      "latency_percentiles_usec_get:p99=1,p99=2,p50=nan,p-1=3,pxx=1\n# Replication\nslave0:ip=,offset=1\nslave1:\n");
  CHECK(shown.series.at("redis_commands_total{cmd=\"\\xff\\xfe\"}") == 1);
  CHECK(shown.series.at("redis_latency_percentiles_usec_p99{cmd=\"get\"}") == 1);
  CHECK(shown.series.at("redis_db_keys{db=\"db0\"}") == 0);
}

TEST_CASE("versions are compared by their numbers") {
  CHECK(Version::Parse("7.0.15").AtLeast(7));
  CHECK_FALSE(Version::Parse("6.2.14").AtLeast(7));
  CHECK(Version::Parse("8.10.0").AtLeast(8, 9));
  CHECK_FALSE(Version::Parse("garbage").AtLeast(1));
  CHECK_FALSE(Version::Parse("").AtLeast(1));
}

}  // namespace bekci::exporters::redis::info_test
