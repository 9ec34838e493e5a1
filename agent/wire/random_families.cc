#include "agent/wire/random_families.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>

namespace bekci::wire {
namespace {

using model::MetricType;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

double RandomFamilies::Number() {
  constexpr double kOdd[] = {0.0,  -0.0,      1,         kInfinity, -kInfinity, 5e-324, 1.7976931348623157e308,
                             0.1,  1e21,      123456789, -1e-7,     1e6,        999999, 9007199254740993.0,
                             1e22, 1700000000};
  switch (Below(4)) {
    case 0:
      return kOdd[Below(std::size(kOdd))];
    case 1:
      return static_cast<double>(Below(100000));
    case 2:
      return static_cast<double>(Below(1'000'000'000)) / 1000;
    default:
      return std::bit_cast<double>(engine_());
  }
}

std::string RandomFamilies::Text() {
  constexpr std::string_view kPieces[] = {"a", "B", "\"", "\\", "\n",  "ş",  "日",   "😀", " ",  "{",
                                          "}", ",", "=",  "#",  "\\n", "\t", "/var", "é", "\r", "x y"};
  std::string text;
  for (uint64_t n = Below(6); n > 0; --n) text += kPieces[Below(std::size(kPieces))];
  return text;
}

// `unique` makes sure that two metrics of a family differ.
model::Labels RandomFamilies::SomeLabels(size_t unique) {
  std::vector<std::string> texts;
  for (uint64_t n = Below(4); n > 0; --n) {
    texts.push_back((Below(4) == 0 ? "l.ş" : "l") + std::to_string(texts.size()));
    texts.push_back(Text());
  }
  if (unique > 0) {
    texts.push_back("u");
    texts.push_back(std::to_string(unique));
  }
  std::vector<model::Labels::Pair> pairs;
  for (size_t i = 0; i < texts.size(); i += 2) pairs.emplace_back(texts[i], texts[i + 1]);
  return model::Labels::FromPairs(std::move(pairs));
}

std::vector<double> RandomFamilies::Bounds(bool with_infinity) {
  std::vector<double> bounds;
  for (uint64_t n = Below(5); n > 0; --n) {
    const double bound = Number();
    if (!std::isnan(bound) && bound != kInfinity) bounds.push_back(bound);
  }
  std::sort(bounds.begin(), bounds.end());
  bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
  if (with_infinity) bounds.push_back(kInfinity);
  return bounds;
}

model::Exemplar RandomFamilies::MakeExemplar() {
  model::Exemplar exemplar{SomeLabels(1 + Below(9)), Number(), std::nullopt};
  if (Below(2) == 0) exemplar.timestamp = Time();
  return exemplar;
}

model::NativeHistogram RandomFamilies::MakeNative(MetricType type) {
  model::NativeHistogram native;
  native.schema = static_cast<int32_t>(Below(13)) - 4;
  native.is_float = Below(2) == 0;
  if (type == MetricType::kGaugeHistogram) native.reset_hint = model::CounterResetHint::kGauge;
  const auto number = [&] { return native.is_float ? std::abs(Number()) : Count(); };
  native.zero_threshold = Below(2) == 0 ? 0 : 2.938735877055719e-39;
  native.zero_count = number();
  native.count = number();
  native.sum = Number();
  const auto fill = [&](std::vector<model::BucketSpan>* spans, std::vector<double>* buckets) {
    for (uint64_t n = Below(3); n > 0; --n) {
      const auto offset = static_cast<int32_t>(Below(9)) - (spans->empty() ? 4 : 0);
      spans->push_back({offset, static_cast<uint32_t>(1 + Below(4))});
      for (uint32_t i = 0; i < spans->back().length; ++i) buckets->push_back(number());
    }
  };
  fill(&native.positive_spans, &native.positive_buckets);
  fill(&native.negative_spans, &native.negative_buckets);
  return native;
}

void RandomFamilies::FillHistogram(MetricType type, model::Metric* metric) {
  const uint64_t form = Below(4);  // 0: native alone, 1: both, else classic
  if (form < 2) metric->native = MakeNative(type);
  metric->count = metric->native ? metric->native->count : Count();
  metric->sum = metric->native ? metric->native->sum : Number();
  if (form == 0) {
    for (uint64_t n = Below(3); n > 0; --n) metric->exemplars.push_back(MakeExemplar());
    return;
  }
  double cumulative = 0;
  for (const double bound : Bounds(true)) metric->buckets.push_back({bound, cumulative += Count()});
  for (const model::BoundValue& bucket : metric->buckets) {
    if (Below(3) != 0) continue;
    metric->exemplars.push_back(MakeExemplar());
    metric->exemplar_bounds.push_back(bucket.bound);
  }
}

model::Metric RandomFamilies::MakeMetric(MetricType type, size_t unique) {
  model::Metric metric;
  metric.labels = SomeLabels(unique);
  if (Below(3) == 0) metric.timestamp = Time();
  if (Below(2) == 0 && type != MetricType::kGauge && type != MetricType::kUntyped) metric.created = Time();
  switch (type) {
    case MetricType::kHistogram:
    case MetricType::kGaugeHistogram:
      FillHistogram(type, &metric);
      break;
    case MetricType::kSummary:
      metric.count = Count();
      metric.sum = Number();
      for (const double quantile : Bounds(false)) metric.quantiles.push_back({quantile, Number()});
      break;
    case MetricType::kCounter:
      metric.value = Number();
      if (Below(2) == 0) metric.exemplars.push_back(MakeExemplar());
      break;
    default:
      metric.value = Number();
  }
  return metric;
}

std::vector<model::MetricFamily> RandomFamilies::Make(size_t count) {
  std::vector<model::MetricFamily> families;
  for (size_t i = 0; i < count; ++i) {
    model::MetricFamily& family = families.emplace_back();
    family.name = (Below(4) == 0 ? "m.ş" : "m_") + std::to_string(10000 + i);
    family.type = static_cast<MetricType>(Below(8));
    family.unit = Below(2) == 0 ? "seconds" : "";
    if (Below(2) == 0) family.name += "_seconds";
    if (family.type == MetricType::kCounter && Below(4) != 0) family.name += "_total";
    if (family.type == MetricType::kInfo && Below(4) != 0) family.name += "_info";
    family.help = Text();
    for (uint64_t n = 1 + Below(4); n > 0; --n) family.metrics.push_back(MakeMetric(family.type, n));
  }
  std::sort(families.begin(), families.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return families;
}

}  // namespace bekci::wire
