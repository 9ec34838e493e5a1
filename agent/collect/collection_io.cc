// The thread "collect-io": reads the worker's frames, believes none of them, and sees to the worker's end.
#include <pthread.h>

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/collect/collection_core.h"
#include "agent/collect/worker_protocol.h"
#include "proto/worker.pb.h"

namespace bekci::collect {
namespace {

constexpr uint64_t kLogLinesPerSecond = 100;

// A death above this share of the limit was one of memory, whatever signal it took: the kernel's OOM killer, an abort
// after a failed allocation inside a C library.
constexpr double kNearLimit = 0.9;

std::string_view DeathReason(const WorkerHost::End& end, const std::string& kill_reason, uint64_t resident,
                             uint64_t limit) {
  if (!kill_reason.empty()) return kill_reason;
  const bool near_limit = static_cast<double>(resident) >= kNearLimit * static_cast<double>(limit);
  return end.out_of_memory || (end.by_signal && near_limit) ? "memory" : "crash";
}

}  // namespace

void CollectionCore::RunReader() {
  pthread_setname_np(pthread_self(), "collect-io");
  std::shared_ptr<Link> link;
  while (true) {
    {
      base::MutexLock lock(mutex_);
      while (!stopping_ && !link_) link_changed_.Wait(mutex_);
      if (!link_) return;
      link = link_;
    }
    ReadFrames(*link);
    OnEnd(link);
    link.reset();
  }
}

void CollectionCore::ReadFrames(Link& link) {
  FrameReader reader(kMaxWorkerFrameBytes);
  worker::Frame frame;
  std::string_view bytes;
  base::Status broken;
  while (broken.ok() && link.host->socket().Read(&reader)) {
    while (broken.ok()) {
      auto whole = reader.Next(&bytes);
      if (whole.ok() && !*whole) break;
      if (!whole.ok()) {
        broken = std::move(whole).status();
      } else if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        broken = base::Corrupt("unreadable frame");
      } else {
        broken = Handle(link, frame);
        // Cleared messages keep their memory: right for numbers that come every round, not for schemas.
        if (frame.has_schema() || frame.has_extra()) frame = worker::Frame();
      }
    }
  }
  if (broken.ok()) return;
  base::MutexLock lock(mutex_);
  KillWorker(link, "protocol", broken.message());
}

base::Status CollectionCore::Handle(Link& link, const worker::Frame& frame) {
  if (frame.has_log()) return OnLog(link, frame.log());
  if (frame.has_acknowledge()) return OnAcknowledge(link, frame.acknowledge());
  uint64_t slot = 0;
  if (frame.has_values()) {
    slot = frame.values().slot();
  } else if (frame.has_done()) {
    slot = frame.done().slot();
  } else if (frame.has_schema()) {
    slot = frame.schema().slot();
  } else if (frame.has_extra()) {
    slot = frame.extra().slot();
  } else {
    return base::Corrupt("a frame that a worker does not send");
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<Instance> instance, FindSlot(link, slot));
  if (!instance) return base::OkStatus();  // removed meanwhile
  if (frame.has_values()) return instance->assembler->OnValues(frame.values());
  if (frame.has_done()) return OnDone(*instance, frame.done());
  if (frame.has_schema()) return instance->assembler->OnSchema(frame.schema());
  return instance->assembler->OnExtra(frame.extra());
}

// The instance of a slot with an assembler for this worker; null when it is no longer configured.
base::Result<std::shared_ptr<CollectionCore::Instance>> CollectionCore::FindSlot(const Link& link, uint64_t slot) {
  std::shared_ptr<Instance> found;
  {
    base::MutexLock lock(mutex_);
    if (slot == 0 || slot > last_slot_) return base::Corrupt("a frame of an instance that never was");
    const auto it = std::ranges::find(instances_, slot, [](const auto& instance) { return instance->slot; });
    if (it == instances_.end()) return found;
    found = *it;
  }
  if (found->assembler_link != &link) {
    found->assembler = std::make_unique<RoundAssembler>(found->config.max_series);
    found->assembler_link = &link;
  }
  return found;
}

base::Status CollectionCore::OnDone(Instance& instance, const worker::Done& done) {
  ASSIGN_OR_RETURN(RoundAssembler::Finished finished, instance.assembler->OnDone(done));
  for (size_t i = 0; i < finished.problems.size() && i < 5; ++i) {
    log_.Warn("series left out", {{"collector", instance.config.collector},
                                  {"instance", instance.config.instance},
                                  {"series", finished.problems[i]}});
  }
  Landing landing;
  {
    base::MutexLock lock(mutex_);
    const auto flight = flights_.find(finished.id);
    if (flight == flights_.end()) return base::OkStatus();  // nobody waits any more
    if (flight->second->instance.get() != &instance) return base::Corrupt("the answer of another instance");
    Land(flight->second, std::move(finished), true, &landing);
  }
  Report(landing);
  return base::OkStatus();
}

base::Status CollectionCore::OnAcknowledge(Link& link, const worker::Acknowledge& acknowledge) {
  bool ready = false;
  {
    base::MutexLock lock(mutex_);
    if (phase_ == Phase::kPreparing && acknowledge.generation() == link.generation) {
      worker::Frame commit;
      commit.mutable_commit()->set_generation(link.generation);
      std::string frames;
      AppendFrame(commit, &frames);
      (void)link.host->socket().Post(frames).ok();  // before any COLLECT; does not block
      phase_ = Phase::kReady;
      ready = true;
      for (const auto& instance : instances_) instance->due = {};  // what was missed is collected at once
    } else if (phase_ == Phase::kReady && acknowledge.generation() == generation_ + 1) {
      answered_generation_ = acknowledge.generation();
      answered_errors_.clear();
      for (const std::string& error : acknowledge.errors()) answered_errors_.push_back(RepairUtf8(error));
    } else {
      return base::Corrupt("an acknowledgement of nothing");
    }
  }
  if (ready) log_.Info("collection worker runs", {{"pid", link.host->pid()}});
  link_changed_.NotifyAll();
  schedule_changed_.NotifyAll();
  return base::OkStatus();
}

base::Status CollectionCore::OnLog(Link& link, const worker::Log& log) {
  if (log.level() >= base::kLogLevels) return base::Corrupt("an unknown log level");
  const base::MonotonicTime now = clock_.Monotonic();
  if (now - link.log_window >= base::seconds(1)) {
    if (link.logged_in_window > kLogLinesPerSecond) {
      log_.Warn("collection worker logs too much", {{"lines_dropped", link.logged_in_window - kLogLinesPerSecond}});
    }
    link.log_window = now;
    link.logged_in_window = 0;
  }
  if (++link.logged_in_window > kLogLinesPerSecond) return base::OkStatus();
  std::vector<std::string> keys;
  keys.reserve(static_cast<size_t>(log.fields_size()));
  std::vector<base::LogField> fields;
  for (const worker::Log::Field& field : log.fields()) {
    fields.emplace_back(keys.emplace_back(RepairUtf8(field.key())), RepairUtf8(field.value()));
  }
  log_.Log(static_cast<base::LogLevel>(log.level()), RepairUtf8(log.message()), fields);
  return base::OkStatus();
}

void CollectionCore::OnEnd(const std::shared_ptr<Link>& link) {
  const WorkerHost::End end = link->host->Reap();
  Landing landing;
  base::Duration wait = {};
  std::string reason;
  std::string text;
  bool expected = false;
  {
    base::MutexLock lock(mutex_);
    const base::MonotonicTime now = clock_.Monotonic();
    expected = stopping_;
    reason = DeathReason(end, link->kill_reason, link->resident_bytes, options_.worker_memory_limit_bytes);
    text = link->kill_text.empty() ? end.text : link->kill_text;
    phase_ = Phase::kAway;
    link_.reset();
    last_death_ = now;
    last_death_reason_ = reason;
    last_death_text_ = text;
    if (!expected) ++stats_.deaths[reason];
    start_at_ = replacement_.OnDeath(now);
    wait = start_at_ - now;
    while (!flights_.empty()) {
      const std::shared_ptr<Flight> flight = flights_.begin()->second;
      RoundAssembler::Finished lost;
      lost.status = flight->hung ? base::Timeout("did not return; the collection worker was replaced (hang)")
                                 : base::Unavailable("the collection worker ended (" + reason + ")");
      lost.duration = now - flight->started;
      Land(flight, std::move(lost), flight->hung, &landing);
    }
  }
  if (!expected) {
    log_.Error("collection worker ended", {{"reason", reason},
                                           {"how", text},
                                           {"pid", link->host->pid()},
                                           {"starts_again_in", base::HumanDuration(wait)}});
  }
  Report(landing);
  link_changed_.NotifyAll();
  schedule_changed_.NotifyAll();
}

}  // namespace bekci::collect
