// pressure: pressure stall information from /proc/pressure: how long tasks waited for CPU, IO and memory.
//
// Lines are "some avg10=0.00 avg60=0.00 avg300=0.00 total=5129723"; totals are microseconds. A kernel without PSI, or
// with it switched off (psi=0), has nothing to say.
#include <array>

#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kCpuWaiting = {"node_pressure_cpu_waiting_seconds_total", MetricType::kCounter,
                                    "Total time in seconds that processes have waited for CPU time"};
constexpr MetricSpec kIoWaiting = {"node_pressure_io_waiting_seconds_total", MetricType::kCounter,
                                   "Total time in seconds that processes have waited due to IO congestion"};
constexpr MetricSpec kIoStalled = {"node_pressure_io_stalled_seconds_total", MetricType::kCounter,
                                   "Total time in seconds no process could make progress due to IO congestion"};
constexpr MetricSpec kMemoryWaiting = {"node_pressure_memory_waiting_seconds_total", MetricType::kCounter,
                                       "Total time in seconds that processes have waited for memory"};
constexpr MetricSpec kMemoryStalled = {"node_pressure_memory_stalled_seconds_total", MetricType::kCounter,
                                       "Total time in seconds no process could make progress due to memory congestion"};
constexpr MetricSpec kIrqStalled = {"node_pressure_irq_stalled_seconds_total", MetricType::kCounter,
                                    "Total time in seconds no process could make progress due to IRQ congestion"};
constexpr const MetricSpec* kMetrics[] = {&kCpuWaiting,    &kIoWaiting,     &kIoStalled,
                                          &kMemoryWaiting, &kMemoryStalled, &kIrqStalled};

// The total of the line that begins with `kind`, in seconds.
std::optional<double> TotalSeconds(std::string_view text, std::string_view kind) {
  base::LineReader lines(text);
  std::string_view line;
  while (lines.Next(&line)) {
    base::FieldReader fields(line);
    if (fields.Next() != kind) continue;
    for (std::string_view field = fields.Next(); !field.empty(); field = fields.Next()) {
      if (!field.starts_with("total=")) continue;
      const auto microseconds = base::ParseUint(field.substr(6));
      if (!microseconds) return std::nullopt;
      return static_cast<double>(*microseconds) / 1000.0 / 1000.0;  // two steps: the peer's rounding
    }
  }
  return std::nullopt;
}

struct Resource {
  std::string_view file;
  const MetricSpec* waiting;  // "some"
  const MetricSpec* stalled;  // "full"; null where the peer leaves it out
  bool optional;              // newer kernels only
};
constexpr std::array<Resource, 4> kResources = {{{"pressure/cpu", &kCpuWaiting, nullptr, false},
                                                 {"pressure/io", &kIoWaiting, &kIoStalled, false},
                                                 {"pressure/irq", nullptr, &kIrqStalled, true},
                                                 {"pressure/memory", &kMemoryWaiting, &kMemoryStalled, false}}};

class Pressure : public Part {
 public:
  explicit Pressure(const HostEnvironment& environment)
      : files_{File(environment, 0), File(environment, 1), File(environment, 2), File(environment, 3)} {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    for (size_t i = 0; i < kResources.size(); ++i) {
      const Resource& resource = kResources[i];
      const base::Result<std::string_view> text = files_[i].Read();
      if (!text.ok()) {
        if (resource.optional) continue;
        return Missing(text.status());
      }
      RETURN_IF_ERROR(AddTotal(sink, resource.waiting, *text, "some", i));
      RETURN_IF_ERROR(AddTotal(sink, resource.stalled, *text, "full", i));
    }
    return base::OkStatus();
  }

 private:
  static base::RereadFile File(const HostEnvironment& environment, size_t i) {
    return base::RereadFile(environment.fs, environment.Proc(kResources[i].file));
  }

  // With psi=0 the files are there, and opening or reading them answers EOPNOTSUPP.
  static base::Status Missing(const base::Status& status) {
    const bool absent = status.code() == base::Code::kNotFound || status.code() == base::Code::kUnavailable;
    return absent ? base::NoData("pressure stall information is not available: " + status.message()) : status;
  }

  base::Status AddTotal(FamilySink& sink, const MetricSpec* spec, std::string_view text, std::string_view kind,
                        size_t i) {
    if (spec == nullptr) return base::OkStatus();
    const auto seconds = TotalSeconds(text, kind);
    if (!seconds) return base::Corrupt(files_[i].path() + ": no \"" + std::string(kind) + "\" line with a total");
    sink.Add(*spec, *seconds);
    return base::OkStatus();
  }

  std::array<base::RereadFile, kResources.size()> files_;
};

}  // namespace

extern const PartSpec kPressure;
constinit const PartSpec kPressure = {
    .name = "pressure",
    .help = "How long tasks waited for CPU, IO and memory (pressure stall information).",
    .metrics = kMetrics,
    .make = MakePart<Pressure>,
};

}  // namespace bekci::exporters::host
