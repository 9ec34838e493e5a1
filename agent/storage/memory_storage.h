// MemoryStorage: the smallest whole store. Rule unit tests, PromQL scripts and the naive evaluator fill it and read it;
// what lasts is tsdb's.
//
// Samples stand in plain columns, uncompressed; appending follows the same rules as the real store (older is out of
// order, the same time with another value is a duplicate). Series are kept by metric name, in the order of their
// labels. The counter reset hint of a histogram is derived anew, as a store does that keeps it per chunk: gauge stays;
// a counter that continues the histogram before it says "no reset"; whatever begins anew says "unknown". Thread rule:
// any thread; a querier sees the samples committed when it was opened, and holds them alive.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/mutex.h"
#include "agent/storage/storage.h"

namespace bekci::storage {

class MemoryStorage : public Queryable, public Appendable {
 public:
  base::Result<std::unique_ptr<Querier>> OpenQuerier(int64_t min_ms, int64_t max_ms) override;
  std::unique_ptr<Appender> NewAppender() override;
  void Clear();
  size_t series() const;

 private:
  class Reader;
  class Writer;
  struct Column {
    Samples samples;
    uint64_t generation = 0;  // of the table that may write it in place
  };
  using Columns = std::map<model::Labels, std::shared_ptr<Column>>;
  // Written in place while nobody reads it; else a copy is, which shares the columns until it writes them. So filling a
  // store between queries, as rule tests do step by step, costs what is added and not what is there.
  struct Table {
    std::map<std::string, Columns, std::less<>> by_name;  // by metric name
    size_t series = 0;
    uint64_t generation = 1;
    std::atomic<size_t> readers{0};  // rises with the storage's mutex held
  };

  // The reference of a series, which never goes stale. Knows series before they have a sample.
  SeriesRef RefOf(const model::Labels& labels) EXCLUDES(mutex_);
  // Null: there is none of this reference.
  const model::Labels* LabelsOf(SeriesRef ref) const EXCLUDES(mutex_);

  mutable base::Mutex mutex_;
  std::map<model::Labels, SeriesRef> refs_ GUARDED_BY(mutex_);
  std::vector<const model::Labels*> by_ref_ GUARDED_BY(mutex_);  // reference - 1 -> key of refs_
  std::shared_ptr<Table> table_ GUARDED_BY(mutex_) = std::make_shared<Table>();
};

}  // namespace bekci::storage
