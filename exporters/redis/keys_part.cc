// keys: chosen keys and streams, and counts of keys by pattern.
//
// Keys named one by one are asked for each round; those behind patterns are found by KeyScan, a slice per round.
#include <map>
#include <vector>

#include "exporters/redis/key_scan.h"
#include "exporters/redis/key_values.h"

namespace bekci::exporters::redis {
namespace {

using enum model::MetricType;

constexpr MetricSpec kCount = {"redis_keys_count", kGauge, "Count of keys", "db,key"};

using Purpose = KeyScan::Purpose;

std::vector<KeyScan::Job> JobsOf(const Settings& settings) {
  std::vector<KeyScan::Job> jobs;
  const auto add = [&](Purpose purpose, const std::vector<KeyPattern>& patterns) {
    for (const KeyPattern& pattern : patterns) {
      KeyScan::Job& job = jobs.emplace_back();
      job.purpose = purpose;
      job.pattern = pattern;
    }
  };
  add(Purpose::kKeys, settings.check_keys);
  add(Purpose::kStreams, settings.check_streams);
  add(Purpose::kCount, settings.count_keys);
  return jobs;
}

class KeysPart : public Part {
 public:
  KeysPart(const Settings& settings, const base::Clock& clock)
      : settings_(settings), clock_(clock), scan_(JobsOf(settings), settings.scan) {}

  base::Status Converse(const RoundView& round, Channel& channel, FamilySink& sink) override {
    if (round.facts.sentinel || (settings_.scan.only_on_replica && !round.facts.replica)) return base::OkStatus();
    base::Status first = Scan(round, channel);
    Collect(Purpose::kKeys, settings_.check_single_keys, &keys_);
    Collect(Purpose::kStreams, settings_.check_single_streams, &streams_);
    const auto note = [&first](const base::Status& status) {
      if (first.ok()) first = status;
    };
    for (const auto& [db, set] : keys_) note(ShowKeys(round, channel, set, settings_.key_values, sink));
    for (const auto& [db, set] : streams_) note(ShowStreams(round, channel, set, settings_.stream_consumers, sink));
    for (const KeyScan::Job& job : scan_.jobs()) {
      if (job.purpose != Purpose::kCount || !job.counted) continue;
      const std::string database = "db" + std::to_string(job.pattern.db);
      sink.Add(kCount, {database, job.pattern.pattern}, static_cast<double>(*job.counted));
    }
    return first;
  }

 private:
  // A third of what is left of the round's time goes to finding keys.
  base::Status Scan(const RoundView& round, Channel& channel) {
    const base::MonotonicTime now = clock_.Monotonic();
    return scan_.Advance(clock_, now + (round.deadline - now) / 3,
                         [&](const KeyPattern& pattern, const std::string& cursor, uint64_t batch) {
                           return AskScan(round, channel, pattern, cursor, batch);
                         });
  }

  static base::Result<const Reply*> AskScan(const RoundView& round, Channel& channel, const KeyPattern& pattern,
                                            const std::string& cursor, uint64_t batch) {
    Pipeline pipeline;
    pipeline.Add({"SCAN", cursor, "MATCH", pattern.pattern, "COUNT", std::to_string(batch)});
    ASSIGN_OR_RETURN(const Replies replies, RunInDatabase(channel, pattern.db, pipeline, round.deadline));
    return replies[0];
  }

  // Named keys and found ones, by database.
  void Collect(Purpose purpose, const std::vector<KeyPattern>& named, std::map<uint32_t, KeySet>* out) const {
    out->clear();
    const auto set = [&](uint32_t db) -> std::set<std::string>& {
      KeySet& keys = (*out)[db];
      keys.db = db;
      return keys.keys;
    };
    for (const KeyPattern& key : named) set(key.db).insert(key.pattern);
    for (const KeyScan::Job& job : scan_.jobs()) {
      if (job.purpose != purpose) continue;
      set(job.pattern.db).insert(job.found.begin(), job.found.end());
      set(job.pattern.db).insert(job.finding.begin(), job.finding.end());
    }
  }

  const Settings& settings_;
  const base::Clock& clock_;
  KeyScan scan_;
  std::map<uint32_t, KeySet> keys_, streams_;
};

std::span<const MetricSpec* const> Metrics() {
  static const std::vector<const MetricSpec*> kAll = [] {
    std::vector<const MetricSpec*> list = {&kCount};
    list.insert(list.end(), KeyMetrics().begin(), KeyMetrics().end());
    list.insert(list.end(), StreamMetrics().begin(), StreamMetrics().end());
    return list;
  }();
  return kAll;
}

}  // namespace

const PartSpec& KeysPartSpec() {
  static const PartSpec kPart = {
      .name = "keys",
      .metrics = Metrics(),
      .make = [](const Settings& settings, const collect::Environment& environment) -> std::unique_ptr<Part> {
        const bool any = !settings.check_keys.empty() || !settings.check_single_keys.empty() ||
                         !settings.check_streams.empty() || !settings.check_single_streams.empty() ||
                         !settings.count_keys.empty();
        if (!any) return nullptr;
        return std::make_unique<KeysPart>(settings, *environment.clock);
      },
  };
  return kPart;
}

}  // namespace bekci::exporters::redis
