// mdadm: software RAID arrays, from /proc/mdstat.
#include <iterator>
#include <string>
#include <vector>

#include "agent/base/text.h"
#include "exporters/host/mdstat.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kState = {"node_md_state", MetricType::kGauge, "Indicates the state of md-device.",
                               "device,state"};
constexpr MetricSpec kDisks = {"node_md_disks", MetricType::kGauge, "Number of active/failed/spare disks of device.",
                               "device,state"};
constexpr MetricSpec kDisksRequired = {"node_md_disks_required", MetricType::kGauge, "Total number of disks of device.",
                                       "device"};
constexpr MetricSpec kBlocks = {"node_md_blocks", MetricType::kGauge, "Total number of blocks on device.", "device"};
constexpr MetricSpec kBlocksSynced = {"node_md_blocks_synced", MetricType::kGauge, "Number of blocks synced on device.",
                                      "device"};
constexpr const MetricSpec* kMetrics[] = {&kState, &kDisks, &kDisksRequired, &kBlocks, &kBlocksSynced};
constexpr std::string_view kStates[] = {"active", "inactive", "recovering", "resync", "check"};

class Mdadm : public Part {
 public:
  explicit Mdadm(const HostEnvironment& environment) : file_(environment.fs, environment.Proc("mdstat")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const auto text = file_.Read();
    if (!text.ok() && text.status().code() == base::Code::kNotFound) return base::NoData("no software RAID");
    if (!text.ok()) return text.status();
    arrays_.clear();
    std::vector<std::string> problems;
    ParseMdstat(*text, &arrays_, &problems);
    for (const MdArray& array : arrays_) Emit(array, sink);
    if (problems.empty()) return base::OkStatus();
    return base::Corrupt(file_.path() + ": " + base::Join(problems, "; "));
  }

 private:
  static void Emit(const MdArray& array, FamilySink& sink) {
    for (const std::string_view state : kStates) {
      sink.Add(kState, {array.name, state}, array.state == state ? 1 : 0);
    }
    sink.Add(kDisks, {array.name, "active"}, array.disks_active);
    sink.Add(kDisks, {array.name, "failed"}, array.disks_failed);
    sink.Add(kDisks, {array.name, "spare"}, array.disks_spare);
    sink.Add(kDisksRequired, {array.name}, array.disks_required);
    sink.Add(kBlocks, {array.name}, array.blocks);
    sink.Add(kBlocksSynced, {array.name}, array.blocks_synced);
  }

  base::RereadFile file_;
  std::vector<MdArray> arrays_;
};

}  // namespace

extern const PartSpec kMdadm;
constinit const PartSpec kMdadm = {
    .name = "mdadm",
    .help = "Software RAID arrays.",
    .metrics = kMetrics,
    .make = MakePart<Mdadm>,
};

}  // namespace bekci::exporters::host
