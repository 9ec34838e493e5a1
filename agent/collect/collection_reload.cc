// Reload: a new set of instances, all or nothing: the worker prepares and acknowledges it, then it is committed.
#include <algorithm>
#include <set>
#include <tuple>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/collect/collection_core.h"
#include "agent/collect/worker_protocol.h"
#include "proto/worker.pb.h"

namespace bekci::collect {
namespace {

std::string NameOf(const InstanceConfig& config) {
  return config.collector + "/" + config.instance;
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

base::Status CollectionCore::Replace(std::vector<InstanceConfig> configs, bool targets) {
  base::MutexLock one_at_a_time(reload_mutex_);
  ASSIGN_OR_RETURN(Instances instances, MakeInstances(std::move(configs)));
  RETURN_IF_ERROR(WaitUntilReady(clock_.Monotonic() + kPrepareTimeout));
  AddTheOthers(targets, &instances);
  uint64_t generation;
  {
    base::MutexLock lock(mutex_);
    generation = generation_ + 1;
  }
  // A target's options were checked by those who made it; one that cannot be built all the same costs only itself.
  base::Status prepared = PrepareInWorker(instances, generation, !targets, clock_.Monotonic() + kPrepareTimeout);
  if (prepared.ok()) Adopt(std::move(instances), generation);
  base::MutexLock lock(mutex_);
  reloading_ = false;
  return prepared;
}

// Those that stay as they are. Only Replace changes the list, one call at a time.
void CollectionCore::AddTheOthers(bool targets, Instances* instances) const {
  base::MutexLock lock(mutex_);
  for (const auto& instance : instances_) {
    if ((instance->config.target != nullptr) != targets) instances->push_back(instance);
  }
  std::sort(instances->begin(), instances->end(), [](const auto& a, const auto& b) {
    return std::tie(a->config.collector, a->config.instance) < std::tie(b->config.collector, b->config.instance);
  });
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

// Until a worker is there that can read what is there now: the new configuration may name a file made a moment ago.
// From then on no other worker takes over until the reload has ended.
base::Status CollectionCore::WaitUntilReady(base::MonotonicTime deadline) {
  base::MutexLock lock(mutex_);
  look_wanted_ = link_ != nullptr && watch_.watches();
  schedule_changed_.NotifyAll();
  while ((!link_ || look_wanted_ || next_) && !stopping_) {
    if (clock_.Monotonic() >= deadline) {
      if (link_) break;
      return base::Unavailable("the collection worker does not start" +
                               (last_death_text_.empty() ? std::string() : ": " + last_death_text_));
    }
    clock_.WaitUntil(link_changed_, mutex_, deadline);
  }
  if (stopping_) return base::Unavailable("shutting down");
  if (next_) Retire(*next_);
  reloading_ = true;
  return base::OkStatus();
}

base::Status CollectionCore::PrepareInWorker(const Instances& instances, uint64_t generation, bool strict,
                                             base::MonotonicTime deadline) {
  std::shared_ptr<Link> link;
  {
    base::MutexLock lock(mutex_);
    link = link_;
    answered_generation_ = 0;
  }
  if (!link) return base::Unavailable("the collection worker ended");
  PostAll(link->host->socket(), PrepareFrame(instances, generation, strict), deadline);
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
  std::vector<InstanceConfig> gone;
  {
    base::MutexLock lock(mutex_);
    const std::set<std::shared_ptr<Instance>> kept(instances.begin(), instances.end());
    std::set<std::string> names;
    for (const auto& instance : instances) names.insert(NameOf(instance->config));
    for (const auto& instance : instances_) {
      if (kept.contains(instance)) continue;
      if (!names.contains(NameOf(instance->config))) gone.push_back(instance->state.config);
      RoundAssembler::Finished removed;
      removed.status = base::Unavailable("the instance was removed from the configuration");
      while (!instance->flights.empty()) Land(instance->flights.back(), removed, false, &landing);
    }
    instances_ = std::move(instances);
    generation_ = generation;
    link = link_;
    // After a crash in these moments: it prepares what is no longer wanted, the next one starts at once.
    if (next_) Retire(*next_);
    // Under the mutex, so that no COLLECT of a new instance overtakes the commit. It does not block.
    if (link) (void)link->host->socket().Post(frames).ok();
  }
  Report(landing);
  for (const InstanceConfig& config : gone) {
    if (sink_ != nullptr) sink_->OnRemoved(config);
  }
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

}  // namespace bekci::collect
