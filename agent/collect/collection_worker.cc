// A worker's life: started, taking over, watched, replaced, buried.
//
// A worker that may not read what stands beside the state directory since a moment ago (sandbox.h) is replaced while it
// works: the new one is started and prepared beside it, takes over between two collections, and the old one ends when
// its last flight has landed.
#include <pthread.h>

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/collect/collection_core.h"
#include "agent/collect/worker_protocol.h"
#include "proto/worker.pb.h"

namespace bekci::collect {
namespace {

// A death above this share of the limit was one of memory, whatever signal it took: the kernel's OOM killer, an abort
// after a failed allocation inside a C library.
constexpr double kNearLimit = 0.9;

std::string DeathReason(const WorkerHost::End& end, const std::string& kill_reason, uint64_t resident, uint64_t limit) {
  if (!kill_reason.empty()) return kill_reason;
  const bool near_limit = static_cast<double>(resident) >= kNearLimit * static_cast<double>(limit);
  return end.out_of_memory || (end.by_signal && near_limit) ? "memory" : "crash";
}

}  // namespace

void CollectionCore::StartWorker() {
  auto link = std::make_shared<Link>();
  link->view = watch_.Look();  // before the worker looks for itself: what comes between counts as new
  auto host = WorkerHost::Start(options_, log_);
  const base::MonotonicTime now = clock_.Monotonic();
  if (!host.ok()) {
    base::MutexLock lock(mutex_);
    if (last_death_text_ != host.status().message()) {
      log_.Error("collection worker does not start", {{"error", host.status().message()}});
    }
    last_death_text_ = host.status().message();
    last_death_reason_ = "start";
    last_death_ = now;
    replacement_.OnStart(now);
    start_at_ = replacement_.OnDeath(now);
    look_again_ = link_ != nullptr;
    return;
  }
  link->host = std::move(host).value();
  link->started = now;
  std::string prepare;
  {
    base::MutexLock lock(mutex_);
    if (stopping_) return;  // the link's end is the worker's
    link->generation = generation_;
    prepare = PrepareFrame(instances_, generation_, false);
    next_ = link;
    links_.push_back(link);
    ++stats_.starts;
    replacement_.OnStart(now);
    link->reader = std::thread([this, link] {
      pthread_setname_np(pthread_self(), "collect-io");
      ReadFrames(*link);
      OnEnd(link);
    });
  }
  PostAll(link->host->socket(), prepare, now + kPrepareTimeout);
}

// The worker that prepared is the one that collects from now on.
void CollectionCore::TakeOver() {
  worker::Frame commit;
  commit.mutable_commit()->set_generation(next_->generation);
  std::string frames;
  AppendFrame(commit, &frames);
  (void)next_->host->socket().Post(frames).ok();  // before any COLLECT; does not block
  const std::shared_ptr<Link> before = std::move(link_);
  link_ = std::move(next_);
  next_.reset();
  if (before) {
    Retire(*before);
  } else {
    for (const auto& instance : instances_) instance->due = {};  // what was missed is collected at once
  }
}

void CollectionCore::Retire(Link& link) {
  link.retired = true;
  EndIfIdle(link);
}

// A retired worker that has nothing left to bring home ends when its stream does.
void CollectionCore::EndIfIdle(Link& link) {
  if (!link.retired) return;
  for (const auto& [id, flight] : flights_) {
    if (flight->link.get() == &link) return;
  }
  link.host->socket().Shutdown();
}

void CollectionCore::KillWorker(Link& link, std::string_view reason, const std::string& why) {
  if (!link.kill_reason.empty()) return;
  link.kill_reason = reason;
  link.kill_text = why;
  link.host->Kill();
  link.host->socket().Shutdown();
}

void CollectionCore::OnEnd(const std::shared_ptr<Link>& link) {
  const WorkerHost::End end = link->host->Reap();
  Landing landing;
  base::Duration wait = {};
  std::string reason;
  std::string text;
  bool expected = false;
  bool another = false;
  {
    base::MutexLock lock(mutex_);
    const base::MonotonicTime now = clock_.Monotonic();
    expected = stopping_ || (link->retired && link->kill_reason.empty());
    reason = DeathReason(end, link->kill_reason, link->resident_bytes, options_.worker_memory_limit_bytes);
    text = link->kill_text.empty() ? end.text : link->kill_text;
    if (next_ == link && link_) look_again_ = true;
    if (next_ == link) next_.reset();
    if (link_ == link) link_.reset();
    another = link_ || next_;
    if (!expected) {
      last_death_ = now;
      last_death_reason_ = reason;
      last_death_text_ = text;
      ++stats_.deaths[reason];
      if (!another) start_at_ = replacement_.OnDeath(now);
      wait = start_at_ - now;
    }
    const auto flights = flights_;
    for (const auto& [id, flight] : flights) {
      if (flight->link != link) continue;
      RoundAssembler::Finished lost;
      lost.status = flight->hung ? base::Timeout("did not return; the collection worker was replaced (hang)")
                                 : base::Unavailable("the collection worker ended (" + reason + ")");
      lost.duration = now - flight->started;
      Land(flight, std::move(lost), flight->hung, &landing);
    }
    link->over = true;
  }
  if (!expected) {
    log_.Error("collection worker ended",
               {{"reason", reason},
                {"how", text},
                {"pid", link->host->pid()},
                {"starts_again_in", another ? "another one runs" : base::HumanDuration(wait)}});
  }
  Report(landing);
  link_changed_.NotifyAll();
  schedule_changed_.NotifyAll();
}

void CollectionCore::Supervise() {
  CheckMemory();
  if (watch_.Changed(clock_.Monotonic())) refresh_due_ = true;
  std::vector<std::shared_ptr<Link>> over;
  {
    base::MutexLock lock(mutex_);
    const auto first = std::partition(links_.begin(), links_.end(), [](const auto& link) { return !link->over; });
    over.assign(first, links_.end());
    links_.erase(first, links_.end());
  }
  for (const auto& link : over) link->reader.join();
}

// Starts a worker beside the one that collects when there is more to read than that one may. A reload does not wait for
// the pace.
void CollectionCore::RefreshWhenNeeded() {
  const base::MonotonicTime now = clock_.Monotonic();
  std::shared_ptr<Link> link;
  bool wanted = false;
  {
    base::MutexLock lock(mutex_);
    wanted = look_wanted_;
    refresh_due_ = refresh_due_ || look_again_;
    look_again_ = false;
    if (link_ && !next_ && !reloading_) link = link_;
  }
  if (link && (wanted || (refresh_due_ && refresh_pace_.May(now)))) {
    refresh_due_ = false;
    const std::string added = FirstNew(link->view, watch_.Look(), wanted);
    if (!added.empty()) {
      log_.Info("collection worker hands over to one that may read what is new", {{"path", added}});
      refresh_pace_.OnRefresh(now);
      StartWorker();
    }
  }
  if (!wanted) return;
  base::MutexLock lock(mutex_);
  look_wanted_ = false;
  link_changed_.NotifyAll();
}

void CollectionCore::CheckMemory() {
  std::shared_ptr<Link> link;
  {
    base::MutexLock lock(mutex_);
    link = link_ ? link_ : next_;
  }
  if (!link) return;
  (void)link->host->socket().Flush();
  const uint64_t resident = link->host->ResidentBytes();
  base::MutexLock lock(mutex_);
  if (resident == 0) return;
  link->resident_bytes = resident;
  if (resident > options_.worker_memory_limit_bytes && link->host->can_be_killed()) {
    KillWorker(*link, "memory",
               "it holds " + std::to_string(resident) + " bytes, allowed are " +
                   base::SizeText(options_.worker_memory_limit_bytes));
  }
}

}  // namespace bekci::collect
