// The thread "collect": due ticks, what is overdue, and the supervision of the worker: once a second while anything is
// asked of it, rarely while it rests (a wake-up a second would cost more than the collecting itself).
#include <pthread.h>

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/collect/collection_core.h"
#include "agent/collect/schedule.h"

namespace bekci::collect {
namespace {

constexpr base::Duration kBusyInterval = base::seconds(1);
constexpr base::Duration kRestInterval = base::seconds(10);
constexpr base::Duration kHangGrace = base::seconds(5);
// A scrape ends itself soon after its deadline (scrape_collector.cc). What may take longer is the way of a large round
// through the socket, which a target can make as large as its limits, and that must not cost the others their worker:
// as long as frames of it come it does not hang, up to this. Until it has landed it is not asked again.
constexpr base::Duration kLongestWay = base::minutes(2);

}  // namespace

void CollectionCore::RunSchedule() {
  pthread_setname_np(pthread_self(), "collect");
  base::MonotonicTime supervised;
  while (true) {
    std::string frames;
    std::shared_ptr<Link> link;
    Landing landing;
    bool start = false;
    bool supervise = false;
    {
      base::MutexLock lock(mutex_);
      if (stopping_) return;
      const base::MonotonicTime now = clock_.Monotonic();
      start = !link_ && !next_ && now >= start_at_;
      base::MonotonicTime wake = base::MonotonicTime::Max();
      if (!link_ && !next_) wake = std::min(wake, start_at_);
      if (link_) wake = std::min(wake, Tick(now, &frames));
      const bool resting = flights_.empty() && !next_ && !watch_.moving();
      const base::MonotonicTime next_supervision = supervised + (resting ? kRestInterval : kBusyInterval);
      wake = std::min(wake, next_supervision);
      supervise = now >= next_supervision;
      EndOverdue(now, &landing);
      link = link_;
      if (frames.empty() && !start && !look_wanted_ && landing.rounds.empty() && !supervise) {
        clock_.WaitUntil(schedule_changed_, mutex_, wake);
        continue;
      }
    }
    if (!frames.empty()) (void)link->host->socket().Post(frames).ok();
    Report(landing);
    if (start) StartWorker();
    RefreshWhenNeeded();
    if (supervise) {
      Supervise();
      supervised = clock_.Monotonic();
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
  if (next_ && now - next_->started >= kPrepareTimeout) {
    KillWorker(*next_, "hang", "it did not prepare the configuration within " + base::DurationText(kPrepareTimeout));
  }
  std::vector<std::shared_ptr<Flight>> overdue;
  for (const auto& [id, flight] : flights_) {
    const bool is_scrape = flight->instance->config.target != nullptr;
    const bool speaks = is_scrape && now < flight->instance->heard + kHangGrace;
    if (now >= flight->deadline + (speaks ? kLongestWay : kHangGrace)) overdue.push_back(flight);
  }
  for (const auto& flight : overdue) {
    const InstanceConfig& config = flight->instance->config;
    flight->hung = true;
    if (flight->link->host->can_be_killed()) {
      KillWorker(*flight->link, "hang",
                 "collector " + config.collector + ", instance " + config.instance + " did not return " +
                     base::HumanDuration(now - flight->started) + " after it was asked");
    } else {
      RoundAssembler::Finished hung;
      hung.status = base::Timeout("still collecting after " + base::HumanDuration(now - flight->started));
      Land(flight, std::move(hung), true, landing);
    }
  }
}

}  // namespace bekci::collect
