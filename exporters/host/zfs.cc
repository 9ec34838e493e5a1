// zfs: OpenZFS's caches, its transactions, and per pool its state, IO and datasets, from /proc/spl/kstat/zfs.
//
// Which numbers there are is up to the version of ZFS: each becomes a family of its own name, as in node_exporter.
#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "exporters/host/attribute_file.h"
#include "exporters/host/attribute_table.h"
#include "exporters/host/device_list.h"
#include "exporters/host/part.h"
#include "exporters/host/spec_cache.h"
#include "exporters/host/zfs_kstat.h"

namespace bekci::exporters::host {
namespace {

#define BEKCI_ZFS(name, what, labels) \
  { "node_zfs_" name "_<field>", MetricType::kUntyped, "kstat.zfs.misc." what ".<field>", labels }
// A file of ZFS as a whole: its name, and what its families begin with (the spec's name up to "<field>").
struct Subject {
  std::string_view file;
  MetricSpec families;
};
constexpr Subject kSubjects[] = {
    {"abdstats", BEKCI_ZFS("abd", "abdstats", "")},
    {"arcstats", BEKCI_ZFS("arc", "arcstats", "")},
    {"dbuf_stats", BEKCI_ZFS("dbuf", "dbuf_stats", "")},
    {"dbufstats", BEKCI_ZFS("dbuf", "dbufstats", "")},  // its name since 0.8
    {"dmu_tx", BEKCI_ZFS("dmu_tx", "dmu_tx", "")},
    {"dnodestats", BEKCI_ZFS("dnode", "dnodestats", "")},
    {"fm", BEKCI_ZFS("fm", "fm", "")},
    {"vdev_cache_stats", BEKCI_ZFS("vdev_cache", "vdev_cache_stats", "")},
    {"vdev_mirror_stats", BEKCI_ZFS("vdev_mirror", "vdev_mirror_stats", "")},
    {"xuio_stats", BEKCI_ZFS("xuio", "xuio_stats", "")},
    {"zfetchstats", BEKCI_ZFS("zfetch", "zfetchstats", "")},
    {"zil", BEKCI_ZFS("zil", "zil", "")},
};
constexpr MetricSpec kIo = BEKCI_ZFS("zpool", "io", "zpool");
constexpr MetricSpec kDataset = BEKCI_ZFS("zpool_dataset", "objset", "dataset,zpool");
#undef BEKCI_ZFS
constexpr MetricSpec kState = {"node_zfs_zpool_state", MetricType::kGauge, "kstat.zfs.misc.state", "state,zpool"};
constexpr std::string_view kStates[] = {"online", "degraded", "faulted", "offline", "removed", "unavail"};

constexpr auto kMetrics = [] {
  std::array<const MetricSpec*, std::size(kSubjects) + 2> metrics{};
  size_t next = 0;
  for (const Subject& subject : kSubjects) {
    if (subject.file != "dbuf_stats") metrics[next++] = &subject.families;  // one row for both names of the file
  }
  metrics[next++] = &kIo;
  metrics[next++] = &kDataset;
  metrics[next++] = &kState;
  return metrics;
}();

constexpr size_t kMaxFileBytes = 1 << 20;

// The specs of the families that one kind of file has.
class Families {
 public:
  explicit Families(const MetricSpec& pattern) : pattern_(pattern) {}
  void Rewind() { specs_.Rewind(); }
  const MetricSpec* Find(std::string_view field) {
    return specs_.Find(field, [this](std::string_view key, OwnedSpec* out) { Make(key, out); });
  }

 private:
  static std::string Begin(std::string_view text) { return std::string(text.substr(0, text.find('<'))); }
  void Make(std::string_view key, OwnedSpec* out) const {
    std::string name(key);
    for (char& c : name) c = c == '-' ? '_' : c;
    if (!IsNamePart(name)) return;
    out->name = Begin(pattern_.name) + name;
    out->help = Begin(pattern_.help).append(key);
    out->spec.type = pattern_.type;
    out->spec.labels = pattern_.labels;
  }

  const MetricSpec& pattern_;
  SpecCache specs_;
};

class Zfs : public Part {
 public:
  explicit Zfs(const HostEnvironment& environment)
      : fs_(environment.fs),
        clock_(environment.clock),
        list_(environment.fs, environment.clock, environment.Proc("spl/kstat/zfs")),
        reader_(environment.fs, kMaxOpen),
        io_families_(kIo),
        dataset_families_(kDataset) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime deadline) override {
    const auto changed = list_.Refresh();
    if (!changed.ok()) {
      subjects_.clear();
      pools_.clear();
      return changed.status();
    }
    if (*changed) Rebuild();
    base::Status status;
    for (OpenSubject& subject : subjects_) KeepFirst(&status, EmitSubject(subject, sink));
    for (Pool& pool : pools_) {
      KeepFirst(&status, EmitIo(pool, sink));
      KeepFirst(&status, EmitState(pool, sink));
      KeepFirst(&status, EmitDatasets(pool, deadline, sink));
    }
    return status;
  }

 private:
  static constexpr size_t kMaxOpen = 32;

  struct OpenSubject {
    base::RereadFile file;
    Families families;
  };
  struct Pool {
    std::string name, directory;
    AttributeFile io, state;
    std::vector<std::string> names;       // in its directory
    std::vector<AttributeFile> datasets;  // objset-*
  };

  // Pools have directories beside the files of ZFS as a whole.
  void Rebuild() {
    subjects_.clear();
    pools_.clear();
    const std::vector<std::string>& names = list_.names();
    for (const Subject& subject : kSubjects) {
      if (!std::binary_search(names.begin(), names.end(), subject.file)) continue;
      subjects_.push_back(
          {base::RereadFile(fs_, list_.Path(std::string(subject.file)), kMaxFileBytes), Families(subject.families)});
    }
    for (const std::string& name : names) {
      const std::string path = list_.Path(name);
      const auto info = fs_.Stat(path);
      if (!info.ok() || info->kind != base::FileKind::kDirectory) continue;
      pools_.push_back({LabelText(name), path, {reader_, path + "/io"}, {reader_, path + "/state"}, {}, {}});
    }
  }

  base::Status EmitSubject(OpenSubject& subject, FamilySink& sink) {
    ASSIGN_OR_RETURN(const std::string_view text, subject.file.Read());
    subject.families.Rewind();
    return ParseKstat(subject.file.path(), text, nullptr, [&](std::string_view name, double value) {
      if (const MetricSpec* spec = subject.families.Find(name)) sink.Add(*spec, value);
    });
  }

  // OpenZFS 2.1 has no io of pools any more, versions before 0.8 no state.
  base::Status EmitIo(Pool& pool, FamilySink& sink) {
    const auto text = reader_.Read(pool.io);
    if (!text.ok()) return Unless(base::Code::kNotFound, text.status());
    io_families_.Rewind();
    return ParseKstatIo(pool.io.path(), *text, [&](std::string_view name, double value) {
      if (const MetricSpec* spec = io_families_.Find(name)) sink.Add(*spec, {pool.name}, value);
    });
  }

  base::Status EmitState(Pool& pool, FamilySink& sink) {
    const auto text = reader_.Read(pool.state);
    if (!text.ok()) return Unless(base::Code::kNotFound, text.status());
    std::string now(*text);
    for (char& c : now) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    for (const std::string_view state : kStates) sink.Add(kState, {state, pool.name}, now == state ? 1 : 0);
    return base::OkStatus();
  }

  base::Status EmitDatasets(Pool& pool, base::MonotonicTime deadline, FamilySink& sink) {
    RETURN_IF_ERROR(FindDatasets(&pool));
    base::Status status;
    for (AttributeFile& dataset : pool.datasets) {
      if (clock_.Monotonic() >= deadline) return base::Timeout(pool.directory + ": too many datasets for the time");
      KeepFirst(&status, EmitDataset(pool, dataset, sink));
    }
    return status;
  }

  // Datasets come and go; a pool may be exported between two looks.
  base::Status FindDatasets(Pool* pool) {
    auto names = fs_.ListDirectory(pool->directory);
    if (!names.ok()) return Unless(base::Code::kNotFound, names.status());
    if (*names == pool->names) return base::OkStatus();
    pool->names = std::move(*names);
    pool->datasets.clear();
    for (const std::string& name : pool->names) {
      if (name.starts_with("objset-")) pool->datasets.emplace_back(reader_, pool->directory + "/" + name);
    }
    return base::OkStatus();
  }

  base::Status EmitDataset(const Pool& pool, AttributeFile& file, FamilySink& sink) {
    const auto text = reader_.Read(file);
    if (!text.ok()) return Unless(base::Code::kNotFound, text.status());
    dataset_.clear();
    dataset_families_.Rewind();
    return ParseKstat(file.path(), *text, &dataset_, [&](std::string_view name, double value) {
      if (const MetricSpec* spec = dataset_families_.Find(name)) sink.Add(*spec, {dataset_, pool.name}, value);
    });
  }

  static base::Status Unless(base::Code fine, const base::Status& status) {
    return status.code() == fine ? base::OkStatus() : status;
  }

  base::FileSystem& fs_;
  base::Clock& clock_;
  DeviceList list_;
  AttributeReader reader_;
  std::vector<OpenSubject> subjects_;
  std::vector<Pool> pools_;
  Families io_families_, dataset_families_;
  std::string dataset_;  // the one being read
};

}  // namespace

extern const PartSpec kZfs;
constinit const PartSpec kZfs = {
    .name = "zfs",
    .help = "OpenZFS: caches, transactions, pools and datasets.",
    .metrics = kMetrics,
    .make = MakePart<Zfs>,
};

}  // namespace bekci::exporters::host
