// timex: how the kernel disciplines its clock, from adjtimex(2).
//
// offset, jitter and stabil come in nanoseconds or microseconds depending on STA_NANO; frequencies are parts per
// million scaled by 2^16.
#include <array>
#include <cerrno>

#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec Gauge(std::string_view name, std::string_view help) {
  return {name, MetricType::kGauge, help};
}
constexpr MetricSpec Counter(std::string_view name, std::string_view help) {
  return {name, MetricType::kCounter, help};
}
constexpr MetricSpec kOffset =
    Gauge("node_timex_offset_seconds", "Time offset in between local system and reference clock.");
constexpr MetricSpec kFrequency = Gauge("node_timex_frequency_adjustment_ratio", "Local clock frequency adjustment.");
constexpr MetricSpec kMaxError = Gauge("node_timex_maxerror_seconds", "Maximum error in seconds.");
constexpr MetricSpec kEstimatedError = Gauge("node_timex_estimated_error_seconds", "Estimated error in seconds.");
constexpr MetricSpec kStatus = Gauge("node_timex_status", "Value of the status array bits.");
constexpr MetricSpec kLoop = Gauge("node_timex_loop_time_constant", "Phase-locked loop time constant.");
constexpr MetricSpec kTick = Gauge("node_timex_tick_seconds", "Seconds between clock ticks.");
constexpr MetricSpec kPpsFrequency = Gauge("node_timex_pps_frequency_hertz", "Pulse per second frequency.");
constexpr MetricSpec kPpsJitter = Gauge("node_timex_pps_jitter_seconds", "Pulse per second jitter.");
constexpr MetricSpec kPpsShift = Gauge("node_timex_pps_shift_seconds", "Pulse per second interval duration.");
constexpr MetricSpec kPpsStability =
    Gauge("node_timex_pps_stability_hertz", "Pulse per second stability, average of recent frequency changes.");
constexpr MetricSpec kPpsJitterTotal =
    Counter("node_timex_pps_jitter_total", "Pulse per second count of jitter limit exceeded events.");
constexpr MetricSpec kPpsCalibration =
    Counter("node_timex_pps_calibration_total", "Pulse per second count of calibration intervals.");
constexpr MetricSpec kPpsError = Counter("node_timex_pps_error_total", "Pulse per second count of calibration errors.");
constexpr MetricSpec kPpsStabilityExceeded =
    Counter("node_timex_pps_stability_exceeded_total", "Pulse per second count of stability limit exceeded events.");
constexpr MetricSpec kTai = Gauge("node_timex_tai_offset_seconds", "International Atomic Time (TAI) offset.");
constexpr MetricSpec kSync =
    Gauge("node_timex_sync_status", "Is clock synchronized to a reliable server (1 = yes, 0 = no).");
constexpr const MetricSpec* kMetrics[] = {&kOffset,
                                          &kFrequency,
                                          &kMaxError,
                                          &kEstimatedError,
                                          &kStatus,
                                          &kLoop,
                                          &kTick,
                                          &kPpsFrequency,
                                          &kPpsJitter,
                                          &kPpsShift,
                                          &kPpsStability,
                                          &kPpsJitterTotal,
                                          &kPpsCalibration,
                                          &kPpsError,
                                          &kPpsStabilityExceeded,
                                          &kTai,
                                          &kSync};

constexpr double kMicrosecond = 1e6;
constexpr double kScaledPpm = 1000000.0 * 65536.0;

class Timex : public Part {
 public:
  explicit Timex(const HostEnvironment& environment) : calls_(environment.calls) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    struct timex t {};
    int state = 0;
    const base::Status status = calls_.Adjtimex(&t, &state);
    if (status.code() == base::Code::kDenied) return base::NoData("adjtimex is not permitted here");
    RETURN_IF_ERROR(base::Status(status));
    const auto number = [](auto value) { return static_cast<double>(value); };
    const double fraction = (t.status & STA_NANO) != 0 ? 1e9 : kMicrosecond;
    sink.Add(kOffset, number(t.offset) / fraction);
    sink.Add(kFrequency, 1 + number(t.freq) / kScaledPpm);
    sink.Add(kMaxError, number(t.maxerror) / kMicrosecond);
    sink.Add(kEstimatedError, number(t.esterror) / kMicrosecond);
    sink.Add(kStatus, number(t.status));
    sink.Add(kLoop, number(t.constant));
    sink.Add(kTick, number(t.tick) / kMicrosecond);
    sink.Add(kPpsFrequency, number(t.ppsfreq) / kScaledPpm);
    sink.Add(kPpsJitter, number(t.jitter) / fraction);
    sink.Add(kPpsShift, number(t.shift));
    sink.Add(kPpsStability, number(t.stabil) / kScaledPpm);
    sink.Add(kPpsJitterTotal, number(t.jitcnt));
    sink.Add(kPpsCalibration, number(t.calcnt));
    sink.Add(kPpsError, number(t.errcnt));
    sink.Add(kPpsStabilityExceeded, number(t.stbcnt));
    sink.Add(kTai, number(t.tai));
    sink.Add(kSync, state == TIME_ERROR ? 0 : 1);
    return base::OkStatus();
  }

 private:
  SystemCalls& calls_;
};

}  // namespace

extern const PartSpec kTimex;
constinit const PartSpec kTimex = {
    .name = "timex",
    .help = "How the kernel disciplines its clock.",
    .metrics = kMetrics,
    .make = MakePart<Timex>,
};

}  // namespace bekci::exporters::host
