#include "agent/collect/worker_server.h"

#include <algorithm>

#include "agent/collect/sandbox.h"
#include "agent/collect/worker_protocol.h"
#include "proto/worker.pb.h"

namespace bekci::collect {
namespace {

// Enough for the client libraries in use (libmariadb's deepest path takes 100 KiB), and the address space of the pool
// stays small beside the worker's memory limit.
constexpr size_t kStackBytes = kSanitized ? 8 << 20 : 1 << 20;

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

WorkerServer::WorkerServer(int fd, size_t threads, base::LogLevel level)
    : socket_(fd),
      log_(socket_),
      environment_{&fs_, &clock_, &log_},
      max_threads_(std::max<size_t>(threads, 1)),
      reader_(kMaxCoreFrameBytes),
      writer_(socket_) {
  log_.set_level(level);
}

WorkerServer::~WorkerServer() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    while (WakeOne()) {
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
  bool need_thread = false;
  {
    base::MutexLock lock(mutex_);
    queue_.push_back(std::move(job));
    need_thread = !WakeOne() && threads_.size() < max_threads_;
  }
  if (need_thread) StartThread();
}

bool WorkerServer::WakeOne() {
  if (idle_.empty()) return false;
  idle_.back()->NotifyOne();
  idle_.pop_back();
  return true;
}

void WorkerServer::StartThread() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_t thread;
  auto serve = [](void* self) -> void* {
    static_cast<WorkerServer*>(self)->Serve();
    return nullptr;
  };
  if (pthread_create(&thread, &attributes, serve, this) == 0) {
    const std::string name = "collect-" + std::to_string(threads_.size());
    pthread_setname_np(thread, name.c_str());
    threads_.push_back(thread);
  } else if (threads_.empty()) {
    log_.Error("no thread to collect with: the limit of threads is reached");
  }
  pthread_attr_destroy(&attributes);
}

void WorkerServer::Serve() {
  RoundWriter writer(socket_);
  Job job;
  while (TakeJob(&job)) {
    if (!job.instance->Run(job.request, writer).ok()) Stop();  // the core is gone
    {
      base::MutexLock lock(mutex_);
      busy_.erase(job.instance.get());
      if (!queue_.empty()) (void)WakeOne();
    }
    job = Job();
  }
}

// The oldest job whose instance is not being collected.
bool WorkerServer::TakeJob(Job* job) {
  base::CondVar wake;
  base::MutexLock lock(mutex_);
  while (!stopping_) {
    auto next = queue_.begin();
    while (next != queue_.end() && busy_.contains(next->instance.get())) ++next;
    if (next != queue_.end()) {
      *job = std::move(*next);
      queue_.erase(next);
      busy_.insert(job->instance.get());
      return true;
    }
    idle_.push_back(&wake);
    while (!stopping_ && std::ranges::find(idle_, &wake) != idle_.end()) wake.Wait(mutex_);
  }
  std::erase(idle_, &wake);
  return false;
}

// False when frames can no longer be waited for.
bool WorkerServer::WaitForFrames() {
  while (true) {
    base::MonotonicTime earliest = base::MonotonicTime::Max();
    {
      base::MutexLock lock(mutex_);
      if (stopping_) return false;
      for (const Job& job : queue_) earliest = std::min(earliest, job.request.context.deadline);
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
    for (auto it = queue_.begin(); it != queue_.end();) {
      if (it->request.context.deadline > now) {
        ++it;
        continue;
      }
      expired.push_back(std::move(*it));
      it = queue_.erase(it);
    }
  }
  for (const Job& job : expired) {
    const base::Status status =
        base::Timeout("waited until its deadline: every thread was collecting, or this instance was");
    if (!job.instance->Refuse(job.request, status, writer_).ok()) Stop();
  }
}

}  // namespace bekci::collect
