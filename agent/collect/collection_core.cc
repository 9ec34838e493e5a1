#include "agent/collect/collection_core.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/collect/schedule.h"
#include "agent/collect/worker_protocol.h"
#include "proto/worker.pb.h"

namespace bekci::collect {
namespace {

constexpr base::Duration kPrepareTimeout = base::seconds(10);
// How much longer than a collection's own deadline a page waits for its answer to come through.
constexpr base::Duration kAnswerGrace = base::milliseconds(100);

InstanceConfig WithoutOptions(const InstanceConfig& config) {
  InstanceConfig copy;
  copy.collector = config.collector;
  copy.instance = config.instance;
  copy.interval = config.interval;
  copy.deadline = config.deadline;
  copy.max_series = config.max_series;
  copy.base_directory = config.base_directory;
  return copy;
}

std::string NameOf(const InstanceConfig& config) {
  return config.collector + "/" + config.instance;
}

// The same state with no round and another status: the answer for an instance that gave none.
InstanceState Without(InstanceState state, base::Status status) {
  state.round = nullptr;
  state.status = std::move(status);
  return state;
}

base::Status CheckConfig(const InstanceConfig& config, const CollectorSpec* spec) {
  if (spec == nullptr) {
    std::vector<std::string_view> names;
    for (const CollectorSpec* known : AllCollectors()) names.push_back(known->name);
    const std::string_view nearest = base::Nearest(config.collector, names);
    return base::Invalid("no collector is named " + base::Quoted(config.collector) +
                         (nearest.empty() ? "" : ", did you mean " + base::Quoted(nearest) + "?"));
  }
  if (config.interval < base::milliseconds(1) || config.deadline < base::milliseconds(1)) {
    return base::Invalid(NameOf(config) + ": interval and deadline must be at least 1ms");
  }
  return base::OkStatus();
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
    : options_(std::move(options)), clock_(clock), log_(log), sink_(sink) {
  for (const char* reason : {"crash", "hang", "memory", "protocol"}) stats_.deaths[reason] = 0;
  schedule_thread_ = std::thread([this] { RunSchedule(); });
  reader_thread_ = std::thread([this] { RunReader(); });
}

CollectionCore::~CollectionCore() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    if (link_) {
      link_->host->Kill();
      link_->host->socket().Shutdown();
    }
  }
  schedule_changed_.NotifyAll();
  link_changed_.NotifyAll();
  reader_thread_.join();
  schedule_thread_.join();
}

std::vector<InstanceState> CollectionCore::States() const {
  base::MutexLock lock(mutex_);
  std::vector<InstanceState> states;
  states.reserve(instances_.size());
  for (const auto& instance : instances_) states.push_back(instance->state);
  return states;
}

WorkerStats CollectionCore::worker() const {
  WorkerStats stats;
  std::shared_ptr<Link> link;
  {
    base::MutexLock lock(mutex_);
    stats = stats_;
    link = link_;
    stats.running = phase_ == Phase::kReady;
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
      const Wanted wanted = Select(selection, *instance->state.spec, instance->config.instance);
      if (!wanted.wanted) continue;
      if (instance->state.spec->freshness == Freshness::kCached) {
        answers.push_back(instance->state);
      } else if (phase_ != Phase::kReady) {
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
  while (!flight.done) {
    const base::MonotonicTime now = clock_.Monotonic();
    if (now >= patience) {
      return Without(flight.instance->state,
                     base::Timeout("no answer after " + base::HumanDuration(now - flight.started)));
    }
    clock_.WaitUntil(flight.landed, mutex_, patience);
  }
  return flight.result;
}

base::Status CollectionCore::AwayStatus() const {
  if (last_death_reason_.empty()) return base::Unavailable("collection worker is starting");
  return base::Unavailable("collection worker is being replaced (" + last_death_reason_ + " " +
                           base::HumanDuration(clock_.Monotonic() - last_death_) + " ago)");
}

// --- reload ---

base::Status CollectionCore::Reload(std::vector<InstanceConfig> configs) {
  base::MutexLock one_at_a_time(reload_mutex_);
  const base::MonotonicTime deadline = clock_.Monotonic() + kPrepareTimeout;
  ASSIGN_OR_RETURN(Instances instances, MakeInstances(std::move(configs)));
  RETURN_IF_ERROR(WaitUntilReady(deadline));
  uint64_t generation;
  {
    base::MutexLock lock(mutex_);
    generation = generation_ + 1;
  }
  RETURN_IF_ERROR(PrepareInWorker(instances, generation, deadline));
  Adopt(std::move(instances), generation);
  return base::OkStatus();
}

base::Result<CollectionCore::Instances> CollectionCore::MakeInstances(std::vector<InstanceConfig> configs) {
  std::sort(configs.begin(), configs.end(), [](const InstanceConfig& a, const InstanceConfig& b) {
    return std::tie(a.collector, a.instance) < std::tie(b.collector, b.instance);
  });
  Instances made;
  base::MutexLock lock(mutex_);
  for (size_t i = 0; i < configs.size(); ++i) {
    const CollectorSpec* spec = FindCollector(configs[i].collector);
    RETURN_IF_ERROR(CheckConfig(configs[i], spec));
    if (i > 0 && configs[i].collector == made.back()->config.collector) {
      if (configs[i].instance == made.back()->config.instance) {
        return base::Invalid(NameOf(configs[i]) + " is configured twice");
      }
      if (!spec->many_instances) return base::Invalid(configs[i].collector + " can have only one instance");
    }
    const auto same = std::find_if(instances_.begin(), instances_.end(),
                                   [&](const auto& known) { return SameConfig(known->config, configs[i]); });
    made.push_back(same != instances_.end() ? *same
                                            : std::make_shared<Instance>(++last_slot_, spec, std::move(configs[i])));
  }
  return made;
}

base::Status CollectionCore::WaitUntilReady(base::MonotonicTime deadline) {
  base::MutexLock lock(mutex_);
  while (phase_ != Phase::kReady && !stopping_) {
    if (clock_.Monotonic() >= deadline) {
      return base::Unavailable("the collection worker does not start" +
                               (last_death_text_.empty() ? std::string() : ": " + last_death_text_));
    }
    clock_.WaitUntil(link_changed_, mutex_, deadline);
  }
  return stopping_ ? base::Unavailable("shutting down") : base::OkStatus();
}

base::Status CollectionCore::PrepareInWorker(const Instances& instances, uint64_t generation,
                                             base::MonotonicTime deadline) {
  std::shared_ptr<Link> link;
  {
    base::MutexLock lock(mutex_);
    link = link_;
    answered_generation_ = 0;
  }
  if (!link) return base::Unavailable("the collection worker ended");
  PostAll(link->host->socket(), PrepareFrame(instances, generation, true), deadline);
  base::MutexLock lock(mutex_);
  while (answered_generation_ != generation) {
    if (link_ != link || stopping_) {
      return base::Unavailable("the collection worker ended while it prepared the configuration: " + last_death_text_);
    }
    if (clock_.Monotonic() >= deadline) {
      KillWorker(*link, "hang", "it did not prepare the configuration within " + base::DurationText(kPrepareTimeout));
      return base::Unavailable("the collection worker did not prepare the configuration in time");
    }
    clock_.WaitUntil(link_changed_, mutex_, deadline);
  }
  return answered_errors_.empty() ? base::OkStatus() : base::Invalid(base::Join(answered_errors_, "\n"));
}

void CollectionCore::Adopt(Instances instances, uint64_t generation) {
  worker::Frame commit;
  commit.mutable_commit()->set_generation(generation);
  std::string frames;
  AppendFrame(commit, &frames);
  std::shared_ptr<Link> link;
  Landing landing;
  {
    base::MutexLock lock(mutex_);
    const std::set<std::shared_ptr<Instance>> kept(instances.begin(), instances.end());
    for (const auto& instance : instances_) {
      if (kept.contains(instance)) continue;
      RoundAssembler::Finished removed;
      removed.status = base::Unavailable("the instance was removed from the configuration");
      while (!instance->flights.empty()) Land(instance->flights.back(), removed, false, &landing);
    }
    instances_ = std::move(instances);
    generation_ = generation;
    link = link_;
    // Under the mutex, so that no COLLECT of a new instance overtakes the commit. It does not block.
    if (link) (void)link->host->socket().Post(frames).ok();
  }
  Report(landing);
  schedule_changed_.NotifyAll();
}

std::string CollectionCore::PrepareFrame(const Instances& instances, uint64_t generation, bool strict) {
  worker::Frame frame;
  worker::Prepare* prepare = frame.mutable_prepare();
  prepare->set_generation(generation);
  prepare->set_strict(strict);
  for (const auto& instance : instances) EncodeInstance(instance->slot, instance->config, prepare->add_instances());
  std::string out;
  AppendFrame(frame, &out);
  return out;
}

void CollectionCore::PostAll(FrameSocket& socket, const std::string& frames, base::MonotonicTime deadline) const {
  if (!socket.Post(frames).ok()) return;
  while (!socket.Flush() && clock_.Monotonic() < deadline) socket.WaitWritable(50);
}

// --- flights ---

std::shared_ptr<CollectionCore::Flight> CollectionCore::Launch(const std::shared_ptr<Instance>& instance,
                                                               const Wanted& wanted, base::MonotonicTime deadline,
                                                               Cause cause, std::string* frames) {
  auto flight = std::make_shared<Flight>();
  flight->id = ++last_flight_;
  flight->instance = instance;
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
  flight->landed.NotifyAll();
}

void CollectionCore::Report(Landing& landing) {
  for (const Landing::Change& change : landing.changes) {
    const InstanceConfig& config = change.state.config;
    if (change.failing) {
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
