// Threads with a stack fit for handlers, on which civetweb's threads (100 KiB each) have their requests answered.
//
// Thread rule: Answer may be called from any thread; it blocks until the handler has answered. Destroy it when no call
// is running.
#pragma once

#include <pthread.h>

#include <vector>

#include "agent/base/log.h"
#include "agent/base/queue.h"
#include "agent/base/status.h"
#include "agent/net/http.h"

namespace bekci::net {

class HandlerThreads {
 public:
  HandlerThreads(Handler handler, base::Logger& log);
  ~HandlerThreads();
  HandlerThreads(const HandlerThreads&) = delete;
  HandlerThreads& operator=(const HandlerThreads&) = delete;

  // Errors: unavailable (the system gives no thread).
  base::Status Start(int count);

  // The handler's answer; 500, and a log line, where the handler threw.
  HttpResponse Answer(const HttpRequest& request);

 private:
  struct Job;
  static void* ThreadMain(void* self);
  void Work();
  HttpResponse Call(const HttpRequest& request);

  const Handler handler_;
  base::Logger& log_;
  base::BoundedQueue<Job*> jobs_{1024};
  std::vector<pthread_t> threads_;
};

}  // namespace bekci::net
