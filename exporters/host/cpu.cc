// cpu: seconds each CPU spent per mode, from /proc/stat; thermal throttling and isolation from sysfs.
//
// idle and iowait of a CPU can run backwards a little (the kernel documents it), which a counter may not: the larger of
// old and new is kept. A big step back of idle means that the CPU was unplugged and came back: then all starts anew.
#include "exporters/host/cpu_info.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kSeconds = {"node_cpu_seconds_total", MetricType::kCounter, "Seconds the CPUs spent in each mode.",
                                 "cpu,mode"};
constexpr MetricSpec kGuest = {"node_cpu_guest_seconds_total", MetricType::kCounter,
                               "Seconds the CPUs spent in guests (VMs) for each mode.", "cpu,mode"};
constexpr MetricSpec kCoreThrottles = {"node_cpu_core_throttles_total", MetricType::kCounter,
                                       "Number of times this CPU core has been throttled.", "package,core"};
constexpr MetricSpec kPackageThrottles = {"node_cpu_package_throttles_total", MetricType::kCounter,
                                          "Number of times this CPU package has been throttled.", "package"};
constexpr MetricSpec kIsolated = {"node_cpu_isolated", MetricType::kGauge,
                                  "Whether each core is isolated, information from /sys/devices/system/cpu/isolated.",
                                  "cpu"};
constexpr const MetricSpec* kMetrics[] = {&kSeconds,  &kGuest,   &kCoreThrottles, &kPackageThrottles,
                                          &kIsolated, &kCpuInfo, &kCpuFlagInfo,   &kCpuBugInfo};

constexpr config::Option kOptions[] = {
    {.key = "guest",
     .type = config::Type::kBool,
     .default_text = "true",
     .help = "Report node_cpu_guest_seconds_total."},
    {.key = "info",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "Report node_cpu_info, and flags and bugs where the next two options select some."},
    {.key = "info_flags_include", .type = config::Type::kRegex, .help = "CPU flags to report as node_cpu_flag_info."},
    {.key = "info_bugs_include", .type = config::Type::kRegex, .help = "CPU bugs to report as node_cpu_bug_info."},
};

// Columns of /proc/stat in their order; the last two are part of user and nice and reported apart.
constexpr std::array<std::string_view, 8> kModes = {"user",   "nice", "system",  "idle",
                                                    "iowait", "irq",  "softirq", "steal"};
constexpr size_t kIdle = 3;
constexpr size_t kColumns = 10;
constexpr double kTicksPerSecond = 100;  // USER_HZ: part of the kernel's interface, the same on every architecture
constexpr uint64_t kJumpBackTicks = 300;
constexpr uint64_t kMaxCpus = 16384;  // twice what kernels are built for

using Ticks = std::array<uint64_t, kColumns>;

// What is read from sysfs for a CPU; made once, since topology changes only with hotplug.
struct Throttle {
  std::string package;
  std::string core;
  NumberFile core_count;
  NumberFile package_count;
};

class Cpu : public Part {
 public:
  Cpu(const HostEnvironment& environment, const config::Values& options)
      : environment_(environment),
        stat_(environment.SharedProc("stat")),
        isolated_(environment.fs, environment.Sys("devices/system/cpu/isolated")),
        guest_(options.Bool("guest")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    if (info_) RETURN_IF_ERROR(info_->Collect(sink));
    RETURN_IF_ERROR(AddStat(sink));
    AddThrottles(sink);
    AddIsolated(sink);
    return base::OkStatus();
  }

  base::Status EnableInfo(const config::Values& options) {
    ASSIGN_OR_RETURN(
        info_, CpuInfo::Make(environment_, options.String("info_flags_include"), options.String("info_bugs_include")));
    return base::OkStatus();
  }

 private:
  base::Status AddStat(FamilySink& sink);
  void AddCpu(std::string_view cpu, const Ticks& ticks, FamilySink& sink);
  void AddThrottles(FamilySink& sink);
  void FindThrottles();
  void AddIsolated(FamilySink& sink);
  static void KeepRising(const Ticks& now, Ticks* kept);

  const HostEnvironment& environment_;
  RoundFile& stat_;
  base::RereadFile isolated_;
  const bool guest_;
  std::unique_ptr<CpuInfo> info_;
  std::vector<Ticks> kept_;  // by CPU number
  std::vector<Throttle> throttles_;
  size_t throttles_of_cpus_ = 0;  // how many CPUs there were when throttles_ was made
};

base::Status Cpu::AddStat(FamilySink& sink) {
  ASSIGN_OR_RETURN(const std::string_view text, stat_.Read());
  base::LineReader lines(text);
  std::string_view line;
  bool any = false;
  // The CPU lines stand first; behind them come thousands of bytes of interrupt counts.
  for (size_t number = 1; lines.Next(&line) && line.starts_with("cpu"); ++number) {
    base::FieldReader fields(line);
    const std::string_view name = fields.Next();
    if (name == "cpu") continue;  // the sum of the others
    const std::string_view cpu = DigitsAfter(name, "cpu");
    const auto index = base::ParseUint(cpu);
    Ticks ticks{};
    // Kernels before 2.6.33 have fewer columns; the first four have always been there.
    if (!index || *index >= kMaxCpus || !ReadColumns(fields, 4, ticks.data())) {
      return DamagedLine(stat_.path(), number, "expected a CPU and its times");
    }
    for (size_t i = 4; i < kColumns; ++i) {
      const std::string_view field = fields.Next();
      if (field.empty()) break;
      const auto value = base::ParseUint(field);
      if (!value) return DamagedLine(stat_.path(), number, "expected a CPU and its times");
      ticks[i] = *value;
    }
    if (kept_.size() <= *index) kept_.resize(*index + 1);
    KeepRising(ticks, &kept_[*index]);
    AddCpu(cpu, kept_[*index], sink);
    any = true;
  }
  return any ? base::OkStatus() : base::Corrupt(stat_.path() + ": no CPU in it");
}

void Cpu::KeepRising(const Ticks& now, Ticks* kept) {
  if ((*kept)[kIdle] >= now[kIdle] + kJumpBackTicks) *kept = {};
  for (size_t i = 0; i < kColumns; ++i) (*kept)[i] = std::max((*kept)[i], now[i]);
}

void Cpu::AddCpu(std::string_view cpu, const Ticks& ticks, FamilySink& sink) {
  for (size_t i = 0; i < kModes.size(); ++i) {
    sink.Add(kSeconds, {cpu, kModes[i]}, static_cast<double>(ticks[i]) / kTicksPerSecond);
  }
  if (!guest_) return;
  sink.Add(kGuest, {cpu, "user"}, static_cast<double>(ticks[8]) / kTicksPerSecond);
  sink.Add(kGuest, {cpu, "nice"}, static_cast<double>(ticks[9]) / kTicksPerSecond);
}

// CPUs of one core, or one package, share the counter: each core and each package is reported once.
void Cpu::FindThrottles() {
  throttles_.clear();
  throttles_of_cpus_ = kept_.size();
  for (size_t cpu = 0; cpu < kept_.size(); ++cpu) {
    const std::string base = environment_.Sys("devices/system/cpu/cpu" + std::to_string(cpu));
    const auto package = environment_.fs.ReadFile(base + "/topology/physical_package_id", 64);
    const auto core = environment_.fs.ReadFile(base + "/topology/core_id", 64);
    if (!package.ok() || !core.ok() || !environment_.fs.Exists(base + "/thermal_throttle")) continue;
    Throttle throttle{std::string(base::Trim(*package)), std::string(base::Trim(*core)),
                      NumberFile(environment_.fs, base + "/thermal_throttle/core_throttle_count"),
                      NumberFile(environment_.fs, base + "/thermal_throttle/package_throttle_count")};
    const bool known = std::any_of(throttles_.begin(), throttles_.end(), [&](const Throttle& other) {
      return other.package == throttle.package && other.core == throttle.core;
    });
    if (!known) throttles_.push_back(std::move(throttle));
  }
}

void Cpu::AddThrottles(FamilySink& sink) {
  if (throttles_of_cpus_ != kept_.size()) FindThrottles();
  for (size_t i = 0; i < throttles_.size(); ++i) {
    Throttle& throttle = throttles_[i];
    if (const auto count = throttle.core_count.Read(); count.ok()) {
      sink.Add(kCoreThrottles, {throttle.package, throttle.core}, *count);
    }
    const bool first_of_package = std::none_of(throttles_.begin(), throttles_.begin() + static_cast<ptrdiff_t>(i),
                                               [&](const Throttle& o) { return o.package == throttle.package; });
    if (!first_of_package) continue;
    if (const auto count = throttle.package_count.Read(); count.ok()) {
      sink.Add(kPackageThrottles, {throttle.package}, *count);
    }
  }
}

// A list such as "2-3,7"; empty on most hosts.
void Cpu::AddIsolated(FamilySink& sink) {
  const base::Result<std::string_view> text = isolated_.Read();
  if (!text.ok()) return;
  std::string_view rest = base::Trim(*text);
  while (!rest.empty()) {
    const std::string_view range = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), range.size() + 1));
    const size_t dash = range.find('-');
    const auto first = base::ParseUint(range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : base::ParseUint(range.substr(dash + 1));
    if (!first || !last || *last >= kMaxCpus) return;
    for (uint64_t cpu = *first; cpu <= *last; ++cpu) {
      char digits[24];
      const auto end = std::to_chars(digits, digits + sizeof(digits), cpu).ptr;
      sink.Add(kIsolated, {std::string_view(digits, static_cast<size_t>(end - digits))}, 1);
    }
  }
}

base::Result<std::unique_ptr<Part>> MakeCpu(const HostEnvironment& environment, const config::Values& options) {
  auto cpu = std::make_unique<Cpu>(environment, options);
  const bool lists = !options.String("info_flags_include").empty() || !options.String("info_bugs_include").empty();
  if (options.Bool("info") || lists) RETURN_IF_ERROR(cpu->EnableInfo(options));
  return std::unique_ptr<Part>(std::move(cpu));
}

}  // namespace

extern const PartSpec kCpu;
constinit const PartSpec kCpu = {
    .name = "cpu",
    .help = "Time each CPU spent per mode, and its throttling.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = MakeCpu,
};

}  // namespace bekci::exporters::host
