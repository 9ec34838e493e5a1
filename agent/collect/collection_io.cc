// The thread "collect-io" of a worker: reads its frames and believes none of them.
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

}  // namespace

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
  ASSIGN_OR_RETURN(Stream* const stream, FindStream(link, slot));
  if (stream == nullptr) return base::OkStatus();  // removed meanwhile
  if (frame.has_values()) return stream->assembler.OnValues(frame.values());
  if (frame.has_done()) return OnDone(*stream, frame.done());
  if (frame.has_schema()) return stream->assembler.OnSchema(frame.schema());
  return stream->assembler.OnExtra(frame.extra());
}

// The stream of a slot; null when its instance is no longer configured.
base::Result<CollectionCore::Stream*> CollectionCore::FindStream(Link& link, uint64_t slot) {
  std::shared_ptr<Instance> instance;
  {
    base::MutexLock lock(mutex_);
    if (slot == 0 || slot > last_slot_) return base::Corrupt("a frame of an instance that never was");
    const auto it = std::ranges::find(instances_, slot, [](const auto& known) { return known->slot; });
    if (it != instances_.end()) {
      instance = *it;
      instance->heard = clock_.Monotonic();
    }
  }
  const auto known = link.streams.find(slot);
  if (instance && known != link.streams.end()) return known->second.get();
  std::erase_if(link.streams, [](const auto& entry) { return entry.second->instance.expired(); });
  if (!instance) return nullptr;
  return link.streams.emplace(slot, std::make_unique<Stream>(instance)).first->second.get();
}

base::Status CollectionCore::OnDone(Stream& stream, const worker::Done& done) {
  const std::shared_ptr<Instance> instance = stream.instance.lock();
  if (!instance) return base::OkStatus();
  ASSIGN_OR_RETURN(RoundAssembler::Finished finished, stream.assembler.OnDone(done));
  for (size_t i = 0; i < finished.problems.size() && i < 5; ++i) {
    const ScrapeTarget* target = instance->config.target.get();
    log_.Warn("series left out", {{"collector", instance->config.collector},
                                  {"instance", target != nullptr ? target->url : instance->config.instance},
                                  {"series", finished.problems[i]}});
  }
  Landing landing;
  {
    base::MutexLock lock(mutex_);
    stats_.last_answer = clock_.Monotonic();
    const auto flight = flights_.find(finished.id);
    if (flight == flights_.end()) return base::OkStatus();  // nobody waits any more
    if (flight->second->instance != instance) return base::Corrupt("the answer of another instance");
    Land(flight->second, std::move(finished), true, &landing);
  }
  Report(landing);
  return base::OkStatus();
}

base::Status CollectionCore::OnAcknowledge(Link& link, const worker::Acknowledge& acknowledge) {
  bool ready = false;
  {
    base::MutexLock lock(mutex_);
    if (link.retired) return base::OkStatus();
    if (next_.get() == &link && acknowledge.generation() == link.generation) {
      TakeOver();
      ready = true;
    } else if (link_.get() == &link && acknowledge.generation() == generation_ + 1) {
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

}  // namespace bekci::collect
