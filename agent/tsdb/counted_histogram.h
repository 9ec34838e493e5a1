// CountedHistogram: the smallest native histogram that a test can tell from another: one bucket with `count`
// observations. For tests. Thread rule: a pure function.
#pragma once

#include <memory>

#include "agent/model/native_histogram.h"

namespace bekci::tsdb {

inline std::shared_ptr<const model::NativeHistogram> CountedHistogram(double count) {
  auto histogram = std::make_shared<model::NativeHistogram>();
  histogram->count = count;
  histogram->sum = count * 2;
  histogram->positive_spans = {{0, 1}};
  histogram->positive_buckets = {count};
  return histogram;
}

}  // namespace bekci::tsdb
