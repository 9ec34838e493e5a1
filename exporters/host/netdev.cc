// netdev: bytes, packets and errors per network interface, from /proc/net/dev; packets without a handler from sysfs.
//
// Two header lines, then "eth0: " and sixteen numbers, eight received and eight sent. The kernel glues the first number
// to the colon when it is long. Debian leaves out lo, and so do we by default.
#include <array>
#include <map>

#include "exporters/host/name_filter.h"
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec Statistic(std::string_view name, std::string_view help) {
  return {name, MetricType::kCounter, help, "device"};
}
// In the order of the file's columns.
constexpr std::array<MetricSpec, 16> kColumns = {
    Statistic("node_network_receive_bytes_total", "Network device statistic receive_bytes."),
    Statistic("node_network_receive_packets_total", "Network device statistic receive_packets."),
    Statistic("node_network_receive_errs_total", "Network device statistic receive_errs."),
    Statistic("node_network_receive_drop_total", "Network device statistic receive_drop."),
    Statistic("node_network_receive_fifo_total", "Network device statistic receive_fifo."),
    Statistic("node_network_receive_frame_total", "Network device statistic receive_frame."),
    Statistic("node_network_receive_compressed_total", "Network device statistic receive_compressed."),
    Statistic("node_network_receive_multicast_total", "Network device statistic receive_multicast."),
    Statistic("node_network_transmit_bytes_total", "Network device statistic transmit_bytes."),
    Statistic("node_network_transmit_packets_total", "Network device statistic transmit_packets."),
    Statistic("node_network_transmit_errs_total", "Network device statistic transmit_errs."),
    Statistic("node_network_transmit_drop_total", "Network device statistic transmit_drop."),
    Statistic("node_network_transmit_fifo_total", "Network device statistic transmit_fifo."),
    Statistic("node_network_transmit_colls_total", "Network device statistic transmit_colls."),
    Statistic("node_network_transmit_carrier_total", "Network device statistic transmit_carrier."),
    Statistic("node_network_transmit_compressed_total", "Network device statistic transmit_compressed."),
};
constexpr MetricSpec kNoHandler =
    Statistic("node_network_receive_nohandler_total", "Network device statistic receive_nohandler.");
constexpr const MetricSpec* kMetrics[] = {&kColumns[0],  &kColumns[1],  &kColumns[2],  &kColumns[3],  &kColumns[4],
                                          &kColumns[5],  &kColumns[6],  &kColumns[7],  &kColumns[8],  &kColumns[9],
                                          &kColumns[10], &kColumns[11], &kColumns[12], &kColumns[13], &kColumns[14],
                                          &kColumns[15], &kNoHandler};

constexpr config::Option kOptions[] = {
    {.key = "device_include", .type = config::Type::kRegex, .help = "Interfaces to report; not with device_exclude."},
    {.key = "device_exclude",
     .type = config::Type::kRegex,
     .default_text = "^lo$",
     .help = "Interfaces not to report."},
};

// Descriptors kept open for rx_nohandler; the interfaces beyond (container hosts) are opened each time.
constexpr size_t kMaxKeptFiles = 64;

class Netdev : public Part {
 public:
  Netdev(const HostEnvironment& environment, NameFilter filter)
      : environment_(environment), file_(environment.fs, environment.Proc("net/dev")), filter_(std::move(filter)) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    ASSIGN_OR_RETURN(const std::string_view text, file_.Read());
    base::LineReader lines(text);
    std::string_view line;
    if (!lines.Next(&line) || !lines.Next(&line)) return base::Corrupt(file_.path() + ": is cut short");
    for (size_t number = 3; lines.Next(&line); ++number) {
      const size_t colon = line.rfind(':');  // an alias "eth0:1" has one of its own
      if (colon == std::string_view::npos) return DamagedLine(file_.path(), number, "expected \"NAME: numbers\"");
      const std::string_view device = base::Trim(line.substr(0, colon));
      if (device.empty() || !filter_.Wants(device)) continue;
      base::FieldReader fields(line.substr(colon + 1));
      std::array<uint64_t, kColumns.size()> values;
      if (!ReadColumns(fields, values.size(), values.data())) {
        return DamagedLine(file_.path(), number, "expected sixteen numbers");
      }
      for (size_t i = 0; i < values.size(); ++i) sink.Add(kColumns[i], {device}, static_cast<double>(values[i]));
      if (const auto count = NoHandler(device)) sink.Add(kNoHandler, {device}, *count);
    }
    return base::OkStatus();
  }

 private:
  // Absent for an alias, without sysfs, or when the interface went away just now: then only this series is missing.
  std::optional<double> NoHandler(std::string_view device) {
    auto found = no_handler_.find(device);
    if (found == no_handler_.end()) {
      if (device.find('/') != std::string_view::npos) return std::nullopt;
      if (no_handler_.size() >= kMaxKeptFiles) no_handler_.clear();
      NumberFile file(environment_.fs,
                      environment_.Sys("class/net/" + std::string(device) + "/statistics/rx_nohandler"));
      found = no_handler_.emplace(std::string(device), std::move(file)).first;
    }
    const base::Result<double> count = found->second.Read();
    if (!count.ok()) {
      no_handler_.erase(found);
      return std::nullopt;
    }
    return *count;
  }

  const HostEnvironment& environment_;
  base::RereadFile file_;
  NameFilter filter_;
  std::map<std::string, NumberFile, std::less<>> no_handler_;
};

base::Result<std::unique_ptr<Part>> MakeNetdev(const HostEnvironment& environment, const config::Values& options) {
  ASSIGN_OR_RETURN(auto filter, NameFilter::FromOptions(options, "device_include", "device_exclude"));
  return std::unique_ptr<Part>(std::make_unique<Netdev>(environment, std::move(filter)));
}

}  // namespace

extern const PartSpec kNetdev;
constinit const PartSpec kNetdev = {
    .name = "netdev",
    .help = "Bytes, packets and errors per network interface.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = MakeNetdev,
};

}  // namespace bekci::exporters::host
