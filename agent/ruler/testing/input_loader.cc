#include "agent/ruler/testing/input_loader.h"

#include <algorithm>
#include <utility>

namespace bekci::ruler::testing {

InputLoader::InputLoader(const TestCase& test) : start_ms_(test.start.ms), interval_ms_(base::ToMillis(test.interval)) {
  for (const InputSeries& input : test.input) {
    auto positions = promql::testing::ParsePositions(input.values);
    if (!positions.ok()) continue;  // the file was refused for it
    longest_ = std::max(longest_, positions->size());
    series_.push_back({&input.labels, *std::move(positions), 0});
  }
}

base::Status InputLoader::Append(Series* series, size_t position, storage::Appender& appender) {
  const promql::testing::Position& sample = series->positions[position];
  if (sample.omitted) return base::OkStatus();
  const int64_t t_ms = start_ms_ + static_cast<int64_t>(position) * interval_ms_;
  const model::Labels no_labels;
  const model::Labels& labels = series->ref == 0 ? *series->labels : no_labels;
  ASSIGN_OR_RETURN(series->ref, sample.histogram != nullptr
                                    ? appender.AppendHistogram(series->ref, labels, t_ms, sample.histogram)
                                    : appender.Append(series->ref, labels, t_ms, sample.value));
  ++loaded_;
  return base::OkStatus();
}

base::Status InputLoader::LoadUntil(int64_t until_ms, storage::Appendable& store) {
  const auto appender = store.NewAppender();
  for (; next_ < longest_ && start_ms_ + static_cast<int64_t>(next_) * interval_ms_ <= until_ms; ++next_) {
    for (Series& series : series_) {
      if (next_ >= series.positions.size()) continue;
      RETURN_IF_ERROR(Append(&series, next_, *appender).WithContext(series.labels->ToString()));
    }
  }
  return appender->Commit();
}

}  // namespace bekci::ruler::testing
