#include "agent/ruler/engine_history.h"

#include <utility>

namespace bekci::ruler {

base::Result<promql::Matrix> EngineHistory::Range(const std::string& query, base::Timestamp start, base::Timestamp end,
                                                  base::Duration step) {
  promql::QueryResult result = engine_.Range(store_, query, start.ms, end.ms, base::ToMillis(step), {});
  RETURN_IF_ERROR(result.status);
  auto* const matrix = std::get_if<promql::Matrix>(&result.value);
  if (matrix == nullptr) return base::Invalid("the expression gives neither a vector nor a scalar");
  return std::move(*matrix);
}

base::Status EngineHistory::Load(const std::vector<model::Matcher>& matchers, base::Timestamp min, base::Timestamp max,
                                 const Take& take) {
  ASSIGN_OR_RETURN(const auto querier, store_.OpenQuerier(min.ms, max.ms));
  ASSIGN_OR_RETURN(const storage::SeriesList list, querier->Select(matchers, {}));
  storage::Samples samples;
  for (const auto& series : list) {
    RETURN_IF_ERROR(series->Read(min.ms, max.ms, &samples));
    if (!samples.empty()) RETURN_IF_ERROR(take(series->labels(), samples));
  }
  return base::OkStatus();
}

}  // namespace bekci::ruler
