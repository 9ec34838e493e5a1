// histogram_quantile, histogram_quantiles and histogram_fraction, of native histograms and of classic ones.
//
// A classic histogram is a set of series that differ in the label le alone. Which series belong together and in which
// order is found once for all steps; a step then gathers the counts of the buckets it has. Where a classic and a native
// histogram of the same labels meet in a step, neither is looked at.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/base/text.h"
#include "agent/model/histogram_statistics.h"
#include "agent/promql/annotation_texts.h"
#include "agent/promql/classic_buckets.h"
#include "agent/promql/function_kernels.h"

namespace bekci::promql {
namespace {

constexpr std::string_view kBucketLabel = "le";

struct BucketColumn {
  double bound = 0;
  const SeriesColumn* column = nullptr;
};

// What goes by one set of labels.
struct Group {
  model::Labels labels;
  std::vector<BucketColumn> buckets;     // by bound
  const SeriesColumn* native = nullptr;  // may hold floats at other steps
};

bool HoldsFloat(const SeriesColumn& column) {
  return std::any_of(column.kinds.begin(), column.kinds.end(), [](StepKind kind) { return kind == StepKind::kFloat; });
}

class Grouping {
 public:
  Grouping(const FunctionCall& call, size_t vector_arg) : call_(call), position_(call.position(vector_arg)) {
    for (const SeriesColumn& column : call.columns(vector_arg)) {
      if (column.has_histograms()) GroupOf(column.labels).native = &column;
      if (HoldsFloat(column)) AddBuckets(column);
    }
    for (Group& group : groups_) {
      std::stable_sort(group.buckets.begin(), group.buckets.end(),
                       [](const BucketColumn& a, const BucketColumn& b) { return a.bound < b.bound; });
    }
  }

  const std::vector<Group>& groups() const { return groups_; }

 private:
  void AddBuckets(const SeriesColumn& column) {
    const std::string_view le = column.labels.Get(kBucketLabel);
    if (const auto bound = base::ParseDouble(le)) {
      GroupOf(column.labels.Without(kBucketLabel)).buckets.push_back({*bound, &column});
    } else {
      call_.annotations->Warn(BadBucketLabelText(le, column.labels.Get(model::kMetricName)), position_);
    }
  }

  Group& GroupOf(const model::Labels& labels) {
    const auto [entry, inserted] = index_.try_emplace(labels, groups_.size());
    if (inserted) groups_.emplace_back().labels = labels;
    return groups_[entry->second];
  }

  const FunctionCall& call_;
  PositionRange position_;
  std::vector<Group> groups_;
  std::unordered_map<model::Labels, size_t> index_;
};

// Evaluates every group at every step with what `Rule` says of classic buckets and of native histograms; each gives
// `width` numbers, and so many columns come of a group.
template <typename Rule>
class GroupRun {
 public:
  GroupRun(const FunctionCall& call, size_t vector_arg, size_t width, Rule& rule)
      : call_(call), position_(call.position(vector_arg)), width_(width), rule_(rule), values_(width) {}

  // Columns of `group`, in the order of the numbers.
  Columns Evaluate(const Group& group) {
    Columns columns(width_);
    for (SeriesColumn& column : columns) {
      column.labels = group.labels;
      column.Reset(call_.grid.count);
    }
    const std::string_view metric = group.labels.Get(model::kMetricName);
    for (size_t step = 0; step < call_.grid.count; ++step) {
      const bool native = group.native != nullptr && group.native->is_histogram(step);
      GatherBuckets(group, step);
      if (native && !buckets_.empty()) {
        call_.annotations->Warn(MixedClassicNativeText(metric), position_);
        continue;
      }
      if (native) {
        rule_.Native(step, *group.native->histograms[step], metric, values_);
      } else if (!buckets_.empty()) {
        JoinEqualBounds(&buckets_);
        rule_.Classic(step, &buckets_, metric, values_);
      } else {
        continue;
      }
      for (size_t i = 0; i < width_; ++i) columns[i].SetFloat(step, values_[i]);
    }
    return columns;
  }

 private:
  void GatherBuckets(const Group& group, size_t step) {
    buckets_.clear();
    for (const BucketColumn& bucket : group.buckets) {
      if (bucket.column->is_float(step)) buckets_.push_back({bucket.bound, bucket.column->values[step]});
    }
  }

  const FunctionCall& call_;
  PositionRange position_;
  size_t width_;
  Rule& rule_;
  std::vector<ClassicBucket> buckets_;
  std::vector<double> values_;
};

class QuantileRule {
 public:
  // `quantiles` are the numbers of the arguments.
  QuantileRule(const FunctionCall& call, size_t vector_arg, std::vector<size_t> quantiles)
      : call_(call), position_(call.position(vector_arg)), quantiles_(std::move(quantiles)) {
    for (const size_t arg : quantiles_) {
      for (const double q : call.scalar(arg)) {
        if (!(q >= 0 && q <= 1)) call.annotations->Warn(InvalidQuantileText(q), call.position(arg));
      }
    }
  }

  void Classic(size_t step, std::vector<ClassicBucket>* buckets, std::string_view metric, std::vector<double>& out) {
    const MonotonicityRepair repair = MakeMonotonic(buckets);
    bool used = false;
    for (size_t i = 0; i < quantiles_.size(); ++i) {
      const double q = call_.scalar(quantiles_[i])[step];
      used = used || (q >= 0 && q <= 1);
      out[i] = ClassicQuantile(q, *buckets);
    }
    const bool ends = buckets->back().bound == std::numeric_limits<double>::infinity();
    if (repair.forced && used && ends) Say(step, repair, metric);
  }

  void Native(size_t step, const model::NativeHistogram& h, std::string_view metric, std::vector<double>& out) {
    for (size_t i = 0; i < quantiles_.size(); ++i) {
      const model::HistogramEstimate estimate = model::HistogramQuantile(call_.scalar(quantiles_[i])[step], h);
      out[i] = estimate.value;
      if (estimate.nan_effect == model::NanEffect::kNone) continue;
      const bool is_nan = estimate.nan_effect == model::NanEffect::kNanResult;
      call_.annotations->Info(is_nan ? QuantileNanResultText(metric) : QuantileNanSkewText(metric), position_);
    }
  }

 private:
  void Say(size_t step, const MonotonicityRepair& repair, std::string_view metric) {
    AnnotationFigures figures;
    figures.form = AnnotationFigures::Form::kMonotonicity;
    figures.first_ms = figures.last_ms = call_.grid.at(step);
    figures.lowest_bucket = repair.lowest_bucket;
    figures.highest_bucket = repair.highest_bucket;
    figures.max_difference = repair.max_difference;
    // Without delayed name removal the name is gone when this is said, in Prometheus and so here.
    const std::string_view name = call_.features.delayed_name_removal ? metric : std::string_view();
    call_.annotations->Add(AnnotationKind::kInfo, ForcedMonotonicityText(name), position_, figures);
  }

  const FunctionCall& call_;
  PositionRange position_;
  std::vector<size_t> quantiles_;
};

class FractionRule {
 public:
  explicit FractionRule(const FunctionCall& call) : call_(call) {}

  void Classic(size_t step, std::vector<ClassicBucket>* buckets, std::string_view /*metric*/,
               std::vector<double>& out) {
    out[0] = ClassicFraction(call_.scalar(0)[step], call_.scalar(1)[step], *buckets);
  }

  void Native(size_t step, const model::NativeHistogram& h, std::string_view metric, std::vector<double>& out) {
    const auto estimate = model::HistogramFraction(call_.scalar(0)[step], call_.scalar(1)[step], h);
    out[0] = estimate.value;
    if (estimate.nan_effect != model::NanEffect::kNone)
      call_.annotations->Info(FractionNanText(metric), call_.position(2));
  }

 private:
  const FunctionCall& call_;
};

// As label values have numbers: 0.0, 0.25, 1.0, NaN.
std::string QuantileLabel(double q) {
  std::string text = base::DoubleText(q);
  if (std::isfinite(q) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

// `column` with the label of its quantile; one column per value where the quantile changes from step to step.
void Label(const std::string& label, const ScalarColumn& quantiles, SeriesColumn column, Columns* out) {
  std::map<std::string, SeriesColumn> by_text;
  const std::string first = QuantileLabel(quantiles[0]);
  const bool constant =
      std::all_of(quantiles.begin(), quantiles.end(), [&](double q) { return QuantileLabel(q) == first; });
  if (constant) {
    column.labels = column.labels.With({{label, first}});
    out->push_back(std::move(column));
    return;
  }
  for (size_t step = 0; step < column.steps(); ++step) {
    if (!column.has(step)) continue;
    const std::string text = QuantileLabel(quantiles[step]);
    SeriesColumn& part = by_text[text];
    if (part.steps() == 0) {
      part.labels = column.labels.With({{label, text}});
      part.Reset(column.steps());
    }
    part.SetFloat(step, column.values[step]);
  }
  for (auto& [text, part] : by_text) out->push_back(std::move(part));
}

}  // namespace

base::Status RunHistogramQuantile(const FunctionCall& call, Columns* out) {
  QuantileRule rule(call, 1, {0});
  const Grouping grouping(call, 1);
  GroupRun<QuantileRule> run(call, 1, 1, rule);
  for (const Group& group : grouping.groups()) out->push_back(std::move(run.Evaluate(group)[0]));
  return base::OkStatus();
}

base::Status RunHistogramQuantiles(const FunctionCall& call, Columns* out) {
  const std::string& label = call.string(1);
  if (label.empty() || !base::IsValidUtf8(label)) {
    return base::Invalid("invalid label name in histogram_quantiles(): " + label);
  }
  std::vector<size_t> quantiles;
  for (size_t arg = 2; call.has(arg); ++arg) quantiles.push_back(arg);
  QuantileRule rule(call, 0, quantiles);
  const Grouping grouping(call, 0);
  GroupRun<QuantileRule> run(call, 0, quantiles.size(), rule);
  for (const Group& group : grouping.groups()) {
    Columns columns = run.Evaluate(group);
    for (size_t i = 0; i < columns.size(); ++i) Label(label, call.scalar(quantiles[i]), std::move(columns[i]), out);
  }
  return base::OkStatus();
}

base::Status RunHistogramFraction(const FunctionCall& call, Columns* out) {
  FractionRule rule(call);
  const Grouping grouping(call, 2);
  GroupRun<FractionRule> run(call, 2, 1, rule);
  for (const Group& group : grouping.groups()) out->push_back(std::move(run.Evaluate(group)[0]));
  return base::OkStatus();
}

}  // namespace bekci::promql
