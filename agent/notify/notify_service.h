// NotifyService: drives the Notifier: its threads, its mutex, its journal.
//
//   notify          steps the Notifier when something is due, and hands attempts to senders
//   notify-journal  writes what changed and waits for the disk; then what waited for that may leave. A disk that hangs
//                   holds up no message for longer than kJournalPatience
//   sender-N        delivers one message at a time. As many as there are messages under way (at most kLaneConcurrency
//                   for each integration, so one that hangs takes no thread from another); idle ones end
//
// Posts are taken in small pieces, so that a storm keeps the mutex from nobody for long. Lock order: mutex_, then
// nothing; the journal's snapshot takes mutex_ while the journal's own thread is inside a write, which holds no lock.
//
// Thread rule: any thread; Start and Stop by one.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/base/random.h"
#include "agent/base/status.h"
#include "agent/notify/notifier.h"
#include "agent/notify/notify_journal.h"

namespace bekci::notify {

struct NotifyServiceOptions {
  NotifierOptions notifier;
  base::Duration delivery_timeout = base::seconds(15);  // of one attempt
  base::Duration sender_idle = base::seconds(30);       // after which a sender ends
  base::Duration commit_wait = base::seconds(5);        // for which who changes a silence waits for the disk
};

class NotifyService {
 public:
  NotifyService(NotifyServiceOptions options, base::Clock& clock, base::Random& random, base::Logger& log,
                Escalator* escalator);
  ~NotifyService();
  NotifyService(const NotifyService&) = delete;
  NotifyService& operator=(const NotifyService&) = delete;

  // Reads what an earlier process left in `directory`, then runs. Errors: the disk cannot be read.
  base::Status Start(base::FileSystem& fs, const std::string& directory, NotifierSetup setup) EXCLUDES(mutex_);
  // Waits for attempts that are under way (up to their deadline) and writes the last answers.
  void Stop() EXCLUDES(mutex_);

  void Reload(NotifierSetup setup) EXCLUDES(mutex_);
  // The rules have been evaluated: groups need not be held back any longer.
  void ReleaseHold() EXCLUDES(mutex_);

  PostResult Post(std::vector<PostedAlert> alerts) EXCLUDES(mutex_);
  // These return when the change is on the disk, or cannot be; then it holds all the same.
  base::Result<std::string> SetSilence(Silence silence) EXCLUDES(mutex_);
  base::Status ExpireSilence(const std::string& id) EXCLUDES(mutex_);
  base::Status Act(const EscalationAction& action) EXCLUDES(mutex_);
  void SetPosition(const std::string& name, int64_t value) EXCLUDES(mutex_);

  // Calls `look` with the Notifier and the time, with the mutex held: for the API. It should not take long.
  void Inspect(const std::function<void(Notifier&, Instant)>& look) EXCLUDES(mutex_);
  JournalMetrics journal_metrics() const EXCLUDES(mutex_);
  size_t senders() const EXCLUDES(mutex_);

 private:
  struct Sender {
    std::thread thread;
    bool done = false;
  };

  void RunLoop() EXCLUDES(mutex_);
  void RunJournal() EXCLUDES(mutex_);
  void AwaitWrite() REQUIRES(mutex_);
  void RunSender(Sender* self) EXCLUDES(mutex_);
  void Deliver(const Attempt& attempt) EXCLUDES(mutex_);
  void Poke() REQUIRES(mutex_);
  void StartSenders() REQUIRES(mutex_);
  std::list<Sender> TakeDoneSenders() REQUIRES(mutex_);
  void AwaitCommit(uint64_t change) REQUIRES(mutex_);

  const NotifyServiceOptions options_;
  base::Clock& clock_;
  base::Logger& log_;

  mutable base::Mutex mutex_;
  base::CondVar loop_wanted_;
  base::CondVar journal_wanted_;
  base::CondVar committed_;
  base::CondVar sender_wanted_;
  Notifier notifier_ GUARDED_BY(mutex_);
  bool poked_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool journal_stopping_ GUARDED_BY(mutex_) = false;
  std::deque<Changes> to_write_ GUARDED_BY(mutex_);
  uint64_t taken_ GUARDED_BY(mutex_) = 0;    // sequence that was handed to the journal last
  uint64_t settled_ GUARDED_BY(mutex_) = 0;  // sequence up to which the journal has said what became of it
  JournalMetrics journal_metrics_ GUARDED_BY(mutex_);
  base::MonotonicTime writing_since_ GUARDED_BY(mutex_) = base::MonotonicTime::Max();  // Max: nothing is written
  std::deque<Attempt> attempts_ GUARDED_BY(mutex_);
  std::multiset<IntegrationPtr> delivering_ GUARDED_BY(mutex_);
  std::list<Sender> senders_ GUARDED_BY(mutex_);
  size_t idle_ GUARDED_BY(mutex_) = 0;

  std::unique_ptr<NotifyJournal> journal_;  // the journal thread's, once started
  std::thread loop_;
  std::thread journal_thread_;
  bool running_ = false;
};

}  // namespace bekci::notify
