// sentinel: each watched master, as the sentinel sees it: quorum, who of its peers and replicas is well, its settings.
#include <algorithm>
#include <string>

#include "exporters/redis/part.h"

namespace bekci::exporters::redis {
namespace {

using enum model::MetricType;

constexpr MetricSpec kQuorum = {"redis_sentinel_master_ckquorum_status", kGauge, "Master ckquorum status",
                                "master_name,message"};
constexpr MetricSpec kOkSentinels = {"redis_sentinel_master_ok_sentinels", kGauge,
                                     "The number of okay sentinels monitoring this master",
                                     "master_name,master_address"};
constexpr MetricSpec kOkSlaves = {"redis_sentinel_master_ok_slaves", kGauge, "The number of okay slaves of the master",
                                  "master_name,master_address"};
constexpr MetricSpec kEpoch = {"redis_sentinel_master_config_epoch", kGauge,
                               "The configuration epoch of the master (increments on each failover)",
                               "master_name,master_address"};
constexpr MetricSpec kLastPing = {"redis_sentinel_master_last_ok_ping_reply_seconds", kGauge,
                                  "Elapsed time in seconds since the last successful ping reply from the master",
                                  "master_name,master_address"};
constexpr MetricSpec kSettingQuorum = {"redis_sentinel_master_setting_ckquorum", kGauge,
                                       "Show the current ckquorum config for each master",
                                       "master_name,master_address"};
constexpr MetricSpec kSettingDown = {"redis_sentinel_master_setting_down_after_milliseconds", kGauge,
                                     "Show the current down-after-milliseconds config for each master",
                                     "master_name,master_address"};
constexpr MetricSpec kSettingFailover = {"redis_sentinel_master_setting_failover_timeout", kGauge,
                                         "Show the current failover-timeout config for each master",
                                         "master_name,master_address"};
constexpr MetricSpec kSettingSyncs = {"redis_sentinel_master_setting_parallel_syncs", kGauge,
                                      "Show the current parallel-syncs config for each master",
                                      "master_name,master_address"};

constexpr const MetricSpec* kMetrics[] = {&kQuorum,        &kOkSentinels, &kOkSlaves,        &kEpoch,       &kLastPing,
                                          &kSettingQuorum, &kSettingDown, &kSettingFailover, &kSettingSyncs};

struct Field {
  std::string_view name;  // in SENTINEL MASTERS
  const MetricSpec* spec;
  double factor = 1;
};
constexpr Field kFields[] = {
    {"config-epoch", &kEpoch},
    {"last-ok-ping-reply", &kLastPing, 1e-3},
    {"quorum", &kSettingQuorum},
    {"down-after-milliseconds", &kSettingDown},
    {"failover-timeout", &kSettingFailover},
    {"parallel-syncs", &kSettingSyncs},
};

constexpr size_t kMaxMasters = 200;

std::string_view TextOf(const Reply& fields, std::string_view name) {
  const Reply* value = fields.Find(name);
  return value != nullptr && value->IsText() ? value->text : std::string_view();
}

// How many of the listed instances are not held for down.
double CountWell(const Reply& instances) {
  double well = 0;
  for (const Reply& instance : instances.elements) {
    const std::string_view flags = TextOf(instance, "flags");
    if (flags.find("s_down") == std::string_view::npos && flags.find("o_down") == std::string_view::npos) ++well;
  }
  return well;
}

class SentinelPart : public Part {
 public:
  base::Status Converse(const RoundView& round, Channel& channel, FamilySink& sink) override {
    if (!round.facts.sentinel) return base::OkStatus();
    pipeline_.Clear();
    pipeline_.Add({"SENTINEL", "MASTERS"});
    ASSIGN_OR_RETURN(const Replies listed, channel.Run(pipeline_, round.deadline));
    if (listed[0]->IsError()) return ErrorReply(listed[0]->text, "SENTINEL MASTERS");
    const auto masters = listed[0]->elements.first(std::min(listed[0]->elements.size(), kMaxMasters));
    if (masters.empty()) return base::OkStatus();
    pipeline_.Clear();
    for (const Reply& master : masters) {
      const std::string_view name = TextOf(master, "name");
      pipeline_.Add({"SENTINEL", "CKQUORUM", name});
      pipeline_.Add({"SENTINEL", "SENTINELS", name});
      pipeline_.Add({"SENTINEL", "SLAVES", name});
    }
    ASSIGN_OR_RETURN(const Replies details, channel.Run(pipeline_, round.deadline));
    for (size_t i = 0; i < masters.size(); ++i) Show(round, masters[i], details.subspan(3 * i, 3), sink);
    return base::OkStatus();
  }

 private:
  static void Show(const RoundView& round, const Reply& master, Replies details, FamilySink& sink) {
    const std::string_view name = round.labels.Of(TextOf(master, "name"));
    const std::string joined = std::string(TextOf(master, "ip")) + ":" + std::string(TextOf(master, "port"));
    const std::string_view address = round.labels.Of(joined);
    sink.Add(kQuorum, {name, round.labels.Of(details[0]->text)}, details[0]->IsError() ? 0 : 1);
    if (details[1]->IsArray()) sink.Add(kOkSentinels, {name, address}, CountWell(*details[1]) + 1);  // and itself
    if (details[2]->IsArray()) sink.Add(kOkSlaves, {name, address}, CountWell(*details[2]));
    for (const Field& field : kFields) {
      const Reply* value = master.Find(field.name);
      if (value != nullptr) {
        sink.Add(*field.spec, {name, address}, static_cast<double>(value->IntegerOr(0)) * field.factor);
      }
    }
  }

  Pipeline pipeline_;
};

}  // namespace

extern const PartSpec kSentinelPart;
constinit const PartSpec kSentinelPart = {
    .name = "sentinel",
    .metrics = kMetrics,
    .make = [](const Settings&, const collect::Environment&) -> std::unique_ptr<Part> {
      return std::make_unique<SentinelPart>();
    },
};

}  // namespace bekci::exporters::redis
