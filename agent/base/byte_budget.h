// ByteBudget: a bound on the bytes that many hold together; ByteCharge: what one of them holds, given back with it.
//
// Nobody waits for room: who gets none gives up with words. Thread rule: a budget any thread, a charge one at a time.
#pragma once

#include <atomic>
#include <cstdint>

namespace bekci::base {

class ByteBudget {
 public:
  explicit ByteBudget(uint64_t limit_bytes) : limit_(limit_bytes) {}

  // All of it or nothing.
  bool Take(uint64_t bytes) {
    uint64_t used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > limit_ - used) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return true;
  }
  void Give(uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  uint64_t limit() const { return limit_; }
  uint64_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const uint64_t limit_;
  std::atomic<uint64_t> used_{0};  // never more than limit_
};

class ByteCharge {
 public:
  explicit ByteCharge(ByteBudget* budget) : budget_(budget) {}  // null: without bound
  ~ByteCharge() { Set(0); }
  ByteCharge(const ByteCharge&) = delete;
  ByteCharge& operator=(const ByteCharge&) = delete;

  // From now on it holds so many; less never fails. False: there is no room, and it holds what it held.
  bool Set(uint64_t bytes) {
    if (budget_ == nullptr) return true;
    refused_ = bytes > held_ && !budget_->Take(bytes - held_);
    if (refused_) return false;
    if (bytes < held_) budget_->Give(held_ - bytes);
    held_ = bytes;
    return true;
  }
  uint64_t held() const { return held_; }
  bool refused() const { return refused_; }  // the last Set
  const ByteBudget* budget() const { return budget_; }

 private:
  ByteBudget* const budget_;
  uint64_t held_ = 0;
  bool refused_ = false;
};

}  // namespace bekci::base
