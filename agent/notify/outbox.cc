#include "agent/notify/outbox.h"

#include <algorithm>
#include <cmath>

namespace bekci::notify {

using receivers::Outcome;

base::Duration BackOff(size_t failures, base::Random& random) {
  constexpr double kFirst = 0.5;
  constexpr double kFactor = 1.5;
  constexpr double kCap = 60;
  const double grown = kFirst * std::pow(kFactor, static_cast<double>(std::min<size_t>(failures, 20)));
  return base::FromSeconds(std::min(grown, kCap) * (0.5 + random.Fraction()));
}

std::vector<RowPtr> Outbox::SetIntegrations(const std::map<IntegrationKey, IntegrationPtr>& integrations) {
  for (auto& [key, lane] : lanes_) lane.integration = nullptr;
  for (const auto& [key, integration] : integrations) {
    Lane& lane = lanes_[key];
    lane.counters.key = key;
    lane.integration = integration;
    // It may be another one now: it gets its chance.
    lane.failures = 0;
    lane.probe_at = lane.rate_limited_until = {};
  }
  std::vector<RowPtr> orphans;
  for (const auto& [id, row] : rows_) {
    if (row.state != State::kInFlight && LaneOf(*row.text).integration == nullptr) orphans.push_back(row.text);
  }
  for (const RowPtr& row : orphans) Erase(row->id);
  return orphans;
}

Outbox::Row* Outbox::Insert(RowPtr text, Instant now) {
  const auto lane = lanes_.find(text->target.integration);
  if (lane == lanes_.end() || lane->second.integration == nullptr || rows_.size() >= kMaxRows) {
    ++refused_;
    return nullptr;
  }
  Row& row = rows_[text->id];
  row.text = std::move(text);
  row.added = row.held_since = now.steady;
  by_delivery_[row.text->delivery_id] = row.text->id;
  if (row.text->logs) logged_[row.text->target] = row.text->id;
  return &row;
}

bool Outbox::Add(RowPtr text, uint64_t seq, Instant now) {
  Row* const row = Insert(std::move(text), now);
  if (row == nullptr) return false;
  row->seq = seq;
  held_.insert({seq, row->text->id});
  return true;
}

bool Outbox::Restore(RowPtr text, Instant now) {
  Row* const row = Insert(std::move(text), now);
  if (row == nullptr) return false;
  row->restored = true;
  Release(row);
  return true;
}

void Outbox::Release(Row* row) {
  held_.erase({row->seq, row->text->id});
  row->state = State::kWaiting;
  LaneOf(*row->text).waiting[{row->text->urgent() ? 0 : 1, row->text->id}] = row;
}

void Outbox::Committed(uint64_t seq, bool written) {
  while (!held_.empty() && held_.begin()->first <= seq) {
    if (!written) ++sent_unjournaled_;
    Release(&rows_.at(held_.begin()->second));
  }
}

void Outbox::Erase(uint64_t id) {
  const auto found = rows_.find(id);
  if (found == rows_.end()) return;
  const Row& row = found->second;
  held_.erase({row.seq, id});
  LaneOf(*row.text).waiting.erase({row.text->urgent() ? 0 : 1, id});
  const auto logged = logged_.find(row.text->target);
  if (logged != logged_.end() && logged->second == id) logged_.erase(logged);
  by_delivery_.erase(row.text->delivery_id);
  rows_.erase(found);
}

void Outbox::Drop(uint64_t id) {
  const auto found = rows_.find(id);
  if (found == rows_.end() || found->second.state == State::kInFlight) return;
  if (found->second.failures > 0) CountFailure(found->second.text->target.integration, found->second.last_reason);
  Erase(id);
}

RowPtr Outbox::Find(const Target& target) const {
  const auto found = logged_.find(target);
  return found == logged_.end() ? nullptr : rows_.at(found->second).text;
}

bool Outbox::MayHaveLeft(uint64_t id) const {
  const auto found = rows_.find(id);
  return found != rows_.end() && (found->second.state == State::kInFlight || found->second.restored);
}

bool Outbox::InFlight(uint64_t id) const {
  const auto found = rows_.find(id);
  return found != rows_.end() && found->second.state == State::kInFlight;
}

bool Outbox::Replace(uint64_t old_id, RowPtr text, uint64_t seq, Instant now) {
  size_t failures = 0;
  base::MonotonicTime not_before;
  base::MonotonicTime added = now.steady;
  if (const auto old = rows_.find(old_id); old != rows_.end()) {
    failures = old->second.failures;
    not_before = old->second.not_before;
    added = old->second.added;
  }
  Drop(old_id);
  const uint64_t id = text->id;
  if (!Add(std::move(text), seq, now)) return false;
  Row& row = rows_.at(id);
  row.failures = failures;
  row.not_before = not_before;
  row.added = added;
  return true;
}

RowPtr Outbox::FindDelivery(const std::string& delivery_id) const {
  const auto found = by_delivery_.find(delivery_id);
  return found == by_delivery_.end() ? nullptr : rows_.at(found->second).text;
}

bool Outbox::MayStart(const Lane& lane, const Row& row, Instant now) const {
  if (row.not_before > now.steady || lane.busy.contains(row.text->target.group_key)) return false;
  if (!lane.open()) return true;
  return (row.text->urgent() && row.failures == 0) || (lane.in_flight == 0 && lane.probe_at <= now.steady);
}

void Outbox::TakeFrom(Lane* lane, Instant now, std::vector<Attempt>* attempts) {
  if (lane->integration == nullptr || lane->rate_limited_until > now.steady) return;
  for (auto it = lane->waiting.begin(); it != lane->waiting.end() && lane->in_flight < kLaneConcurrency;) {
    Row& row = *it->second;
    if (!MayStart(*lane, row, now)) {
      ++it;
      continue;
    }
    it = lane->waiting.erase(it);
    row.state = State::kInFlight;
    lane->busy.insert(row.text->target.group_key);
    ++lane->in_flight;
    ++lane->counters.requests;
    attempts->push_back({row.text->id, row.text, lane->integration});
  }
}

std::vector<Attempt> Outbox::TakeAttempts(Instant now) {
  std::vector<Attempt> attempts;
  for (auto& [key, lane] : lanes_) TakeFrom(&lane, now, &attempts);
  return attempts;
}

void Outbox::Succeeded(Lane* lane) {
  lane->rate_limited_until = {};
  if (lane->failures == 0) return;
  lane->failures = 0;
  lane->probe_at = {};
  // The way is free again: nobody waits for a back-off any more.
  for (auto& [order, row] : lane->waiting) row->not_before = {};
}

Verdict Outbox::Failed(Lane* lane, Row* row, const receivers::Delivery& delivery, Instant now) {
  ++lane->counters.requests_failed;
  ++row->failures;
  row->last_reason = delivery.reason.empty() ? "other" : std::string(delivery.reason);
  const Outcome outcome = delivery.outcome;
  if (outcome == Outcome::kAuthError || outcome == Outcome::kPermanent) return Verdict::kGivenUp;
  const base::Duration wait = BackOff(row->failures - 1, random_);
  row->not_before = now.steady + wait;
  if (outcome == Outcome::kRateLimited) {
    const base::Duration asked = std::min(delivery.retry_after, kMaxRetryAfter);
    lane->rate_limited_until = now.steady + std::max(asked, wait);
    row->not_before = lane->rate_limited_until;
    return Verdict::kRetry;
  }
  ++lane->failures;
  if (lane->open()) lane->probe_at = now.steady + BackOff(lane->failures - 1, random_);
  if (outcome != Outcome::kAmbiguous || delivery.deduplicates) return Verdict::kRetry;
  ++lane->counters.maybe_duplicates;
  return ++row->ambiguous > 1 ? Verdict::kGivenUp : Verdict::kRetry;
}

Verdict Outbox::Answer(uint64_t id, const receivers::Delivery& delivery, base::Duration took, Instant now) {
  const auto found = rows_.find(id);
  if (found == rows_.end() || found->second.state != State::kInFlight) return Verdict::kUnknownRow;
  Row& row = found->second;
  Lane& lane = LaneOf(*row.text);
  --lane.in_flight;
  lane.busy.erase(row.text->target.group_key);
  lane.counters.latency.Observe(took);
  row.restored = false;
  Verdict verdict = Verdict::kDone;
  if (receivers::IsSuccess(delivery.outcome)) {
    Succeeded(&lane);
  } else {
    verdict = Failed(&lane, &row, delivery, now);
  }
  if (verdict == Verdict::kRetry && lane.integration == nullptr) verdict = Verdict::kGivenUp;  // gone meanwhile
  if (verdict == Verdict::kRetry) {
    Release(&row);
    return verdict;
  }
  if (verdict == Verdict::kGivenUp) {
    ++lane.counters.dead_letters;
    CountFailure(row.text->target.integration, row.last_reason);
  }
  row.state = State::kWaiting;  // so that Erase takes it out of everything
  Erase(id);
  return verdict;
}

std::vector<RowPtr> Outbox::TakeOverdue(Instant now) {
  std::vector<RowPtr> overdue;
  for (const auto& [id, row] : rows_) {
    if (row.state == State::kWaiting && now.steady - row.added >= kMaxRowAge) overdue.push_back(row.text);
  }
  for (const RowPtr& row : overdue) {
    ++lanes_[row->target.integration].counters.dead_letters;
    Drop(row->id);
  }
  return overdue;
}

void Outbox::ReleaseLate(Instant now) {
  while (!held_.empty()) {
    Row& row = rows_.at(held_.begin()->second);
    if (now.steady - row.held_since < kJournalPatience) break;
    ++sent_unjournaled_;
    Release(&row);
  }
}

base::MonotonicTime Outbox::NextDue() const {
  base::MonotonicTime next = base::MonotonicTime::Max();
  if (!held_.empty()) next = rows_.at(held_.begin()->second).held_since + kJournalPatience;
  for (const auto& [key, lane] : lanes_) {
    if (lane.integration == nullptr || lane.in_flight >= kLaneConcurrency) continue;
    for (const auto& [order, row] : lane.waiting) {
      if (lane.busy.contains(row->text->target.group_key)) continue;
      base::MonotonicTime at = std::max(row->not_before, lane.rate_limited_until);
      if (lane.open() && !(row->text->urgent() && row->failures == 0)) {
        if (lane.in_flight > 0) continue;
        at = std::max(at, lane.probe_at);
      }
      next = std::min(next, at);
    }
  }
  return next;
}

std::vector<RowPtr> Outbox::Rows() const {
  std::vector<RowPtr> rows;
  rows.reserve(rows_.size());
  for (const auto& [id, row] : rows_) rows.push_back(row.text);
  return rows;
}

void Outbox::CountNotification(const IntegrationKey& key) {
  ++lanes_[key].counters.notifications;
}

void Outbox::CountFailure(const IntegrationKey& key, std::string_view reason) {
  ++lanes_[key].counters.failed[reason.empty() ? "other" : std::string(reason)];
}

std::vector<IntegrationMetrics> Outbox::Metrics(Instant now) const {
  std::map<IntegrationKey, IntegrationMetrics> metrics;
  for (const auto& [key, lane] : lanes_) {
    IntegrationMetrics& one = metrics[key] = lane.counters;
    one.key = key;
    one.in_flight = lane.in_flight;
    one.circuit_open = lane.open();
    if (lane.integration != nullptr) one.longest = lane.integration->longest();
  }
  for (const auto& [id, row] : rows_) {
    IntegrationMetrics& one = metrics[row.text->target.integration];
    ++one.queued;
    one.oldest = std::max(one.oldest, now.steady - row.added);
    if (row.text->urgent()) one.oldest_call = std::max(one.oldest_call, now.steady - row.added);
  }
  std::vector<IntegrationMetrics> list;
  list.reserve(metrics.size());
  for (auto& [key, one] : metrics) list.push_back(std::move(one));
  return list;
}

}  // namespace bekci::notify
