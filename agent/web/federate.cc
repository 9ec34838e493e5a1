// PrometheusApi's /federate: the newest sample of every series that match[] selects, as a page to be scraped.
//
// Source: Prometheus web/federate.go. A series without a sample in the look-back, or whose newest is a stale marker, is
// left out. Series carry the external labels, and an empty `instance` where they have none, so that the scraper does
// not add its own.
#include <algorithm>
#include <limits>
#include <optional>

#include "agent/base/text.h"
#include "agent/web/api.h"
#include "agent/web/api_answer.h"
#include "agent/wire/exposition.h"

namespace bekci::web {
namespace {

struct Newest {
  int64_t t_ms = 0;
  double value = 0;
  std::shared_ptr<const model::NativeHistogram> histogram;
};

std::optional<Newest> NewestOf(const storage::Samples& samples) {
  const bool floats = !samples.times.empty();
  const bool histograms = !samples.histogram_times.empty();
  if (histograms && (!floats || samples.histogram_times.back() > samples.times.back())) {
    return Newest{samples.histogram_times.back(), 0, samples.histograms.back()};
  }
  if (!floats || storage::IsStale(samples.values.back())) return std::nullopt;
  return Newest{samples.times.back(), samples.values.back(), nullptr};
}

model::Metric MetricOf(const Newest& newest, const model::Labels& labels) {
  model::Metric metric;
  metric.labels = labels;
  metric.timestamp = base::Timestamp{newest.t_ms};
  metric.value = newest.value;
  if (newest.histogram == nullptr) return metric;
  metric.count = newest.histogram->count;
  metric.sum = newest.histogram->sum;
  metric.buckets.push_back({std::numeric_limits<double>::infinity(), metric.count});
  metric.native = *newest.histogram;
  return metric;
}

// Families from series that come sorted by name.
class Page {
 public:
  explicit Page(model::Labels external) : external_(std::move(external)) {}

  void Add(const model::Labels& labels, const Newest& newest) {
    const std::string_view name = labels.Get(model::kMetricName);
    if (name.empty()) return;
    const auto type = newest.histogram != nullptr ? model::MetricType::kHistogram : model::MetricType::kUntyped;
    FamilyOf(name, type).metrics.push_back(MetricOf(newest, external_.With(labels).Without(model::kMetricName)));
  }

  const std::vector<model::MetricFamily>& families() const { return families_; }

 private:
  // One of the last two: a name may have floats and histograms.
  model::MetricFamily& FamilyOf(std::string_view name, model::MetricType type) {
    for (auto it = families_.rbegin(); it != families_.rend() && it->name == name; ++it) {
      if (it->type == type) return *it;
    }
    model::MetricFamily& family = families_.emplace_back();
    family.name = name;
    family.type = type;
    if (!external_.Has("instance")) family.label_names = {"instance"};
    return family;
  }

  const model::Labels external_;
  std::vector<model::MetricFamily> families_;
};

base::Status AddSeries(storage::Querier& querier, std::span<const model::Matcher> matchers, int64_t from_ms,
                       int64_t to_ms, std::vector<std::pair<model::Labels, Newest>>* out) {
  ASSIGN_OR_RETURN(const storage::SeriesList list, querier.Select(matchers, {}));
  storage::Samples samples;
  for (const auto& series : list) {
    RETURN_IF_ERROR(series->Read(from_ms, to_ms, &samples));
    if (const auto newest = NewestOf(samples)) out->emplace_back(series->labels(), *newest);
  }
  return base::OkStatus();
}

// Prometheus federates in text or protobuf, never in OpenMetrics: its words for types and samples are stricter than
// what is taken from a store.
std::string WithoutOpenMetrics(std::string_view accept) {
  std::string kept;
  for (const std::string_view range : base::Split(accept, ',')) {
    if (base::ToLower(base::Trim(range)).starts_with("application/openmetrics-text")) continue;
    if (!kept.empty()) kept += ',';
    kept += range;
  }
  return kept;
}

}  // namespace

net::HttpResponse PrometheusApi::Federate(Request request, Parameters parameters) {
  const auto selectors = parameters.Selectors(ApiParameters::Empty::kAllowed);
  if (!selectors.ok()) return TextAnswer(400, selectors.status().message());
  const int64_t now_ms = sources_.clock.Now().ms;
  // The look-back is open on the left.
  const int64_t from_ms = now_ms - base::ToMillis(sources_.engine.options().lookback) + 1;
  const auto querier = sources_.store.OpenQuerier(from_ms, now_ms);
  if (!querier.ok()) return TextAnswer(500, querier.status().message());
  std::vector<std::pair<model::Labels, Newest>> found;
  for (const auto& matchers : *selectors) {
    const base::Status status = AddSeries(**querier, matchers, from_ms, now_ms, &found);
    if (!status.ok()) return TextAnswer(500, status.message());
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    const auto x = a.first.Get(model::kMetricName);
    const auto y = b.first.Get(model::kMetricName);
    return x != y ? x < y : a.first < b.first;
  });
  Page page(sources_.external_labels ? sources_.external_labels() : model::Labels());
  for (size_t i = 0; i < found.size(); ++i) {
    if (i > 0 && found[i].first == found[i - 1].first) continue;  // two selectors have met it
    page.Add(found[i].first, found[i].second);
  }
  const wire::Negotiated as = wire::Negotiate(WithoutOpenMetrics(request.Header("Accept")));
  net::HttpResponse response;
  response.content_type = as.ContentType();
  wire::WriteExposition(page.families(), as, &response.body);
  return response;
}

}  // namespace bekci::web
