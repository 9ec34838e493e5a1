#include "agent/ruler/ruler.h"

#include <pthread.h>

#include <algorithm>
#include <map>
#include <utility>

#include "agent/base/thread_signals.h"
#include "agent/promql/value.h"
#include "agent/ruler/template_query.h"

namespace bekci::ruler {
namespace {

// The clock may be set; waiting for a slot looks at it again now and then.
constexpr base::Duration kLongestWait = base::seconds(1);

}  // namespace

Ruler::Ruler(RulerParts parts, RulerOptions options) : parts_(parts), options_(std::move(options)) {}

Ruler::~Ruler() {
  Stop();
}

GroupContext Ruler::ContextFor(const RuleSet& rules) {
  GroupContext context{parts_.engine, parts_.store, parts_.appendable, parts_.clock, parts_.log};
  context.journal = &journal_in_use_;
  context.sink = parts_.sink;
  context.environment.query = [this](const std::string& expr, base::Timestamp at) {
    return QueryForTemplate(parts_.engine, parts_.store, expr, at);
  };
  context.environment.external_labels = rules.external_labels;
  context.environment.external_url = rules.external_url;
  context.counters = &counters_;
  if (options_.threads > 1) {
    context.run_all = [this](size_t count, const std::function<void(size_t)>& fn) { RunShared(count, fn); };
  }
  context.on_rule_evaluated = options_.on_rule_evaluated;
  context.resend_delay = options_.resend_delay;
  return context;
}

Ruler::Entry* Ruler::FindEntry(const std::string& key) {
  for (const auto& entry : entries_) {
    if (entry->end_at.ms == 0 && entry->group->key() == key) return entry.get();
  }
  return nullptr;
}

void Ruler::AwaitIdle(const Entry& entry) {
  entry.stop->store(true, std::memory_order_relaxed);
  while (entry.running) changed_.Wait(mutex_);
}

// The first slot: the latest one where the process before this one had got no further; else, and for a group that is
// new, the next: a slot from before anything was collected says nothing.
void Ruler::Schedule(Entry* entry) {
  const base::Timestamp now = parts_.clock.Now();
  const Slots& slots = entry->group->slots();
  const base::Timestamp latest = slots.Latest(now);
  const base::Timestamp last = entry->group->last_slot();
  const bool at_once = last.ms != 0 && latest >= last && latest - last <= slots.interval();
  entry->next = at_once ? latest : slots.Next(std::max(now, last <= now ? last : now));
}

base::Result<Ruler::Prepared> Ruler::Prepare(const RuleSet& rules) {
  const GroupContext context = ContextFor(rules);
  Prepared prepared;
  for (const GroupText& text : rules.groups) {
    ASSIGN_OR_RETURN(GroupPtr group, RuleGroup::Make(text, rules.evaluation_interval, rules.query_offset, context));
    prepared.groups.push_back(std::move(group));
  }
  prepared.environment = rules.external_labels.data() + '\0' + rules.external_url;
  return prepared;
}

void Ruler::Adopt(Prepared prepared) {
  base::MutexLock one_load(load_mutex_);
  base::MutexLock lock(mutex_);
  const bool same_environment = environment_ == prepared.environment;
  environment_ = std::move(prepared.environment);
  std::vector<GroupPtr> fresh;
  for (GroupPtr& group : prepared.groups) {
    Entry* const before = FindEntry(group->key());
    if (before != nullptr && same_environment && before->group->SameAs(*group)) {
      before->wanted = true;
      continue;
    }
    if (before != nullptr) {
      AwaitIdle(*before);
      group->TakeOver(before->group.get());
      before->replaced = true;
    }
    fresh.push_back(std::move(group));
  }
  RetireUnwanted(fresh);
  for (GroupPtr& group : fresh) {
    Entry& entry = *entries_.emplace_back(std::make_unique<Entry>());
    entry.group = std::move(group);
    if (started_) Schedule(&entry);
  }
  EnsureThreads();
  changed_.NotifyAll();
}

// What no rule file names any more: its alerts and series go to where its rules were moved; the rest ends two intervals
// later, so that a file that comes back in time finds its state.
void Ruler::RetireUnwanted(const std::vector<GroupPtr>& fresh) {
  std::vector<Entry*> unwanted;  // collected first: while one is waited for, groups that have ended leave the list
  for (const auto& entry : entries_) {
    if (std::exchange(entry->wanted, false) || entry->replaced || entry->end_at.ms != 0) continue;
    unwanted.push_back(entry.get());
  }
  for (Entry* const entry : unwanted) {
    AwaitIdle(*entry);
    for (const GroupPtr& group : fresh) group->TakeMoved(entry->group.get());
    entry->end_at = parts_.clock.Now() + 2 * entry->group->interval();
  }
  const bool started = started_;
  std::erase_if(entries_,
                [started](const auto& entry) { return entry->replaced || (entry->end_at.ms != 0 && !started); });
}

void Ruler::Start(std::unique_ptr<AlertJournal> journal) {
  base::MutexLock one_load(load_mutex_);
  base::MutexLock lock(mutex_);
  if (started_ || stopping_) return;
  started_ = true;
  journal_ = std::move(journal);
  journal_in_use_.store(journal_.get(), std::memory_order_release);
  if (journal_ != nullptr) Restore(*journal_);
  for (const auto& entry : entries_) {
    if (entry->group->last_slot().ms == 0) entry->group->RestoreFromSeries();  // the journal knows nothing of it
  }
  for (const auto& entry : entries_) Schedule(entry.get());
  EnsureThreads();
  TellSettled();
}

void Ruler::EnsureThreads() {
  if (!started_ || stopping_ || entries_.empty() || !threads_.empty()) return;
  const base::SignalsBlocked no_signals;
  for (size_t i = 0; i < std::max<size_t>(1, options_.threads); ++i) {
    threads_.emplace_back([this, i] {
      pthread_setname_np(pthread_self(), ("rules-" + std::to_string(i)).c_str());
      RunLoop();
    });
  }
}

void Ruler::Restore(AlertJournal& journal) {
  size_t restored = 0;
  const base::MonotonicTime started = parts_.clock.Monotonic();
  for (const JournaledGroup& known : journal.Groups()) {
    Entry* const entry = FindEntry(known.file + ";" + known.name);
    if (entry != nullptr) entry->group->RestoreLastSlot(known.last_slot);
    std::vector<SentAlert> forgotten;
    JournalBatch left;  // what the group no longer has, or that it is no more
    left.file = known.file;
    left.group = known.name;
    for (const JournaledAlert& one : known.alerts) {
      ++restored;
      if (entry != nullptr && entry->group->Restore(one.rule.identity, one.rule.number, one.alert)) continue;
      if (RestoreMoved(journal, known, one)) {
        if (entry != nullptr) left.gone.emplace_back(one.rule, one.alert.labels);
        continue;
      }
      if (entry != nullptr) {
        entry->group->RestoreOrphan(one.rule.identity, one.rule.number, one.alert);
      } else if (one.alert.state == AlertState::kFiring) {
        forgotten.push_back(Resolved(known, one.alert));
      }
    }
    if (entry != nullptr) {
      entry->group->SetRestoreDuration(parts_.clock.Monotonic() - started);
      if (!left.gone.empty()) (void)journal.Write(left);
      continue;
    }
    left.ended = true;
    (void)journal.Write(left);
    if (parts_.sink != nullptr && !forgotten.empty()) parts_.sink->OnAlerts(std::move(forgotten), parts_.clock.Now());
  }
  if (restored > 0) parts_.log.Info("alerts are as they were", {{"alerts", restored}});
}

// An alert whose rule stands in another group now.
bool Ruler::RestoreMoved(AlertJournal& journal, const JournaledGroup& known, const JournaledAlert& one) {
  for (const auto& entry : entries_) {
    if (!entry->group->Restore(one.rule.identity, one.rule.number, one.alert)) continue;
    entry->group->SetMovedFrom(known.last_slot);
    JournalBatch moved;  // under its new name before the old one ends
    moved.file = entry->group->file();
    moved.group = entry->group->name();
    moved.slot = known.last_slot;
    moved.changed.emplace_back(one.rule, &one.alert);
    (void)journal.Write(moved);
    return true;
  }
  return false;
}

SentAlert Ruler::Resolved(const JournaledGroup& known, Alert alert) const {
  const base::Timestamp now = parts_.clock.Now();
  alert.state = AlertState::kInactive;
  alert.resolved_at = alert.last_sent_at = now;
  const std::string name(alert.labels.Get(kAlertName));
  return {std::move(alert), known.file, known.name, name, ""};
}

void Ruler::Stop() {
  base::MutexLock one_load(load_mutex_);
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    for (const auto& entry : entries_) entry->stop->store(true, std::memory_order_relaxed);
    changed_.NotifyAll();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

// No slot is further away than an interval, unless the clock was set back: then rules go on from where it is now.
void Ruler::Realign(Entry* entry, base::Timestamp now) {
  parts_.log.Warn("the clock was set back, rules go on from where it is now", {{"group", entry->group->key()}});
  entry->next = entry->group->slots().Latest(now);
}

Ruler::Entry* Ruler::Due(base::Timestamp now, base::Timestamp* earliest) {
  Entry* due = nullptr;
  earliest->ms = INT64_MAX;
  for (const auto& entry : entries_) {
    if (entry->running || entry->replaced) continue;
    if (entry->end_at.ms == 0 && entry->next - now > entry->group->interval()) Realign(entry.get(), now);
    const base::Timestamp at = entry->end_at.ms != 0 ? entry->end_at : entry->next;
    if (at >= *earliest) continue;
    *earliest = at;
    due = entry.get();
  }
  return *earliest <= now ? due : nullptr;
}

void Ruler::RunLoop() {
  base::MutexLock lock(mutex_);
  while (!stopping_) {
    if (HelpOnce()) continue;
    const base::Timestamp now = parts_.clock.Now();
    base::Timestamp earliest;
    if (Entry* const due = Due(now, &earliest)) {
      RunEntry(due);
      continue;
    }
    const base::Duration wait = earliest.ms - now.ms > base::ToMillis(kLongestWait) ? kLongestWait : earliest - now;
    parts_.clock.WaitUntil(changed_, mutex_, parts_.clock.Monotonic() + wait);
  }
}

void Ruler::RunEntry(Entry* entry) {
  entry->running = true;
  const GroupPtr group = entry->group;
  const base::Timestamp slot = entry->next;
  const base::Timestamp end_at = entry->end_at;
  const auto stop = entry->stop;
  mutex_.Unlock();
  const base::MonotonicTime started = parts_.clock.Monotonic();
  if (end_at.ms != 0) {
    group->End(end_at);
  } else {
    group->Evaluate(slot, stop.get());
    if (options_.on_group_evaluated) options_.on_group_evaluated(parts_.clock.Monotonic() - started);
  }
  mutex_.Lock();
  entry->running = false;
  entry->evaluated = true;
  if (end_at.ms != 0) {
    std::erase_if(entries_, [entry](const auto& other) { return other.get() == entry; });
  } else {
    Advance(entry, slot);
  }
  TellSettled();
  changed_.NotifyAll();
}

// The slot after `slot`, as Prometheus counts: one that begins late is evaluated all the same, those that passed
// altogether are missed.
void Ruler::Advance(Entry* entry, base::Timestamp slot) {
  const base::Timestamp now = parts_.clock.Now();
  const base::Duration interval = entry->group->interval();
  const int64_t missed = (now - slot) / interval - 1;
  if (missed > 0) entry->group->CountMissed(static_cast<uint64_t>(missed));
  entry->next = slot + interval * (std::max<int64_t>(0, missed) + 1);
}

bool Ruler::HelpOnce() {
  if (shared_.empty()) return false;
  Shared& shared = *shared_.back();
  const size_t share = std::clamp<size_t>((shared.count - shared.next) / (4 * options_.threads), 1, 64);
  const size_t begin = shared.next;
  const size_t end = std::min(shared.count, begin + share);
  shared.next = end;
  if (end == shared.count) std::erase(shared_, &shared);
  mutex_.Unlock();
  for (size_t i = begin; i < end; ++i) (*shared.fn)(i);
  mutex_.Lock();
  shared.done += end - begin;
  if (shared.done == shared.count) changed_.NotifyAll();
  return true;
}

void Ruler::RunShared(size_t count, const std::function<void(size_t)>& fn) {
  Shared shared;
  shared.count = count;
  shared.fn = &fn;
  base::MutexLock lock(mutex_);
  shared_.push_back(&shared);
  changed_.NotifyAll();
  while (shared.done < shared.count) {
    // Its own first; then what another group shared, rather than wait.
    if (shared.next < shared.count) {
      std::erase(shared_, &shared);
      shared_.push_back(&shared);
    }
    if (!HelpOnce()) changed_.Wait(mutex_);
  }
}

std::vector<GroupStatus> Ruler::Groups(Detail detail) const {
  std::vector<GroupPtr> groups;
  {
    base::MutexLock lock(mutex_);
    for (const auto& entry : entries_) {
      if (entry->end_at.ms == 0 && !entry->replaced) groups.push_back(entry->group);
    }
  }
  std::sort(groups.begin(), groups.end(), [](const GroupPtr& a, const GroupPtr& b) {
    return std::pair(a->file(), a->name()) < std::pair(b->file(), b->name());
  });
  std::vector<GroupStatus> statuses;
  statuses.reserve(groups.size());
  for (const GroupPtr& group : groups) statuses.push_back(group->Status(detail));
  return statuses;
}

bool Ruler::AllEvaluated() const {
  return started_ && std::all_of(entries_.begin(), entries_.end(),
                                 [](const auto& entry) { return entry->evaluated || entry->end_at.ms != 0; });
}

bool Ruler::Settled() const {
  base::MutexLock lock(mutex_);
  return AllEvaluated();
}

void Ruler::TellSettled() {
  if (told_settled_ || !AllEvaluated()) return;
  told_settled_ = true;
  if (options_.on_settled) options_.on_settled();
}

JournalStats Ruler::journal_stats() const {
  const AlertJournal* const journal = journal_in_use_.load(std::memory_order_acquire);
  return journal == nullptr ? JournalStats() : journal->stats();
}

}  // namespace bekci::ruler
