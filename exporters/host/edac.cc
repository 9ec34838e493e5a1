// edac: memory errors that the hardware corrected or not, per controller and row, from /sys/devices/system/edac/mc.
//
// Errors that the controller could not assign to a row are reported under csrow="unknown", as node_exporter does.
#include <string>
#include <utility>
#include <vector>

#include "exporters/host/attribute_file.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kCorrectable = {"node_edac_correctable_errors_total", MetricType::kCounter,
                                     "Total correctable memory errors.", "controller"};
constexpr MetricSpec kUncorrectable = {"node_edac_uncorrectable_errors_total", MetricType::kCounter,
                                       "Total uncorrectable memory errors.", "controller"};
constexpr MetricSpec kRowCorrectable = {"node_edac_csrow_correctable_errors_total", MetricType::kCounter,
                                        "Total correctable memory errors for this csrow.", "controller,csrow"};
constexpr MetricSpec kRowUncorrectable = {"node_edac_csrow_uncorrectable_errors_total", MetricType::kCounter,
                                          "Total uncorrectable memory errors for this csrow.", "controller,csrow"};
constexpr const MetricSpec* kMetrics[] = {&kCorrectable, &kUncorrectable, &kRowCorrectable, &kRowUncorrectable};

constexpr size_t kMaxOpen = 32;
constexpr base::Duration kRescanInterval = base::minutes(5);  // controllers come with a driver, at boot

class Edac : public Part {
 public:
  explicit Edac(const HostEnvironment& environment)
      : clock_(environment.clock),
        directory_(environment.Sys("devices/system/edac/mc")),
        reader_(environment.fs, kMaxOpen) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const base::MonotonicTime now = clock_.Monotonic();
    if (now >= next_scan_) {
      Scan();
      next_scan_ = now + kRescanInterval;
    }
    for (Counter& counter : counters_) {
      const auto count = reader_.ReadUint(counter.file);
      if (!count) continue;
      if (counter.row.empty()) {
        sink.Add(*counter.spec, {counter.controller}, static_cast<double>(*count));
      } else {
        sink.Add(*counter.spec, {counter.controller, counter.row}, static_cast<double>(*count));
      }
    }
    return base::OkStatus();
  }

 private:
  struct Counter {
    const MetricSpec* spec;
    std::string controller;
    std::string row;  // empty for the controller's own
    AttributeFile file;
  };

  void Scan() {
    counters_.clear();
    for (const std::string& name : Numbered(directory_, "mc")) {
      const std::string path = directory_ + "/" + name;
      const std::string controller = name.substr(2);
      Add(kCorrectable, controller, "", path + "/ce_count");
      Add(kUncorrectable, controller, "", path + "/ue_count");
      Add(kRowCorrectable, controller, "unknown", path + "/ce_noinfo_count");
      Add(kRowUncorrectable, controller, "unknown", path + "/ue_noinfo_count");
      for (const std::string& row : Numbered(path, "csrow")) {
        Add(kRowCorrectable, controller, row.substr(5), path + "/" + row + "/ce_count");
        Add(kRowUncorrectable, controller, row.substr(5), path + "/" + row + "/ue_count");
      }
    }
  }

  std::vector<std::string> Numbered(const std::string& directory, std::string_view prefix) {
    const auto names = reader_.fs().ListDirectory(directory);
    return names.ok() ? NumberedNames(*names, prefix) : std::vector<std::string>();
  }

  void Add(const MetricSpec& spec, const std::string& controller, std::string row, std::string path) {
    AttributeFile file(reader_, std::move(path));
    if (reader_.ReadUint(file)) counters_.push_back({&spec, controller, std::move(row), std::move(file)});
  }

  base::Clock& clock_;
  const std::string directory_;
  AttributeReader reader_;
  base::MonotonicTime next_scan_;
  std::vector<Counter> counters_;
};

}  // namespace

extern const PartSpec kEdac;
constinit const PartSpec kEdac = {
    .name = "edac",
    .help = "Memory errors, corrected and not.",
    .metrics = kMetrics,
    .make = MakePart<Edac>,
};

}  // namespace bekci::exporters::host
