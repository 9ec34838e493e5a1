// BucketRing: bad and all events summed in buckets of one width, for as far back as it has room.
//
// No running sum of a window is kept: sums that are added to and subtracted from for months drift, and a window that
// nobody registered could not be asked. Instead every twelve buckets have a sum of their own, made anew from those
// twelve whenever one of them changes, so an update costs the same whatever the windows are, and 30 days are 720
// additions. A bucket in which nothing was observed is absent, not zero; how many were there is part of every answer.
//
// Invariants: buckets are numbered from the Unix epoch; those in (newest - count, newest] are held, and of these the
// ones observed have a finite, non-negative total and bad. Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/base/clock.h"

namespace bekci::ruler::slo {

// Events, of which some are bad. Numbers need not be whole: a rate may be where they come from.
struct Events {
  double bad = 0;
  double total = 0;
};

struct WindowSum {
  Events events;
  size_t observed = 0;  // buckets in which something was observed
};

class BucketRing {
 public:
  // `width` > 0; at least `span` is held, in whole blocks.
  BucketRing(base::Duration width, base::Duration span);

  int64_t width_ms() const { return width_ms_; }
  int64_t BucketOf(base::Timestamp t) const;
  size_t capacity() const { return buckets_.size(); }
  // The newest bucket that was ever observed; INT64_MIN: none.
  int64_t newest() const { return newest_; }
  // The oldest that is held and was observed; INT64_MIN: none.
  int64_t Oldest() const;

  // Adds to the bucket of `t`. A time before all that is held changes nothing and is answered with false; one far ahead
  // lets go of what is then too old.
  bool Add(base::Timestamp t, const Events& events);
  // Puts the whole of a bucket in place of what it held. False: too old.
  bool Put(int64_t bucket, const Events& events);
  // Null: nothing was observed in it, or it is not held.
  const Events* Find(int64_t bucket) const;

  // Buckets `first` to `last`, both included.
  WindowSum Sum(int64_t first, int64_t last) const;
  // The buckets that begin within (t - window, t]: never events older than the window, and of its oldest part at most
  // one bucket's width less.
  WindowSum SumWindow(base::Timestamp t, base::Duration window) const;
  // The buckets that begin in [from, to].
  WindowSum SumBetween(base::Timestamp from, base::Timestamp to) const;

 private:
  static constexpr size_t kBlock = 12;

  struct Bucket {
    Events events = {0, kAbsent};
  };
  static constexpr double kAbsent = -1;

  size_t PlaceOf(int64_t bucket) const;
  bool IsHeld(int64_t bucket) const;
  Bucket* Reach(int64_t bucket);
  void SumBlock(size_t place);
  void AddTo(WindowSum* sum, size_t place) const;

  int64_t width_ms_;
  std::vector<Bucket> buckets_;    // by bucket modulo the number
  std::vector<WindowSum> blocks_;  // of kBlock places each
  int64_t newest_ = INT64_MIN;
};

}  // namespace bekci::ruler::slo
