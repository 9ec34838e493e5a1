// diskstats: reads, writes, discards and flushes per block device, from /proc/diskstats; who made it, from udev.
//
// Source: the kernel's Documentation/admin-guide/iostats.rst. Columns: major, minor, name, then 11 numbers, 15 since
// Linux 4.18 (discards), 17 since 5.5 (flushes). Sectors are 512 bytes whatever the device; times are milliseconds.
#include <array>
#include <map>

#include "exporters/host/name_filter.h"
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"
#include "exporters/host/udev.h"

namespace bekci::exporters::host {
namespace {

constexpr double kSectorBytes = 512;
constexpr double kSecondsPerMillisecond = .001;

struct Column {
  MetricSpec spec;
  double factor;
};
constexpr Column Counter(std::string_view name, std::string_view help, double factor = 1) {
  return {{name, MetricType::kCounter, help, "device"}, factor};
}
constexpr std::array<Column, 17> kColumns = {{
    Counter("node_disk_reads_completed_total", "The total number of reads completed successfully."),
    Counter("node_disk_reads_merged_total", "The total number of reads merged."),
    Counter("node_disk_read_bytes_total", "The total number of bytes read successfully.", kSectorBytes),
    Counter("node_disk_read_time_seconds_total", "The total number of seconds spent by all reads.",
            kSecondsPerMillisecond),
    Counter("node_disk_writes_completed_total", "The total number of writes completed successfully."),
    Counter("node_disk_writes_merged_total", "The number of writes merged."),
    Counter("node_disk_written_bytes_total", "The total number of bytes written successfully.", kSectorBytes),
    Counter("node_disk_write_time_seconds_total", "This is the total number of seconds spent by all writes.",
            kSecondsPerMillisecond),
    {{"node_disk_io_now", MetricType::kGauge, "The number of I/Os currently in progress.", "device"}, 1},
    Counter("node_disk_io_time_seconds_total", "Total seconds spent doing I/Os.", kSecondsPerMillisecond),
    Counter("node_disk_io_time_weighted_seconds_total", "The weighted # of seconds spent doing I/Os.",
            kSecondsPerMillisecond),
    Counter("node_disk_discards_completed_total", "The total number of discards completed successfully."),
    Counter("node_disk_discards_merged_total", "The total number of discards merged."),
    Counter("node_disk_discarded_sectors_total", "The total number of sectors discarded successfully."),
    Counter("node_disk_discard_time_seconds_total", "This is the total number of seconds spent by all discards.",
            kSecondsPerMillisecond),
    Counter("node_disk_flush_requests_total", "The total number of flush requests completed successfully"),
    Counter("node_disk_flush_requests_time_seconds_total",
            "This is the total number of seconds spent by all flush requests.", kSecondsPerMillisecond),
}};
constexpr size_t kAlwaysThere = 11;

constexpr MetricSpec kInfo = {"node_disk_info", MetricType::kGauge, "Info of /sys/block/<block_device>.",
                              "device,major,minor,path,wwn,model,serial,revision"};
constexpr MetricSpec kFilesystemInfo = {"node_disk_filesystem_info", MetricType::kGauge, "Info about disk filesystem.",
                                        "device,type,usage,uuid,version"};
constexpr MetricSpec kMapperInfo = {"node_disk_device_mapper_info", MetricType::kGauge,
                                    "Info about disk device mapper.", "device,name,uuid,vg_name,lv_name,lv_layer"};
constexpr MetricSpec kWriteCache = {"node_disk_ata_write_cache", MetricType::kGauge, "ATA disk has a write cache.",
                                    "device"};
constexpr MetricSpec kWriteCacheEnabled = {"node_disk_ata_write_cache_enabled", MetricType::kGauge,
                                           "ATA disk has its write cache enabled.", "device"};
constexpr MetricSpec kRotationRate = {"node_disk_ata_rotation_rate_rpm", MetricType::kGauge,
                                      "ATA disk rotation rate in RPMs (0 for SSDs).", "device"};
constexpr const MetricSpec* kMetrics[] = {&kColumns[0].spec,   &kColumns[1].spec,  &kColumns[2].spec,
                                          &kColumns[3].spec,   &kColumns[4].spec,  &kColumns[5].spec,
                                          &kColumns[6].spec,   &kColumns[7].spec,  &kColumns[8].spec,
                                          &kColumns[9].spec,   &kColumns[10].spec, &kColumns[11].spec,
                                          &kColumns[12].spec,  &kColumns[13].spec, &kColumns[14].spec,
                                          &kColumns[15].spec,  &kColumns[16].spec, &kInfo,
                                          &kFilesystemInfo,    &kMapperInfo,       &kWriteCache,
                                          &kWriteCacheEnabled, &kRotationRate};

constexpr config::Option kOptions[] = {
    {.key = "device_include", .type = config::Type::kRegex, .help = "Devices to report; not with device_exclude."},
    {.key = "device_exclude",
     .type = config::Type::kRegex,
     .default_text = R"(^(ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$)",
     .help = "Devices not to report: by default partitions, RAM disks and loops."},
};

// Device numbers come and go with hot plugging and snapshots; beyond this the known ones are forgotten.
constexpr size_t kMaxDevices = 1024;

class Diskstats : public Part {
 public:
  Diskstats(const HostEnvironment& environment, NameFilter filter)
      : environment_(environment), file_(environment.fs, environment.Proc("diskstats")), filter_(std::move(filter)) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    ASSIGN_OR_RETURN(const std::string_view text, file_.Read());
    base::LineReader lines(text);
    std::string_view line;
    for (size_t number = 1; lines.Next(&line); ++number) {
      base::FieldReader fields(line);
      const std::string_view major = fields.Next();
      const std::string_view minor = fields.Next();
      const std::string_view device = fields.Next();
      if (device.empty() || !base::ParseUint(major) || !base::ParseUint(minor)) {
        return DamagedLine(file_.path(), number, "expected a device and its numbers");
      }
      if (!filter_.Wants(device)) continue;
      if (!AddNumbers(device, fields, sink))
        return DamagedLine(file_.path(), number, "expected eleven numbers or more");
      AddUdev(device, major, minor, sink);
    }
    return base::OkStatus();
  }

 private:
  static bool AddNumbers(std::string_view device, base::FieldReader& fields, FamilySink& sink) {
    std::array<double, kColumns.size()> values;
    size_t count = 0;
    for (; count < values.size(); ++count) {
      const std::string_view field = fields.Next();
      if (field.empty()) break;
      const auto value = WholeNumber(field);
      if (!value) return false;
      values[count] = *value;
    }
    if (count < kAlwaysThere) return false;
    for (size_t i = 0; i < count; ++i) sink.Add(kColumns[i].spec, {device}, values[i] * kColumns[i].factor);
    return true;
  }

  void AddUdev(std::string_view device, std::string_view major, std::string_view minor, FamilySink& sink) {
    UdevDevice& udev = FindUdev(major, minor);
    udev.Refresh(environment_.fs);
    // What is printed on the disk's label, where a driver knows it.
    const std::string_view scsi_serial = udev.Get("SCSI_IDENT_SERIAL");
    sink.Add(kInfo,
             {device, major, minor, udev.Get("ID_PATH"), udev.Get("ID_WWN"), udev.Get("ID_MODEL"),
              scsi_serial.empty() ? udev.Get("ID_SERIAL_SHORT") : scsi_serial, udev.Get("ID_REVISION")},
             1);
    if (const auto type = udev.Get("ID_FS_TYPE"); !type.empty()) {
      sink.Add(kFilesystemInfo,
               {device, type, udev.Get("ID_FS_USAGE"), udev.Get("ID_FS_UUID"), udev.Get("ID_FS_VERSION")}, 1);
    }
    if (const auto name = udev.Get("DM_NAME"); !name.empty()) {
      sink.Add(
          kMapperInfo,
          {device, name, udev.Get("DM_UUID"), udev.Get("DM_VG_NAME"), udev.Get("DM_LV_NAME"), udev.Get("DM_LV_LAYER")},
          1);
    }
    if (!udev.Get("ID_ATA").empty()) {
      AddAta(kWriteCache, device, udev.Get("ID_ATA_WRITE_CACHE"), sink);
      AddAta(kWriteCacheEnabled, device, udev.Get("ID_ATA_WRITE_CACHE_ENABLED"), sink);
      AddAta(kRotationRate, device, udev.Get("ID_ATA_ROTATION_RATE_RPM"), sink);
    }
  }

  static void AddAta(const MetricSpec& spec, std::string_view device, std::string_view property, FamilySink& sink) {
    if (const auto value = WholeNumber(property)) sink.Add(spec, {device}, *value);
  }

  UdevDevice& FindUdev(std::string_view major, std::string_view minor) {
    key_.assign("b").append(major).append(":").append(minor);
    const auto found = udev_.find(key_);
    if (found != udev_.end()) return found->second;
    if (udev_.size() >= kMaxDevices) udev_.clear();
    return udev_.emplace(key_, UdevDevice(HostEnvironment::Below(environment_.udev_data, key_))).first->second;
  }

  const HostEnvironment& environment_;
  base::RereadFile file_;
  NameFilter filter_;
  std::map<std::string, UdevDevice, std::less<>> udev_;  // by "b254:0"
  std::string key_;
};

base::Result<std::unique_ptr<Part>> MakeDiskstats(const HostEnvironment& environment, const config::Values& options) {
  ASSIGN_OR_RETURN(auto filter, NameFilter::FromOptions(options, "device_include", "device_exclude"));
  return std::unique_ptr<Part>(std::make_unique<Diskstats>(environment, std::move(filter)));
}

}  // namespace

extern const PartSpec kDiskstats;
constinit const PartSpec kDiskstats = {
    .name = "diskstats",
    .help = "Reads, writes, discards and flushes per block device.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = MakeDiskstats,
};

}  // namespace bekci::exporters::host
