// InfoPage: INFO's text into series and facts, in one walk.
//
// Fields by the table of info_fields.h; commands, errors, databases, replicas and masters, which stand in fields of
// their own making, by code here. What is not asked for (collect[]=) is read all the same where others need it.
//
// Thread rule: one thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/collect/family_sink.h"
#include "exporters/redis/command_stats.h"
#include "exporters/redis/info_fields.h"
#include "exporters/redis/info_text.h"
#include "exporters/redis/label_text.h"
#include "exporters/redis/server_facts.h"

namespace bekci::exporters::redis {

// Which of INFO's parts are shown.
struct InfoWanted {
  bool fields = true;  // and instance, replication, sentinel
  bool commandstats = true;
  bool errorstats = true;
  bool latencystats = true;
  bool keyspace = true;
  bool modules = false;
  bool system = false;  // fields of that group
  bool empty_databases = true;
  int64_t databases = 0;  // as CONFIG says; 0: not known
};

class InfoPage {
 public:
  // Adds the series of `text` and sets `facts` and `commands` (views into `text`). `now`: the wall clock.
  // Never fails: what cannot be read is absent.
  void Show(std::string_view text, const InfoWanted& wanted, base::Timestamp now, LabelTexts& labels,
            ServerFacts* facts, CommandStats* commands, FamilySink& sink);
  // CLUSTER INFO's text, which has the same form.
  void ShowCluster(std::string_view text, FamilySink& sink);

  static std::span<const MetricSpec* const> metrics();

 private:
  // Fields that describe the instance; views into the text.
  struct Identity {
    std::string_view role, redis_version, build_id, mode, os, maxmemory_policy, tcp_port, run_id, process_id;
    std::string_view master_replid, master_host, master_port, read_only, valkey_version, valkey_stage;
  };
  struct Walk;

  static void Remember(std::string_view key, std::string_view value, Identity* identity);
  void ShowField(Walk& walk, std::string_view key, std::string_view value);
  static void ShowReplication(Walk& walk, std::string_view key, std::string_view value);
  static void ShowReplica(Walk& walk, std::string_view value);
  static void ShowMaster(Walk& walk, std::string_view value);
  static void ShowModule(Walk& walk, std::string_view value);
  static void ShowCommand(Walk& walk, std::string_view key, std::string_view value);
  static void ShowPercentiles(Walk& walk, std::string_view key, std::string_view value);
  static void ShowDatabase(Walk& walk, std::string_view key, std::string_view value);
  static void ShowEmptyDatabases(const Walk& walk);
  static void ShowIdentity(const Walk& walk);
  static void SetFacts(const Walk& walk, ServerFacts* facts);

  DynamicFields dynamic_;
  std::vector<bool> databases_seen_;
};

}  // namespace bekci::exporters::redis
