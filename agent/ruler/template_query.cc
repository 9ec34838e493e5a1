#include "agent/ruler/template_query.h"

#include <utility>
#include <variant>

namespace bekci::ruler {

base::Result<std::vector<templates::QueriedSample>> QueryForTemplate(promql::Engine& engine, storage::Queryable& store,
                                                                     const std::string& expr, base::Timestamp at) {
  promql::QueryResult result = engine.Instant(store, expr, at.ms, {});
  if (!result.status.ok()) return std::move(result.status);
  std::vector<templates::QueriedSample> samples;
  if (auto* vector = std::get_if<promql::Vector>(&result.value)) {
    for (promql::VectorElement& element : *vector) {
      samples.push_back({std::move(element.labels), element.value, std::move(element.histogram)});
    }
  } else if (const auto* scalar = std::get_if<promql::Scalar>(&result.value)) {
    samples.push_back({{}, scalar->value, nullptr});
  } else {
    return base::Invalid("query result is not a vector or scalar");
  }
  return samples;
}

}  // namespace bekci::ruler
