#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "agent/base/log.h"
#include "agent/base/memory_file_system.h"
#include "exporters/redis/config_part.h"
#include "exporters/redis/part.h"
#include "exporters/redis/recorded_server.h"

namespace bekci::exporters::redis::parts_test {
namespace {

// A part by its name, asked once against scripted answers.
struct Fixture {
  base::MemoryFileSystem fs;
  base::FakeClock clock;
  base::CaptureLogger log;
  Settings settings;
  ServerFacts facts;
  CommandStats commands;
  LabelTexts labels;
  ScriptedChannel channel;
  base::Status status;

  Fixture() {
    settings.config_command = "CONFIG";
    settings.max_clients = 2;
    settings.scan = {1000, 100, 50, false};
    facts.known = true;
    facts.redis = {7, 0};
  }

  std::map<std::string, double> Ask(std::string_view name) {
    std::unique_ptr<Part> part;
    if (name == "config") part = std::make_unique<ConfigPart>(settings, fs);
    for (const PartSpec* spec : AllParts()) {
      if (spec->name == name) part = spec->make(settings, {&fs, &clock, &log});
    }
    REQUIRE(part != nullptr);
    collect::FamilySink sink;
    sink.Begin();
    const RoundView round{facts, commands, labels, clock.Now(), clock.Monotonic() + base::seconds(5)};
    Pipeline pipeline;
    part->Ask(facts, &pipeline);
    if (pipeline.size() > 0) {
      const auto replies = channel.Run(pipeline, round.deadline);
      status = part->Take(round, *replies, sink);
    }
    if (status.ok()) status = part->Converse(round, channel, sink);
    return SeriesOf(sink);
  }
};

std::string Bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

std::string Pairs(std::initializer_list<std::string> words) {
  std::string out = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) out += word.starts_with(":") || word.starts_with("*") ? word : Bulk(word);
  return out;
}

}  // namespace

TEST_CASE("settings are asked for by name, in one command since Redis 7 and one by one before") {
  Fixture f;
  f.channel.Answer(
      "CONFIG GET databases io-threads maxclients maxmemory repl-backlog-size client-output-buffer-limit",
      Pairs({"maxclients", "10000", "maxmemory", "0", "client-output-buffer-limit", "normal 0 0 0 slave 256 64 60"}));
  auto series = f.Ask("config");
  CHECK(f.status.ok());
  CHECK(series.at("redis_config_maxclients") == 10000);
  CHECK(series.at("redis_config_client_output_buffer_limit_bytes{class=\"slave\",limit=\"hard\"}") == 256);
  CHECK(series.at("redis_config_client_output_buffer_limit_overcome_seconds{class=\"slave\",limit=\"soft\"}") == 60);

  Fixture old;
  old.facts.redis = {6, 0};
  for (const char* key : {"databases", "io-threads", "repl-backlog-size", "client-output-buffer-limit", "maxmemory"}) {
    old.channel.Answer("CONFIG GET " + std::string(key), "*0\r\n");
  }
  old.channel.Answer("CONFIG GET maxclients", Pairs({"maxclients", "7"}));
  series = old.Ask("config");
  CHECK(old.status.ok());
  CHECK(series.at("redis_config_maxclients") == 7);
}

TEST_CASE("all settings are shown when asked for, but never a password") {
  Fixture f;
  f.settings.all_config = true;
  f.channel.Answer("CONFIG GET *", Pairs({"requirepass", "s3cret", "masterauth", "s3cret", "primaryauth", "s3cret",
                                          "tls-key-file-pass", "s3cret", "hz", "10", "appendonly", "no"}));
  const auto series = f.Ask("config");
  CHECK(series.at("redis_config_key_value{key=\"appendonly\",value=\"no\"}") == 1);
  CHECK(series.at("redis_config_value{key=\"hz\"}") == 10);
  for (const auto& [name, value] : series) CHECK(name.find("s3cret") == std::string::npos);
}

TEST_CASE("a refused CONFIG is told and shows nothing") {
  Fixture f;
  f.channel.Answer("CONFIG GET databases io-threads maxclients maxmemory repl-backlog-size client-output-buffer-limit",
                   "-NOPERM this user has no permissions to run the 'config|get' command\r\n");
  CHECK(f.Ask("config").empty());
  CHECK(f.status.code() == base::Code::kDenied);
}

TEST_CASE("the RDB file's size is that of the file the server names") {
  Fixture f;
  f.settings.rdb_file_size = true;
  f.fs.Put("/data/dump.rdb", "12345");
  f.channel.Answer(
      "CONFIG GET databases io-threads maxclients maxmemory repl-backlog-size client-output-buffer-limit dir "
      "dbfilename",
      Pairs({"dir", "/data", "dbfilename", "dump.rdb"}));
  CHECK(f.Ask("config").at("redis_rdb_current_size_bytes") == 5);
}

TEST_CASE("the slow log's length and newest entry") {
  Fixture f;
  f.channel.Answer("SLOWLOG LEN", ":128\r\n");
  f.channel.Answer("SLOWLOG GET 1", "*1\r\n*4\r\n:64\r\n:1700000000\r\n:12500\r\n*1\r\n$4\r\nKEYS\r\n");
  const auto series = f.Ask("slowlog");
  CHECK(series.at("redis_slowlog_length") == 128);
  CHECK(series.at("redis_slowlog_last_id") == 64);
  CHECK(series.at("redis_last_slow_execution_duration_seconds") == 0.0125);
  Fixture empty;
  empty.channel.Answer("SLOWLOG LEN", ":0\r\n");
  empty.channel.Answer("SLOWLOG GET 1", "*0\r\n");
  CHECK(empty.Ask("slowlog").at("redis_slowlog_last_id") == 0);
}

TEST_CASE("latency spikes and histograms") {
  Fixture f;
  f.commands.Add({"set", 5, 90});
  f.channel.Answer("LATENCY LATEST", "*1\r\n*4\r\n$7\r\ncommand\r\n:1700000000\r\n:146\r\n:200\r\n");
  f.channel.Answer(
      "LATENCY HISTOGRAM",
      "*2\r\n$3\r\nset\r\n*4\r\n$5\r\ncalls\r\n:5\r\n$14\r\nhistogram_usec\r\n*4\r\n:2\r\n:1\r\n:8\r\n:5\r\n");
  SUBCASE("on Redis 7") {
    f.settings.latency_histogram = true;
    const auto series = f.Ask("latency");
    CHECK(series.at("redis_latency_spike_duration_seconds{event_name=\"command\"}") == 0.146);
    CHECK(series.at("redis_latency_spike_last{event_name=\"command\"}") == 1'700'000'000);
    CHECK(series.at("redis_commands_latencies_usec_le2{cmd=\"set\"}") == 1);
    CHECK(series.at("redis_commands_latencies_usec_le+Inf{cmd=\"set\"}") == 5);
    CHECK(series.at("redis_commands_latencies_usec_sum{cmd=\"set\"}") == 90);
  }
  SUBCASE("an older server is not asked for what it does not know") {
    f.facts.redis = {6, 2};
    (void)f.Ask("latency");
    CHECK(f.channel.asked() == std::vector<std::string>{"LATENCY LATEST"});
  }
}

TEST_CASE("the largest clients are shown, and a huge list is not asked for") {
  Fixture f;
  f.settings.clients = true;
  f.channel.Answer(
      "CLIENT LIST",
      Bulk("id=1 addr=10.0.0.1:5000 name=a age=10 idle=1 flags=N db=0 sub=0 tot-mem=100 user=default resp=2\n"
           "id=2 addr=[::1]:5001 name=b age=20 idle=2 flags=N db=1 sub=3 tot-mem=900 user=shop resp=3\n"
           "id=3 addr=10.0.0.3:5002 name= age=30 idle=3 flags=S db=0 sub=0 tot-mem=500 user=default resp=2\n"));
  f.facts.connected_clients = 3;
  const auto series = f.Ask("clients");
  CHECK(series.at("redis_connected_client_total_memory_consumed_bytes{id=\"2\",name=\"b\"}") == 900);
  CHECK(series.at("redis_connected_client_channel_subscriptions_count{id=\"2\",name=\"b\"}") == 3);
  CHECK(series.contains(
      "redis_connected_client_info{db=\"1\",flags=\"N\",host=\"[::1]\",id=\"2\",name=\"b\",resp=\"3\",user=\"shop\"}"));
  CHECK_FALSE(series.contains("redis_connected_client_total_memory_consumed_bytes{id=\"1\",name=\"a\"}"));

  Fixture many;
  many.settings.clients = true;
  many.facts.connected_clients = 21;
  CHECK(many.Ask("clients").empty());
  CHECK(many.status.code() == base::Code::kLimit);
  CHECK(many.channel.asked().empty());
}

TEST_CASE("a sentinel's masters: quorum, who is well, settings") {
  Fixture f;
  f.facts.sentinel = true;
  f.channel.Answer("SENTINEL MASTERS", "*1\r\n" + Pairs({"name", "shop", "ip", "10.0.0.1", "port", "6379", "quorum",
                                                         "2", "last-ok-ping-reply", "331", "config-epoch", "4"}));
  f.channel.Answer("SENTINEL CKQUORUM shop", "-NOQUORUM 1 usable Sentinels.\r\n");
  f.channel.Answer("SENTINEL SENTINELS shop",
                   "*2\r\n" + Pairs({"flags", "sentinel"}) + Pairs({"flags", "s_down,sentinel"}));
  f.channel.Answer("SENTINEL SLAVES shop", "*1\r\n" + Pairs({"flags", "slave"}));
  const auto series = f.Ask("sentinel");
  const std::string of = "{master_address=\"10.0.0.1:6379\",master_name=\"shop\"}";
  CHECK(series.at(
            "redis_sentinel_master_ckquorum_status{master_name=\"shop\",message=\"NOQUORUM 1 usable Sentinels.\"}") ==
        0);
  CHECK(series.at("redis_sentinel_master_ok_sentinels" + of) == 2);
  CHECK(series.at("redis_sentinel_master_ok_slaves" + of) == 1);
  CHECK(series.at("redis_sentinel_master_setting_ckquorum" + of) == 2);
  CHECK(series.at("redis_sentinel_master_last_ok_ping_reply_seconds" + of) == doctest::Approx(0.331));
  CHECK(f.channel.round_trips() == 2);
}

TEST_CASE("keys: sizes by type, numbers as values, absent is absent") {
  Fixture f;
  f.settings.check_single_keys = {{0, "list"}, {0, "nosuch"}, {0, "price"}, {0, "word"}, {0, "seen"}};
  f.settings.key_values = true;
  f.channel.Answer("TYPE list", "+list\r\n");
  f.channel.Answer("TYPE nosuch", "+none\r\n");
  for (const char* key : {"price", "word", "seen"}) f.channel.Answer("TYPE " + std::string(key), "+string\r\n");
  f.channel.Answer("LLEN list", ":3\r\n");
  f.channel.Answer("MEMORY USAGE list", ":144\r\n");
  for (const char* key : {"price", "word"}) f.channel.Answer("STRLEN " + std::string(key), ":5\r\n");
  f.channel.Answer("STRLEN seen", ":12304\r\n");
  f.channel.Answer("GETRANGE price 0 63", Bulk("12.50"));
  f.channel.Answer("GETRANGE word 0 63", Bulk("hello"));
  f.channel.Answer("GETRANGE seen 0 63", Bulk("HYLL\x01"));
  f.channel.Answer("PFCOUNT seen", ":42\r\n");
  const auto series = f.Ask("keys");
  CHECK(f.status.ok());
  CHECK(series.at("redis_key_size{db=\"db0\",key=\"list\"}") == 3);
  CHECK(series.at("redis_key_memory_usage_bytes{db=\"db0\",key=\"list\"}") == 144);
  CHECK(series.at("redis_key_value{db=\"db0\",key=\"price\"}") == 12.5);
  CHECK(series.at("redis_key_size{db=\"db0\",key=\"seen\"}") == 42);
  CHECK_FALSE(series.contains("redis_key_value{db=\"db0\",key=\"word\"}"));
  for (const auto& [name, value] : series) CHECK(name.find("nosuch") == std::string::npos);
}

TEST_CASE("streams with their groups and consumers") {
  Fixture f;
  f.settings.check_single_streams = {{2, "orders"}, {2, "plain"}};
  f.settings.stream_consumers = true;
  f.channel.Answer("SELECT 2", "+OK\r\n");
  f.channel.Answer("SELECT 0", "+OK\r\n");
  f.channel.Answer("TYPE orders", "+stream\r\n");
  f.channel.Answer("TYPE plain", "+string\r\n");
  f.channel.Answer("XINFO STREAM orders", Pairs({"length", ":2\r\n", "groups", ":1\r\n", "last-generated-id",
                                                 "1700000000001-5", "entries-added", ":9\r\n", "first-entry",
                                                 "*2\r\n$15\r\n1700000000000-0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n"}));
  f.channel.Answer("XINFO GROUPS orders", "*1\r\n" + Pairs({"name", "shop", "consumers", ":1\r\n", "pending", ":4\r\n",
                                                            "last-delivered-id", "1700000000000-0", "lag", ":1\r\n"}));
  f.channel.Answer("XINFO CONSUMERS orders shop",
                   "*1\r\n" + Pairs({"name", "c1", "pending", ":4\r\n", "idle", ":1500\r\n"}));
  const auto series = f.Ask("keys");
  CHECK(f.status.ok());
  CHECK(series.at("redis_stream_length{db=\"db2\",stream=\"orders\"}") == 2);
  CHECK(series.at("redis_stream_last_generated_id{db=\"db2\",stream=\"orders\"}") == 1'700'000'000'001);
  CHECK(series.at("redis_stream_first_entry_id{db=\"db2\",stream=\"orders\"}") == 1'700'000'000'000);
  CHECK(series.at("redis_stream_entries_added_total{db=\"db2\",stream=\"orders\"}") == 9);
  CHECK(series.at("redis_stream_group_lag{db=\"db2\",group=\"shop\",stream=\"orders\"}") == 1);
  CHECK(series.at(
            "redis_stream_group_consumer_idle_seconds{consumer=\"c1\",db=\"db2\",group=\"shop\",stream=\"orders\"}") ==
        1.5);
  for (const auto& [name, value] : series) CHECK(name.find("plain") == std::string::npos);
}

TEST_CASE("no part trusts the form of a reply") {
  for (const char* reply :
       {"+OK\r\n", ":1\r\n", "$-1\r\n", "*0\r\n", "*1\r\n*1\r\n*0\r\n", "*2\r\n:1\r\n$1\r\nx\r\n"}) {
    for (const PartSpec* spec : AllParts()) {
      Fixture f;
      f.settings.clients = true;
      f.settings.latency_histogram = true;
      f.settings.check_keys = {{0, "*"}};
      f.settings.check_single_streams = {{0, "k"}};
      f.facts.cluster = true;
      f.facts.valkey = {8, 1};
      f.facts.sentinel = spec->name == "sentinel";
      const auto part = spec->make(f.settings, {&f.fs, &f.clock, &f.log});
      for (const char* command :
           {"SLOWLOG LEN", "SLOWLOG GET 1", "COMMANDLOG LEN slow", "COMMANDLOG GET 1 slow", "LATENCY LATEST",
            "LATENCY HISTOGRAM", "CLUSTER INFO", "SENTINEL MASTERS", "CLIENT LIST", "SCAN 0 MATCH * COUNT 100",
            "TYPE k", "XINFO STREAM k", "XINFO GROUPS k"}) {
        f.channel.Answer(command, reply);
      }
      f.channel.Answer("TYPE k", "+stream\r\n");
      (void)f.Ask(spec->name);  // returning is the promise
      CHECK(f.channel.round_trips() <= 12);
    }
  }
}

}  // namespace bekci::exporters::redis::parts_test
