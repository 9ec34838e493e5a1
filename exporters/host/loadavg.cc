// loadavg: the run queue's length averaged over 1, 5 and 15 minutes, from /proc/loadavg.
#include "agent/base/text.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kLoad1 = {"node_load1", MetricType::kGauge, "1m load average."};
constexpr MetricSpec kLoad5 = {"node_load5", MetricType::kGauge, "5m load average."};
constexpr MetricSpec kLoad15 = {"node_load15", MetricType::kGauge, "15m load average."};
constexpr const MetricSpec* kMetrics[] = {&kLoad1, &kLoad5, &kLoad15};

class Loadavg : public Part {
 public:
  explicit Loadavg(const HostEnvironment& environment) : file_(environment.fs, environment.Proc("loadavg")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    ASSIGN_OR_RETURN(const std::string_view text, file_.Read());
    base::FieldReader fields(text);
    double loads[std::size(kMetrics)];
    for (double& load : loads) {
      const auto parsed = base::ParseDouble(fields.Next());
      if (!parsed) return base::Corrupt(file_.path() + ": expected three load averages");
      load = *parsed;
    }
    for (size_t i = 0; i < std::size(kMetrics); ++i) sink.Add(*kMetrics[i], loads[i]);
    return base::OkStatus();
  }

 private:
  base::RereadFile file_;
};

}  // namespace

extern const PartSpec kLoadavg;
constinit const PartSpec kLoadavg = {
    .name = "loadavg",
    .help = "Load averages.",
    .metrics = kMetrics,
    .make = MakePart<Loadavg>,
};

}  // namespace bekci::exporters::host
