// latency: the spikes that the server's latency monitor saw, and a histogram per command where the server keeps one
// (Redis 7 and later).
//
// The server sends only buckets in which something fell; a histogram therefore grows buckets over time, which is a new
// schema for the page each time, and seldom once the server is warm.
#include <limits>
#include <vector>

#include "exporters/redis/part.h"

namespace bekci::exporters::redis {
namespace {

using enum model::MetricType;

constexpr MetricSpec kSpikeLast = {"redis_latency_spike_last", kGauge, "When the latency spike last occurred",
                                   "event_name"};
constexpr MetricSpec kSpikeDuration = {"redis_latency_spike_duration_seconds", kGauge,
                                       "Length of the last latency spike in seconds", "event_name"};
constexpr MetricSpec kLatencies = {"redis_commands_latencies_usec", kHistogram, "A histogram of latencies per command",
                                   "cmd"};
constexpr const MetricSpec* kMetrics[] = {&kSpikeLast, &kSpikeDuration, &kLatencies};

constexpr size_t kMaxBuckets = 64;

class LatencyPart : public Part {
 public:
  explicit LatencyPart(bool histogram) : histogram_(histogram) {}

  void Ask(const ServerFacts& facts, Pipeline* pipeline) override {
    if (facts.sentinel) return;
    pipeline->Add({"LATENCY", "LATEST"});
    if (histogram_ && facts.redis.AtLeast(7)) pipeline->Add({"LATENCY", "HISTOGRAM"});
  }

  base::Status Take(const RoundView& round, Replies replies, FamilySink& sink) override {
    for (const Reply* reply : replies) {
      if (reply->IsError()) return ErrorReply(reply->text, "LATENCY");
    }
    for (const Reply& event : replies[0]->elements) {  // [name, when, milliseconds, worst]
      if (event.elements.size() < 3 || !event.elements[0].IsText()) continue;
      const std::string_view name = round.labels.Of(event.elements[0].text);
      sink.Add(kSpikeLast, {name}, static_cast<double>(event.elements[1].IntegerOr(0)));
      sink.Add(kSpikeDuration, {name}, static_cast<double>(event.elements[2].IntegerOr(0)) / 1e3);
    }
    if (replies.size() < 2) return base::OkStatus();
    const auto commands = replies[1]->elements;  // name, details, name, details ...
    for (size_t i = 0; i + 1 < commands.size(); i += 2) {
      if (commands[i].IsText()) ShowHistogram(round, commands[i].text, commands[i + 1], sink);
    }
    return base::OkStatus();
  }

 private:
  // ["calls", n, "histogram_usec", [bound, cumulative count, ...]]
  void ShowHistogram(const RoundView& round, std::string_view command, const Reply& details, FamilySink& sink) {
    const Reply *calls = details.Find("calls"), *bounds = details.Find("histogram_usec");
    if (calls == nullptr || bounds == nullptr) return;
    const auto count = static_cast<double>(calls->IntegerOr(0));
    buckets_.clear();
    for (size_t i = 0; i + 1 < bounds->elements.size() && buckets_.size() < kMaxBuckets; i += 2) {
      const auto bound = static_cast<double>(bounds->elements[i].IntegerOr(-1));
      if (bound < 0 || (!buckets_.empty() && bound <= buckets_.back().bound)) return;
      buckets_.push_back({bound, static_cast<double>(bounds->elements[i + 1].IntegerOr(0))});
    }
    buckets_.push_back({std::numeric_limits<double>::infinity(), count});
    const CommandStat* stat = round.commands.Find(command);
    sink.AddHistogram(kLatencies, {round.labels.Of(command)}, buckets_, stat != nullptr ? stat->usec : 0, count);
  }

  const bool histogram_;
  std::vector<model::BoundValue> buckets_;
};

}  // namespace

extern const PartSpec kLatencyPart;
constinit const PartSpec kLatencyPart = {
    .name = "latency",
    .metrics = kMetrics,
    .make = [](const Settings& settings, const collect::Environment&) -> std::unique_ptr<Part> {
      return std::make_unique<LatencyPart>(settings.latency_histogram);
    },
};

}  // namespace bekci::exporters::redis
