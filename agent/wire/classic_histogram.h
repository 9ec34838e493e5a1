// ClassicBuckets: a histogram as the classic buckets that every format knows, whatever form it has in the model.
//
// Classic buckets are taken as they are. A native histogram with custom buckets is a classic one by another name and is
// unfolded. A native histogram with exponential buckets alone has only its +Inf bucket, its sum and its count, which is
// what client_golang writes into text. The +Inf bucket is added where it is missing, with the count.
// Thread rule: one object per thread; memory is kept between histograms.
#pragma once

#include <vector>

#include "agent/model/metric_family.h"

namespace bekci::wire {

class ClassicBuckets {
 public:
  // `metric` must outlive the use of this object for it.
  void Fill(const model::Metric& metric);

  const std::vector<model::BoundValue>& points() const { return points_; }
  double sum() const { return sum_; }
  double count() const { return count_; }
  // The exemplar of bucket i, the first one if there are several, or null.
  const model::Exemplar* ExemplarOf(size_t i) const { return exemplars_.empty() ? nullptr : exemplars_[i]; }

 private:
  void FillCustom(const model::NativeHistogram& native);
  void FillExemplars(const model::Metric& metric);

  std::vector<model::BoundValue> points_;
  std::vector<const model::Exemplar*> exemplars_;  // empty, or one per point
  double sum_ = 0;
  double count_ = 0;
};

}  // namespace bekci::wire
