// DeadlineList: deadlines of one kind, all of the same length, so the order of arrival is the order of expiry.
//
// That makes a plain doubly linked list a priority queue: putting in, taking out and asking for the first are O(1) and
// allocate nothing. One list per kind (head, body, answer, idle ...); the list of requests that wait for a handler is
// at the same time their queue, and the front of the idle list is the connection that was idle longest.
//
// Thread rule: one thread. An entry leaves its list when it is destroyed.
#pragma once

#include "agent/base/clock.h"

namespace bekci::net {

class DeadlineList;

// Base of what has deadlines; in at most one list at a time.
class DeadlineEntry {
 public:
  DeadlineEntry() = default;
  DeadlineEntry(const DeadlineEntry&) = delete;
  DeadlineEntry& operator=(const DeadlineEntry&) = delete;
  inline void LeaveList();
  const DeadlineList* list() const { return list_; }

 protected:
  ~DeadlineEntry() { LeaveList(); }

 private:
  friend class DeadlineList;
  DeadlineEntry* next_ = nullptr;
  DeadlineEntry* previous_ = nullptr;
  DeadlineList* list_ = nullptr;
  base::MonotonicTime due_;
};

class DeadlineList {
 public:
  explicit DeadlineList(base::Duration length) : length_(length) {}
  DeadlineList(const DeadlineList&) = delete;
  DeadlineList& operator=(const DeadlineList&) = delete;
  ~DeadlineList() {
    while (first_ != nullptr) first_->LeaveList();
  }

  // The entry moves here, from whatever list it was in, due at now + length. `now` never falls.
  void Put(DeadlineEntry* entry, base::MonotonicTime now) {
    entry->LeaveList();
    entry->list_ = this;
    entry->due_ = now + length_;
    entry->previous_ = last_;
    (last_ == nullptr ? first_ : last_->next_) = entry;
    last_ = entry;
  }

  DeadlineEntry* first() const { return first_; }
  base::MonotonicTime first_due() const { return first_ == nullptr ? base::MonotonicTime::Max() : first_->due_; }
  // When the first entry was put in; there must be one.
  base::MonotonicTime first_since() const { return first_->due_ - length_; }
  // The first entry if its time has come, taken out of the list; else null.
  DeadlineEntry* TakeDue(base::MonotonicTime now) {
    if (first_ == nullptr || first_->due_ > now) return nullptr;
    DeadlineEntry* due = first_;
    due->LeaveList();
    return due;
  }

 private:
  friend class DeadlineEntry;
  const base::Duration length_;
  DeadlineEntry* first_ = nullptr;
  DeadlineEntry* last_ = nullptr;
};

void DeadlineEntry::LeaveList() {
  if (list_ == nullptr) return;
  (previous_ == nullptr ? list_->first_ : previous_->next_) = next_;
  (next_ == nullptr ? list_->last_ : next_->previous_) = previous_;
  next_ = previous_ = nullptr;
  list_ = nullptr;
}

}  // namespace bekci::net
