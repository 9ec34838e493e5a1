#include "agent/promql/testing/script_loader.h"

#include <memory>
#include <utility>

#include "agent/model/histogram_arithmetic.h"
#include "agent/promql/testing/classic_histograms.h"

namespace bekci::promql::testing {
namespace {

using model::CounterResetHint;
using model::NativeHistogram;

// Whether both would stand in one chunk, the second continuing the first.
bool Continues(const NativeHistogram& previous, const NativeHistogram& current) {
  if (previous.reset_hint == CounterResetHint::kGauge || current.reset_hint == CounterResetHint::kYes) return false;
  if (previous.schema != current.schema || previous.zero_threshold != current.zero_threshold ||
      previous.custom_values != current.custom_values) {
    return false;
  }
  NativeHistogram plain = current;
  plain.reset_hint = CounterResetHint::kUnknown;
  return !model::DetectReset(plain, previous);
}

}  // namespace

base::Status ScriptLoader::Load(const LoadCommand& load) {
  const auto appender = store_.NewAppender();
  for (const LoadedSeries& loaded : load.series) {
    RETURN_IF_ERROR(AppendSeries(loaded, load.step_ms, appender.get()).WithContext(loaded.series.labels.ToString()));
  }
  if (load.with_custom_buckets) {
    ASSIGN_OR_RETURN(const auto converted, ConvertClassicHistograms(load.series, load.step_ms));
    for (const auto& [labels, samples] : converted) {
      for (const auto& [t_ms, histogram] : samples) {
        RETURN_IF_ERROR(AppendHistogram(labels, t_ms, histogram, appender.get()).WithContext(labels.ToString()));
      }
    }
  }
  return appender->Commit();
}

base::Status ScriptLoader::AppendSeries(const LoadedSeries& loaded, int64_t step_ms, storage::Appender* appender) {
  const model::Labels& labels = loaded.series.labels;
  for (size_t i = 0; i < loaded.series.positions.size(); ++i) {
    const Position& position = loaded.series.positions[i];
    if (position.omitted) continue;
    const int64_t t_ms = static_cast<int64_t>(i) * step_ms;
    const bool has_start = !loaded.starts.empty() && loaded.starts[i].has_value();
    appender->SetStart(has_start ? t_ms + *loaded.starts[i] : 0);
    if (position.histogram != nullptr) {
      RETURN_IF_ERROR(AppendHistogram(labels, t_ms, position.histogram, appender));
    } else {
      newest_[labels] = nullptr;
      RETURN_IF_ERROR(appender->Append(0, labels, t_ms, position.value).status());
    }
  }
  appender->SetStart(0);
  return base::OkStatus();
}

base::Status ScriptLoader::AppendHistogram(const model::Labels& labels, int64_t t_ms, const HistogramPtr& histogram,
                                           storage::Appender* appender) {
  HistogramPtr& newest = newest_[labels];
  HistogramPtr stored = histogram;
  if (histogram->reset_hint != CounterResetHint::kGauge) {
    auto hinted = std::make_shared<NativeHistogram>(*histogram);
    const bool continues = newest != nullptr && Continues(*newest, *histogram);
    hinted->reset_hint = continues ? CounterResetHint::kNo : CounterResetHint::kUnknown;
    stored = std::move(hinted);
  }
  newest = stored;
  return appender->AppendHistogram(0, labels, t_ms, stored).status();
}

}  // namespace bekci::promql::testing
