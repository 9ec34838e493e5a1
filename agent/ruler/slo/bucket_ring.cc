#include "agent/ruler/slo/bucket_ring.h"

#include <algorithm>

namespace bekci::ruler::slo {
namespace {

int64_t FloorDivide(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

}  // namespace

BucketRing::BucketRing(base::Duration width, base::Duration span) : width_ms_(base::ToMillis(width)) {
  // One more than the span has, for the bucket that is being filled.
  const auto count = static_cast<size_t>(base::ToMillis(span) / width_ms_) + 1;
  blocks_.resize((count + kBlock - 1) / kBlock);
  buckets_.resize(blocks_.size() * kBlock);
}

int64_t BucketRing::BucketOf(base::Timestamp t) const {
  return FloorDivide(t.ms, width_ms_);
}

size_t BucketRing::PlaceOf(int64_t bucket) const {
  const auto count = static_cast<int64_t>(buckets_.size());
  return static_cast<size_t>(bucket - FloorDivide(bucket, count) * count);
}

bool BucketRing::IsHeld(int64_t bucket) const {
  return newest_ != INT64_MIN && bucket <= newest_ && newest_ - bucket < static_cast<int64_t>(buckets_.size());
}

int64_t BucketRing::Oldest() const {
  if (newest_ == INT64_MIN) return INT64_MIN;
  for (int64_t bucket = newest_ - static_cast<int64_t>(buckets_.size()) + 1; bucket < newest_; ++bucket) {
    if (Find(bucket) != nullptr) return bucket;
  }
  return newest_;
}

BucketRing::Bucket* BucketRing::Reach(int64_t bucket) {
  if (newest_ == INT64_MIN) newest_ = bucket;
  if (bucket > newest_) {
    // What is passed over was not observed.
    const auto count = static_cast<int64_t>(buckets_.size());
    const int64_t from = std::max(newest_ + 1, bucket - count + 1);
    for (int64_t passed = from; passed <= bucket; ++passed) {
      Bucket& old = buckets_[PlaceOf(passed)];
      if (old.events.total == kAbsent) continue;
      old = Bucket();
      SumBlock(PlaceOf(passed));
    }
    newest_ = bucket;
  }
  return IsHeld(bucket) ? &buckets_[PlaceOf(bucket)] : nullptr;
}

bool BucketRing::Add(base::Timestamp t, const Events& events) {
  const int64_t number = BucketOf(t);
  Bucket* bucket = Reach(number);
  if (bucket == nullptr) return false;
  if (bucket->events.total == kAbsent) bucket->events.total = 0;
  bucket->events.bad += events.bad;
  bucket->events.total += events.total;
  SumBlock(PlaceOf(number));
  return true;
}

bool BucketRing::Put(int64_t number, const Events& events) {
  Bucket* bucket = Reach(number);
  if (bucket == nullptr) return false;
  bucket->events = events;
  SumBlock(PlaceOf(number));
  return true;
}

const Events* BucketRing::Find(int64_t bucket) const {
  if (!IsHeld(bucket)) return nullptr;
  const Events& events = buckets_[PlaceOf(bucket)].events;
  return events.total == kAbsent ? nullptr : &events;
}

void BucketRing::AddTo(WindowSum* sum, size_t place) const {
  const Events& events = buckets_[place].events;
  if (events.total == kAbsent) return;
  sum->events.bad += events.bad;
  sum->events.total += events.total;
  ++sum->observed;
}

void BucketRing::SumBlock(size_t place) {
  const size_t block = place / kBlock;
  blocks_[block] = WindowSum();
  for (size_t i = block * kBlock; i < (block + 1) * kBlock; ++i) AddTo(&blocks_[block], i);
}

WindowSum BucketRing::Sum(int64_t first, int64_t last) const {
  WindowSum sum;
  if (newest_ == INT64_MIN) return sum;
  first = std::max(first, newest_ - static_cast<int64_t>(buckets_.size()) + 1);
  last = std::min(last, newest_);
  for (int64_t bucket = first; bucket <= last;) {
    const size_t place = PlaceOf(bucket);
    const bool whole = place % kBlock == 0 && last - bucket >= static_cast<int64_t>(kBlock) - 1;
    if (!whole) {
      AddTo(&sum, place);
      ++bucket;
      continue;
    }
    const WindowSum& block = blocks_[place / kBlock];
    sum.events.bad += block.events.bad;
    sum.events.total += block.events.total;
    sum.observed += block.observed;
    bucket += static_cast<int64_t>(kBlock);
  }
  return sum;
}

WindowSum BucketRing::SumWindow(base::Timestamp t, base::Duration window) const {
  return Sum(BucketOf(t - window) + 1, BucketOf(t));
}

WindowSum BucketRing::SumBetween(base::Timestamp from, base::Timestamp to) const {
  const int64_t first = BucketOf(from);
  return Sum(first * width_ms_ < from.ms ? first + 1 : first, BucketOf(to));
}

}  // namespace bekci::ruler::slo
