// filesystem: space, inodes and state of every mounted file system, by statfs(2) on what /proc/1/mounts lists.
//
// Mounts of types that only this kernel answers are asked at once; the others (network, fuse, unknown) through
// MountProber, so a dead server costs its own series, which then say device_error 1, and nothing else.
#include <sys/statfs.h>

#include <algorithm>

#include "agent/base/text.h"
#include "exporters/host/attribute_file.h"
#include "exporters/host/mount_prober.h"
#include "exporters/host/mount_table.h"
#include "exporters/host/name_filter.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr std::string_view kLabels = "device,fstype,mountpoint";
constexpr MetricSpec kSize = {"node_filesystem_size_bytes", MetricType::kGauge, "Filesystem size in bytes.", kLabels};
constexpr MetricSpec kFree = {"node_filesystem_free_bytes", MetricType::kGauge, "Filesystem free space in bytes.",
                              kLabels};
constexpr MetricSpec kAvail = {"node_filesystem_avail_bytes", MetricType::kGauge,
                               "Filesystem space available to non-root users in bytes.", kLabels};
constexpr MetricSpec kFiles = {"node_filesystem_files", MetricType::kGauge, "Filesystem total file nodes.", kLabels};
constexpr MetricSpec kFilesFree = {"node_filesystem_files_free", MetricType::kGauge,
                                   "Filesystem total free file nodes.", kLabels};
constexpr MetricSpec kReadOnly = {"node_filesystem_readonly", MetricType::kGauge, "Filesystem read-only status.",
                                  kLabels};
constexpr MetricSpec kDeviceError = {"node_filesystem_device_error", MetricType::kGauge,
                                     "Whether an error occurred while getting statistics for the given device.",
                                     kLabels};
constexpr const MetricSpec* kMetrics[] = {&kSize, &kFree, &kAvail, &kFiles, &kFilesFree, &kReadOnly, &kDeviceError};

// The defaults are Debian's.
constexpr config::Option kOptions[] = {
    {.key = "mount_points_exclude",
     .type = config::Type::kRegex,
     .default_text = "^/(dev|proc|run|sys|mnt|media|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)",
     .help = "Mount points not to report."},
    {.key = "fs_types_exclude",
     .type = config::Type::kRegex,
     .default_text = "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|"
                     "mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tracefs)$",
     .help = "File system types not to report."},
    {.key = "mount_timeout",
     .type = config::Type::kDuration,
     .default_text = "5s",
     .help = "How long a mount that may hang is waited for, at most half of the round. After that it is reported with "
             "device_error 1 and not asked again until it answers.",
     .min = 0.1,
     .max = 60},
};

constexpr size_t kMaxMounts = 4096;  // a host with more has a mount leak, and this many series say so

class Filesystem : public Part {
 public:
  Filesystem(const HostEnvironment& environment, NameFilter mount_points, NameFilter fs_types, base::Duration timeout)
      : environment_(environment),
        file_(environment.fs, environment.Proc("1/mounts")),
        own_file_(environment.fs, environment.Proc("self/mounts")),
        mount_points_(std::move(mount_points)),
        fs_types_(std::move(fs_types)),
        timeout_(timeout),
        prober_(environment.calls, environment.clock) {}

  static base::Result<std::unique_ptr<Part>> Make(const HostEnvironment& environment, const config::Values& options) {
    ASSIGN_OR_RETURN(NameFilter mount_points, NameFilter::Make("", options.String("mount_points_exclude")));
    ASSIGN_OR_RETURN(NameFilter fs_types, NameFilter::Make("", options.String("fs_types_exclude")));
    return std::unique_ptr<Part>(std::make_unique<Filesystem>(environment, std::move(mount_points), std::move(fs_types),
                                                              options.Duration("mount_timeout")));
  }

  base::Status Collect(FamilySink& sink, base::MonotonicTime deadline) override {
    RETURN_IF_ERROR(ReadTable());
    AskMounts(deadline);
    for (const Target& target : targets_) Emit(target, sink);
    if (malformed_ > 0) {
      return base::Corrupt(path_ + ": " + std::to_string(malformed_) +
                           " lines are no mounts (device, directory, type, "
                           "options)");
    }
    if (mounts_over_limit_) return base::LimitReached(path_ + ": more than " + std::to_string(kMaxMounts) + " mounts");
    return base::OkStatus();
  }

 private:
  struct Target {
    Mount mount;
    std::string path;  // of statfs: below rootfs
    bool local = true;
    base::Status status;
    struct statfs stat = {};
  };

  // PID 1's mounts are the host's; where they may not be seen (hidepid, a container) our own are the next best.
  base::Status ReadTable() {
    if (table_ != nullptr && table_->IsUnchanged()) return base::OkStatus();
    table_ = &file_;
    auto text = file_.Read();
    if (!text.ok()) {
      table_ = &own_file_;
      text = own_file_.Read();
    }
    path_ = table_->path();
    if (!text.ok()) {
      table_ = nullptr;
      return std::move(text).status();
    }
    if (*text == table_text_) return base::OkStatus();  // the table rarely changes; what was made of it is kept
    table_text_ = *text;
    MakeTargets();
    return base::OkStatus();
  }

  void MakeTargets() {
    targets_.clear();
    remote_paths_.clear();
    malformed_ = 0;
    std::vector<Mount> mounts;
    ParseMounts(table_text_, &mounts, &malformed_);
    mounts_over_limit_ = false;
    for (Mount& mount : mounts) {
      mount.mount_point = StripRootfs(environment_.rootfs, mount.mount_point);
      if (!mount_points_.Wants(mount.mount_point) || !fs_types_.Wants(mount.fs_type)) continue;
      mounts_over_limit_ = targets_.size() == kMaxMounts;
      if (mounts_over_limit_) break;
      Target target;
      target.path = environment_.Root(std::string_view(mount.mount_point).substr(mount.mount_point.starts_with('/')));
      target.local = AnswersLocally(mount.fs_type);
      target.mount = {LabelText(mount.device), LabelText(mount.mount_point), std::move(mount.fs_type), mount.read_only};
      if (!target.local) remote_paths_.push_back(target.path);
      targets_.push_back(std::move(target));
    }
    std::sort(remote_paths_.begin(), remote_paths_.end());
    remote_paths_.erase(std::unique(remote_paths_.begin(), remote_paths_.end()), remote_paths_.end());
  }

  void AskMounts(base::MonotonicTime deadline) {
    for (Target& target : targets_) {
      if (target.local) target.status = environment_.calls.StatFs(target.path, &target.stat);
    }
    if (remote_paths_.empty()) return;
    const base::MonotonicTime now = environment_.clock.Monotonic();
    const base::MonotonicTime patience = now + std::min(timeout_, std::max(base::Duration(0), (deadline - now) / 2));
    const auto answers = prober_.Ask(remote_paths_, patience);
    for (size_t i = 0; i < answers.size(); ++i) Log(remote_paths_[i], answers[i]);
    for (Target& target : targets_) {
      if (target.local) continue;
      const auto at = std::lower_bound(remote_paths_.begin(), remote_paths_.end(), target.path);
      const MountProber::Answer& answer = answers[static_cast<size_t>(at - remote_paths_.begin())];
      target.status = answer.status;
      target.stat = answer.stat;
    }
  }

  void Log(const std::string& path, const MountProber::Answer& answer) {
    if (answer.newly_stuck) {
      environment_.log.Warn("mount point does not answer; it is left alone until it does", {{"mountpoint", path}});
    } else if (answer.recovered) {
      environment_.log.Info("mount point answers again", {{"mountpoint", path}});
    }
  }

  static void Emit(const Target& target, FamilySink& sink) {
    const Mount& mount = target.mount;
    const std::string_view labels[] = {mount.device, mount.fs_type, mount.mount_point};
    sink.Add(kDeviceError, labels, target.status.ok() ? 0 : 1);
    if (!target.status.ok()) return;
    const struct statfs& stat = target.stat;
    const double block = static_cast<double>(stat.f_bsize);
    sink.Add(kSize, labels, static_cast<double>(stat.f_blocks) * block);
    sink.Add(kFree, labels, static_cast<double>(stat.f_bfree) * block);
    sink.Add(kAvail, labels, static_cast<double>(stat.f_bavail) * block);
    sink.Add(kFiles, labels, static_cast<double>(stat.f_files));
    sink.Add(kFilesFree, labels, static_cast<double>(stat.f_ffree));
    sink.Add(kReadOnly, labels, mount.read_only ? 1 : 0);
  }

  const HostEnvironment& environment_;
  base::RereadFile file_;
  base::RereadFile own_file_;
  base::RereadFile* table_ = nullptr;  // which of them was read last, and well
  NameFilter mount_points_;
  NameFilter fs_types_;
  const base::Duration timeout_;
  MountProber prober_;

  std::string path_;        // of the table that was read
  std::string table_text_;  // what targets_ was made from
  std::vector<Target> targets_;
  std::vector<std::string> remote_paths_;  // sorted, unique
  size_t malformed_ = 0;
  bool mounts_over_limit_ = false;
};

}  // namespace

extern const PartSpec kFilesystem;
constinit const PartSpec kFilesystem = {
    .name = "filesystem",
    .help = "Space and inodes of mounted file systems.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = Filesystem::Make,
};

}  // namespace bekci::exporters::host
