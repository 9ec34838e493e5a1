#include "agent/notify/escalation/escalation_metrics.h"

#include <algorithm>

namespace bekci::notify::escalation {

void Histogram::Observe(double value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  ++counts_[static_cast<size_t>(bucket - bounds_.begin())];
  sum_ += value;
  ++count_;
}

Histogram AckHistogram() {
  return Histogram({30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400});
}

Histogram LatenessHistogram() {
  return Histogram({0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 600, 3600});
}

}  // namespace bekci::notify::escalation
