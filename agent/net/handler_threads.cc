// See handler_threads.h.
#include "agent/net/handler_threads.h"

#include <ctime>
#include <exception>
#include <utility>

#include "agent/base/thread_signals.h"
#include "agent/net/answer.h"

namespace bekci::net {
namespace {

// Virtual; only touched pages are paid for. Deep expressions and templates are walked recursively under limits of their
// own that fit well into this, with a sanitizer's larger frames too.
constexpr size_t kStackBytes = 8 << 20;

}  // namespace

struct HandlerThreads::Worker {
  HandlerThreads* owner;
  pthread_t thread;
  base::CondVar wake;
  std::unique_ptr<HandlerJob> job;  // given by Submit; under the owner's mutex
};

HandlerThreads::HandlerThreads(Handler handler, base::Logger& log, std::function<void()> finished)
    : handler_(std::move(handler)), log_(log), finished_callback_(std::move(finished)) {}

HandlerThreads::~HandlerThreads() {
  {
    base::MutexLock lock(mutex_);
    closed_ = true;
    for (Worker* worker : idle_) worker->wake.NotifyOne();
  }
  for (const auto& worker : workers_) pthread_join(worker->thread, nullptr);
}

base::Status HandlerThreads::Start(int count) {
  max_threads_ = static_cast<size_t>(count);
  return AddThread() ? base::OkStatus() : base::Unavailable("start of a handler thread failed: too many threads?");
}

bool HandlerThreads::AddThread() {
  auto worker = std::make_unique<Worker>();
  worker->owner = this;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  const auto start = [&] {
    const base::SignalsBlocked blocked;
    return pthread_create(&worker->thread, &attributes, &ThreadMain, worker.get());
  };
  const int error = start();
  pthread_attr_destroy(&attributes);
  if (error != 0) return false;
  pthread_setname_np(worker->thread, ("web-" + std::to_string(workers_.size())).c_str());
  workers_.push_back(std::move(worker));
  return true;
}

void HandlerThreads::Submit(std::unique_ptr<HandlerJob> job) {
  {
    base::MutexLock lock(mutex_);
    if (!idle_.empty()) {
      Worker* const worker = idle_.back();
      idle_.pop_back();
      worker->job = std::move(job);
      worker->wake.NotifyOne();
      return;
    }
    waiting_.push_back(std::move(job));
  }
  // Where the system gives no further thread, the job waits for one of those there are.
  if (workers_.size() < max_threads_) (void)AddThread();
}

std::vector<std::unique_ptr<HandlerJob>> HandlerThreads::TakeFinished() {
  base::MutexLock lock(mutex_);
  return std::exchange(finished_, {});
}

void* HandlerThreads::ThreadMain(void* worker) {
  auto* self = static_cast<Worker*>(worker);
  self->owner->Work(*self);
  return nullptr;
}

void HandlerThreads::Work(Worker& worker) {
  std::unique_ptr<HandlerJob> job;
  while ((job = FinishAndTakeNext(std::move(job), worker)) != nullptr) Run(*job);
}

// A thread is idle again before the gate can hear of its answer: the next request of that client, which may follow at
// once, then finds it on top.
std::unique_ptr<HandlerJob> HandlerThreads::FinishAndTakeNext(std::unique_ptr<HandlerJob> done, Worker& worker) {
  bool tell = false;
  {
    base::MutexLock lock(mutex_);
    if (done != nullptr) {
      tell = finished_.empty();
      finished_.push_back(std::move(done));
    }
    if (!waiting_.empty() && !closed_) {
      worker.job = std::move(waiting_.front());
      waiting_.pop_front();
    } else {
      idle_.push_back(&worker);
    }
  }
  if (tell) finished_callback_();
  base::MutexLock lock(mutex_);
  while (worker.job == nullptr && !closed_) worker.wake.Wait(mutex_);
  return std::move(worker.job);
}

void HandlerThreads::Run(HandlerJob& job) {
  HttpResponse response = Call(job.request);
  size_t bad_headers = 0;
  const AnswerOptions options{.keep_alive = job.keep_alive, .head_only = job.head_only, .unix_seconds = time(nullptr)};
  try {
    job.answer = ComposeAnswer(std::move(response), options, &bad_headers);
  } catch (const std::exception& e) {  // no memory for a copy of a large answer
    log_.Error("answer could not be made", {{"path", job.request.path}, {"error", e.what()}});
    job.keep_alive = false;
    job.answer = TextAnswer(503, "no memory for this answer", !job.head_only, options.unix_seconds);
  }
  if (bad_headers > 0) log_.Bug("answer headers with control bytes left out", {{"path", job.request.path}});
  job.request = HttpRequest();
}

HttpResponse HandlerThreads::Call(const HttpRequest& request) {
  std::string what;
  try {
    return handler_(request);
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {
    what = "an exception without a text";
  }
  log_.Error("handler of a request threw", {{"method", request.method}, {"path", request.path}, {"error", what}});
  HttpResponse response;
  response.status = 500;
  response.body = "internal error, see the log of bekci\n";
  return response;
}

}  // namespace bekci::net
