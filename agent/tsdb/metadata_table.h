// MetadataTable: what HELP, TYPE and UNIT said of each metric, in memory, for those who describe metrics to people.
//
// Thread rule: any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/mutex.h"
#include "agent/storage/storage.h"

namespace bekci::tsdb {

class MetadataTable {
 public:
  // More metrics than any host has; what comes after is not described.
  static constexpr size_t kMaxMetrics = 100'000;

  // Whether that was new.
  bool Set(std::string_view metric, const storage::MetricMetadata& metadata) {
    base::MutexLock lock(mutex_);
    const auto found = table_.find(metric);
    if (found == table_.end()) return table_.size() < kMaxMetrics && table_.emplace(metric, metadata).second;
    if (found->second == metadata) return false;
    found->second = metadata;
    return true;
  }
  std::vector<std::pair<std::string, storage::MetricMetadata>> Get(std::string_view metric, size_t limit) const {
    base::MutexLock lock(mutex_);
    std::vector<std::pair<std::string, storage::MetricMetadata>> out;
    if (!metric.empty()) {
      if (const auto found = table_.find(metric); found != table_.end()) out.emplace_back(*found);
      return out;
    }
    for (const auto& entry : table_) {
      if (limit != 0 && out.size() == limit) break;
      out.emplace_back(entry);
    }
    return out;
  }

 private:
  mutable base::Mutex mutex_;
  std::map<std::string, storage::MetricMetadata, std::less<>> table_ GUARDED_BY(mutex_);
};

}  // namespace bekci::tsdb
