// nvme: model, serial number, firmware and state of NVMe controllers, from /sys/class/nvme.
#include <string>
#include <vector>

#include "exporters/host/attribute_file.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kInfo = {"node_nvme_info", MetricType::kGauge,
                              "Non-numeric data from /sys/class/nvme/<device>, value is always 1.",
                              "device,firmware_revision,model,serial,state"};
constexpr const MetricSpec* kMetrics[] = {&kInfo};
constexpr const char* kAttributes[] = {"firmware_rev", "model", "serial", "state"};
constexpr size_t kMaxOpen = 32;

class Nvme : public Part {
 public:
  explicit Nvme(const HostEnvironment& environment)
      : directory_(environment.Sys("class/nvme")), reader_(environment.fs, kMaxOpen) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    auto names = reader_.fs().ListDirectory(directory_);
    if (!names.ok() && names.status().code() == base::Code::kNotFound) return base::NoData("no NVMe controllers");
    if (!names.ok()) return std::move(names).status();
    if (*names != names_) Rebuild(std::move(*names));
    for (Controller& controller : controllers_) {
      std::string values[std::size(kAttributes)];
      for (size_t i = 0; i < std::size(kAttributes); ++i) reader_.ReadLabel(controller.files[i], &values[i]);
      sink.Add(kInfo, {controller.name, values[0], values[1], values[2], values[3]}, 1);
    }
    return controllers_.empty() ? base::NoData("no NVMe controllers") : base::OkStatus();
  }

 private:
  struct Controller {
    std::string name;
    std::vector<AttributeFile> files;  // as kAttributes
  };

  void Rebuild(std::vector<std::string> names) {
    names_ = std::move(names);
    controllers_.clear();
    for (const std::string& name : names_) {
      Controller controller{name, {}};
      for (const char* attribute : kAttributes) {
        controller.files.emplace_back(reader_, directory_ + "/" + name + "/" + attribute);
      }
      controllers_.push_back(std::move(controller));
    }
  }

  const std::string directory_;
  AttributeReader reader_;
  std::vector<std::string> names_;
  std::vector<Controller> controllers_;
};

}  // namespace

extern const PartSpec kNvme;
constinit const PartSpec kNvme = {
    .name = "nvme",
    .help = "NVMe controllers: model, serial number, firmware, state.",
    .metrics = kMetrics,
    .make = MakePart<Nvme>,
};

}  // namespace bekci::exporters::host
