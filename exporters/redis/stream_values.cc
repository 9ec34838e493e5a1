// Streams, their groups and consumers, from XINFO. See key_values.h.
#include <algorithm>
#include <optional>

#include "agent/base/text.h"
#include "exporters/redis/key_values.h"

namespace bekci::exporters::redis {
namespace {

using enum model::MetricType;

constexpr std::string_view kStreamLabels = "db,stream";
constexpr std::string_view kGroupLabels = "db,stream,group";
constexpr std::string_view kConsumerLabels = "db,stream,group,consumer";

constexpr MetricSpec kLength = {"redis_stream_length", kGauge, "The number of elements of the stream", kStreamLabels};
constexpr MetricSpec kTreeKeys = {"redis_stream_radix_tree_keys", kGauge, "Radix tree keys count\"", kStreamLabels};
constexpr MetricSpec kTreeNodes = {"redis_stream_radix_tree_nodes", kGauge, "Radix tree nodes count", kStreamLabels};
constexpr MetricSpec kLastGenerated = {"redis_stream_last_generated_id", kGauge,
                                       "The epoch timestamp (ms) of the latest message on the stream", kStreamLabels};
constexpr MetricSpec kGroups = {"redis_stream_groups", kGauge, "Groups count of stream", kStreamLabels};
constexpr MetricSpec kMaxDeleted = {"redis_stream_max_deleted_entry_id", kGauge,
                                    "The epoch timestamp (ms) of last message was deleted from the stream",
                                    kStreamLabels};
constexpr MetricSpec kFirst = {"redis_stream_first_entry_id", kGauge,
                               "The epoch timestamp (ms) of the first message in the stream", kStreamLabels};
constexpr MetricSpec kLast = {"redis_stream_last_entry_id", kGauge,
                              "The epoch timestamp (ms) of the last message in the stream", kStreamLabels};
constexpr MetricSpec kAdded = {"redis_stream_entries_added_total", kCounter,
                               "Total number of entries added to the stream", kStreamLabels};
constexpr MetricSpec kGroupConsumers = {"redis_stream_group_consumers", kGauge, "Consumers count of stream group",
                                        kGroupLabels};
constexpr MetricSpec kGroupPending = {"redis_stream_group_messages_pending", kGauge,
                                      "Pending number of messages in that stream group", kGroupLabels};
constexpr MetricSpec kGroupDelivered = {"redis_stream_group_last_delivered_id", kGauge,
                                        "The epoch timestamp (ms) of the last delivered message", kGroupLabels};
constexpr MetricSpec kGroupRead = {"redis_stream_group_entries_read", kGauge,
                                   "Total number of entries read from the stream group", kGroupLabels};
constexpr MetricSpec kGroupLag = {"redis_stream_group_lag", kGauge,
                                  "The number of messages waiting to be delivered to the stream group's consumers",
                                  kGroupLabels};
constexpr MetricSpec kConsumerPending = {"redis_stream_group_consumer_messages_pending", kGauge,
                                         "Pending number of messages for this specific consumer", kConsumerLabels};
constexpr MetricSpec kConsumerIdle = {"redis_stream_group_consumer_idle_seconds", kGauge,
                                      "Consumer idle time in seconds", kConsumerLabels};

constexpr const MetricSpec* kMetrics[] = {&kLength,          &kTreeKeys,       &kTreeNodes,      &kLastGenerated,
                                          &kGroups,          &kMaxDeleted,     &kFirst,          &kLast,
                                          &kAdded,           &kGroupConsumers, &kGroupPending,   &kGroupLag,
                                          &kConsumerPending, &kConsumerIdle,   &kGroupDelivered, &kGroupRead};

struct Field {
  std::string_view name;  // in XINFO's answer
  const MetricSpec* spec;
  double factor = 1;
};
constexpr Field kStreamFields[] = {
    {"length", &kLength},
    {"radix-tree-keys", &kTreeKeys},
    {"radix-tree-nodes", &kTreeNodes},
    {"groups", &kGroups},
    {"last-generated-id", &kLastGenerated},
    {"max-deleted-entry-id", &kMaxDeleted},
    {"entries-added", &kAdded},
    {"first-entry", &kFirst},
    {"last-entry", &kLast},
};
constexpr Field kGroupFields[] = {
    {"consumers", &kGroupConsumers}, {"pending", &kGroupPending}, {"last-delivered-id", &kGroupDelivered},
    {"entries-read", &kGroupRead},   {"lag", &kGroupLag},
};
constexpr Field kConsumerFields[] = {{"pending", &kConsumerPending}, {"idle", &kConsumerIdle, 1e-3}};

constexpr size_t kStreamsPerPipeline = 100;
constexpr size_t kMaxGroups = 100;  // of one stream

// A number, the milliseconds of an id ("1526919030474-55"), or those of an entry ([id, fields]); nil has none.
std::optional<double> NumberOf(const Reply& reply) {
  if (reply.type == ReplyType::kInteger) return static_cast<double>(reply.integer);
  if (reply.IsArray() && !reply.elements.empty() && !reply.elements[0].IsArray()) return NumberOf(reply.elements[0]);
  if (!reply.IsText()) return std::nullopt;
  return base::ParseDouble(reply.text.substr(0, reply.text.find('-')));
}

void ShowFields(const Reply& reply, std::span<const Field> fields, std::span<const std::string_view> labels,
                FamilySink& sink) {
  for (const Field& field : fields) {
    const Reply* value = reply.Find(field.name);
    const auto number = value != nullptr ? NumberOf(*value) : std::nullopt;
    if (number) sink.Add(*field.spec, labels, *number * field.factor);
  }
}

// Answers of one pipeline's streams; the replies stay for the round.
struct Stream {
  std::string name;
  const Reply* info = nullptr;
  const Reply* groups = nullptr;
  std::vector<const Reply*> consumers;  // as groups
};

std::span<const Reply> GroupsOf(const Stream& stream) {
  return stream.groups->elements.first(std::min(stream.groups->elements.size(), kMaxGroups));
}

std::string_view NameOf(const Reply& reply) {
  const Reply* name = reply.Find("name");
  return name != nullptr && name->IsText() ? name->text : std::string_view();
}

base::Status Learn(const RoundView& round, Channel& channel, uint32_t db, std::vector<Stream>& streams) {
  Pipeline pipeline;
  for (const Stream& stream : streams) pipeline.Add({"TYPE", stream.name});
  ASSIGN_OR_RETURN(const Replies types, RunInDatabase(channel, db, pipeline, round.deadline));
  std::vector<Stream> real;
  for (size_t i = 0; i < streams.size(); ++i) {
    if (types[i]->text == "stream") real.push_back(std::move(streams[i]));
    if (types[i]->IsError() && !types[i]->text.starts_with("MOVED")) return ErrorReply(types[i]->text, "TYPE");
  }
  streams = std::move(real);
  if (streams.empty()) return base::OkStatus();
  pipeline.Clear();
  for (const Stream& stream : streams) {
    pipeline.Add({"XINFO", "STREAM", stream.name});
    pipeline.Add({"XINFO", "GROUPS", stream.name});
  }
  ASSIGN_OR_RETURN(const Replies replies, RunInDatabase(channel, db, pipeline, round.deadline));
  for (size_t i = 0; i < streams.size(); ++i) {
    streams[i].info = replies[2 * i];
    streams[i].groups = replies[2 * i + 1];
    if (streams[i].info->IsError()) return ErrorReply(streams[i].info->text, "XINFO STREAM");
  }
  return base::OkStatus();
}

base::Status LearnConsumers(const RoundView& round, Channel& channel, uint32_t db, std::vector<Stream>& streams) {
  Pipeline pipeline;
  for (const Stream& stream : streams) {
    for (const Reply& group : GroupsOf(stream)) pipeline.Add({"XINFO", "CONSUMERS", stream.name, NameOf(group)});
  }
  if (pipeline.size() == 0) return base::OkStatus();
  ASSIGN_OR_RETURN(const Replies replies, RunInDatabase(channel, db, pipeline, round.deadline));
  size_t next = 0;
  for (Stream& stream : streams) {
    for (size_t i = 0; i < GroupsOf(stream).size(); ++i) stream.consumers.push_back(replies[next++]);
  }
  return base::OkStatus();
}

void Show(const RoundView& round, uint32_t db, const Stream& stream, FamilySink& sink) {
  const std::string database = "db" + std::to_string(db);
  const std::string_view name = round.labels.Of(stream.name);
  ShowFields(*stream.info, kStreamFields, std::initializer_list<std::string_view>{database, name}, sink);
  for (size_t i = 0; i < GroupsOf(stream).size(); ++i) {
    const Reply& group = stream.groups->elements[i];
    const std::string_view group_name = round.labels.Of(NameOf(group));
    ShowFields(group, kGroupFields, std::initializer_list<std::string_view>{database, name, group_name}, sink);
    if (i >= stream.consumers.size()) continue;
    for (const Reply& consumer : stream.consumers[i]->elements) {
      const std::string_view labels[] = {database, name, group_name, round.labels.Of(NameOf(consumer))};
      ShowFields(consumer, kConsumerFields, labels, sink);
    }
  }
}

}  // namespace

base::Status ShowStreams(const RoundView& round, Channel& channel, const KeySet& streams, bool consumers,
                         FamilySink& sink) {
  std::vector<Stream> some;
  auto next = streams.keys.begin();
  while (next != streams.keys.end()) {
    some.clear();
    for (; next != streams.keys.end() && some.size() < kStreamsPerPipeline; ++next) some.emplace_back().name = *next;
    RETURN_IF_ERROR(Learn(round, channel, streams.db, some));
    if (consumers) RETURN_IF_ERROR(LearnConsumers(round, channel, streams.db, some));
    for (const Stream& stream : some) Show(round, streams.db, stream, sink);
  }
  return base::OkStatus();
}

std::span<const MetricSpec* const> StreamMetrics() {
  return kMetrics;
}

}  // namespace bekci::exporters::redis
