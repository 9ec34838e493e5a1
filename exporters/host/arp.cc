// arp: entries of the IPv4 neighbour table per device, from /proc/net/arp.
//
// Columns: IP address, HW type, flags, HW address, mask, device; one header line. All entries count, incomplete ones
// too.
#include <algorithm>
#include <vector>

#include "exporters/host/name_filter.h"
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kEntries = {"node_arp_entries", MetricType::kGauge, "ARP entries by device", "device"};
constexpr const MetricSpec* kMetrics[] = {&kEntries};

constexpr config::Option kOptions[] = {
    {.key = "device_include", .type = config::Type::kRegex, .help = "Devices to report; not with device_exclude."},
    {.key = "device_exclude", .type = config::Type::kRegex, .help = "Devices not to report."},
};

class Arp : public Part {
 public:
  Arp(const HostEnvironment& environment, NameFilter filter)
      : file_(environment.fs, environment.Proc("net/arp")), filter_(std::move(filter)) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    ASSIGN_OR_RETURN(const std::string_view text, file_.Read());
    counts_.clear();
    base::Status status = Count(text);
    std::sort(counts_.begin(), counts_.end());
    for (const auto& [device, count] : counts_) sink.Add(kEntries, {device}, count);
    return status;
  }

 private:
  base::Status Count(std::string_view text) {
    base::LineReader lines(text);
    std::string_view line;
    if (!lines.Next(&line)) return base::Corrupt(file_.path() + ": is empty");
    for (size_t number = 2; lines.Next(&line); ++number) {
      base::FieldReader fields(line);
      for (int column = 0; column < 5; ++column) fields.Next();
      const std::string_view device = fields.Next();
      if (device.empty()) return DamagedLine(file_.path(), number, "expected six columns");
      if (filter_.Wants(device)) Increment(device);
    }
    return base::OkStatus();
  }

  void Increment(std::string_view device) {
    auto found = std::find_if(counts_.begin(), counts_.end(), [&](const auto& entry) { return entry.first == device; });
    if (found == counts_.end()) found = counts_.emplace(found, device, 0);
    ++found->second;
  }

  base::RereadFile file_;
  NameFilter filter_;
  std::vector<std::pair<std::string_view, double>> counts_;  // views into the file's buffer; a host has few devices
};

base::Result<std::unique_ptr<Part>> MakeArp(const HostEnvironment& environment, const config::Values& options) {
  ASSIGN_OR_RETURN(auto filter, NameFilter::FromOptions(options, "device_include", "device_exclude"));
  return std::unique_ptr<Part>(std::make_unique<Arp>(environment, std::move(filter)));
}

}  // namespace

extern const PartSpec kArp;
constinit const PartSpec kArp = {
    .name = "arp",
    .help = "Entries of the IPv4 neighbour table.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = MakeArp,
};

}  // namespace bekci::exporters::host
