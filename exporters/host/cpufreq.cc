// cpufreq: the frequencies of each CPU and how often heat throttled it, from /sys/devices/system/cpu/cpu<N>/.
//
// The throttle counters belong to node_exporter's cpu collector; they are read here because they are sysfs attributes
// of the same directories. Which CPUs exist and what the hardware can do is looked at again every few minutes only.
#include <string>
#include <utility>
#include <vector>

#include "exporters/host/attribute_file.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kFrequency = {"node_cpu_frequency_hertz", MetricType::kGauge,
                                   "Current cpu thread frequency in hertz.", "cpu"};
constexpr MetricSpec kFrequencyMin = {"node_cpu_frequency_min_hertz", MetricType::kGauge,
                                      "Minimum cpu thread frequency in hertz.", "cpu"};
constexpr MetricSpec kFrequencyMax = {"node_cpu_frequency_max_hertz", MetricType::kGauge,
                                      "Maximum cpu thread frequency in hertz.", "cpu"};
constexpr MetricSpec kScaling = {"node_cpu_scaling_frequency_hertz", MetricType::kGauge,
                                 "Current scaled CPU thread frequency in hertz.", "cpu"};
constexpr MetricSpec kScalingMin = {"node_cpu_scaling_frequency_min_hertz", MetricType::kGauge,
                                    "Minimum scaled CPU thread frequency in hertz.", "cpu"};
constexpr MetricSpec kScalingMax = {"node_cpu_scaling_frequency_max_hertz", MetricType::kGauge,
                                    "Maximum scaled CPU thread frequency in hertz.", "cpu"};
constexpr const MetricSpec* kMetrics[] = {&kFrequency, &kFrequencyMin, &kFrequencyMax,
                                          &kScaling,   &kScalingMin,   &kScalingMax};

struct FrequencyFile {
  const char* file;
  const MetricSpec* spec;
};
constexpr FrequencyFile kFrequencies[] = {
    {"cpufreq/cpuinfo_cur_freq", &kFrequency},    {"cpufreq/cpuinfo_min_freq", &kFrequencyMin},
    {"cpufreq/cpuinfo_max_freq", &kFrequencyMax}, {"cpufreq/scaling_cur_freq", &kScaling},
    {"cpufreq/scaling_min_freq", &kScalingMin},   {"cpufreq/scaling_max_freq", &kScalingMax},
};

constexpr size_t kMaxOpen = 96;
constexpr base::Duration kRescanInterval = base::minutes(5);  // CPUs come and go on virtual machines, rarely

class Cpufreq : public Part {
 public:
  explicit Cpufreq(const HostEnvironment& environment)
      : environment_(environment),
        directory_(environment.Sys("devices/system/cpu")),
        reader_(environment.fs, kMaxOpen) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const base::MonotonicTime now = environment_.clock.Monotonic();
    if (now >= next_scan_) {
      RETURN_IF_ERROR(Scan());
      next_scan_ = now + kRescanInterval;
    }
    for (Frequency& frequency : frequencies_) {
      const auto kilohertz = reader_.ReadUint(frequency.file);
      if (kilohertz) sink.Add(*frequency.spec, {frequency.cpu}, static_cast<double>(*kilohertz) * 1000);
    }
    return base::OkStatus();
  }

 private:
  struct Frequency {
    std::string cpu;
    const MetricSpec* spec;
    AttributeFile file;
  };

  base::Status Scan() {
    const auto names = environment_.fs.ListDirectory(directory_);
    frequencies_.clear();
    if (!names.ok()) return names.status().code() == base::Code::kNotFound ? base::OkStatus() : names.status();
    for (const std::string& name : NumberedNames(*names, "cpu")) AddFrequencies(name);
    return base::OkStatus();
  }

  void AddFrequencies(const std::string& name) {
    for (const FrequencyFile& frequency : kFrequencies) {
      AttributeFile file(reader_, directory_ + "/" + name + "/" + frequency.file);
      if (reader_.ReadUint(file)) frequencies_.push_back({name.substr(3), frequency.spec, std::move(file)});
    }
  }

  const HostEnvironment& environment_;
  const std::string directory_;
  AttributeReader reader_;
  base::MonotonicTime next_scan_;
  std::vector<Frequency> frequencies_;
};

}  // namespace

extern const PartSpec kCpufreq;
constinit const PartSpec kCpufreq = {
    .name = "cpufreq",
    .help = "CPU frequencies.",
    .metrics = kMetrics,
    .make = MakePart<Cpufreq>,
};

}  // namespace bekci::exporters::host
