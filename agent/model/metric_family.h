// MetricFamily: a named metric with its type, help, unit and points, as exposition formats carry it.
//
// This is the general form: whatever any of the formats can say fits here, parsers fill it, writers print it. What the
// agent moves 15 seconds after 15 seconds is the flat form of schema.h, which holds the same without exemplars and
// timestamps. Names and label values are UTF-8, unescaped.
//
// A family's name is the name of the OpenMetrics family *with* the suffix that the text format prints for counters:
// a counter family is called "x_total" here (as in Prometheus text and protobuf); the OpenMetrics writer strips it.
// Thread rule: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/model/labels.h"
#include "agent/model/native_histogram.h"

namespace bekci::model {

enum class MetricType : unsigned char {
  kUntyped,  // "untyped" in text, "unknown" in OpenMetrics
  kCounter,
  kGauge,
  kHistogram,
  kGaugeHistogram,
  kSummary,
  kInfo,      // OpenMetrics; a gauge of value 1 elsewhere
  kStateset,  // OpenMetrics; gauges of value 0 or 1 elsewhere
};

// "counter", "gauge", ...: OpenMetrics' words, except kUntyped which is "unknown" there and "untyped" in text.
std::string_view MetricTypeName(MetricType type);

struct Exemplar {
  Labels labels;
  double value = 0;
  std::optional<base::Timestamp> timestamp;
  friend bool operator==(const Exemplar&, const Exemplar&) = default;
};

// (upper bound, value): a classic histogram bucket (cumulative count) or a summary quantile.
struct BoundValue {
  double bound = 0;
  double value = 0;
};

// One point of a family: one label set with what the type needs.
struct Metric {
  Labels labels;  // without __name__, le and quantile
  std::optional<base::Timestamp> timestamp;
  std::optional<base::Timestamp> created;  // counters, histograms, summaries

  double value = 0;  // counter, gauge, untyped, info, stateset

  // Histogram and summary. Buckets are cumulative and sorted by bound; a histogram's +Inf bucket is always there.
  double count = 0;
  double sum = 0;
  std::vector<BoundValue> buckets;
  std::vector<BoundValue> quantiles;
  std::optional<NativeHistogram> native;  // a histogram may have both forms

  // Exemplars of a counter (at most one) or a histogram; those of a classic bucket carry its bound in
  // `exemplar_bounds`.
  std::vector<Exemplar> exemplars;
  std::vector<double> exemplar_bounds;  // as long as exemplars for classic histograms, else empty
};

struct MetricFamily {
  std::string name;
  std::string help;
  std::string unit;
  MetricType type = MetricType::kUntyped;
  std::vector<Metric> metrics;
  // Sorted names that every point shows even where its value is empty, as the Prometheus client libraries print them.
  // A reader sees no difference (empty is absent), but a page is then the peer's to the letter.
  std::vector<std::string> label_names = {};
};

// Calls `f(name, value)` for the labels together with `names` (sorted), in order; a name without a label has value "".
template <typename F>
void ForEachLabel(const Labels& labels, const std::vector<std::string>& names, F&& f) {
  auto name = names.begin();
  for (const auto& [label, value] : labels) {
    for (; name != names.end() && label.compare(*name) >= 0; ++name) {
      if (*name != label) f(std::string_view(*name), std::string_view());
    }
    f(label, value);
  }
  for (; name != names.end(); ++name) f(std::string_view(*name), std::string_view());
}

}  // namespace bekci::model
