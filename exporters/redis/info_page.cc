// What INFO says, shown. See info_page.h.
#include "exporters/redis/info_page.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "agent/base/text.h"

namespace bekci::exporters::redis {
namespace {

using enum model::MetricType;

constexpr MetricSpec kInstanceInfo = {
    "redis_instance_info", kGauge, "Information about the Redis instance",
    "role,redis_version,redis_build_id,redis_mode,os,maxmemory_policy,tcp_port,run_id,process_id,master_replid"};
// A Valkey server calls itself Redis 7.2.4 for old clients' sake; what it is stands in two labels of its own.
constexpr MetricSpec kValkeyInstanceInfo = {
    "redis_instance_info", kGauge, "Information about the Redis instance",
    "role,redis_version,redis_build_id,redis_mode,os,maxmemory_policy,tcp_port,run_id,process_id,master_replid,"
    "valkey_version,valkey_release_stage"};
constexpr MetricSpec kSlaveInfo = {"redis_slave_info", kGauge, "Information about the Redis slave",
                                   "master_host,master_port,read_only"};
constexpr MetricSpec kStartTime = {"redis_start_time_seconds", kGauge,
                                   "Start time of the Redis instance since unix epoch in seconds."};
constexpr MetricSpec kMasterLinkUp = {"redis_master_link_up", kGauge, "Master link status on Redis slave",
                                      "master_host,master_port"};
constexpr MetricSpec kMasterLastIo = {"redis_master_last_io_seconds_ago", kGauge, "Master last io seconds ago",
                                      "master_host,master_port"};
constexpr MetricSpec kMasterSync = {"redis_master_sync_in_progress", kGauge, "Master sync in progress",
                                    "master_host,master_port"};
constexpr MetricSpec kSlaveOffset = {"redis_slave_repl_offset", kGauge, "Slave replication offset",
                                     "master_host,master_port"};
constexpr MetricSpec kReplicaOffset = {"redis_connected_slave_offset_bytes", kGauge, "Offset of connected slave",
                                       "slave_ip,slave_port,slave_state"};
constexpr MetricSpec kReplicaLag = {"redis_connected_slave_lag_seconds", kGauge, "Lag of connected slave",
                                    "slave_ip,slave_port,slave_state"};
constexpr MetricSpec kSentinelStatus = {"redis_sentinel_master_status", kGauge, "Master status on Sentinel",
                                        "master_name,master_address,master_status"};
constexpr MetricSpec kSentinelSlaves = {"redis_sentinel_master_slaves", kGauge, "The number of slaves of the master",
                                        "master_name,master_address"};
constexpr MetricSpec kSentinelSentinels = {"redis_sentinel_master_sentinels", kGauge,
                                           "The number of sentinels monitoring this master",
                                           "master_name,master_address"};
constexpr MetricSpec kModuleInfo = {"redis_module_info", kGauge, "Information about loaded Redis module",
                                    "name,ver,api,filters,usedby,using"};
constexpr MetricSpec kCalls = {"redis_commands_total", kCounter, "Total number of calls per command", "cmd"};
constexpr MetricSpec kSeconds = {"redis_commands_duration_seconds_total", kCounter,
                                 "Total amount of time in seconds spent per command", "cmd"};
constexpr MetricSpec kRejected = {"redis_commands_rejected_calls_total", kCounter,
                                  "Total number of errors within command execution per command", "cmd"};
constexpr MetricSpec kFailed = {"redis_commands_failed_calls_total", kCounter,
                                "Total number of errors prior command execution per command", "cmd"};
constexpr MetricSpec kErrors = {"redis_errors_total", kCounter, "Total number of errors per error type", "err"};
constexpr MetricSpec kPercentiles = {"redis_latency_percentiles_usec", kSummary,
                                     "A summary of latency percentile distribution per command", "cmd"};
constexpr MetricSpec kDbKeys = {"redis_db_keys", kGauge, "Total number of keys by DB", "db"};
constexpr MetricSpec kDbExpiring = {"redis_db_keys_expiring", kGauge, "Total number of expiring keys by DB", "db"};
constexpr MetricSpec kDbTtl = {"redis_db_avg_ttl_seconds", kGauge, "Avg TTL in seconds", "db"};
constexpr MetricSpec kDbCached = {"redis_db_keys_cached", kGauge, "Total number of cached keys by DB", "db"};

constexpr const MetricSpec* kOwnMetrics[] = {&kInstanceInfo, &kSlaveInfo,      &kStartTime,
                                             &kMasterLinkUp, &kMasterLastIo,   &kMasterSync,
                                             &kSlaveOffset,  &kReplicaOffset,  &kReplicaLag,
                                             &kModuleInfo,   &kCalls,          &kSeconds,
                                             &kRejected,     &kFailed,         &kErrors,
                                             &kPercentiles,  &kDbKeys,         &kDbExpiring,
                                             &kDbTtl,        &kSentinelStatus, &kSentinelSentinels,
                                             &kDbCached,     &kSentinelSlaves};

// Numbers in "a=1,b=2" values: 0 when they are none, as the peer counts them.
double Number(std::string_view text) {
  return InfoNumber(text).value_or(0);
}

// "slave0", "master12": the prefix and a number.
bool IsNumbered(std::string_view key, std::string_view prefix) {
  if (!key.starts_with(prefix) || key.size() == prefix.size()) return false;
  return std::ranges::all_of(key.substr(prefix.size()), [](char c) { return c >= '0' && c <= '9'; });
}

constexpr int64_t kDefaultDatabases = 16;  // Redis' own default, where CONFIG may not be asked
constexpr int64_t kMaxDatabases = 1024;

}  // namespace

struct InfoPage::Walk {
  const InfoWanted& wanted;
  base::Timestamp now;
  LabelTexts& labels;
  CommandStats& commands;
  FamilySink& sink;
  std::vector<bool>& databases_seen;
  Identity id = {};
  std::string_view clients = {}, loading = {}, cluster_enabled = {};
  bool sentinel_section = false;
};

std::span<const MetricSpec* const> InfoPage::metrics() {
  static const std::vector<const MetricSpec*> kAll = [] {
    std::vector<const MetricSpec*> list(InfoFieldMetrics().begin(), InfoFieldMetrics().end());
    list.insert(list.end(), std::begin(kOwnMetrics), std::end(kOwnMetrics));
    return list;
  }();
  return kAll;
}

void InfoPage::Show(std::string_view text, const InfoWanted& wanted, base::Timestamp now, LabelTexts& labels,
                    ServerFacts* facts, CommandStats* commands, FamilySink& sink) {
  commands->Clear();
  databases_seen_.assign(kMaxDatabases, false);
  Walk walk{wanted, now, labels, *commands, sink, databases_seen_};
  InfoReader reader(text);
  while (reader.Next()) {
    const std::string_view key = reader.key(), value = reader.value();
    switch (reader.section()) {
      case InfoSection::kCommandstats:
        ShowCommand(walk, key, value);
        break;
      case InfoSection::kLatencystats:
        ShowPercentiles(walk, key, value);
        break;
      case InfoSection::kErrorstats:
        if (wanted.errorstats && key.starts_with("errorstat_") && value.starts_with("count=")) {
          sink.Add(kErrors, {labels.Of(key.substr(10))}, Number(value.substr(6)));
        }
        break;
      case InfoSection::kKeyspace:
        ShowDatabase(walk, key, value);
        break;
      case InfoSection::kModules:
        if (key == "module") ShowModule(walk, value);
        break;
      case InfoSection::kClusterInfo:  // the part "cluster" shows what CLUSTER INFO says
        break;
      case InfoSection::kSentinel:
        walk.sentinel_section = true;
        if (IsNumbered(key, "master")) ShowMaster(walk, value);
        ShowField(walk, key, value);
        break;
      case InfoSection::kReplication:
        Remember(key, value, &walk.id);
        ShowReplication(walk, key, value);
        ShowField(walk, key, value);
        break;
      case InfoSection::kServer:
      case InfoSection::kOther:
        Remember(key, value, &walk.id);
        if (key == "connected_clients") walk.clients = value;
        if (key == "loading") walk.loading = value;
        if (key == "cluster_enabled") walk.cluster_enabled = value;
        ShowField(walk, key, value);
        break;
    }
  }
  SetFacts(walk, facts);
  if (wanted.keyspace && wanted.empty_databases) ShowEmptyDatabases(walk);
  if (wanted.fields) ShowIdentity(walk);
}

void InfoPage::ShowCluster(std::string_view text, FamilySink& sink) {
  InfoReader reader(text);
  while (reader.Next()) {
    const InfoField* field = FindInfoField(reader.key());
    const MetricSpec* spec = field != nullptr ? &field->spec : nullptr;
    if (spec == nullptr && reader.key().starts_with("cluster_")) spec = dynamic_.Find(reader.key());
    const auto number = InfoNumber(reader.value());
    if (spec != nullptr && number) sink.Add(*spec, *number);
  }
}

void InfoPage::Remember(std::string_view key, std::string_view value, Identity* identity) {
  struct Slot {
    std::string_view key;
    std::string_view Identity::*member;
  };
  static constexpr Slot kSlots[] = {
      {"role", &Identity::role},
      {"redis_version", &Identity::redis_version},
      {"redis_build_id", &Identity::build_id},
      {"redis_mode", &Identity::mode},
      {"server_mode", &Identity::mode},
      {"os", &Identity::os},
      {"maxmemory_policy", &Identity::maxmemory_policy},
      {"tcp_port", &Identity::tcp_port},
      {"run_id", &Identity::run_id},
      {"process_id", &Identity::process_id},
      {"master_replid", &Identity::master_replid},
      {"master_host", &Identity::master_host},
      {"master_port", &Identity::master_port},
      {"slave_read_only", &Identity::read_only},
      {"valkey_version", &Identity::valkey_version},
      {"valkey_release_stage", &Identity::valkey_stage},
  };
  for (const Slot& slot : kSlots) {
    if (slot.key == key) {
      identity->*slot.member = value;
      return;
    }
  }
}

void InfoPage::ShowField(Walk& walk, std::string_view key, std::string_view value) {
  if (!walk.wanted.fields) return;
  const InfoField* field = FindInfoField(key);
  if (field == nullptr) {
    if (!key.starts_with("cluster_")) return;
    const MetricSpec* spec = dynamic_.Find(key);
    const auto number = InfoNumber(value);
    if (spec != nullptr && number) walk.sink.Add(*spec, *number);
    return;
  }
  if (field->group == FieldGroup::kModule && !walk.wanted.modules) return;
  if (field->group == FieldGroup::kSystem && !walk.wanted.system) return;
  const auto number = InfoNumber(value);
  if (!number) return;
  walk.sink.Add(field->spec, *number * field->factor);
  if (key == "uptime_in_seconds")
    walk.sink.Add(kStartTime, std::floor(static_cast<double>(walk.now.ms) / 1000) - *number);
}

void InfoPage::ShowReplication(Walk& walk, std::string_view key, std::string_view value) {
  if (!walk.wanted.fields) return;
  static constexpr std::pair<std::string_view, const MetricSpec*> kOfReplica[] = {
      {"master_last_io_seconds_ago", &kMasterLastIo},
      {"master_sync_in_progress", &kMasterSync},
      {"slave_repl_offset", &kSlaveOffset},
  };
  const auto host = [&] { return walk.labels.Of(walk.id.master_host); };
  const auto port = [&] { return walk.labels.Of(walk.id.master_port); };
  if (key == "master_link_status") {
    walk.sink.Add(kMasterLinkUp, {host(), port()}, value == "up" ? 1 : 0);
    return;
  }
  for (const auto& [name, spec] : kOfReplica) {
    if (name == key) walk.sink.Add(*spec, {host(), port()}, Number(value));
  }
  if (IsNumbered(key, "slave")) ShowReplica(walk, value);
}

void InfoPage::ShowReplica(Walk& walk, std::string_view value) {
  std::string_view ip, port, state, name, text;
  std::optional<double> offset, lag;
  for (PairReader pairs(value); pairs.Next(&name, &text);) {
    if (name == "ip") ip = text;
    if (name == "port") port = text;
    if (name == "state") state = text;
    if (name == "offset") offset = InfoNumber(text);
    if (name == "lag") lag = InfoNumber(text);
  }
  if (ip.empty() || !offset) return;
  const std::string_view labels[] = {walk.labels.Of(ip), walk.labels.Of(port), walk.labels.Of(state)};
  walk.sink.Add(kReplicaOffset, labels, *offset);
  if (lag && *lag >= 0) walk.sink.Add(kReplicaLag, labels, *lag);
}

void InfoPage::ShowMaster(Walk& walk, std::string_view value) {
  if (!walk.wanted.fields) return;
  std::string_view master, address, status, name, text;
  std::optional<double> slaves, sentinels;
  for (PairReader pairs(value); pairs.Next(&name, &text);) {
    if (name == "name") master = text;
    if (name == "address") address = text;
    if (name == "status") status = text;
    if (name == "slaves") slaves = InfoNumber(text);
    if (name == "sentinels") sentinels = InfoNumber(text);
  }
  if (master.empty()) return;
  master = walk.labels.Of(master);
  address = walk.labels.Of(address);
  walk.sink.Add(kSentinelStatus, {master, address, walk.labels.Of(status)}, status == "ok" ? 1 : 0);
  if (slaves) walk.sink.Add(kSentinelSlaves, {master, address}, *slaves);
  if (sentinels) walk.sink.Add(kSentinelSentinels, {master, address}, *sentinels);
}

// module:name=search,ver=20811,api=1,filters=0,usedby=[],using=[ReJSON],options=[handle-io-errors]
void InfoPage::ShowModule(Walk& walk, std::string_view value) {
  if (!walk.wanted.modules) return;
  constexpr std::array<std::string_view, 6> kNames = {"name", "ver", "api", "filters", "usedby", "using"};
  std::array<std::string_view, 6> labels;
  std::string_view name, text;
  for (PairReader pairs(value); pairs.Next(&name, &text);) {
    const auto found = std::ranges::find(kNames, name);
    if (found != kNames.end()) labels[static_cast<size_t>(found - kNames.begin())] = walk.labels.Of(text);
  }
  if (!labels[0].empty()) walk.sink.Add(kModuleInfo, labels, 1);
}

void InfoPage::ShowCommand(Walk& walk, std::string_view key, std::string_view value) {
  constexpr std::string_view kPrefix = "cmdstat_";
  if (!key.starts_with(kPrefix)) return;
  CommandStat stat{.name = key.substr(kPrefix.size())};
  std::optional<double> rejected, failed;
  std::string_view name, text;
  for (PairReader pairs(value); pairs.Next(&name, &text);) {
    if (name == "calls") stat.calls = Number(text);
    if (name == "usec") stat.usec = Number(text);
    if (name == "rejected_calls") rejected = Number(text);
    if (name == "failed_calls") failed = Number(text);
  }
  walk.commands.Add(stat);
  if (!walk.wanted.commandstats) return;
  const std::string_view command = walk.labels.Of(stat.name);
  walk.sink.Add(kCalls, {command}, stat.calls);
  walk.sink.Add(kSeconds, {command}, stat.usec / 1e6);
  if (rejected) walk.sink.Add(kRejected, {command}, *rejected);
  if (failed) walk.sink.Add(kFailed, {command}, *failed);
}

// latency_percentiles_usec_get:p50=0.001,p99=1.003,p99.9=9.023
void InfoPage::ShowPercentiles(Walk& walk, std::string_view key, std::string_view value) {
  constexpr std::string_view kPrefix = "latency_percentiles_usec_";
  constexpr size_t kMaxPercentiles = 16;
  if (!walk.wanted.latencystats || !key.starts_with(kPrefix)) return;
  std::array<model::BoundValue, kMaxPercentiles> quantiles;
  size_t count = 0;
  std::string_view name, text;
  for (PairReader pairs(value); pairs.Next(&name, &text) && count < kMaxPercentiles;) {
    const auto bound = name.starts_with("p") ? base::ParseDouble(name.substr(1)) : std::nullopt;
    const auto usec = base::ParseDouble(text);
    if (bound && usec && *bound >= 0 && *bound <= 100) quantiles[count++] = {*bound, *usec};
  }
  const auto used = std::span(quantiles).first(count);
  std::ranges::sort(used, {}, &model::BoundValue::bound);
  const auto end =
      std::unique(used.begin(), used.end(), [](const auto& a, const auto& b) { return a.bound == b.bound; });
  const std::string_view command = key.substr(kPrefix.size());
  const CommandStat* stat = walk.commands.Find(command);
  walk.sink.AddSummary(kPercentiles, {walk.labels.Of(command)}, used.first(static_cast<size_t>(end - used.begin())),
                       stat != nullptr ? stat->usec : 0, stat != nullptr ? stat->calls : 0);
}

void InfoPage::ShowDatabase(Walk& walk, std::string_view key, std::string_view value) {
  if (!walk.wanted.keyspace || !IsNumbered(key, "db")) return;
  std::optional<double> keys, expires, ttl, cached;
  std::string_view name, text;
  for (PairReader pairs(value); pairs.Next(&name, &text);) {
    if (name == "keys") keys = InfoNumber(text);
    if (name == "expires") expires = InfoNumber(text);
    if (name == "avg_ttl") ttl = InfoNumber(text);
    if (name == "cached_keys") cached = InfoNumber(text);
  }
  if (!keys || !expires) return;
  const auto index = base::ParseUint(key.substr(2));
  if (index && *index < walk.databases_seen.size()) walk.databases_seen[*index] = true;
  const std::string_view db = walk.labels.Of(key);
  walk.sink.Add(kDbKeys, {db}, *keys);
  walk.sink.Add(kDbExpiring, {db}, *expires);
  if (ttl) walk.sink.Add(kDbTtl, {db}, *ttl / 1000);
  if (cached) walk.sink.Add(kDbCached, {db}, *cached);
}

void InfoPage::ShowEmptyDatabases(const Walk& walk) {
  // A cluster has one database, whatever CONFIG says.
  int64_t count = walk.wanted.databases > 0 ? walk.wanted.databases : kDefaultDatabases;
  if (walk.cluster_enabled == "1") count = 1;
  for (int64_t i = 0; i < std::min(count, kMaxDatabases); ++i) {
    if (walk.databases_seen[static_cast<size_t>(i)]) continue;
    char name[16] = "db";
    const auto end = std::to_chars(name + 2, name + sizeof(name), i).ptr;
    const std::string_view db(name, static_cast<size_t>(end - name));
    walk.sink.Add(kDbKeys, {db}, 0);
    walk.sink.Add(kDbExpiring, {db}, 0);
  }
}

void InfoPage::ShowIdentity(const Walk& walk) {
  const Identity& id = walk.id;
  std::array<std::string_view, 12> labels = {id.role,       id.redis_version,    id.build_id,       id.mode,
                                             id.os,         id.maxmemory_policy, id.tcp_port,       id.run_id,
                                             id.process_id, id.master_replid,    id.valkey_version, id.valkey_stage};
  for (std::string_view& label : labels) label = walk.labels.Of(label);
  if (id.valkey_version.empty()) {
    walk.sink.Add(kInstanceInfo, std::span(labels).first(10), 1);
  } else {
    walk.sink.Add(kValkeyInstanceInfo, labels, 1);
  }
  if (id.role == "slave") {
    walk.sink.Add(kSlaveInfo,
                  {walk.labels.Of(id.master_host), walk.labels.Of(id.master_port), walk.labels.Of(id.read_only)}, 1);
  }
}

Version Version::Parse(std::string_view text) {
  Version version;
  const auto parts = base::Split(text.substr(0, 64), '.');
  const auto number = [&](size_t i) {
    const auto value = i < parts.size() ? base::ParseUint(parts[i]) : std::nullopt;
    return value && *value < 1'000'000 ? static_cast<int>(*value) : 0;
  };
  version.major = number(0);
  version.minor = number(1);
  return version;
}

void InfoPage::SetFacts(const Walk& walk, ServerFacts* facts) {
  const Identity& id = walk.id;
  const bool valkey = !id.valkey_version.empty();
  facts->known = true;
  facts->redis = Version::Parse(id.redis_version);
  facts->valkey = valkey ? Version::Parse(id.valkey_version) : Version();
  facts->sentinel = walk.sentinel_section || id.mode == "sentinel";
  facts->cluster = walk.cluster_enabled == "1";
  facts->replica = id.role == "slave";
  facts->loading = walk.loading == "1";
  facts->run_id = id.run_id;
  facts->connected_clients = base::ParseInt(walk.clients).value_or(0);
  facts->name.assign(valkey ? "Valkey " : "Redis ")
      .append(walk.labels.Of(valkey ? id.valkey_version : id.redis_version));
}

}  // namespace bekci::exporters::redis
