// Outbox: messages on their way: what waits for the disk, for its turn, for a receiver to recover, for an answer.
//
// Every integration has a lane of its own, so that one that fails or hangs disturbs no other. In a lane the levels of
// escalations go first, then what has waited longest; at most kLaneConcurrency at once, and one at a time of each
// group, so that a group's messages arrive in order. What failed and may work later waits with back-off; after
// kCircuitFailures failures in a row the lane only probes, with one message at a time, until one gets through (the
// first attempt of an escalation is itself such a probe: it never waits for the others' back-off). A wait that the
// other side asked for holds for the whole lane.
//
// What may have left (a message in flight, or one that an earlier process may have sent) is not replaced before there
// is an answer. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/random.h"
#include "agent/notify/instant.h"
#include "agent/notify/metrics.h"
#include "agent/notify/outbox_row.h"
#include "agent/notify/receivers/integration.h"

namespace bekci::notify {

inline constexpr size_t kLaneConcurrency = 4;
inline constexpr size_t kCircuitFailures = 5;
inline constexpr size_t kMaxRows = 50'000;
inline constexpr base::Duration kMaxRowAge = base::hours(24);
inline constexpr base::Duration kMaxRetryAfter = base::minutes(15);
// A row that the journal has not taken by then is sent all the same.
inline constexpr base::Duration kJournalPatience = base::seconds(1);

// 0.5 s * 1.5^n, at most 60 s, times a random factor in [0.5, 1.5].
base::Duration BackOff(size_t failures, base::Random& random);

using IntegrationPtr = std::shared_ptr<receivers::Integration>;

// What a sender thread needs for one attempt.
struct Attempt {
  uint64_t row_id = 0;
  RowPtr row;
  IntegrationPtr integration;
};

enum class Verdict : unsigned char { kUnknownRow, kDone, kRetry, kGivenUp };

class Outbox {
 public:
  explicit Outbox(base::Random& random) : random_(random) {}

  // Which integrations there are. What waits for one that is gone is returned, and no longer here; what is in flight
  // there may still be answered.
  std::vector<RowPtr> SetIntegrations(const std::map<IntegrationKey, IntegrationPtr>& integrations);

  // Takes a row in; it stays until the journal has it up to `seq`. False: there is no such integration, or no room.
  bool Add(RowPtr row, uint64_t seq, Instant now);
  // As Add, of a row that an earlier process left without an answer: it may have left.
  bool Restore(RowPtr row, Instant now);
  // The journal has everything up to `seq`, or could not write it.
  void Committed(uint64_t seq, bool written);
  void Drop(uint64_t id);

  // The row of a target that is entered in the log; nullptr: none. There is one at most.
  RowPtr Find(const Target& target) const;
  bool MayHaveLeft(uint64_t id) const;
  bool InFlight(uint64_t id) const;
  // Puts `row` in the place of one that has not left (0: of none); it inherits its place in the back-off. As Add.
  bool Replace(uint64_t old_id, RowPtr row, uint64_t seq, Instant now);
  // The row with this delivery id; nullptr: none.
  RowPtr FindDelivery(const std::string& delivery_id) const;

  // Whatever can be sent now; it is in flight from then on.
  std::vector<Attempt> TakeAttempts(Instant now);
  // What became of an attempt. kRetry: it is tried again; kDone, kGivenUp: the row is no longer here.
  Verdict Answer(uint64_t id, const receivers::Delivery& delivery, base::Duration took, Instant now);
  // What has waited for the journal for too long goes on without it.
  void ReleaseLate(Instant now);
  // Rows that were tried for too long: no longer here.
  std::vector<RowPtr> TakeOverdue(Instant now);
  base::MonotonicTime NextDue() const;

  std::vector<RowPtr> Rows() const;  // by id
  size_t size() const { return rows_.size(); }
  uint64_t sent_unjournaled() const { return sent_unjournaled_; }
  uint64_t refused() const { return refused_; }
  std::vector<IntegrationMetrics> Metrics(Instant now) const;
  // Counts a message that was decided on; one that failed for good for `reason`.
  void CountNotification(const IntegrationKey& key);
  void CountFailure(const IntegrationKey& key, std::string_view reason);

 private:
  enum class State : unsigned char { kHeld, kWaiting, kInFlight };
  struct Row {
    RowPtr text;
    State state = State::kHeld;
    uint64_t seq = 0;
    base::MonotonicTime added;       // it, or the first of those that it took the place of
    base::MonotonicTime held_since;  // waits for the journal
    base::MonotonicTime not_before;
    size_t failures = 0;
    size_t ambiguous = 0;
    bool restored = false;  // may have left before this process
    std::string last_reason;
  };
  using Order = std::pair<int, uint64_t>;  // urgency, id: the older first
  struct Lane {
    IntegrationPtr integration;
    std::map<Order, Row*> waiting;
    std::set<std::string> busy;  // groups
    size_t in_flight = 0;
    size_t failures = 0;  // in a row
    base::MonotonicTime probe_at;
    base::MonotonicTime rate_limited_until;
    IntegrationMetrics counters;
    bool open() const { return failures >= kCircuitFailures; }
  };

  Lane& LaneOf(const RowText& row) { return lanes_[row.target.integration]; }
  Row* Insert(RowPtr text, Instant now);
  void Release(Row* row);
  void Erase(uint64_t id);
  bool MayStart(const Lane& lane, const Row& row, Instant now) const;
  void TakeFrom(Lane* lane, Instant now, std::vector<Attempt>* attempts);
  Verdict Failed(Lane* lane, Row* row, const receivers::Delivery& delivery, Instant now);
  void Succeeded(Lane* lane);

  base::Random& random_;
  std::map<uint64_t, Row> rows_;
  std::map<IntegrationKey, Lane> lanes_;  // never removed: what they counted stays
  std::unordered_map<Target, uint64_t, TargetHash> logged_;
  std::unordered_map<std::string, uint64_t> by_delivery_;
  std::set<std::pair<uint64_t, uint64_t>> held_;  // seq, id
  uint64_t sent_unjournaled_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace bekci::notify
