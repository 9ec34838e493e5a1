#include "agent/ruler/output_series.h"

#include <string>

namespace bekci::ruler {

void OutputSeries::Count(const storage::Appender& appender, const base::Status& status, const model::Labels& labels,
                         RefusedOutput* refused) {
  switch (appender.refusal()) {
    case storage::Refusal::kOutOfOrder:
      ++refused->out_of_order;
      break;
    case storage::Refusal::kOutOfBounds:
      ++refused->too_old;
      break;
    case storage::Refusal::kDuplicate:
      ++refused->duplicate;
      break;
    default:
      ++refused->other;
  }
  if (refused->first_error.empty()) refused->first_error = labels.ToString() + ": " + status.message();
}

void OutputSeries::Write(const std::vector<OutputSample>& samples, int64_t t_ms, storage::Appender& appender,
                         RefusedOutput* refused) {
  ++round_;
  for (const OutputSample& sample : samples) {
    Entry& entry = series_[sample.labels];
    const auto appended = sample.histogram != nullptr
                              ? appender.AppendHistogram(entry.ref, sample.labels, t_ms, sample.histogram)
                              : appender.Append(entry.ref, sample.labels, t_ms, sample.value);
    entry.round = round_;
    if (appended.ok()) {
      entry.ref = *appended;
    } else {
      Count(appender, appended.status(), sample.labels, refused);
    }
  }
  for (auto it = series_.begin(); it != series_.end();) {
    if (it->second.round == round_) {
      ++it;
      continue;
    }
    // What is refused here needs no marker: the series has a newer sample, or is gone.
    (void)appender.Append(it->second.ref, it->first, t_ms, storage::StaleMarker());
    it = series_.erase(it);
  }
}

void OutputSeries::End(int64_t t_ms, storage::Appender& appender) {
  for (const auto& [labels, entry] : series_) {
    (void)appender.Append(entry.ref, labels, t_ms, storage::StaleMarker());
  }
  series_.clear();
}

}  // namespace bekci::ruler
