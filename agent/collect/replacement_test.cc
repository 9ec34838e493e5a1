#include "agent/collect/replacement.h"

#include <doctest/doctest.h>

namespace bekci::collect::replacement_test {
namespace {

using base::milliseconds;
using base::MonotonicTime;
using base::seconds;

// The delay after a worker that lived so long.
base::Duration DieAfter(Replacement& replacement, MonotonicTime* now, base::Duration lived) {
  replacement.OnStart(*now);
  *now = *now + lived;
  const MonotonicTime next = replacement.OnDeath(*now);
  const base::Duration delay = next - *now;
  *now = next;
  return delay;
}

TEST_CASE("a worker is replaced after 0.1 s, and later each time it dies young, up to 30 s") {
  Replacement replacement;
  MonotonicTime now{5'000'000'000};
  CHECK(DieAfter(replacement, &now, base::hours(3)) == milliseconds(100));
  int64_t expected_ms = 100;
  for (int i = 0; i < 8; ++i) {
    expected_ms *= 2;
    CHECK(DieAfter(replacement, &now, seconds(1)) == milliseconds(expected_ms));
  }
  CHECK(expected_ms == 25'600);
  CHECK(DieAfter(replacement, &now, seconds(1)) == seconds(30));
  CHECK(DieAfter(replacement, &now, seconds(9)) == seconds(30));
}

TEST_CASE("a good minute forgives, half a minute keeps the delay") {
  Replacement replacement;
  MonotonicTime now{};
  CHECK(DieAfter(replacement, &now, seconds(1)) == milliseconds(100));
  CHECK(DieAfter(replacement, &now, seconds(1)) == milliseconds(200));
  CHECK(DieAfter(replacement, &now, seconds(30)) == milliseconds(200));
  CHECK(DieAfter(replacement, &now, seconds(61)) == milliseconds(100));
  CHECK(DieAfter(replacement, &now, seconds(9)) == milliseconds(200));
}

TEST_CASE("a worker that sees too little is replaced at once, and more rarely where new things keep coming") {
  RefreshPace pace;
  MonotonicTime now{5'000'000'000};
  for (const int64_t pause : {10, 20, 40, 80, 160, 320, 600, 600}) {
    CHECK(pace.May(now));
    pace.OnRefresh(now);
    CHECK_FALSE(pace.May(now + seconds(pause) - milliseconds(1)));
    now = now + seconds(pause);
  }
  now = now + RefreshPace::kLongestPause;  // calm
  pace.OnRefresh(now);
  CHECK(pace.May(now + RefreshPace::kFirstPause));
}

}  // namespace
}  // namespace bekci::collect::replacement_test
