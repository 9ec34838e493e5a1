// selinux: whether SELinux guards this host and how, from selinuxfs and /etc/selinux/config.
//
// Modes are 1 enforcing, 0 permissive, -1 disabled, as libselinux numbers them.
#include "agent/base/text.h"
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kEnabled = {"node_selinux_enabled", MetricType::kGauge,
                                 "SELinux is enabled, 1 is true, 0 is false"};
constexpr MetricSpec kConfigured = {"node_selinux_config_mode", MetricType::kGauge,
                                    "Configured SELinux enforcement mode"};
constexpr MetricSpec kCurrent = {"node_selinux_current_mode", MetricType::kGauge, "Current SELinux enforcement mode"};
constexpr const MetricSpec* kMetrics[] = {&kEnabled, &kConfigured, &kCurrent};

class Selinux : public Part {
 public:
  explicit Selinux(const HostEnvironment& environment)
      : fs_(environment.fs),
        config_path_(environment.Root("etc/selinux/config")),
        enforce_(environment.fs, environment.Sys("fs/selinux/enforce")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const base::Result<double> current = enforce_.Read();
    const bool enabled = current.status().code() != base::Code::kNotFound;
    sink.Add(kEnabled, enabled ? 1 : 0);
    if (!enabled) return base::OkStatus();
    if (!current.ok()) return current.status();
    sink.Add(kConfigured, ConfiguredMode());
    sink.Add(kCurrent, *current);
    return base::OkStatus();
  }

 private:
  double ConfiguredMode() {
    std::string text;
    if (!fs_.ReadFile(config_path_, &text, 64 << 10).ok()) return -1;
    base::LineReader lines(text);
    std::string_view line;
    double mode = -1;
    while (lines.Next(&line)) {
      line = base::Trim(line);
      if (!line.starts_with("SELINUX=")) continue;
      const std::string word = base::ToLower(base::Trim(line.substr(8)));
      mode = word == "enforcing" ? 1 : word == "permissive" ? 0 : -1;
    }
    return mode;
  }

  base::FileSystem& fs_;
  const std::string config_path_;
  NumberFile enforce_;
};

}  // namespace

extern const PartSpec kSelinux;
constinit const PartSpec kSelinux = {
    .name = "selinux",
    .help = "Whether SELinux guards this host.",
    .metrics = kMetrics,
    .make = MakePart<Selinux>,
};

}  // namespace bekci::exporters::host
