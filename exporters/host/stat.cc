// stat: totals of the kernel since boot (interrupts, context switches, forks) and the boot time, from /proc/stat.
#include <array>

#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kInterrupts = {"node_intr_total", MetricType::kCounter, "Total number of interrupts serviced."};
constexpr MetricSpec kContextSwitches = {"node_context_switches_total", MetricType::kCounter,
                                         "Total number of context switches."};
constexpr MetricSpec kForks = {"node_forks_total", MetricType::kCounter, "Total number of forks."};
constexpr MetricSpec kBootTime = {"node_boot_time_seconds", MetricType::kGauge, "Node boot time, in unixtime."};
constexpr MetricSpec kRunning = {"node_procs_running", MetricType::kGauge, "Number of processes in runnable state."};
constexpr MetricSpec kBlocked = {"node_procs_blocked", MetricType::kGauge,
                                 "Number of processes blocked waiting for I/O to complete."};
constexpr MetricSpec kSoftirqs = {"node_softirqs_total", MetricType::kCounter, "Number of softirq calls.", "vector"};
constexpr const MetricSpec* kMetrics[] = {&kInterrupts, &kContextSwitches, &kForks,   &kBootTime,
                                          &kRunning,    &kBlocked,         &kSoftirqs};

constexpr config::Option kOptions[] = {
    {.key = "softirq",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "Report softirq calls per vector."},
};

struct Row {
  std::string_view key;
  const MetricSpec* spec;
};
// In the order of the file.
constexpr std::array<Row, 6> kRows = {{{"intr", &kInterrupts},
                                       {"ctxt", &kContextSwitches},
                                       {"btime", &kBootTime},
                                       {"processes", &kForks},
                                       {"procs_running", &kRunning},
                                       {"procs_blocked", &kBlocked}}};
// Columns of the softirq line behind its total.
constexpr std::array<std::string_view, 10> kVectors = {"hi",           "timer",   "net_tx", "net_rx",  "block",
                                                       "block_iopoll", "tasklet", "sched",  "hrtimer", "rcu"};

class Stat : public Part {
 public:
  Stat(const HostEnvironment& environment, const config::Values& options)
      : file_(environment.SharedProc("stat")), softirq_(options.Bool("softirq")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    ASSIGN_OR_RETURN(const std::string_view text, file_.Read());
    base::LineReader lines(text);
    std::string_view line;
    size_t found = 0;
    for (size_t number = 1; lines.Next(&line); ++number) {
      base::FieldReader fields(line);
      const std::string_view key = fields.Next();
      if (key == "softirq" && softirq_) {
        if (!AddSoftirqs(fields, sink)) return DamagedLine(file_.path(), number, "expected counts");
        continue;
      }
      for (const Row& row : kRows) {
        if (row.key != key) continue;
        const auto value = base::ParseUint(fields.Next());
        if (!value) return DamagedLine(file_.path(), number, "expected a number");
        sink.Add(*row.spec, static_cast<double>(*value));
        ++found;
      }
    }
    return found >= kRows.size() ? base::OkStatus() : base::Corrupt(file_.path() + ": is cut short");
  }

 private:
  static bool AddSoftirqs(base::FieldReader& fields, FamilySink& sink) {
    std::array<uint64_t, kVectors.size() + 1> counts;
    if (!ReadColumns(fields, counts.size(), counts.data())) return false;
    for (size_t i = 0; i < kVectors.size(); ++i) {
      sink.Add(kSoftirqs, {kVectors[i]}, static_cast<double>(counts[i + 1]));
    }
    return true;
  }

  RoundFile& file_;
  const bool softirq_;
};

}  // namespace

extern const PartSpec kStat;
constinit const PartSpec kStat = {
    .name = "stat",
    .help = "Interrupts, context switches, forks and the boot time.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = MakePartWithOptions<Stat>,
};

}  // namespace bekci::exporters::host
