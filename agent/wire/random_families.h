// For tests: families with everything the model can hold, from a seed. Names, labels and numbers lean towards the odd:
// UTF-8, quotes, line feeds, infinities, denormals, -0, numbers at the edges of 2^53.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "agent/model/metric_family.h"

namespace bekci::wire {

class RandomFamilies {
 public:
  explicit RandomFamilies(uint64_t seed) : engine_(seed) {}

  // Unique names, also after escaping; sorted by name.
  std::vector<model::MetricFamily> Make(size_t count);

  uint64_t Below(uint64_t bound) { return engine_() % bound; }
  double Number();
  std::string Text();
  model::Labels SomeLabels(size_t unique);
  std::vector<double> Bounds(bool with_infinity);

 private:
  double Count() { return static_cast<double>(Below(1u << Below(31))); }
  base::Timestamp Time() { return {static_cast<int64_t>(Below(4'000'000'000'000)) - 1'000'000'000'000}; }
  model::Exemplar MakeExemplar();
  model::Metric MakeMetric(model::MetricType type, size_t unique);
  void FillHistogram(model::MetricType type, model::Metric* metric);
  model::NativeHistogram MakeNative(model::MetricType type);

  std::mt19937_64 engine_;
};

}  // namespace bekci::wire
