#include "agent/collect/worker_server.h"

#include <algorithm>

#include "agent/collect/sandbox.h"
#include "agent/collect/scrape_collector.h"
#include "agent/collect/worker_protocol.h"
#include "proto/worker.pb.h"

namespace bekci::collect {
namespace {

// Enough for the client libraries in use (libmariadb's deepest path takes 100 KiB), and the address space of the pool
// stays small beside the worker's memory limit.
constexpr size_t kStackBytes = kSanitized ? 8 << 20 : 1 << 20;
// Scrapes wait more than they work, and use no client library.
constexpr size_t kScrapeThreads = 64;
constexpr size_t kScrapeStackBytes = kSanitized ? 8 << 20 : 256 << 10;

constexpr size_t kMaxLogText = 8192;

}  // namespace

void CoreLogger::Write(base::LogLevel level, std::string_view message, std::span<const base::LogField> fields) {
  worker::Frame frame;
  worker::Log* log = frame.mutable_log();
  log->set_level(static_cast<uint32_t>(level));
  size_t room = kMaxLogText;
  auto take = [&room](std::string_view text) {
    text = text.substr(0, room);
    room -= text.size();
    return std::string(text);
  };
  log->set_message(take(message));
  for (const base::LogField& field : fields) {
    if (room == 0) break;
    worker::Log::Field* to = log->add_fields();
    to->set_key(take(field.key));
    to->set_value(take(field.value));
  }
  std::string bytes;
  AppendFrame(frame, &bytes);
  // A core that is gone ends the worker elsewhere; there is nobody left to tell.
  (void)socket_.Write(bytes).ok();
}

WorkerServer::WorkerServer(int fd, size_t threads, uint64_t scrape_bytes, base::LogLevel level)
    : socket_(fd),
      log_(socket_),
      scrape_bodies_(scrape_bytes),
      environment_{&fs_, &clock_, &log_, &scrape_bodies_},
      reader_(kMaxCoreFrameBytes),
      writer_(socket_),
      collectors_{"collect-", std::max<size_t>(threads, 1), kStackBytes, 0, {}, {}},
      scrapes_{"scrape-", kScrapeThreads, kScrapeStackBytes, 0, {}, {}} {
  log_.set_level(level);
}

WorkerServer::~WorkerServer() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    while (WakeOne(collectors_) || WakeOne(scrapes_)) {
    }
  }
  for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
}

base::Status WorkerServer::Run() {
  while (WaitForFrames()) {
    if (!socket_.Read(&reader_)) break;
    RETURN_IF_ERROR(HandleFrames());
  }
  return base::OkStatus();
}

base::Status WorkerServer::HandleFrames() {
  std::string_view bytes;
  while (true) {
    ASSIGN_OR_RETURN(const bool whole, reader_.Next(&bytes));
    if (!whole) return base::OkStatus();
    RETURN_IF_ERROR(Handle(bytes));
  }
}

base::Status WorkerServer::Handle(std::string_view bytes) {
  worker::Frame frame;
  if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return base::Corrupt("unreadable frame");
  if (frame.has_collect()) return OnCollect(frame.collect());
  if (frame.has_prepare()) return OnPrepare(frame.prepare());
  if (frame.has_commit()) OnCommit(frame.commit().generation());
  return base::OkStatus();
}

base::Status WorkerServer::OnPrepare(const worker::Prepare& prepare) {
  worker::Frame answer;
  worker::Acknowledge* acknowledge = answer.mutable_acknowledge();
  acknowledge->set_generation(prepare.generation());
  prepared_.clear();
  prepared_generation_ = prepare.generation();
  for (const worker::Instance& given : prepare.instances()) {
    if (const auto known = instances_.find(given.slot()); known != instances_.end()) {
      prepared_.insert(*known);
      continue;
    }
    ASSIGN_OR_RETURN(InstanceConfig config, DecodeInstance(given));
    auto instance = std::make_shared<WorkerInstance>(given.slot(), std::move(config), environment_);
    const base::Status made = instance->Make();
    if (!made.ok() && prepare.strict()) {
      acknowledge->add_errors(made.message().substr(0, kMaxLogText));
    }
    prepared_.emplace(given.slot(), std::move(instance));
    if (acknowledge->ByteSizeLong() > kChunkBytes / 2) break;  // more mistakes than anyone reads
  }
  if (acknowledge->errors_size() > 0) prepared_.clear();
  std::string out;
  AppendFrame(answer, &out);
  return socket_.Write(out);
}

void WorkerServer::OnCommit(uint64_t generation) {
  if (generation != prepared_generation_) return;
  // What is no longer configured ends when its last collection has.
  instances_ = std::move(prepared_);
  prepared_.clear();
}

base::Status WorkerServer::OnCollect(const worker::Collect& collect) {
  Job job;
  job.request.id = collect.id();
  job.request.context.deadline = clock_.Monotonic() + base::nanoseconds(collect.deadline_ns());
  job.request.context.only.assign(collect.only().begin(), collect.only().end());
  job.request.context.exclude.assign(collect.exclude().begin(), collect.exclude().end());
  const auto instance = instances_.find(collect.slot());
  if (instance == instances_.end()) {
    const RoundWriter::Head head{collect.id(), collect.slot(), 0, 0, true};
    return writer_.WriteDone(head, base::NotFound("the instance is not configured"), {});
  }
  job.instance = instance->second;
  Enqueue(std::move(job));
  return base::OkStatus();
}

void WorkerServer::Enqueue(Job job) {
  const bool is_scrape = job.instance->config().collector == kScrapeCollector;
  Lane* lane_in_need = nullptr;
  {
    base::MutexLock lock(mutex_);
    Lane& lane = is_scrape ? scrapes_ : collectors_;
    lane.queue.push_back(std::move(job));
    if (!WakeOne(lane) && lane.threads < lane.max_threads) lane_in_need = &lane;
  }
  if (lane_in_need != nullptr) StartThread(*lane_in_need);
}

bool WorkerServer::WakeOne(Lane& lane) {
  if (lane.idle.empty()) return false;
  lane.idle.back()->NotifyOne();
  lane.idle.pop_back();
  return true;
}

void WorkerServer::StartThread(Lane& lane) {
  struct Start {
    WorkerServer* server;
    Lane* lane;
  };
  auto start = std::make_unique<Start>(Start{this, &lane});
  auto serve = [](void* given) -> void* {
    const std::unique_ptr<Start> begin(static_cast<Start*>(given));
    begin->server->Serve(*begin->lane);
    return nullptr;
  };
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  std::string name;
  {
    base::MutexLock lock(mutex_);
    pthread_attr_setstacksize(&attributes, lane.stack_bytes);
    name = lane.thread_name + std::to_string(lane.threads);
  }
  pthread_t thread;
  if (pthread_create(&thread, &attributes, serve, start.get()) == 0) {
    (void)start.release();
    pthread_setname_np(thread, name.c_str());
    threads_.push_back(thread);
    base::MutexLock lock(mutex_);
    ++lane.threads;
  } else if (name.ends_with("-0")) {
    log_.Error("no thread to collect with: the limit of threads is reached");
  }
  pthread_attr_destroy(&attributes);
}

void WorkerServer::Serve(Lane& lane) {
  RoundWriter writer(socket_);
  Job job;
  while (TakeJob(lane, &job)) {
    if (!job.instance->Run(job.request, writer).ok()) Stop();  // the core is gone
    {
      base::MutexLock lock(mutex_);
      busy_.erase(job.instance.get());
      if (!lane.queue.empty()) (void)WakeOne(lane);
    }
    job = Job();
  }
}

// The oldest job whose instance is not being collected.
bool WorkerServer::TakeJob(Lane& lane, Job* job) {
  base::CondVar wake;
  base::MutexLock lock(mutex_);
  while (!stopping_) {
    auto next = lane.queue.begin();
    while (next != lane.queue.end() && busy_.contains(next->instance.get())) ++next;
    if (next != lane.queue.end()) {
      *job = std::move(*next);
      lane.queue.erase(next);
      busy_.insert(job->instance.get());
      return true;
    }
    lane.idle.push_back(&wake);
    while (!stopping_ && std::ranges::find(lane.idle, &wake) != lane.idle.end()) wake.Wait(mutex_);
  }
  std::erase(lane.idle, &wake);
  return false;
}

// False when frames can no longer be waited for.
bool WorkerServer::WaitForFrames() {
  while (true) {
    base::MonotonicTime earliest = base::MonotonicTime::Max();
    {
      base::MutexLock lock(mutex_);
      if (stopping_) return false;
      for (const Lane* lane : {&collectors_, &scrapes_}) {
        for (const Job& job : lane->queue) earliest = std::min(earliest, job.request.context.deadline);
      }
    }
    if (earliest == base::MonotonicTime::Max()) return true;  // Read waits
    const base::Duration left = earliest - clock_.Monotonic();
    const int64_t milliseconds = std::clamp<int64_t>(base::ToMillis(left) + 1, 0, 60'000);
    if (socket_.WaitReadable(static_cast<int>(milliseconds))) return true;
    RefuseExpired();
  }
}

void WorkerServer::RefuseExpired() {
  std::vector<Job> expired;
  {
    base::MutexLock lock(mutex_);
    const base::MonotonicTime now = clock_.Monotonic();
    for (Lane* lane : {&collectors_, &scrapes_}) {
      for (auto it = lane->queue.begin(); it != lane->queue.end();) {
        if (it->request.context.deadline > now) {
          ++it;
          continue;
        }
        expired.push_back(std::move(*it));
        it = lane->queue.erase(it);
      }
    }
  }
  for (const Job& job : expired) {
    const base::Status status =
        base::Timeout("waited until its deadline: every thread was collecting, or this instance was");
    if (!job.instance->Refuse(job.request, status, writer_).ok()) Stop();
  }
}

}  // namespace bekci::collect
