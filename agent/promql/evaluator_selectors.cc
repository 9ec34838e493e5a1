// Selectors and subqueries: where columns and samples come from.
#include <algorithm>
#include <utility>

#include "agent/promql/annotation_texts.h"
#include "agent/promql/evaluator.h"
#include "agent/promql/look_back.h"

namespace bekci::promql {
namespace {

// That no reset lies between a histogram and the one stored before it says nothing about the steps of a subquery.
HistogramPtr WithoutHint(const HistogramPtr& histogram) {
  if (histogram->reset_hint != model::CounterResetHint::kNo) return histogram;
  auto copy = std::make_shared<model::NativeHistogram>(*histogram);
  copy->reset_hint = model::CounterResetHint::kUnknown;
  return copy;
}

// A column as the samples of a range vector.
void ToSamples(const SeriesColumn& column, const StepGrid& grid, storage::Samples* out) {
  out->Clear();
  for (size_t i = 0; i < column.steps(); ++i) {
    if (column.is_float(i)) {
      out->times.push_back(grid.at(i));
      out->values.push_back(column.values[i]);
    } else if (column.is_histogram(i)) {
      out->histogram_times.push_back(grid.at(i));
      out->histograms.push_back(WithoutHint(column.histograms[i]));
    }
  }
}

}  // namespace

base::Status Evaluator::ForEachSeries(const Expr& node, const VectorSelector& selector, const SeriesSink& sink) {
  if (context_.store == nullptr) return base::OkStatus();
  auto selected = context_.store->Select(selector.matchers, {});
  if (!selected.ok()) {
    context_.store_failed = true;
    return std::move(selected).status();
  }
  context_.evidence.push_back({node.position, std::string(context_.TextAt(node.position)), selected->size(), 0});
  for (const auto& series : *selected) {
    RETURN_IF_ERROR(context_.budget.Check());
    RETURN_IF_ERROR(sink(*series));
  }
  return base::OkStatus();
}

base::Status Evaluator::StreamSelector(const VectorSelector& selector, const StepGrid& grid, Yield yield,
                                       const ColumnSink& sink) {
  Windows windows = WindowsOf(context_.plan.of(selector), grid, context_.lookback_ms);
  const int64_t first = windows.first_end_ms - windows.range_ms + 1;
  const int64_t last = windows.end(grid.count - 1) + (selector.smoothed ? windows.range_ms : 0);
  const size_t evidence = context_.evidence.size();
  storage::Samples samples;
  SeriesColumn column;
  return ForEachSeries(selector, selector, [&](const storage::Series& series) {
    if (base::Status status = series.Read(first, last, &samples); !status.ok()) {
      context_.store_failed = true;
      return status;
    }
    if (context_.plan.of(selector).statistics_only) ReduceToStatistics(&samples);
    column.Reset(grid.count);
    column.drop_name = false;
    if (yield == Yield::kTimestamp) {
      LookBackTimes(samples, windows, &column);
    } else if (yield == Yield::kStartTimestamp) {
      LookBackStarts(samples, windows, &column);
    } else if (selector.smoothed) {
      RemoveStale(&samples);
      const SmoothedFlags flags = Smooth(samples, windows, &column);
      const std::string_view name = series.labels().Get(model::kMetricName);
      if (flags.mixed_kinds) context_.annotations.Warn(MixedFloatsHistogramsText(name), selector.position);
      if (flags.mixed_layouts) context_.annotations.Warn(MixedSchemasText(name), selector.position);
    } else {
      LookBack(samples, windows, &column);
    }
    if (column.AllAbsent()) return base::OkStatus();
    ++context_.evidence[evidence].used;
    CountPoints(column);
    column.labels = series.labels();
    return sink(column);
  });
}

void Evaluator::CountPoints(const SeriesColumn& column) {
  if (!context_.counter.enabled()) return;
  for (size_t i = 0; i < column.steps(); ++i) {
    if (column.is_histogram(i)) {
      context_.counter.Add(i, HistogramSize(*column.histograms[i]));
    } else if (column.is_float(i)) {
      context_.counter.Add(i, 1);
    }
  }
}

// ---- range vectors ----

base::Status Evaluator::StreamMatrix(const Expr& expr, const Windows& windows, size_t count, const SamplesSink& sink) {
  const Expr& inner = Unwrap(expr);
  if (inner.kind == ExprKind::kMatrixSelector) {
    return StreamSeriesSamples(As<MatrixSelector>(inner), windows, count, sink);
  }
  if (inner.kind == ExprKind::kSubquery) return StreamSubquerySamples(As<Subquery>(inner), windows, count, sink);
  return base::Internal("not a range vector");
}

base::Status Evaluator::StreamSeriesSamples(const MatrixSelector& matrix, const Windows& windows, size_t count,
                                            const SamplesSink& sink) {
  const VectorSelector& selector = *matrix.selector;
  const int64_t before = selector.anchored || selector.smoothed ? context_.lookback_ms : 0;
  const int64_t after = selector.smoothed ? context_.lookback_ms : 0;
  const int64_t first = windows.first_end_ms - windows.range_ms - before + 1;
  const int64_t last = windows.end(count - 1) + after;
  const size_t evidence = context_.evidence.size();
  storage::Samples samples;
  return ForEachSeries(matrix, selector, [&](const storage::Series& series) {
    if (base::Status status = series.Read(first, last, &samples); !status.ok()) {
      context_.store_failed = true;
      return status;
    }
    RemoveStale(&samples);
    if (samples.empty()) return base::OkStatus();
    if (context_.plan.of(matrix).statistics_only) ReduceToStatistics(&samples);
    ++context_.evidence[evidence].used;
    RETURN_IF_ERROR(CountWindows(samples, windows, count));
    return sink(series.labels(), false, samples);
  });
}

base::Status Evaluator::StreamSubquerySamples(const Subquery& subquery, const Windows& windows, size_t count,
                                              const SamplesSink& sink) {
  StepGrid grid;
  if (!SubqueryGrid(windows, count, context_.plan.of(subquery).step_ms, &grid)) return base::OkStatus();
  storage::Samples samples;
  context_.counter.EnterSubquery();
  base::Status status = StreamVector(*subquery.expr, grid, [&](SeriesColumn& column) {
    ToSamples(column, grid, &samples);
    if (samples.empty()) return base::OkStatus();
    RETURN_IF_ERROR(context_.budget.Peek(static_cast<int64_t>(samples.size())));
    RETURN_IF_ERROR(CountWindows(samples, windows, count));
    return sink(column.labels, column.drop_name, samples);
  });
  context_.counter.LeaveSubquery();
  return status;
}

base::Status Evaluator::CountWindows(const storage::Samples& samples, const Windows& windows, size_t count) {
  // All windows hold no more than all samples: most often that is known to be little enough.
  if (!context_.counter.enabled() && samples.histogram_times.empty() &&
      context_.budget.Peek(static_cast<int64_t>(samples.size())).ok()) {
    return base::OkStatus();
  }
  size_t float_from = 0, float_to = 0, histogram_from = 0, histogram_to = 0;
  int64_t sizes = 0;  // of the histograms in the window
  const auto advance = [](const std::vector<int64_t>& times, int64_t t_ms, size_t* at, auto&& passed) {
    for (; *at < times.size() && times[*at] <= t_ms; ++*at) passed(*at);
  };
  const auto nothing = [](size_t) {};
  for (size_t step = 0; step < count; ++step) {
    const int64_t end = windows.end(step);
    advance(samples.times, end, &float_to, nothing);
    advance(samples.times, end - windows.range_ms, &float_from, nothing);
    advance(samples.histogram_times, end, &histogram_to,
            [&](size_t i) { sizes += HistogramSize(*samples.histograms[i]); });
    advance(samples.histogram_times, end - windows.range_ms, &histogram_from,
            [&](size_t i) { sizes -= HistogramSize(*samples.histograms[i]); });
    const int64_t in_window = static_cast<int64_t>(float_to - float_from) + sizes;
    RETURN_IF_ERROR(context_.budget.Peek(in_window));
    if (context_.counter.enabled()) context_.counter.Add(step, in_window);
    if (windows.step_ms == 0 && !context_.counter.enabled()) break;
  }
  return base::OkStatus();
}

}  // namespace bekci::promql
