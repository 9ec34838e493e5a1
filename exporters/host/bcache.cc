// bcache: block devices cached on faster ones, from /sys/fs/bcache: per cache set (a UUID), per backing device (bdev0)
// and per cache device (cache0).
//
// A number that the kernel does not have is shown as 0, as node_exporter does.
#include <array>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/text.h"
#include "exporters/host/attribute_table.h"
#include "exporters/host/bcache_value.h"
#include "exporters/host/device_list.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec Gauge(std::string_view name, std::string_view help, std::string_view labels) {
  return {name, MetricType::kGauge, help, labels};
}
constexpr MetricSpec Counter(std::string_view name, std::string_view help, std::string_view labels) {
  return {name, MetricType::kCounter, help, labels};
}

constexpr char kSet[] = "uuid";
constexpr AttributeRow kSetRows[] = {
    {"average_key_size",
     Gauge("node_bcache_average_key_size_sectors", "Average data per key in the btree (sectors).", kSet)},
    {"btree_cache_size",
     Gauge("node_bcache_btree_cache_size_bytes", "Amount of memory currently used by the btree cache.", kSet)},
    {"cache_available_percent",
     Gauge("node_bcache_cache_available_percent",
           "Percentage of cache device without dirty data, usable for writeback (may contain clean cached data).",
           kSet)},
    {"congested", Gauge("node_bcache_congested", "Congestion.", kSet)},
    {"root_usage_percent", Gauge("node_bcache_root_usage_percent",
                                 "Percentage of the root btree node in use (tree depth increases if too high).", kSet)},
    {"tree_depth", Gauge("node_bcache_tree_depth", "Depth of the btree.", kSet)},
    {"internal/active_journal_entries",
     Gauge("node_bcache_active_journal_entries", "Number of journal entries that are newer than the index.", kSet)},
    {"internal/btree_nodes", Gauge("node_bcache_btree_nodes", "Total nodes in the btree.", kSet)},
    // The file's name says microseconds; its number is nanoseconds.
    {"internal/btree_read_average_duration_us",
     Gauge("node_bcache_btree_read_average_duration_seconds", "Average btree read duration.", kSet), 1e-9},
    {"internal/cache_read_races",
     Counter("node_bcache_cache_read_races_total",
             "Counts instances where while data was being read from the cache, the bucket was reused and invalidated - "
             "i.e. where the pointer was stale after the read completed.",
             kSet)},
};

constexpr char kBacking[] = "backing_device,uuid";
constexpr AttributeRow kBackingRows[] = {
    {"dirty_data",
     Gauge("node_bcache_dirty_data_bytes", "Amount of dirty data for this backing device in the cache.", kBacking)},
    {"stats_total/bypassed", Counter("node_bcache_bypassed_bytes_total",
                                     "Amount of IO (both reads and writes) that has bypassed the cache.", kBacking)},
    {"stats_total/cache_hits",
     Counter("node_bcache_cache_hits_total", "Hits counted per individual IO as bcache sees them.", kBacking)},
    {"stats_total/cache_misses",
     Counter("node_bcache_cache_misses_total", "Misses counted per individual IO as bcache sees them.", kBacking)},
    {"stats_total/cache_bypass_hits",
     Counter("node_bcache_cache_bypass_hits_total", "Hits for IO intended to skip the cache.", kBacking)},
    {"stats_total/cache_bypass_misses",
     Counter("node_bcache_cache_bypass_misses_total", "Misses for IO intended to skip the cache.", kBacking)},
    {"stats_total/cache_miss_collisions",
     Counter("node_bcache_cache_miss_collisions_total",
             "Instances where data insertion from cache miss raced with write (data already present).", kBacking)},
    {"stats_total/cache_readaheads",
     Counter("node_bcache_cache_readaheads_total", "Count of times readahead occurred.", kBacking)},
};

// Lines "rate:\t\t1.1M/sec" of writeback_rate_debug.
struct DebugRow {
  std::string_view key;
  std::string_view unit;  // after the number
  MetricSpec spec;
};
constexpr DebugRow kDebugRows[] = {
    {"rate:", "/sec",
     Gauge("node_bcache_writeback_rate", "Current writeback rate for this backing device in bytes.", kBacking)},
    {"target:", "",
     Gauge("node_bcache_dirty_target_bytes", "Current dirty data target threshold for this backing device in bytes.",
           kBacking)},
    {"proportional:", "",
     Gauge("node_bcache_writeback_rate_proportional_term",
           "Current result of proportional controller, part of writeback rate", kBacking)},
    {"integral:", "",
     Gauge("node_bcache_writeback_rate_integral_term", "Current result of integral controller, part of writeback rate",
           kBacking)},
    {"change:", "/sec",
     Gauge("node_bcache_writeback_change", "Last writeback rate change step for this backing device.", kBacking)},
};

constexpr char kCache[] = "cache_device,uuid";
constexpr AttributeRow kCacheRows[] = {
    {"io_errors",
     Gauge("node_bcache_io_errors", "Number of errors that have occurred, decayed by io_error_halflife.", kCache)},
    {"metadata_written", Counter("node_bcache_metadata_written_bytes_total",
                                 "Sum of all non data writes (btree writes and all other metadata).", kCache)},
    {"written",
     Counter("node_bcache_written_bytes_total", "Sum of all data that has been written to the cache.", kCache)},
};

// Lines "Unused:\t\t99%" of priority_stats.
constexpr DebugRow kPriorityRows[] = {
    {"Unused:", "%",
     Gauge("node_bcache_priority_stats_unused_percent", "The percentage of the cache that doesn't contain any data.",
           kCache)},
    {"Metadata:", "%", Gauge("node_bcache_priority_stats_metadata_percent", "Bcache's metadata overhead.", kCache)},
};

constexpr auto kMetrics = [] {
  std::array<const MetricSpec*, std::size(kSetRows) + std::size(kBackingRows) + std::size(kDebugRows) +
                                    std::size(kCacheRows) + std::size(kPriorityRows)>
      metrics{};
  size_t next = 0;
  for (const AttributeRow& row : kSetRows) metrics[next++] = &row.spec;
  for (const AttributeRow& row : kBackingRows) metrics[next++] = &row.spec;
  for (const DebugRow& row : kDebugRows) metrics[next++] = &row.spec;
  for (const AttributeRow& row : kCacheRows) metrics[next++] = &row.spec;
  for (const DebugRow& row : kPriorityRows) metrics[next++] = &row.spec;
  return metrics;
}();

constexpr config::Option kOptions[] = {
    {.key = "priority_stats",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "Report how much of each cache device is unused and metadata; the kernel walks and sorts all of its "
             "buckets for it."},
};

constexpr size_t kMaxOpen = 24;

class Bcache : public Part {
 public:
  Bcache(const HostEnvironment& environment, const config::Values& options)
      : list_(environment.fs, environment.clock, environment.Sys("fs/bcache")),
        reader_(environment.fs, kMaxOpen),
        priority_stats_(options.Bool("priority_stats")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const auto changed = list_.Refresh();
    if (!changed.ok()) {  // node_exporter calls this a success: the module is simply not loaded
      sets_.clear();
      return changed.status().code() == base::Code::kNoData ? base::OkStatus() : changed.status();
    }
    if (*changed) Rebuild();
    base::Status status;
    for (Set& set : sets_) KeepFirst(&status, Emit(set, sink));
    return status;
  }

 private:
  // A backing or a cache device of a set.
  struct Device {
    std::string name;
    AttributeTable numbers;
    AttributeFile lines;
  };
  struct Set {
    std::string uuid;
    std::vector<std::string> names;  // in its directory
    AttributeTable numbers;
    std::vector<Device> backing, caches;
  };

  void Rebuild() {
    sets_.clear();
    for (const std::string& name : list_.names()) {
      if (name.find('-') == std::string::npos) continue;  // "register" and other controls
      sets_.push_back({name, {}, Table(kSetRows, list_.Path(name)), {}, {}});
    }
  }

  AttributeTable Table(std::span<const AttributeRow> rows, const std::string& directory) {
    return AttributeTable(reader_, rows, directory, WhenMissing::kZero, ParseBcacheSize);
  }

  base::Status Emit(Set& set, FamilySink& sink) {
    RETURN_IF_ERROR(FindDevices(&set));
    const std::string_view uuid[] = {set.uuid};
    base::Status status = set.numbers.Emit(uuid, sink);
    for (Device& device : set.backing) {
      const std::string_view labels[] = {device.name, set.uuid};
      KeepFirst(&status, device.numbers.Emit(labels, sink));
      KeepFirst(&status, EmitLines(device, kDebugRows, labels, sink));
    }
    for (Device& device : set.caches) {
      const std::string_view labels[] = {device.name, set.uuid};
      KeepFirst(&status, device.numbers.Emit(labels, sink));
      if (priority_stats_) KeepFirst(&status, EmitLines(device, kPriorityRows, labels, sink));
    }
    return status;
  }

  // Devices are attached to a set and detached while it runs.
  base::Status FindDevices(Set* set) {
    const std::string directory = list_.Path(set->uuid);
    auto names = reader_.fs().ListDirectory(directory);
    if (!names.ok()) return std::move(names).status();
    if (*names == set->names) return base::OkStatus();
    set->names = std::move(*names);
    set->backing.clear();
    set->caches.clear();
    for (const std::string& name : NumberedNames(set->names, "bdev")) {
      const std::string path = directory + "/" + name;
      set->backing.push_back({name, Table(kBackingRows, path), {reader_, path + "/writeback_rate_debug"}});
    }
    for (const std::string& name : NumberedNames(set->names, "cache")) {
      const std::string path = directory + "/" + name;
      set->caches.push_back({name, Table(kCacheRows, path), {reader_, path + "/priority_stats"}});
    }
    return base::OkStatus();
  }

  // A line that is not there is 0, like a file that is not there.
  base::Status EmitLines(Device& device, std::span<const DebugRow> rows, std::span<const std::string_view> labels,
                         FamilySink& sink) {
    ASSIGN_OR_RETURN(const std::string_view text, reader_.Read(device.lines));
    for (const DebugRow& row : rows) {
      std::string_view value = ValueOf(text, row.key);
      if (value.ends_with(row.unit)) value.remove_suffix(row.unit.size());
      const auto number = value.empty() ? 0 : ParseSignedBcacheSize(value);
      if (!number) return base::Corrupt(device.lines.path() + ": " + std::string(row.key) + " is no number");
      sink.Add(row.spec, labels, *number);
    }
    return base::OkStatus();
  }

  static std::string_view ValueOf(std::string_view text, std::string_view key) {
    base::LineReader lines(text);
    std::string_view line;
    while (lines.Next(&line)) {
      if (line.starts_with(key)) return base::Trim(line.substr(key.size()));
    }
    return {};
  }

  DeviceList list_;
  AttributeReader reader_;
  const bool priority_stats_;
  std::vector<Set> sets_;
};

}  // namespace

extern const PartSpec kBcache;
constinit const PartSpec kBcache = {
    .name = "bcache",
    .help = "Block devices cached on faster ones (bcache).",
    .metrics = kMetrics,
    .options = kOptions,
    .make = MakePartWithOptions<Bcache>,
};

}  // namespace bekci::exporters::host
