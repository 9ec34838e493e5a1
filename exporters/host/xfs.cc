// xfs: what each mounted XFS file system did: allocation, B-trees, directories, inode cache, reads and writes.
//
// Source: /sys/fs/xfs/<device>/stats/stats, explained at https://xfs.org/index.php/Runtime_Stats. The kernel counts in
// 32 bits and wraps around; rate() takes that for a restart of the counter.
#include <array>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "exporters/host/attribute_table.h"
#include "exporters/host/counter_lines.h"
#include "exporters/host/device_list.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr CounterLine kLines[] = {
    {"extent_alloc", 4, 4}, {"abt", 4, 4}, {"blk_map", 7, 7}, {"bmbt", 4, 4},
    {"dir", 4, 4},          {"ig", 7, 7},  {"rw", 2, 2},      {"vnodes", 7, 7},
};

struct Row {
  size_t line;  // of kLines
  size_t column;
  MetricSpec spec;
};
constexpr MetricSpec Counter(std::string_view name, std::string_view help) {
  return {name, MetricType::kCounter, help, "device"};
}
constexpr Row kRows[] = {
    {0, 0,
     Counter("node_xfs_extent_allocation_extents_allocated_total", "Number of extents allocated for a filesystem.")},
    {0, 1,
     Counter("node_xfs_extent_allocation_blocks_allocated_total", "Number of blocks allocated for a filesystem.")},
    {0, 2, Counter("node_xfs_extent_allocation_extents_freed_total", "Number of extents freed for a filesystem.")},
    {0, 3, Counter("node_xfs_extent_allocation_blocks_freed_total", "Number of blocks freed for a filesystem.")},
    {1, 0, Counter("node_xfs_allocation_btree_lookups_total", "Number of allocation B-tree lookups for a filesystem.")},
    {1, 1,
     Counter("node_xfs_allocation_btree_compares_total", "Number of allocation B-tree compares for a filesystem.")},
    {1, 2,
     Counter("node_xfs_allocation_btree_records_inserted_total",
             "Number of allocation B-tree records inserted for a filesystem.")},
    {1, 3,
     Counter("node_xfs_allocation_btree_records_deleted_total",
             "Number of allocation B-tree records deleted for a filesystem.")},
    {2, 0, Counter("node_xfs_block_mapping_reads_total", "Number of block map for read operations for a filesystem.")},
    {2, 1,
     Counter("node_xfs_block_mapping_writes_total", "Number of block map for write operations for a filesystem.")},
    {2, 2, Counter("node_xfs_block_mapping_unmaps_total", "Number of block unmaps (deletes) for a filesystem.")},
    {2, 3,
     Counter("node_xfs_block_mapping_extent_list_insertions_total",
             "Number of extent list insertions for a filesystem.")},
    {2, 4,
     Counter("node_xfs_block_mapping_extent_list_deletions_total",
             "Number of extent list deletions for a filesystem.")},
    {2, 5,
     Counter("node_xfs_block_mapping_extent_list_lookups_total", "Number of extent list lookups for a filesystem.")},
    {2, 6,
     Counter("node_xfs_block_mapping_extent_list_compares_total", "Number of extent list compares for a filesystem.")},
    {3, 0, Counter("node_xfs_block_map_btree_lookups_total", "Number of block map B-tree lookups for a filesystem.")},
    {3, 1, Counter("node_xfs_block_map_btree_compares_total", "Number of block map B-tree compares for a filesystem.")},
    {3, 2,
     Counter("node_xfs_block_map_btree_records_inserted_total",
             "Number of block map B-tree records inserted for a filesystem.")},
    {3, 3,
     Counter("node_xfs_block_map_btree_records_deleted_total",
             "Number of block map B-tree records deleted for a filesystem.")},
    {4, 0,
     Counter("node_xfs_directory_operation_lookup_total",
             "Number of file name directory lookups which miss the operating systems directory name lookup cache.")},
    {4, 1,
     Counter("node_xfs_directory_operation_create_total",
             "Number of times a new directory entry was created for a filesystem.")},
    {4, 2,
     Counter("node_xfs_directory_operation_remove_total",
             "Number of times an existing directory entry was created for a filesystem.")},
    {4, 3,
     Counter("node_xfs_directory_operation_getdents_total",
             "Number of times the directory getdents operation was performed for a filesystem.")},
    {5, 0,
     Counter("node_xfs_inode_operation_attempts_total",
             "Number of times the OS looked for an XFS inode in the inode cache.")},
    {5, 1,
     Counter("node_xfs_inode_operation_found_total",
             "Number of times the OS looked for and found an XFS inode in the inode cache.")},
    {5, 2,
     Counter("node_xfs_inode_operation_recycled_total",
             "Number of times the OS found an XFS inode in the cache, but could not use it as it was being recycled.")},
    {5, 3,
     Counter("node_xfs_inode_operation_missed_total",
             "Number of times the OS looked for an XFS inode in the cache, but did not find it.")},
    {5, 4,
     Counter("node_xfs_inode_operation_duplicates_total",
             "Number of times the OS tried to add a missing XFS inode to the inode cache, but found it had already "
             "been added by another process.")},
    {5, 5,
     Counter("node_xfs_inode_operation_reclaims_total",
             "Number of times the OS reclaimed an XFS inode from the inode cache to free memory for another purpose.")},
    {5, 6,
     Counter("node_xfs_inode_operation_attribute_changes_total",
             "Number of times the OS explicitly changed the attributes of an XFS inode.")},
    {6, 0, Counter("node_xfs_write_calls_total", "Number of write(2) system calls made to files in a filesystem.")},
    {6, 1, Counter("node_xfs_read_calls_total", "Number of read(2) system calls made to files in a filesystem.")},
    {7, 0, Counter("node_xfs_vnode_active_total", "Number of vnodes not on free lists for a filesystem.")},
    {7, 1, Counter("node_xfs_vnode_allocate_total", "Number of times vn_alloc called for a filesystem.")},
    {7, 2, Counter("node_xfs_vnode_get_total", "Number of times vn_get called for a filesystem.")},
    {7, 3, Counter("node_xfs_vnode_hold_total", "Number of times vn_hold called for a filesystem.")},
    {7, 4, Counter("node_xfs_vnode_release_total", "Number of times vn_rele called for a filesystem.")},
    {7, 5, Counter("node_xfs_vnode_reclaim_total", "Number of times vn_reclaim called for a filesystem.")},
    {7, 6, Counter("node_xfs_vnode_remove_total", "Number of times vn_remove called for a filesystem.")},
};

constexpr auto kMetrics = [] {
  std::array<const MetricSpec*, std::size(kRows)> metrics{};
  for (size_t i = 0; i < std::size(kRows); ++i) metrics[i] = &kRows[i].spec;
  return metrics;
}();

constexpr size_t kMaxOpen = 16;

class Xfs : public Part {
 public:
  explicit Xfs(const HostEnvironment& environment)
      : list_(environment.fs, environment.clock, environment.Sys("fs/xfs")),
        reader_(environment.fs, kMaxOpen),
        lines_(kLines) {}

  // Without XFS nothing is reported, and node_exporter calls that a success.
  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const auto changed = list_.Refresh();
    if (!changed.ok()) {
      volumes_.clear();
      return changed.status().code() == base::Code::kNoData ? base::OkStatus() : changed.status();
    }
    if (*changed) Rebuild();
    base::Status status;
    for (Volume& volume : volumes_) KeepFirst(&status, Emit(volume, sink));
    return status;
  }

 private:
  struct Volume {
    std::string device;
    AttributeFile file;
  };

  // Beside the file systems' directories there are "stats" and "error" of all of them.
  void Rebuild() {
    volumes_.clear();
    for (const std::string& name : list_.names()) {
      const std::string path = list_.Path(name) + "/stats/stats";
      if (reader_.fs().Exists(path)) volumes_.push_back({name, {reader_, path}});
    }
  }

  base::Status Emit(Volume& volume, FamilySink& sink) {
    const auto text = reader_.Read(volume.file);
    if (!text.ok() && text.status().code() == base::Code::kNotFound) return base::OkStatus();  // unmounted just now
    if (!text.ok()) return text.status();
    RETURN_IF_ERROR(lines_.Parse(volume.file.path(), *text));
    for (const Row& row : kRows) sink.Add(row.spec, {volume.device}, lines_.At(row.line, row.column));
    return base::OkStatus();
  }

  DeviceList list_;
  AttributeReader reader_;
  CounterLines lines_;
  std::vector<Volume> volumes_;
};

}  // namespace

extern const PartSpec kXfs;
constinit const PartSpec kXfs = {
    .name = "xfs",
    .help = "What mounted XFS file systems did.",
    .metrics = kMetrics,
    .make = MakePart<Xfs>,
};

}  // namespace bekci::exporters::host
