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

}  // namespace bekci::collect
