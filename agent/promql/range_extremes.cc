// The smallest and largest float of each window, and when it was.
//
// A queue holds the samples that may still become the extreme: a sample that is followed by a better one never will.
// So every sample enters and leaves once, however long the windows are. NaN is only the answer if there is nothing
// else. Of equal extremes the value is the first one's and the time the last one's, as in Prometheus 3.14.
#include <cmath>
#include <vector>

#include "agent/promql/function_kernels.h"
#include "agent/promql/range_window.h"

namespace bekci::promql {
namespace {

// better(a, b): a, the later one, takes the place of b.
template <typename Better>
class ExtremeQueue {
 public:
  ExtremeQueue(const std::vector<double>& values, Better better) : values_(values), better_(better) {}

  // The index of the extreme in the window; its last sample if all are NaN.
  size_t Move(Bounds bounds) {
    if (next_ < bounds.begin) next_ = bounds.begin;
    for (; next_ < bounds.end; ++next_) {
      if (std::isnan(values_[next_])) continue;
      while (queue_.size() > head_ && better_(values_[next_], values_[queue_.back()])) queue_.pop_back();
      queue_.push_back(next_);
    }
    while (head_ < queue_.size() && queue_[head_] < bounds.begin) ++head_;
    if (head_ == queue_.size()) return bounds.end - 1;
    return queue_[head_];
  }

 private:
  const std::vector<double>& values_;
  Better better_;
  std::vector<size_t> queue_;
  size_t head_ = 0;
  size_t next_ = 0;  // first sample that did not enter
};

template <bool kTime, typename Better>
base::Status Extreme(const FunctionCall& call, const RangeInput& in, Better better, SeriesColumn* out) {
  ExtremeQueue<Better> queue(in.samples.values, better);
  ForEachFloatWindow(call, in, 1, call.position(0), [&](size_t step, Bounds bounds) {
    const size_t at = queue.Move(bounds);
    out->SetFloat(step, kTime ? static_cast<double>(in.samples.times[at]) / 1000 : in.samples.values[at]);
  });
  return base::OkStatus();
}

}  // namespace

base::Status RunMinOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  return Extreme<false>(
      call, in, [](double a, double b) { return a < b; }, out);
}
base::Status RunMaxOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  return Extreme<false>(
      call, in, [](double a, double b) { return a > b; }, out);
}
base::Status RunTsOfMinOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  return Extreme<true>(
      call, in, [](double a, double b) { return a <= b; }, out);
}
base::Status RunTsOfMaxOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  return Extreme<true>(
      call, in, [](double a, double b) { return a >= b; }, out);
}

}  // namespace bekci::promql
