#include "agent/collect/replacement.h"

#include <algorithm>

namespace bekci::collect {

base::MonotonicTime Replacement::OnDeath(base::MonotonicTime now) {
  const base::Duration lived = now - started_;
  if (delay_ == base::Duration::zero() || lived >= kProven) {
    delay_ = kFirstDelay;
  } else if (lived < kYoung) {
    delay_ = std::min(2 * delay_, kLongestDelay);
  }
  return now + delay_;
}

void RefreshPace::OnRefresh(base::MonotonicTime now) {
  const bool calm = pause_ == base::Duration::zero() || now - next_ >= kLongestPause;
  pause_ = calm ? kFirstPause : std::min(2 * pause_, kLongestPause);
  next_ = now + pause_;
}

}  // namespace bekci::collect
