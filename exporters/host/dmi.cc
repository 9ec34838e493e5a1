// dmi: who made this machine, from /sys/class/dmi/id. Read once: it cannot change while the machine runs.
//
// Serial numbers are readable by root only; what cannot be read is left out.
#include <array>
#include <vector>

#include "agent/base/text.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kInfo = {
    "node_dmi_info", MetricType::kGauge,
    "A metric with a constant '1' value labeled by bios_date, bios_release, bios_vendor, bios_version, "
    "board_asset_tag, board_name, board_serial, board_vendor, board_version, chassis_asset_tag, chassis_serial, "
    "chassis_vendor, chassis_version, product_family, product_name, product_serial, product_sku, product_uuid, "
    "product_version, system_vendor if provided by DMI.",
    "bios_date,bios_release,bios_vendor,bios_version,board_asset_tag,board_name,board_serial,board_vendor,"
    "board_version,chassis_asset_tag,chassis_serial,chassis_vendor,chassis_version,product_family,product_name,"
    "product_serial,product_sku,product_uuid,product_version,system_vendor"};
constexpr const MetricSpec* kMetrics[] = {&kInfo};

// Files in the order of the labels.
constexpr std::array<std::string_view, 20> kFiles = {
    "bios_date",      "bios_release",   "bios_vendor",     "bios_version",    "board_asset_tag",
    "board_name",     "board_serial",   "board_vendor",    "board_version",   "chassis_asset_tag",
    "chassis_serial", "chassis_vendor", "chassis_version", "product_family",  "product_name",
    "product_serial", "product_sku",    "product_uuid",    "product_version", "sys_vendor"};

class Dmi : public Part {
 public:
  // The peer shows the labels of files that can be read and no others, hence a family with labels of its own.
  explicit Dmi(const HostEnvironment& environment) {
    const std::string directory = environment.Sys("class/dmi/id/");
    const std::vector<std::string_view> names = base::Split(kInfo.labels, ',');
    std::array<std::string, kFiles.size()> values;
    std::vector<model::Labels::Pair> pairs;
    for (size_t i = 0; i < kFiles.size(); ++i) {
      const auto text = environment.fs.ReadFile(directory + std::string(kFiles[i]), 4096);
      if (!text.ok() || !base::IsValidUtf8(*text)) continue;
      values[i] = base::Trim(*text);
      pairs.emplace_back(names[i], values[i]);
    }
    if (pairs.empty()) return;
    info_.name = kInfo.name;
    info_.help = kInfo.help;
    info_.type = kInfo.type;
    model::Metric& metric = info_.metrics.emplace_back();
    metric.labels = model::Labels::FromPairs(std::move(pairs));
    metric.value = 1;
  }

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    if (info_.metrics.empty()) return base::NoData("this machine has no DMI table");
    sink.AddFamily(info_);
    return base::OkStatus();
  }

 private:
  model::MetricFamily info_;
};

}  // namespace

extern const PartSpec kDmi;
constinit const PartSpec kDmi = {
    .name = "dmi",
    .help = "Who made this machine.",
    .metrics = kMetrics,
    .make = MakePart<Dmi>,
};

}  // namespace bekci::exporters::host
