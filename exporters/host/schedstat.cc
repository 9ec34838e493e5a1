// schedstat: what the scheduler counts per CPU, from /proc/schedstat. Kernels without CONFIG_SCHEDSTATS have no such
// file.
//
// Of a line "cpu0 1 2 3 4 5 6 7 8 9" the last three matter: nanoseconds running, nanoseconds waiting, timeslices.
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kRunning = {"node_schedstat_running_seconds_total", MetricType::kCounter,
                                 "Number of seconds CPU spent running a process.", "cpu"};
constexpr MetricSpec kWaiting = {"node_schedstat_waiting_seconds_total", MetricType::kCounter,
                                 "Number of seconds spent by processing waiting for this CPU.", "cpu"};
constexpr MetricSpec kTimeslices = {"node_schedstat_timeslices_total", MetricType::kCounter,
                                    "Number of timeslices executed by CPU.", "cpu"};
constexpr const MetricSpec* kMetrics[] = {&kRunning, &kWaiting, &kTimeslices};

class Schedstat : public Part {
 public:
  explicit Schedstat(const HostEnvironment& environment) : file_(environment.fs, environment.Proc("schedstat")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const base::Result<std::string_view> text = file_.Read();
    if (text.status().code() == base::Code::kNotFound) return base::NoData("the kernel keeps no scheduler statistics");
    if (!text.ok()) return text.status();
    base::LineReader lines(*text);
    std::string_view line;
    bool any = false;
    for (size_t number = 1; lines.Next(&line); ++number) {
      base::FieldReader fields(line);
      const std::string_view cpu = DigitsAfter(fields.Next(), "cpu");
      if (cpu.empty()) continue;  // version, timestamp, domains
      uint64_t columns[9];
      if (!ReadColumns(fields, 9, columns)) return DamagedLine(file_.path(), number, "expected nine numbers");
      sink.Add(kRunning, {cpu}, static_cast<double>(columns[6]) / 1e9);
      sink.Add(kWaiting, {cpu}, static_cast<double>(columns[7]) / 1e9);
      sink.Add(kTimeslices, {cpu}, static_cast<double>(columns[8]));
      any = true;
    }
    return any ? base::OkStatus() : base::Corrupt(file_.path() + ": no CPU in it");
  }

 private:
  base::RereadFile file_;
};

}  // namespace

extern const PartSpec kSchedstat;
constinit const PartSpec kSchedstat = {
    .name = "schedstat",
    .help = "Scheduler statistics per CPU.",
    .metrics = kMetrics,
    .make = MakePart<Schedstat>,
};

}  // namespace bekci::exporters::host
