// TextfileStore: what the .prom files of some directories say, kept parsed for as long as they do not change.
//
// Scripts leave files in Prometheus' text format (a backup's age, a RAID controller's state); each round they become
// part of the host's metrics. Looking is one stat per file; a file is read and parsed again only when its time, size or
// inode is new. A file that cannot be used (missing, not text format, timestamps in it, too large) costs only itself
// and is said once, with its line.
//
// Families of one name in several files are one family. As in node_exporter, a file that gives a name another type or
// another help text than an earlier file loses that family; unlike it, a file without HELP joins the others. Files come
// in the order of directories, then names.
//
// Thread rule: one thread at a time.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/model/metric_family.h"

namespace bekci::exporters::host {

class TextfileStore {
 public:
  static constexpr size_t kMaxFileBytes = 8 << 20;
  static constexpr size_t kMaxFiles = 1000;
  static constexpr size_t kMaxSeries = 20'000;  // of all files

  TextfileStore(base::FileSystem& fs, base::Logger& log) : fs_(fs), log_(log) {}

  // Looks at every *.prom file of the directories. `patterns` may hold * ? and [] in any part of the path. A directory
  // that is missing or cannot be listed is an error unless `may_be_missing`.
  void Refresh(const std::vector<std::string>& patterns, bool may_be_missing);

  struct File {
    std::string path;
    int64_t mtime_ns = 0;
  };
  const std::vector<File>& files() const { return good_files_; }  // those read successfully
  const std::vector<model::MetricFamily>& families() const { return families_; }
  bool failed() const { return failed_; }  // a file or directory could not be read

 private:
  struct Entry {
    base::FileInfo info;
    base::Status status;
    std::vector<model::MetricFamily> families;
    size_t series = 0;
    bool seen = false;  // in this refresh
  };

  void RefreshDirectory(const std::string& directory, bool may_be_missing);
  void RefreshFile(const std::string& path);
  base::Status Load(const std::string& path, const base::FileInfo& info, Entry* entry);
  void Report(const std::string& path, const base::Status& before, const base::Status& now);
  void Merge();
  void MergeFamily(const std::string& path, const model::MetricFamily& family,
                   std::map<std::string_view, size_t>* index);

  base::FileSystem& fs_;
  base::Logger& log_;
  std::map<std::string, Entry> entries_;             // by path
  std::map<std::string, base::Status> directories_;  // how listing each went last time
  std::vector<std::string> order_;                   // paths in merge order, of this refresh
  std::vector<std::string> merged_order_;            // that families_ was made from
  std::vector<File> good_files_;
  std::vector<model::MetricFamily> families_;
  bool changed_ = true;
  bool failed_ = false;
  bool too_many_files_ = false;
};

}  // namespace bekci::exporters::host
