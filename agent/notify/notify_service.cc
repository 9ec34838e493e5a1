#include "agent/notify/notify_service.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/base/thread_signals.h"

namespace bekci::notify {
namespace {

constexpr size_t kPostPiece = 500;  // alerts that are taken while the mutex is held
// Wall time may jump and nobody tells; so the loop looks again now and then.
constexpr base::Duration kLongestSleep = base::seconds(5);
// A journal that could not be written is tried again so often, also where nothing is to be written: whether the disk is
// back is not found out otherwise.
constexpr base::Duration kJournalRetry = base::seconds(10);

}  // namespace

NotifyService::NotifyService(NotifyServiceOptions options, base::Clock& clock, base::Random& random, base::Logger& log,
                             Escalator* escalator)
    : options_(options), clock_(clock), log_(log), notifier_(options.notifier, random, escalator) {}

NotifyService::~NotifyService() {
  Stop();
}

base::Status NotifyService::Start(base::FileSystem& fs, const std::string& directory, NotifierSetup setup) {
  base::MutexLock lock(mutex_);
  const auto restore = [this](const Changes& changes)
                           BEKCI_TSA(no_thread_safety_analysis) { notifier_.Restore(changes); };
  ASSIGN_OR_RETURN(journal_, NotifyJournal::Open(fs, directory, log_, clock_, restore));
  notifier_.Start(std::move(setup), Instant::Of(clock_));
  running_ = true;
  const base::SignalsBlocked blocked;
  loop_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "notify");
    RunLoop();
  });
  journal_thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "notify-journal");
    RunJournal();
  });
  return base::OkStatus();
}

void NotifyService::Stop() {
  if (!std::exchange(running_, false)) return;
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    for (const IntegrationPtr& one : delivering_) one->Abandon();
    loop_wanted_.NotifyAll();
    sender_wanted_.NotifyAll();
  }
  loop_.join();
  std::list<Sender> senders;
  {
    base::MutexLock lock(mutex_);
    senders.swap(senders_);
  }
  for (Sender& sender : senders) sender.thread.join();
  {
    base::MutexLock lock(mutex_);
    for (Changes& changes : notifier_.TakeChanges(Instant::Of(clock_))) to_write_.push_back(std::move(changes));
    journal_stopping_ = true;
    journal_wanted_.NotifyAll();
  }
  journal_thread_.join();
}

void NotifyService::Poke() {
  poked_ = true;
  loop_wanted_.NotifyAll();
}

void NotifyService::Reload(NotifierSetup setup) {
  base::MutexLock lock(mutex_);
  notifier_.Reload(std::move(setup), Instant::Of(clock_));
  Poke();
}

void NotifyService::ReleaseHold() {
  base::MutexLock lock(mutex_);
  notifier_.ReleaseHold();
  Poke();
}

PostResult NotifyService::Post(std::vector<PostedAlert> alerts) {
  PostResult all;
  for (size_t at = 0; at < alerts.size(); at += kPostPiece) {
    const auto begin = alerts.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = alerts.begin() + static_cast<std::ptrdiff_t>(std::min(alerts.size(), at + kPostPiece));
    base::MutexLock lock(mutex_);
    PostResult one =
        notifier_.Post({std::make_move_iterator(begin), std::make_move_iterator(end)}, Instant::Of(clock_));
    all.accepted += one.accepted;
    std::move(one.errors.begin(), one.errors.end(), std::back_inserter(all.errors));
    Poke();
  }
  return all;
}

// Until the journal has said what became of everything up to now.
void NotifyService::AwaitCommit(uint64_t change) {
  const base::MonotonicTime deadline = clock_.Monotonic() + options_.commit_wait;
  while (settled_ < change && !stopping_ && clock_.Monotonic() < deadline) {
    clock_.WaitUntil(committed_, mutex_, deadline);
  }
}

base::Result<std::string> NotifyService::SetSilence(Silence silence) {
  base::MutexLock lock(mutex_);
  auto id = notifier_.SetSilence(std::move(silence), Instant::Of(clock_));
  if (!id.ok()) return id;
  Poke();
  AwaitCommit(notifier_.open_sequence());
  return id;
}

base::Status NotifyService::ExpireSilence(const std::string& id) {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(notifier_.ExpireSilence(id, Instant::Of(clock_)));
  Poke();
  AwaitCommit(notifier_.open_sequence());
  return base::OkStatus();
}

base::Status NotifyService::Act(const EscalationAction& action) {
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(notifier_.Act(action, Instant::Of(clock_)));
  Poke();
  AwaitCommit(notifier_.open_sequence());
  return base::OkStatus();
}

void NotifyService::SetPosition(const std::string& name, int64_t value) {
  base::MutexLock lock(mutex_);
  if (notifier_.Position(name) == value) return;
  notifier_.SetPosition(name, value);
  Poke();
  AwaitCommit(notifier_.open_sequence());
}

void NotifyService::Inspect(const std::function<void(Notifier&, Instant)>& look) {
  base::MutexLock lock(mutex_);
  look(notifier_, Instant::Of(clock_));
}

JournalMetrics NotifyService::journal_metrics() const {
  base::MutexLock lock(mutex_);
  JournalMetrics metrics = journal_metrics_;
  metrics.writing_for = clock_.Monotonic() - std::min(writing_since_, clock_.Monotonic());
  return metrics;
}

size_t NotifyService::senders() const {
  base::MutexLock lock(mutex_);
  return senders_.size();
}

void NotifyService::RunLoop() {
  bool more = false;
  for (;;) {
    std::list<Sender> done;
    {
      base::MutexLock lock(mutex_);
      while (!stopping_ && !poked_ && !more) {
        const Instant now = Instant::Of(clock_);
        const base::MonotonicTime due = notifier_.NextDue(now);
        if (due <= now.steady) break;
        clock_.WaitUntil(loop_wanted_, mutex_, std::min(due, now.steady + kLongestSleep));
      }
      if (stopping_) return;
      poked_ = false;
      const Instant now = Instant::Of(clock_);
      more = notifier_.Step(now);
      for (Changes& changes : notifier_.TakeChanges(now)) {
        taken_ = changes.sequence;
        to_write_.push_back(std::move(changes));
      }
      if (!to_write_.empty()) journal_wanted_.NotifyOne();
      for (Attempt& attempt : notifier_.TakeAttempts(now)) attempts_.push_back(std::move(attempt));
      StartSenders();
      done = TakeDoneSenders();
    }
    for (Sender& sender : done) sender.thread.join();
  }
}

// Until there is something to write, or what could not be written is to be tried again.
void NotifyService::AwaitWrite() {
  const base::MonotonicTime retry =
      journal_metrics_.healthy ? base::MonotonicTime::Max() : clock_.Monotonic() + kJournalRetry;
  while (to_write_.empty() && !journal_stopping_ && clock_.Monotonic() < retry) {
    clock_.WaitUntil(journal_wanted_, mutex_, retry);
  }
}

void NotifyService::RunJournal() {
  const NotifyJournal::Snapshots snapshots = {[this]() EXCLUDES(mutex_) {
                                                base::MutexLock lock(mutex_);
                                                return notifier_.Snapshot(Instant::Of(clock_));
                                              },
                                              [this]() EXCLUDES(mutex_) {
                                                base::MutexLock lock(mutex_);
                                                return notifier_.RecordsSnapshot(Instant::Of(clock_));
                                              }};
  for (;;) {
    std::vector<Changes> batch;
    {
      base::MutexLock lock(mutex_);
      AwaitWrite();
      if (to_write_.empty() && journal_stopping_) return;
      batch.assign(std::make_move_iterator(to_write_.begin()), std::make_move_iterator(to_write_.end()));
      to_write_.clear();
      writing_since_ = clock_.Monotonic();
    }
    const bool written = journal_->Write(batch, snapshots).ok();
    {
      base::MutexLock lock(mutex_);
      if (!batch.empty()) settled_ = batch.back().sequence;
      notifier_.Committed(settled_, written);
      committed_.NotifyAll();
      Poke();
    }
    (void)journal_->WriteHistory(batch, snapshots);  // counted
    base::MutexLock lock(mutex_);
    journal_metrics_ = journal_->metrics();
    writing_since_ = base::MonotonicTime::Max();
  }
}

void NotifyService::StartSenders() {
  while (attempts_.size() > idle_) {
    const base::SignalsBlocked blocked;
    Sender* const sender = &senders_.emplace_back();
    sender->thread = std::thread([this, sender, name = "sender-" + std::to_string(senders_.size())] {
      pthread_setname_np(pthread_self(), name.c_str());
      RunSender(sender);
    });
    ++idle_;  // until it takes its first
  }
  if (!attempts_.empty()) sender_wanted_.NotifyAll();
}

std::list<NotifyService::Sender> NotifyService::TakeDoneSenders() {
  std::list<Sender> done;
  for (auto it = senders_.begin(); it != senders_.end();) {
    const auto next = std::next(it);
    if (it->done) done.splice(done.end(), senders_, it);
    it = next;
  }
  return done;
}

void NotifyService::RunSender(Sender* self) {
  for (;;) {
    Attempt attempt;
    {
      base::MutexLock lock(mutex_);
      const base::MonotonicTime until = clock_.Monotonic() + options_.sender_idle;
      while (attempts_.empty() && !stopping_ && clock_.Monotonic() < until) {
        clock_.WaitUntil(sender_wanted_, mutex_, until);
      }
      --idle_;
      // What is still here when the agent stops stays in the journal and goes out at the next start, but commands,
      // which that one gives up (RowText::at_most_once).
      if (attempts_.empty() || stopping_) {
        self->done = true;
        return;
      }
      attempt = std::move(attempts_.front());
      attempts_.pop_front();
    }
    Deliver(attempt);
    base::MutexLock lock(mutex_);
    ++idle_;
  }
}

void NotifyService::Deliver(const Attempt& attempt) {
  message::Notification notification;
  {
    base::MutexLock lock(mutex_);
    notification = notifier_.Build(*attempt.row);
    if (stopping_) attempt.integration->Abandon();
    delivering_.insert(attempt.integration);
  }
  const base::MonotonicTime begin = clock_.Monotonic();
  const base::Duration patience = std::max(options_.delivery_timeout, attempt.integration->longest());
  const receivers::Delivery delivery = attempt.integration->Deliver(notification, begin + patience);
  if (!receivers::IsSuccess(delivery.outcome)) {
    log_.Warn("a notification could not be delivered", {{"integration", attempt.row->target.integration.ToString()},
                                                        {"group", attempt.row->target.group_key},
                                                        {"outcome", receivers::OutcomeName(delivery.outcome)},
                                                        {"error", delivery.detail}});
  }
  base::MutexLock lock(mutex_);
  delivering_.erase(delivering_.find(attempt.integration));
  notifier_.Answer(attempt, delivery, clock_.Monotonic() - begin, Instant::Of(clock_));
  Poke();
}

}  // namespace bekci::notify
