#include "agent/wire/family_compare.h"

#include <bit>
#include <cmath>
#include <limits>

#include "agent/base/text.h"

namespace bekci::wire {
namespace {

using model::MetricType;

class Comparer {
 public:
  explicit Comparer(bool any_nan) : any_nan_(any_nan) {}

  bool Same(double a, double b) const {
    if (any_nan_ && std::isnan(a) && std::isnan(b)) return true;
    return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
  }
  bool Same(const model::BoundValue& a, const model::BoundValue& b) const {
    return a.bound == b.bound && Same(a.value, b.value);
  }
  bool Same(const model::Exemplar& a, const model::Exemplar& b) const {
    return a.labels == b.labels && Same(a.value, b.value) && a.timestamp == b.timestamp;
  }
  template <typename T>
  bool Same(const std::vector<T>& a, const std::vector<T>& b) const {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
      if (!Same(a[i], b[i])) return false;
    }
    return true;
  }
  bool Same(const std::optional<model::NativeHistogram>& a, const std::optional<model::NativeHistogram>& b) const {
    if (!a || !b) return !a && !b;
    return a->schema == b->schema && a->is_float == b->is_float && a->reset_hint == b->reset_hint &&
           Same(a->zero_threshold, b->zero_threshold) && Same(a->zero_count, b->zero_count) &&
           Same(a->count, b->count) && Same(a->sum, b->sum) && a->positive_spans == b->positive_spans &&
           a->negative_spans == b->negative_spans && Same(a->positive_buckets, b->positive_buckets) &&
           Same(a->negative_buckets, b->negative_buckets) && Same(a->custom_values, b->custom_values);
  }
  std::string Metric(const model::Metric& a, const model::Metric& b) const {
    if (a.labels != b.labels) return "labels " + a.labels.ToString() + " and " + b.labels.ToString();
    if (a.timestamp != b.timestamp) return "timestamps";
    if (a.created != b.created) return "created";
    if (!Same(a.value, b.value)) return "values " + base::DoubleText(a.value) + " and " + base::DoubleText(b.value);
    if (!Same(a.count, b.count)) return "counts " + base::DoubleText(a.count) + " and " + base::DoubleText(b.count);
    if (!Same(a.sum, b.sum)) return "sums";
    if (!Same(a.buckets, b.buckets)) return "buckets";
    if (!Same(a.quantiles, b.quantiles)) return "quantiles";
    if (!Same(a.native, b.native)) return "native histograms";
    if (!Same(a.exemplars, b.exemplars) || a.exemplar_bounds != b.exemplar_bounds) return "exemplars";
    return "";
  }

 private:
  const bool any_nan_;
};

bool HasSuffix(std::string_view name, std::string_view suffix) {
  return name.size() > suffix.size() && name.ends_with(suffix);
}

model::Labels EscapedLabels(const model::Labels& labels, Escaping escaping) {
  std::vector<std::string> names;
  std::vector<model::Labels::Pair> pairs;
  for (const auto& [name, value] : labels) names.push_back(EscapeName(name, escaping, false));
  size_t i = 0;
  for (const auto& [name, value] : labels) pairs.emplace_back(names[i++], value);
  return model::Labels::FromPairs(std::move(pairs));
}

// The family's name in OpenMetrics headers; `*type` becomes what is said there.
std::string OpenMetricsName(const std::string& name, MetricType* type) {
  if (*type == MetricType::kCounter) {
    if (HasSuffix(name, "_total")) return name.substr(0, name.size() - 6);
    *type = MetricType::kUntyped;
  } else if (*type == MetricType::kInfo) {
    if (HasSuffix(name, "_info")) return name.substr(0, name.size() - 5);
    *type = MetricType::kGauge;
  }
  return name;
}

MetricType TypeReadBack(MetricType type, Format format) {
  if (format == Format::kOpenMetrics) return type;
  if (type == MetricType::kInfo || type == MetricType::kStateset) return MetricType::kGauge;
  return type == MetricType::kGaugeHistogram && format == Format::kText ? MetricType::kHistogram : type;
}

void ReadBack(model::Metric* metric, MetricType type, const Negotiated& as) {
  metric->labels = EscapedLabels(metric->labels, as.escaping);
  for (model::Exemplar& exemplar : metric->exemplars) exemplar.labels = EscapedLabels(exemplar.labels, as.escaping);
  const bool histogram = type == MetricType::kHistogram || type == MetricType::kGaugeHistogram;
  if (histogram && as.format != Format::kProtobuf) {
    if (metric->native && metric->buckets.empty()) {
      metric->count = metric->native->count;
      metric->sum = metric->native->sum;
      metric->buckets = {{std::numeric_limits<double>::infinity(), metric->count}};
    }
    metric->native.reset();
  }
  const bool created = type == MetricType::kCounter || type == MetricType::kSummary || type == MetricType::kHistogram ||
                       (type == MetricType::kGaugeHistogram && as.format == Format::kProtobuf);
  if (!created || as.format == Format::kText) metric->created.reset();
  const bool exemplars = as.format != Format::kText && (histogram || type == MetricType::kCounter);
  if (!exemplars || (as.format == Format::kOpenMetrics && histogram && metric->exemplar_bounds.empty())) {
    metric->exemplars.clear();
    metric->exemplar_bounds.clear();
  }
}

}  // namespace

std::string Difference(const std::vector<model::MetricFamily>& a, const std::vector<model::MetricFamily>& b,
                       bool any_nan) {
  const Comparer comparer(any_nan);
  for (size_t f = 0; f < a.size() && f < b.size(); ++f) {
    const std::string where = "family " + a[f].name + ": ";
    if (a[f].name != b[f].name) return where + "the other is " + b[f].name;
    if (a[f].type != b[f].type) return where + "types";
    if (a[f].help != b[f].help) return where + "help";
    if (a[f].unit != b[f].unit) return where + "unit " + a[f].unit + " and " + b[f].unit;
    if (a[f].metrics.size() != b[f].metrics.size()) return where + "number of metrics";
    for (size_t m = 0; m < a[f].metrics.size(); ++m) {
      const std::string difference = comparer.Metric(a[f].metrics[m], b[f].metrics[m]);
      if (!difference.empty()) return where + "metric " + std::to_string(m) + ": " + difference;
    }
  }
  if (a.size() == b.size()) return "";
  return std::to_string(a.size()) + " families and " + std::to_string(b.size());
}

std::vector<model::MetricFamily> AsReadBack(const std::vector<model::MetricFamily>& families, const Negotiated& as) {
  std::vector<model::MetricFamily> out;
  for (model::MetricFamily family : families) {
    if (family.metrics.empty()) continue;
    family.name = EscapeName(family.name, as.escaping, true);
    family.type = TypeReadBack(family.type, as.format);
    if (as.format == Format::kOpenMetrics) {
      const std::string name = OpenMetricsName(family.name, &family.type);
      if (!HasSuffix(name, "_" + family.unit)) family.unit.clear();
    } else if (as.format == Format::kText) {
      family.unit.clear();
    }
    for (model::Metric& metric : family.metrics) ReadBack(&metric, family.type, as);
    size_t same = 0;
    while (same < out.size() && (out[same].name != family.name || out[same].type != family.type)) ++same;
    if (same == out.size()) {
      out.push_back(std::move(family));
    } else {
      out[same].metrics.insert(out[same].metrics.end(), family.metrics.begin(), family.metrics.end());
    }
  }
  return out;
}

}  // namespace bekci::wire
