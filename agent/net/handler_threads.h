// HandlerThreads: where handlers run, and how the gate hands them requests and gets answers back.
//
// Threads are started when first needed and the one that was idle last is woken first: a scraper that comes alone is
// always served by the same thread, whose stack and allocator are still warm. An answer is made whole, head and body,
// on the handler's thread, so the gate only has to write it.
//
// Thread rule: Submit and TakeFinished belong to the gate's thread. A job is touched by one side at a time: by a
// handler thread from Submit until it is finished, but for `client`, which is always the gate's.
#pragma once

#include <pthread.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/base/status.h"
#include "agent/net/http.h"

namespace bekci::net {

class GateConnection;

struct HandlerJob {
  HttpRequest request;
  bool head_only = false;            // the request was HEAD: the answer goes without its body
  bool urgent = false;               // counts as such while it runs
  bool keep_alive = false;           // what the answer's head says
  std::string answer;                // the bytes to send
  GateConnection* client = nullptr;  // null: it is gone, nobody waits for the answer
  size_t charged_bytes = 0;          // of the gate's buffers
};

class HandlerThreads {
 public:
  // `finished` is called from a handler thread when TakeFinished has something to give.
  HandlerThreads(Handler handler, base::Logger& log, std::function<void()> finished);
  ~HandlerThreads();  // waits for handlers that still run; jobs nobody took are dropped
  HandlerThreads(const HandlerThreads&) = delete;
  HandlerThreads& operator=(const HandlerThreads&) = delete;

  // Errors: unavailable (the system gives no thread). At most `count` threads, one of them now.
  base::Status Start(int count);
  void Submit(std::unique_ptr<HandlerJob> job);
  std::vector<std::unique_ptr<HandlerJob>> TakeFinished();

 private:
  struct Worker;
  static void* ThreadMain(void* worker);
  void Work(Worker& worker);
  std::unique_ptr<HandlerJob> FinishAndTakeNext(std::unique_ptr<HandlerJob> done, Worker& worker);
  bool AddThread();
  HttpResponse Call(const HttpRequest& request);
  void Run(HandlerJob& job);

  const Handler handler_;
  base::Logger& log_;
  const std::function<void()> finished_callback_;
  size_t max_threads_ = 1;
  std::vector<std::unique_ptr<Worker>> workers_;  // the gate's thread
  base::Mutex mutex_;
  std::vector<Worker*> idle_ GUARDED_BY(mutex_);  // the last is woken first
  std::deque<std::unique_ptr<HandlerJob>> waiting_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<HandlerJob>> finished_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace bekci::net
