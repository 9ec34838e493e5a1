// BoundedQueue: the only way two threads hand work to each other here. The policy when full is named at the call:
// PushOrWait blocks, TryPush refuses, PushDroppingOldest makes room; the caller counts what was lost.
//
// Thread rule: any number of producers and consumers. No lock is held while an element is made, moved out or destroyed
// by the caller.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "agent/base/mutex.h"

namespace bekci::base {

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t capacity) : capacity_(capacity) {}

  // False when full or closed; the element is then untouched.
  bool TryPush(T&& element) {
    {
      MutexLock lock(mutex_);
      if (closed_ || elements_.size() >= capacity_) return false;
      elements_.push_back(std::move(element));
    }
    not_empty_.NotifyOne();
    return true;
  }

  // Waits for room. False when the queue was closed.
  bool PushOrWait(T&& element) {
    {
      MutexLock lock(mutex_);
      while (!closed_ && elements_.size() >= capacity_) not_full_.Wait(mutex_);
      if (closed_) return false;
      elements_.push_back(std::move(element));
    }
    not_empty_.NotifyOne();
    return true;
  }

  // Always takes the element unless closed; returns what had to go to make room.
  std::optional<T> PushDroppingOldest(T&& element) {
    std::optional<T> dropped;
    {
      MutexLock lock(mutex_);
      if (closed_) return std::optional<T>(std::move(element));
      if (elements_.size() >= capacity_) {
        dropped.emplace(std::move(elements_.front()));
        elements_.pop_front();
      }
      elements_.push_back(std::move(element));
    }
    not_empty_.NotifyOne();
    return dropped;
  }

  // The next element; waits for one. nullopt only when closed and empty, so closing drains.
  std::optional<T> Pop() {
    std::optional<T> element;
    {
      MutexLock lock(mutex_);
      while (elements_.empty() && !closed_) not_empty_.Wait(mutex_);
      if (elements_.empty()) return std::nullopt;
      element.emplace(std::move(elements_.front()));
      elements_.pop_front();
    }
    not_full_.NotifyOne();
    return element;
  }

  void Close() {
    {
      MutexLock lock(mutex_);
      closed_ = true;
    }
    not_empty_.NotifyAll();
    not_full_.NotifyAll();
  }

  size_t size() const {
    MutexLock lock(mutex_);
    return elements_.size();
  }

 private:
  const size_t capacity_;
  mutable Mutex mutex_;
  CondVar not_empty_;
  CondVar not_full_;
  std::deque<T> elements_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace bekci::base
