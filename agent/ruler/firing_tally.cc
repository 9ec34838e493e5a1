#include "agent/ruler/firing_tally.h"

#include <algorithm>
#include <utility>

namespace bekci::ruler {
namespace {

// Label sets that are told apart; more are counted as one more each.
constexpr size_t kMostLabelSets = 100'000;

}  // namespace

void FiringTally::Observe(base::Timestamp at, const std::vector<const Alert*>& active) {
  for (auto& [labels, open] : open_) open.seen = false;
  bool fires = false;
  for (const Alert* alert : active) {
    Open& open = open_[alert->labels];
    open.seen = true;
    open.active_at = alert->active_at;
    open.fired_at = alert->state == AlertState::kFiring ? alert->fired_at : base::Timestamp{};
    fires = fires || alert->state == AlertState::kFiring;
  }
  // A firing lasts until the slot at which it has ended: each slot speaks for the time to the next.
  if (fires && at >= start_) firing_time_ += interval_;
  for (auto it = open_.begin(); it != open_.end();) {
    if (!it->second.seen) Close(it->first, it->second, at);
    it = it->second.seen ? std::next(it) : open_.erase(it);
  }
  last_ = at;
}

void FiringTally::Close(const model::Labels& labels, const Open& open, base::Timestamp resolved_at) {
  if (resolved_at.ms != 0 && resolved_at < start_) return;
  if (open.fired_at.ms == 0) {
    if (resolved_at.ms != 0) ++near_misses_;
    return;
  }
  ++firings_;
  if (fired_.size() < kMostLabelSets) fired_.insert(labels);
  const base::Timestamp end = resolved_at.ms != 0 ? resolved_at : last_ + interval_;
  longest_ = std::max(longest_, end - std::max(open.fired_at, start_));
  Keep({labels, open.active_at, open.fired_at, resolved_at});
}

void FiringTally::Keep(BacktestFiring firing) {
  shown_.push_back(std::move(firing));
  if (shown_.size() > kKeptFirings) shown_.pop_front();
}

void FiringTally::Finish(BacktestResult* result) {
  for (const auto& [labels, open] : open_) Close(labels, open, {});
  open_.clear();
  result->firings = firings_;
  result->near_misses = near_misses_;
  result->alerts = fired_.size();
  result->firing_time = firing_time_;
  result->longest = longest_;
  result->shown.assign(shown_.begin(), shown_.end());
  std::stable_sort(result->shown.begin(), result->shown.end(),
                   [](const BacktestFiring& a, const BacktestFiring& b) { return a.fired_at < b.fired_at; });
}

}  // namespace bekci::ruler
