// See handler_threads.h.
#include "agent/net/handler_threads.h"

#include <exception>

#include "agent/base/mutex.h"

namespace bekci::net {
namespace {

// Virtual; only touched pages are paid for. Deep expressions and templates are walked recursively under limits of their
// own that fit well into this.
constexpr size_t kStackBytes = 1 << 20;

HttpResponse Plain(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

}  // namespace

struct HandlerThreads::Job {
  const HttpRequest* request;
  HttpResponse response;
  base::Mutex mutex;
  base::CondVar done_cv;
  bool done GUARDED_BY(mutex) = false;
};

HandlerThreads::HandlerThreads(Handler handler, base::Logger& log) : handler_(std::move(handler)), log_(log) {}

HandlerThreads::~HandlerThreads() {
  jobs_.Close();
  for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
}

base::Status HandlerThreads::Start(int count) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  int error = 0;
  for (int i = 0; i < count && error == 0; ++i) {
    pthread_t thread;
    error = pthread_create(&thread, &attributes, &ThreadMain, this);
    if (error != 0) break;
    pthread_setname_np(thread, ("web-" + std::to_string(i)).c_str());
    threads_.push_back(thread);
  }
  pthread_attr_destroy(&attributes);
  return error == 0 ? base::OkStatus() : base::Unavailable("start of a handler thread failed: too many threads?");
}

void* HandlerThreads::ThreadMain(void* self) {
  static_cast<HandlerThreads*>(self)->Work();
  return nullptr;
}

void HandlerThreads::Work() {
  while (const auto job = jobs_.Pop()) {
    HttpResponse response = Call(*(*job)->request);
    // Notified with the lock held: the waiter owns the job and destroys it as soon as it may.
    base::MutexLock lock((*job)->mutex);
    (*job)->response = std::move(response);
    (*job)->done = true;
    (*job)->done_cv.NotifyOne();
  }
}

HttpResponse HandlerThreads::Answer(const HttpRequest& request) {
  Job job{.request = &request, .response = {}, .mutex = {}, .done_cv = {}};
  if (!jobs_.TryPush(&job)) return Plain(503, "the server is stopping\n");
  base::MutexLock lock(job.mutex);
  while (!job.done) job.done_cv.Wait(job.mutex);
  return std::move(job.response);
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
  return Plain(500, "internal error, see the log of bekci\n");
}

}  // namespace bekci::net
