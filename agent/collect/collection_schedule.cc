// The thread "collect": due ticks, the worker's starts, and its supervision once a second.
#include <pthread.h>

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/collect/collection_core.h"
#include "agent/collect/schedule.h"

namespace bekci::collect {
namespace {

constexpr base::Duration kSupervisionInterval = base::seconds(1);
constexpr base::Duration kHangGrace = base::seconds(5);
constexpr base::Duration kPrepareTimeout = base::seconds(10);

}  // namespace

void CollectionCore::RunSchedule() {
  pthread_setname_np(pthread_self(), "collect");
  base::MonotonicTime next_supervision = clock_.Monotonic();
  while (true) {
    std::string frames;
    std::shared_ptr<Link> link;
    Landing landing;
    bool start = false;
    {
      base::MutexLock lock(mutex_);
      if (stopping_) return;
      const base::MonotonicTime now = clock_.Monotonic();
      start = phase_ == Phase::kAway && !link_ && now >= start_at_;
      base::MonotonicTime wake = next_supervision;
      if (phase_ == Phase::kAway) wake = std::min(wake, start_at_);
      if (phase_ == Phase::kReady) wake = std::min(wake, Tick(now, &frames));
      EndOverdue(now, &landing);
      link = link_;
      if (frames.empty() && !start && landing.rounds.empty() && now < next_supervision) {
        clock_.WaitUntil(schedule_changed_, mutex_, wake);
        continue;
      }
    }
    if (!frames.empty()) (void)link->host->socket().Post(frames).ok();
    Report(landing);
    if (start) StartWorker();
    if (clock_.Monotonic() >= next_supervision) {
      CheckMemory();
      next_supervision = clock_.Monotonic() + kSupervisionInterval;
    }
  }
}

// Launches what is due; returns when the next is.
base::MonotonicTime CollectionCore::Tick(base::MonotonicTime now, std::string* frames) {
  base::MonotonicTime next = base::MonotonicTime::Max();
  for (const auto& instance : instances_) {
    if (instance->due <= now) {
      const bool in_the_air =
          std::ranges::any_of(instance->flights, [](const auto& flight) { return flight->cause == Cause::kScheduled; });
      if (!in_the_air) (void)Launch(instance, {}, now + instance->config.deadline, Cause::kScheduled, frames);
      instance->due = now + UntilNextTick(clock_.Now(), instance->config.interval, instance->offset);
    }
    next = std::min(next, instance->due);
  }
  return next;
}

void CollectionCore::EndOverdue(base::MonotonicTime now, Landing* landing) {
  if (phase_ == Phase::kPreparing && now - link_->started >= kPrepareTimeout) {
    KillWorker(*link_, "hang", "it did not prepare the configuration within " + base::DurationText(kPrepareTimeout));
  }
  if (phase_ != Phase::kReady) return;
  std::vector<std::shared_ptr<Flight>> overdue;
  for (const auto& [id, flight] : flights_) {
    if (now >= flight->deadline + kHangGrace) overdue.push_back(flight);
  }
  for (const auto& flight : overdue) {
    const InstanceConfig& config = flight->instance->config;
    flight->hung = true;
    if (link_->host->can_be_killed()) {
      KillWorker(*link_, "hang",
                 "collector " + config.collector + ", instance " + config.instance + " did not return " +
                     base::HumanDuration(now - flight->started) + " after it was asked");
    } else {
      RoundAssembler::Finished hung;
      hung.status = base::Timeout("still collecting after " + base::HumanDuration(now - flight->started));
      Land(flight, std::move(hung), true, landing);
    }
  }
}

void CollectionCore::StartWorker() {
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
    return;
  }
  auto link = std::make_shared<Link>();
  link->host = std::move(host).value();
  link->started = now;
  std::string prepare;
  {
    base::MutexLock lock(mutex_);
    if (stopping_) return;  // the link's end is the worker's
    link->generation = generation_;
    prepare = PrepareFrame(instances_, generation_, false);
    link_ = link;
    phase_ = Phase::kPreparing;
    ++stats_.starts;
    replacement_.OnStart(now);
  }
  link_changed_.NotifyAll();
  PostAll(link->host->socket(), prepare, now + kPrepareTimeout);
}

void CollectionCore::CheckMemory() {
  std::shared_ptr<Link> link;
  {
    base::MutexLock lock(mutex_);
    link = link_;
  }
  if (!link) return;
  (void)link->host->socket().Flush();
  const uint64_t resident = link->host->ResidentBytes();
  base::MutexLock lock(mutex_);
  if (link_ != link || resident == 0) return;
  link->resident_bytes = resident;
  if (resident > options_.worker_memory_limit_bytes && link->host->can_be_killed()) {
    KillWorker(*link, "memory",
               "it holds " + std::to_string(resident) + " bytes, allowed are " +
                   base::SizeText(options_.worker_memory_limit_bytes));
  }
}

void CollectionCore::KillWorker(Link& link, std::string_view reason, const std::string& why) {
  if (!link.kill_reason.empty()) return;
  link.kill_reason = reason;
  link.kill_text = why;
  link.host->Kill();
  link.host->socket().Shutdown();
}

}  // namespace bekci::collect
