// Aggregations: vectors to vectors with fewer labels, or fewer elements.
//
// Elements arrive one column after the other, in the order of the vector; each is folded into its group's arrays at
// once, all steps together, and can then be forgotten. At each step a group has taken its elements in the same order as
// Prometheus takes them, so that floating point sums are equal. topk and its like need all elements of a step at once:
// they are in selection.h, and quantile in aggregation_quantile.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/histogram_arithmetic.h"
#include "agent/promql/annotations.h"
#include "agent/promql/ast.h"
#include "agent/promql/columns.h"

namespace bekci::promql {

// Which group an element falls into: what by() or without() leaves of its labels.
class Grouping {
 public:
  // `names` as written.
  Grouping(bool without, std::vector<std::string> names);
  model::Labels Of(const model::Labels& labels) const;
  // The number of the group; numbers begin at 0 in the order of arrival.
  size_t Group(const model::Labels& labels);
  size_t groups() const { return labels_.size(); }
  const model::Labels& labels(size_t group) const { return *labels_[group]; }

 private:
  bool without_;
  std::vector<std::string> names_;
  std::unordered_map<model::Labels, size_t> numbers_;
  std::vector<const model::Labels*> labels_;  // keys of numbers_
};

// What one group has gathered, for one kind of aggregation.
class Fold {
 public:
  virtual ~Fold() = default;
  virtual void Add(const SeriesColumn& column) = 0;
  // To `out`, which has all steps absent.
  virtual void Finish(SeriesColumn* out) = 0;
};

// What is told to the user, once for all groups.
struct FoldNotes {
  bool histogram_ignored = false;
  bool mixed = false;  // floats and histograms in a group: no result
  bool reset_collision = false;
  bool bounds_reconciled = false;
  std::vector<std::string> mixed_schemas;  // metric names
  void MixSchemas(std::string_view metric);
  void Annotate(AggregateOp op, PositionRange position, Annotations* annotations) const;
};

// For sum, avg, min, max, count, group, stddev, stdvar. `notes` must outlive it.
std::unique_ptr<Fold> MakeFold(AggregateOp op, size_t steps, FoldNotes* notes);
// Sums and averages of histograms: the part of MakeFold's that deals with them.
class HistogramFold {
 public:
  HistogramFold(bool average, FoldNotes* notes) : average_(average), notes_(notes) {}
  // `steps` of all; the histogram stands at `step`.
  void Add(const SeriesColumn& column, size_t step, size_t steps);
  bool empty() const { return totals_.empty(); }
  // Null: none, or none that could be brought together.
  HistogramPtr Result(size_t step) const;

 private:
  struct Total {
    std::unique_ptr<model::CompensatedHistogram> sum;  // or the running mean
    double count = 0;
    bool incremental = false;
    bool broken = false;
  };
  void AddToMean(const model::NativeHistogram& histogram, Total* total, std::string_view metric);
  bool AddTo(const model::NativeHistogram& histogram, Total* total, std::string_view metric);

  bool average_;
  FoldNotes* notes_;
  std::vector<Total> totals_;  // by step; empty while there was none
};

}  // namespace bekci::promql
