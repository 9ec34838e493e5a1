#include "agent/ruler/series_restore.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace bekci::ruler {
namespace {

// Of one rule; a rule with more is begun anew beyond them.
constexpr size_t kMostSeries = 10'000;

// The alert's name, and labels of the rule that are no templates.
std::vector<model::Matcher> MatchersOf(const Rule& rule) {
  std::vector<model::Matcher> matchers = {
      model::Matcher::Equal(std::string(model::kMetricName), std::string(kAlertsForStateMetric)),
      model::Matcher::Equal(std::string(kAlertName), rule.text.name)};
  for (const auto& [name, value] : rule.own_labels) {
    if (name != kAlertName && value.find("{{") == std::string::npos) {
      matchers.push_back(model::Matcher::Equal(name, value));
    }
  }
  return matchers;
}

}  // namespace

base::Result<SavedAlerts> ReadSavedAlerts(const Rule& rule, storage::Queryable& store, base::Timestamp now) {
  SavedAlerts saved;
  if (!rule.alerting() || rule.text.hold < kRestoreGrace) return saved;
  const base::Timestamp from = now - kOutageTolerance;
  const std::vector<model::Matcher> matchers = MatchersOf(rule);
  ASSIGN_OR_RETURN(const auto querier, store.OpenQuerier(from.ms, now.ms));
  ASSIGN_OR_RETURN(const storage::SeriesList list, querier->Select(matchers, {.sorted = false, .limit = kMostSeries}));
  storage::Samples samples;
  for (const auto& series : list) {
    RETURN_IF_ERROR(series->Read(from.ms, now.ms, &samples));
    if (samples.times.empty()) continue;
    const double seconds = samples.values.back();
    // A stale marker: it had ended. Beyond the years that clocks have it is nothing of ours.
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e11) continue;
    saved[series->labels().With({{model::kMetricName, ""}})] = {{samples.times.back()},
                                                                {static_cast<int64_t>(seconds) * 1000}};
  }
  return saved;
}

base::Timestamp RestoredActiveAt(const SavedPending& saved, base::Duration hold, base::Timestamp now) {
  const base::Duration left = hold - (saved.seen - saved.active);
  if (left <= base::Duration::zero()) return saved.active;  // it fired
  if (left < kRestoreGrace) return now + kRestoreGrace - hold;
  return saved.active + (now - saved.seen);
}

}  // namespace bekci::ruler
