// The protobuf format's way into a ScrapePage: families are taken apart into the samples that the text format would
// show, and what identifies one (name, labels, bound) stands in for its line.
#include <utility>

#include "agent/collect/scrape_page.h"

namespace bekci::collect {
namespace {

using model::MetricType;

model::Metric ValueOf(const model::Metric& metric, double value) {
  model::Metric point;
  point.value = value;
  point.timestamp = metric.timestamp;
  return point;
}

void AddExemplarOf(const model::Metric& metric, double bound, model::Metric* bucket) {
  for (size_t i = 0; i < metric.exemplars.size() && i < metric.exemplar_bounds.size(); ++i) {
    if (metric.exemplar_bounds[i] == bound) bucket->exemplars.push_back(metric.exemplars[i]);
  }
}

}  // namespace

base::Status ScrapePage::ReadProtobuf(std::string_view body, Reading* reading) {
  wire::ParseOptions options;
  if (reading->max_series != 0) options.max_series = reading->max_series;
  auto families = wire::ParseProtobuf(body, options);
  if (!families.ok()) return std::move(families).status();
  protobuf_descriptions_.clear();
  for (const model::MetricFamily& family : *families) {
    protobuf_descriptions_.push_back({family.name, family.help, family.unit, family.type, {}});
    for (const model::Metric& metric : family.metrics) {
      RETURN_IF_ERROR(reading->Step());
      RETURN_IF_ERROR(TakeMetric(family, metric, reading));
    }
  }
  return base::OkStatus();
}

base::Status ScrapePage::TakeMetric(const model::MetricFamily& family, const model::Metric& metric, Reading* reading) {
  const std::string& name = family.name;
  const bool histogram = family.type == MetricType::kHistogram || family.type == MetricType::kGaugeHistogram;
  if (!histogram && family.type != MetricType::kSummary) {
    model::Metric point = ValueOf(metric, metric.value);
    point.exemplars = metric.exemplars;
    return TakePoint(name, metric, nullptr, std::move(point), reading);
  }
  if (metric.native && options_.native_histograms) {
    model::Metric point = ValueOf(metric, 0);
    point.native = metric.native;
    if (metric.exemplar_bounds.empty()) point.exemplars = metric.exemplars;
    RETURN_IF_ERROR(TakePoint(name, metric, nullptr, std::move(point), reading));
    if (!options_.classic_too || metric.buckets.empty()) return base::OkStatus();
  }
  RETURN_IF_ERROR(TakePoint(name + "_count", metric, nullptr, ValueOf(metric, metric.count), reading));
  RETURN_IF_ERROR(TakePoint(name + "_sum", metric, nullptr, ValueOf(metric, metric.sum), reading));
  for (const model::BoundValue& bucket : metric.buckets) {
    const BoundLabel bound{"le", BoundText(bucket.bound)};
    model::Metric point = ValueOf(metric, bucket.value);
    AddExemplarOf(metric, bucket.bound, &point);
    RETURN_IF_ERROR(TakePoint(name + "_bucket", metric, &bound, std::move(point), reading));
  }
  for (const model::BoundValue& quantile : metric.quantiles) {
    const BoundLabel bound{"quantile", BoundText(quantile.bound)};
    RETURN_IF_ERROR(TakePoint(name, metric, &bound, ValueOf(metric, quantile.value), reading));
  }
  return base::OkStatus();
}

base::Status ScrapePage::TakePoint(const std::string& name, const model::Metric& metric, const BoundLabel* bound,
                                   model::Metric point, Reading* reading) {
  key_.assign(name).push_back('\0');
  key_ += metric.labels.data();
  if (bound != nullptr) key_.append(1, '\0').append(bound->value);
  if (reading->in_step && reading->line < lines_.size()) {
    const Line& line = lines_[reading->line];
    const bool fits = line.kind == Kind::kDropped || IsWhole(point) == (line.kind == Kind::kWhole);
    if (line.kind != Kind::kComment && fits && TextOf(line) == key_) {
      CountKnown(std::move(point), reading);
      return base::OkStatus();
    }
  }
  if (reading->in_step) Diverge(wire::Dialect::kText, reading);
  reading->type = MetricType::kUntyped;  // bounds are in order already
  ++reading->counts->scraped;
  std::vector<model::Labels::Pair> shown(metric.labels.begin(), metric.labels.end());
  if (bound != nullptr) shown.emplace_back(bound->name, bound->value);
  return AddNew(key_, name, shown, std::move(point), reading);
}

}  // namespace bekci::collect
