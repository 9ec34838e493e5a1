#include "agent/promql/testing/script_loader.h"

#include "agent/promql/testing/classic_histograms.h"

namespace bekci::promql::testing {
namespace {

base::Status AppendSeries(const LoadedSeries& loaded, int64_t step_ms, storage::Appender* appender) {
  const model::Labels& labels = loaded.series.labels;
  for (size_t i = 0; i < loaded.series.positions.size(); ++i) {
    const Position& position = loaded.series.positions[i];
    if (position.omitted) continue;
    const int64_t t_ms = static_cast<int64_t>(i) * step_ms;
    const bool has_start = !loaded.starts.empty() && loaded.starts[i].has_value();
    appender->SetStart(has_start ? t_ms + *loaded.starts[i] : 0);
    RETURN_IF_ERROR((position.histogram != nullptr ? appender->AppendHistogram(0, labels, t_ms, position.histogram)
                                                   : appender->Append(0, labels, t_ms, position.value))
                        .status());
  }
  appender->SetStart(0);
  return base::OkStatus();
}

}  // namespace

base::Status LoadSeries(const LoadCommand& load, storage::Appendable& store) {
  const auto appender = store.NewAppender();
  for (const LoadedSeries& loaded : load.series) {
    RETURN_IF_ERROR(AppendSeries(loaded, load.step_ms, appender.get()).WithContext(loaded.series.labels.ToString()));
  }
  if (load.with_custom_buckets) {
    ASSIGN_OR_RETURN(const auto converted, ConvertClassicHistograms(load.series, load.step_ms));
    for (const auto& [labels, samples] : converted) {
      for (const auto& [t_ms, histogram] : samples) {
        RETURN_IF_ERROR(appender->AppendHistogram(0, labels, t_ms, histogram).status().WithContext(labels.ToString()));
      }
    }
  }
  return appender->Commit();
}

}  // namespace bekci::promql::testing
