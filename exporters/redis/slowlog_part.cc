// slowlog: how long the log of slow commands is and what its last entry cost; Valkey's other command logs, too.
//
// The entries' texts are not shown: they hold what customers type.
#include "exporters/redis/part.h"

namespace bekci::exporters::redis {
namespace {

using enum model::MetricType;

constexpr MetricSpec kLength = {"redis_slowlog_length", kGauge, "Total slowlog"};
constexpr MetricSpec kLastId = {"redis_slowlog_last_id", kGauge, "Last id of slowlog"};
constexpr MetricSpec kLastDuration = {"redis_last_slow_execution_duration_seconds", kGauge,
                                      "The amount of time needed for last slow execution, in seconds"};
constexpr MetricSpec kCommandLog = {"redis_commandlog_length", kGauge, "Total commandlog per type", "type"};
constexpr MetricSpec kCommandLogId = {"redis_commandlog_last_id", kGauge, "Last id of commandlog per type", "type"};

constexpr const MetricSpec* kMetrics[] = {&kLength, &kLastId, &kLastDuration, &kCommandLog, &kCommandLogId};

constexpr std::string_view kLogTypes[] = {"slow", "large-request", "large-reply"};

// A log's newest entry: [id, when, microseconds, ...]. Null: it has none.
const Reply* NewestEntry(const Reply& log) {
  if (!log.IsArray() || log.elements.empty() || !log.elements[0].IsArray()) return nullptr;
  return log.elements[0].elements.empty() ? nullptr : &log.elements[0];
}

int64_t EntryNumber(const Reply* entry, size_t index) {
  return entry != nullptr && entry->elements.size() > index ? entry->elements[index].IntegerOr(0) : 0;
}

class SlowlogPart : public Part {
 public:
  void Ask(const ServerFacts& facts, Pipeline* pipeline) override {
    if (facts.sentinel) return;
    pipeline->Add({"SLOWLOG", "LEN"});
    pipeline->Add({"SLOWLOG", "GET", "1"});
    if (!facts.valkey.AtLeast(8, 1)) return;
    for (const std::string_view type : kLogTypes) {
      pipeline->Add({"COMMANDLOG", "LEN", type});
      pipeline->Add({"COMMANDLOG", "GET", "1", type});
    }
  }

  base::Status Take(const RoundView&, Replies replies, FamilySink& sink) override {
    for (const Reply* reply : replies) {
      if (reply->IsError()) return ErrorReply(reply->text, "SLOWLOG");
    }
    const Reply* newest = NewestEntry(*replies[1]);
    sink.Add(kLength, static_cast<double>(replies[0]->IntegerOr(0)));
    sink.Add(kLastId, static_cast<double>(EntryNumber(newest, 0)));
    sink.Add(kLastDuration, static_cast<double>(EntryNumber(newest, 2)) / 1e6);
    for (size_t i = 0; i < std::size(kLogTypes) && replies.size() > 3 + 2 * i; ++i) {
      sink.Add(kCommandLog, {kLogTypes[i]}, static_cast<double>(replies[2 + 2 * i]->IntegerOr(0)));
      const Reply* entry = NewestEntry(*replies[3 + 2 * i]);
      sink.Add(kCommandLogId, {kLogTypes[i]}, static_cast<double>(EntryNumber(entry, 0)));
    }
    return base::OkStatus();
  }
};

}  // namespace

extern const PartSpec kSlowlogPart;
constinit const PartSpec kSlowlogPart = {
    .name = "slowlog",
    .metrics = kMetrics,
    .make = [](const Settings&, const collect::Environment&) -> std::unique_ptr<Part> {
      return std::make_unique<SlowlogPart>();
    },
};

}  // namespace bekci::exporters::redis
