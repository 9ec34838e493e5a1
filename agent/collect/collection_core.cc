#include "agent/collect/collection_core.h"

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/collect/sandbox.h"
#include "agent/collect/schedule.h"
#include "agent/collect/worker_protocol.h"
#include "proto/worker.pb.h"

namespace bekci::collect {
namespace {

// How much longer than a collection's own deadline a page waits for its answer to come through.
constexpr base::Duration kAnswerGrace = base::milliseconds(100);
// From then on a collection is watched: its memory, and whether it hangs.
constexpr base::Duration kSlowFlight = base::seconds(1);

InstanceConfig WithoutOptions(const InstanceConfig& config) {
  InstanceConfig copy;
  copy.collector = config.collector;
  copy.instance = config.instance;
  copy.interval = config.interval;
  copy.deadline = config.deadline;
  copy.max_series = config.max_series;
  copy.base_directory = config.base_directory;
  copy.target = config.target;
  return copy;
}

// The same state with no round and another status: the answer for an instance that gave none.
InstanceState Without(InstanceState state, base::Status status) {
  state.round = nullptr;
  state.status = std::move(status);
  return state;
}

}  // namespace

CollectionCore::Instance::Instance(uint64_t slot_number, const CollectorSpec* spec, InstanceConfig whole_config)
    : slot(slot_number),
      config(std::move(whole_config)),
      offset(TickOffset(config.collector, config.instance, config.interval)) {
  state.spec = spec;
  state.config = WithoutOptions(config);
  state.status = base::Unavailable("not collected yet");
}

CollectionCore::CollectionCore(CollectionOptions options, base::Clock& clock, base::Logger& log, RoundSink* sink)
    : options_(std::move(options)),
      clock_(clock),
      log_(log),
      sink_(sink),
      watch_(!options_.single_process && HasLandlock() ? options_.state_directory : std::string()) {
  for (const char* reason : {"crash", "hang", "memory", "protocol"}) stats_.deaths[reason] = 0;
  if (watch_.watches()) {
    for (const std::string& directory : PublicDirectoriesAbove(options_.state_directory)) {
      log_.Info(
          "everyone may write to a directory above the state directory: what is made there later is read by collectors "
          "only after a reload",
          {{"path", directory}});
    }
  }
  schedule_thread_ = std::thread([this] { RunSchedule(); });
}

CollectionCore::~CollectionCore() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    for (const auto& link : links_) {
      link->host->Kill();
      link->host->socket().Shutdown();
    }
  }
  schedule_changed_.NotifyAll();
  link_changed_.NotifyAll();
  schedule_thread_.join();  // it starts workers; then the list is complete
  std::vector<std::shared_ptr<Link>> links;
  {
    base::MutexLock lock(mutex_);
    links.swap(links_);
  }
  for (const auto& link : links) link->reader.join();
}

std::vector<InstanceState> CollectionCore::States() const {
  base::MutexLock lock(mutex_);
  std::vector<InstanceState> states;
  states.reserve(instances_.size());
  for (const auto& instance : instances_) {
    if (instance->config.target == nullptr) states.push_back(instance->state);
  }
  return states;
}

std::vector<InstanceState> CollectionCore::TargetStates() const {
  base::MutexLock lock(mutex_);
  std::vector<InstanceState> states;
  for (const auto& instance : instances_) {
    if (instance->config.target == nullptr) continue;
    states.push_back(instance->state);
    states.back().round = nullptr;
  }
  return states;
}

WorkerStats CollectionCore::worker() const {
  WorkerStats stats;
  std::shared_ptr<Link> link;
  {
    base::MutexLock lock(mutex_);
    stats = stats_;
    link = link_ ? link_ : next_;
    stats.running = link_ != nullptr;
  }
  if (!link) return stats;
  stats.pid = link->host->pid();
  stats.resident_bytes = link->host->ResidentBytes();
  stats.cpu_seconds = link->host->CpuSeconds();
  return stats;
}

base::Result<std::vector<InstanceState>> CollectionCore::Collect(const Selection& selection,
                                                                 base::MonotonicTime deadline) {
  RETURN_IF_ERROR(CheckNames(selection));
  std::vector<InstanceState> answers;
  std::vector<std::pair<size_t, std::shared_ptr<Flight>>> awaited;  // index into answers
  std::string frames;
  std::shared_ptr<Link> link;
  {
    base::MutexLock lock(mutex_);
    for (const auto& instance : instances_) {
      if (instance->config.target != nullptr) continue;
      const Wanted wanted = Select(selection, *instance->state.spec, instance->config.instance);
      if (!wanted.wanted) continue;
      if (instance->state.spec->freshness == Freshness::kCached) {
        answers.push_back(instance->state);
      } else if (!link_) {
        answers.push_back(Without(instance->state, AwayStatus()));
      } else {
        awaited.emplace_back(answers.size(), JoinOrLaunch(instance, wanted, deadline, &frames));
        answers.emplace_back();
      }
    }
    if (!selection.instance.empty() && answers.empty()) {
      return base::NotFound("collector " + selection.collector + " has no instance " +
                            base::Quoted(selection.instance));
    }
    link = link_;
  }
  // A worker that does not take it is found out by the schedule; the flights end with it.
  if (!frames.empty()) (void)link->host->socket().Post(frames).ok();
  base::MutexLock lock(mutex_);
  for (auto& [index, flight] : awaited) answers[index] = Await(*flight, deadline);
  return answers;
}

std::shared_ptr<CollectionCore::Flight> CollectionCore::JoinOrLaunch(const std::shared_ptr<Instance>& instance,
                                                                     const Wanted& wanted, base::MonotonicTime deadline,
                                                                     std::string* frames) {
  const std::string key = wanted.Key();
  for (const auto& flight : instance->flights) {
    if (flight->key == key) return flight;
  }
  const base::MonotonicTime own = clock_.Monotonic() + instance->config.deadline;
  return Launch(instance, wanted, std::min(own, deadline), Cause::kScrape, frames);
}

InstanceState CollectionCore::Await(Flight& flight, base::MonotonicTime deadline) {
  // A flight beyond its own deadline hangs; waiting for it would let one target delay every page.
  const base::MonotonicTime patience = std::min(deadline, flight.deadline + kAnswerGrace);
  const base::MonotonicTime slow = std::min(patience, flight.started + kSlowFlight);
  while (!flight.done) {
    const base::MonotonicTime now = clock_.Monotonic();
    // The thread "collect" sleeps while all is well, and is not woken for a scrape: only for one that takes long.
    if (now >= slow) schedule_changed_.NotifyAll();
    if (now >= patience) {
      return Without(flight.instance->state,
                     base::Timeout("no answer after " + base::HumanDuration(now - flight.started)));
    }
    clock_.WaitUntil(flight.landed, mutex_, now < slow ? slow : patience);
  }
  return flight.result;
}

base::Status CollectionCore::AwayStatus() const {
  if (last_death_reason_.empty()) return base::Unavailable("collection worker is starting");
  return base::Unavailable("collection worker is being replaced (" + last_death_reason_ + " " +
                           base::HumanDuration(clock_.Monotonic() - last_death_) + " ago)");
}

// --- flights ---

std::shared_ptr<CollectionCore::Flight> CollectionCore::Launch(const std::shared_ptr<Instance>& instance,
                                                               const Wanted& wanted, base::MonotonicTime deadline,
                                                               Cause cause, std::string* frames) {
  auto flight = std::make_shared<Flight>();
  flight->id = ++last_flight_;
  flight->instance = instance;
  flight->link = link_;
  flight->key = wanted.Key();
  flight->cause = cause;
  flight->started = clock_.Monotonic();
  flight->deadline = deadline;
  flight->at = clock_.Now();
  worker::Frame frame;
  worker::Collect* collect = frame.mutable_collect();
  collect->set_id(flight->id);
  collect->set_slot(instance->slot);
  collect->set_generation(generation_);
  collect->set_deadline_ns((deadline - flight->started).count());
  for (const std::string& part : wanted.only) collect->add_only(part);
  for (const std::string& part : wanted.exclude) collect->add_exclude(part);
  collect->set_scrape(cause == Cause::kScrape);
  AppendFrame(frame, frames);
  instance->flights.push_back(flight);
  flights_.emplace(flight->id, flight);
  return flight;
}

void CollectionCore::Land(const std::shared_ptr<Flight>& landed, RoundAssembler::Finished finished, bool tried,
                          Landing* landing) {
  // Kept: the caller's may be the last element of what is erased here.
  const std::shared_ptr<Flight> flight = landed;  // NOLINT(performance-unnecessary-copy-initialization)
  Instance& instance = *flight->instance;
  flight->result.spec = instance.state.spec;
  flight->result.config = instance.state.config;
  flight->result.round = std::move(finished.round);
  flight->result.status = std::move(finished.status);
  flight->result.at = flight->at;
  flight->result.duration = std::clamp<base::Duration>(finished.duration, {}, clock_.Monotonic() - flight->started);
  flight->result.rounds = instance.state.rounds;
  flight->result.counts = finished.counts;
  if (flight->cause == Cause::kScheduled) {
    ++flight->result.rounds;
    instance.state = flight->result;
    if (tried) {
      const bool failed = !instance.state.status.ok() && instance.state.status.code() != base::Code::kNoData;
      if (failed != instance.failing) landing->changes.push_back({instance.state, failed});
      instance.failing = failed;
      landing->rounds.push_back(instance.state);
    }
  }
  flight->done = true;
  std::erase(instance.flights, flight);
  flights_.erase(flight->id);
  EndIfIdle(*flight->link);
  flight->landed.NotifyAll();
}

void CollectionCore::Report(Landing& landing) {
  for (const Landing::Change& change : landing.changes) {
    const InstanceConfig& config = change.state.config;
    if (config.target != nullptr) {
      const std::string& pool = config.target->scrape_pool;
      if (change.failing) {
        log_.Warn("scrape failed",
                  {{"job", pool}, {"target", config.target->url}, {"error", change.state.status.message()}});
      } else {
        log_.Info("scrape works again", {{"job", pool}, {"target", config.target->url}});
      }
    } else if (change.failing) {
      log_.Warn(
          "collector failed",
          {{"collector", config.collector}, {"instance", config.instance}, {"error", change.state.status.message()}});
    } else {
      log_.Info("collector works again", {{"collector", config.collector}, {"instance", config.instance}});
    }
  }
  for (const InstanceState& state : landing.rounds) {
    if (sink_ != nullptr) sink_->OnRound(state);
  }
}

base::Result<std::unique_ptr<Collection>> StartCollection(CollectionOptions options,
                                                          std::vector<InstanceConfig> instances, base::Clock& clock,
                                                          base::Logger& log, RoundSink* sink) {
  auto collection = std::make_unique<CollectionCore>(std::move(options), clock, log, sink);
  RETURN_IF_ERROR(collection->Reload(std::move(instances)));
  return std::unique_ptr<Collection>(std::move(collection));
}

}  // namespace bekci::collect
