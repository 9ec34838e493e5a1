// Sizes, values and memory of keys. See key_values.h.
#include "exporters/redis/key_values.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/base/text.h"

namespace bekci::exporters::redis {
namespace {

using enum model::MetricType;

constexpr MetricSpec kSize = {"redis_key_size", kGauge, "The length or size of \"key\"", "db,key"};
constexpr MetricSpec kValue = {"redis_key_value", kGauge, "The value of \"key\"", "db,key"};
constexpr MetricSpec kMemory = {"redis_key_memory_usage_bytes", kGauge, "The memory usage of \"key\" in bytes",
                                "db,key"};
constexpr const MetricSpec* kMetrics[] = {&kSize, &kValue, &kMemory};

constexpr std::pair<std::string_view, std::string_view> kSizeCommands[] = {
    {"string", "STRLEN"}, {"list", "LLEN"}, {"set", "SCARD"}, {"zset", "ZCARD"}, {"hash", "HLEN"}, {"stream", "XLEN"},
};

constexpr size_t kKeysPerPipeline = 200;
// No number that means anything is longer. A key can hold 512 MB, so only its beginning is fetched.
constexpr size_t kMaxNumberBytes = 64;
constexpr std::string_view kValueEnd = "63";
constexpr std::string_view kHyperLogLogMark = "HYLL";

std::string_view SizeCommand(std::string_view type) {
  for (const auto& [name, command] : kSizeCommands) {
    if (name == type) return command;
  }
  return {};
}

struct Key {
  std::string name;
  std::string_view command;  // empty: not there, or of a type that is not known
  int64_t size = -1;
  bool is_string = false;
  bool hyperloglog = false;
  std::optional<double> value;
  int64_t memory = -1;
};

base::Status LearnTypes(const RoundView& round, Channel& channel, uint32_t db, std::vector<Key>& keys) {
  Pipeline pipeline;
  for (const Key& key : keys) pipeline.Add({"TYPE", key.name});
  ASSIGN_OR_RETURN(const Replies types, RunInDatabase(channel, db, pipeline, round.deadline));
  for (size_t i = 0; i < keys.size(); ++i) {
    // A cluster node answers MOVED for keys of other nodes: not here.
    if (types[i]->IsError() && !types[i]->text.starts_with("MOVED")) return ErrorReply(types[i]->text, "TYPE");
    keys[i].command = SizeCommand(types[i]->text);
    keys[i].is_string = types[i]->text == "string";
  }
  std::erase_if(keys, [](const Key& key) { return key.command.empty(); });
  return base::OkStatus();
}

base::Status LearnSizes(const RoundView& round, Channel& channel, uint32_t db, std::vector<Key>& keys) {
  Pipeline pipeline;
  for (const Key& key : keys) {
    pipeline.Add({key.command, key.name});
    pipeline.Add({"MEMORY", "USAGE", key.name});
    if (key.is_string) pipeline.Add({"GETRANGE", key.name, "0", kValueEnd});
  }
  ASSIGN_OR_RETURN(const Replies replies, RunInDatabase(channel, db, pipeline, round.deadline));
  size_t next = 0;
  for (Key& key : keys) {
    key.size = replies[next++]->IntegerOr(-1);
    key.memory = replies[next++]->IntegerOr(-1);
    if (!key.is_string) continue;
    const Reply& value = *replies[next++];
    if (!value.IsText()) continue;
    key.hyperloglog = value.text.starts_with(kHyperLogLogMark);
    if (key.size <= static_cast<int64_t>(kMaxNumberBytes)) key.value = base::ParseDouble(value.text);
  }
  return base::OkStatus();
}

// A hyperloglog is a string for TYPE; its size is how many it has counted.
base::Status LearnCounts(const RoundView& round, Channel& channel, uint32_t db, std::vector<Key>& keys) {
  Pipeline pipeline;
  for (const Key& key : keys) {
    if (key.hyperloglog) pipeline.Add({"PFCOUNT", key.name});
  }
  if (pipeline.size() == 0) return base::OkStatus();
  ASSIGN_OR_RETURN(const Replies replies, RunInDatabase(channel, db, pipeline, round.deadline));
  size_t next = 0;
  for (Key& key : keys) {
    if (key.hyperloglog) key.size = replies[next++]->IntegerOr(key.size);
  }
  return base::OkStatus();
}

base::Status ShowSome(const RoundView& round, Channel& channel, uint32_t db, std::vector<Key>& keys, bool values,
                      FamilySink& sink) {
  RETURN_IF_ERROR(LearnTypes(round, channel, db, keys));
  if (keys.empty()) return base::OkStatus();
  RETURN_IF_ERROR(LearnSizes(round, channel, db, keys));
  RETURN_IF_ERROR(LearnCounts(round, channel, db, keys));
  const std::string database = "db" + std::to_string(db);
  for (const Key& key : keys) {
    const std::string_view name = round.labels.Of(key.name);
    if (key.size >= 0) sink.Add(kSize, {database, name}, static_cast<double>(key.size));
    if (key.value && values) sink.Add(kValue, {database, name}, *key.value);
    if (key.memory >= 0) sink.Add(kMemory, {database, name}, static_cast<double>(key.memory));
  }
  return base::OkStatus();
}

}  // namespace

base::Result<Replies> RunInDatabase(Channel& channel, uint32_t db, const Pipeline& commands,
                                    base::MonotonicTime deadline) {
  if (db == 0) return channel.Run(commands, deadline);
  Pipeline pipeline;
  pipeline.Add({"SELECT", std::to_string(db)});
  pipeline.Append(commands);
  pipeline.Add({"SELECT", "0"});
  ASSIGN_OR_RETURN(const Replies replies, channel.Run(pipeline, deadline));
  if (replies.front()->IsError()) return ErrorReply(replies.front()->text, "SELECT " + std::to_string(db));
  return replies.subspan(1, commands.size());
}

base::Status ShowKeys(const RoundView& round, Channel& channel, const KeySet& keys, bool values, FamilySink& sink) {
  std::vector<Key> some;
  auto next = keys.keys.begin();
  while (next != keys.keys.end()) {
    some.clear();
    for (; next != keys.keys.end() && some.size() < kKeysPerPipeline; ++next) some.emplace_back().name = *next;
    RETURN_IF_ERROR(ShowSome(round, channel, keys.db, some, values, sink));
  }
  return base::OkStatus();
}

std::span<const MetricSpec* const> KeyMetrics() {
  return kMetrics;
}

}  // namespace bekci::exporters::redis
