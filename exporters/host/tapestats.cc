// tapestats: SCSI tape drives: bytes, operations and the time they took, from /sys/class/scsi_tape.
//
// Each drive has several entries there (st0, nst0 and one per mode: st0a ...) with the same numbers; the plain one is
// shown.
#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "exporters/host/attribute_table.h"
#include "exporters/host/device_list.h"
#include "exporters/host/name_filter.h"
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr AttributeRow kRows[] = {
    {"stats/in_flight",
     {"node_tape_io_now", MetricType::kGauge, "The number of I/Os currently outstanding to this device.", "device"}},
    {"stats/io_ns",
     {"node_tape_io_time_seconds_total", MetricType::kCounter,
      "The amount of time spent waiting for all I/O to complete (including read and write). This includes tape "
      "movement commands such as seeking between file or set marks and implicit tape movement such as when rewind on "
      "close tape devices are used.",
      "device"},
     1e-9},
    {"stats/other_cnt",
     {"node_tape_io_others_total", MetricType::kCounter,
      "The number of I/Os issued to the tape drive other than read or write commands. The time taken to complete these "
      "commands uses the following calculation io_time_seconds_total-read_time_seconds_total-write_time_seconds_total",
      "device"}},
    {"stats/read_byte_cnt",
     {"node_tape_read_bytes_total", MetricType::kCounter, "The number of bytes read from the tape drive.", "device"}},
    {"stats/read_cnt",
     {"node_tape_reads_completed_total", MetricType::kCounter, "The number of read requests issued to the tape drive.",
      "device"}},
    {"stats/read_ns",
     {"node_tape_read_time_seconds_total", MetricType::kCounter,
      "The amount of time spent waiting for read requests to complete.", "device"},
     1e-9},
    {"stats/resid_cnt",
     {"node_tape_residual_total", MetricType::kCounter,
      "The number of times during a read or write we found the residual amount to be non-zero. This should mean that a "
      "program is issuing a read larger thean the block size on tape. For write not all data made it to tape.",
      "device"}},
    {"stats/write_byte_cnt",
     {"node_tape_written_bytes_total", MetricType::kCounter, "The number of bytes written to the tape drive.",
      "device"}},
    {"stats/write_cnt",
     {"node_tape_writes_completed_total", MetricType::kCounter,
      "The number of write requests issued to the tape drive.", "device"}},
    {"stats/write_ns",
     {"node_tape_write_time_seconds_total", MetricType::kCounter,
      "The amount of time spent waiting for write requests to complete.", "device"},
     1e-9},
};

constexpr auto kMetrics = [] {
  std::array<const MetricSpec*, std::size(kRows)> metrics{};
  for (size_t i = 0; i < std::size(kRows); ++i) metrics[i] = &kRows[i].spec;
  return metrics;
}();

constexpr config::Option kOptions[] = {
    {.key = "ignored_devices",
     .type = config::Type::kRegex,
     .default_text = "^$",
     .help = "Tape drives not to report."},
};

constexpr size_t kMaxOpen = 10;

class TapeStats : public Part {
 public:
  TapeStats(const HostEnvironment& environment, NameFilter ignored)
      : list_(environment.fs, environment.clock, environment.Sys("class/scsi_tape")),
        reader_(environment.fs, kMaxOpen),
        ignored_(std::move(ignored)) {}

  static base::Result<std::unique_ptr<Part>> Make(const HostEnvironment& environment, const config::Values& options) {
    ASSIGN_OR_RETURN(NameFilter ignored, NameFilter::Make("", options.String("ignored_devices")));
    return std::unique_ptr<Part>(std::make_unique<TapeStats>(environment, std::move(ignored)));
  }

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const auto changed = list_.Refresh();
    if (!changed.ok()) drives_.clear();
    if (!changed.ok()) return changed.status();
    if (*changed) Rebuild();
    base::Status status;
    for (Drive& drive : drives_) {
      const std::string_view labels[] = {drive.name};
      KeepFirst(&status, drive.numbers.Emit(labels, sink));
    }
    return status;
  }

 private:
  struct Drive {
    std::string name;
    AttributeTable numbers;
  };

  void Rebuild() {
    drives_.clear();
    for (const std::string& name : list_.names()) {
      if (DigitsAfter(name, "st").empty() || !ignored_.Wants(name)) continue;
      drives_.push_back({name, AttributeTable(reader_, kRows, list_.Path(name), WhenMissing::kZero, ParseCount)});
    }
  }

  DeviceList list_;
  AttributeReader reader_;
  NameFilter ignored_;
  std::vector<Drive> drives_;
};

}  // namespace

extern const PartSpec kTapestats;
constinit const PartSpec kTapestats = {
    .name = "tapestats",
    .help = "SCSI tape drives.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = TapeStats::Make,
};

}  // namespace bekci::exporters::host
