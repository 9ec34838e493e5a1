// WorkerServer: the worker's loop. The main thread reads frames; a pool of threads, started as they are needed,
// collects and writes the answers itself.
//
// Collectors and scrapes have threads of their own: many targets that hang at once would otherwise hold every thread,
// and the host's own collectors would wait for strangers.
//
// A collection whose deadline passes while it still waits for a thread is answered at once with a timeout, so the core
// may take every collection that is overdue for one that hangs.
//
// Thread rule: Run from one thread; everything else is inside.
#pragma once

#include <pthread.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/collect/frame_reader.h"
#include "agent/collect/frame_socket.h"
#include "agent/collect/round_writer.h"
#include "agent/collect/worker_instance.h"

namespace bekci::worker {
class Collect;
class Frame;
class Prepare;
}  // namespace bekci::worker

namespace bekci::collect {

// A logger whose lines travel to the core, which writes and counts them.
class CoreLogger : public base::Logger {
 public:
  explicit CoreLogger(FrameSocket& socket) : socket_(socket) {}

 protected:
  void Write(base::LogLevel level, std::string_view message, std::span<const base::LogField> fields) override;

 private:
  FrameSocket& socket_;
};

class WorkerServer {
 public:
  // Takes `fd` over. `threads` is the upper bound of the collectors' pool, `scrape_bytes` that
  // of the pages being scraped together.
  WorkerServer(int fd, size_t threads, uint64_t scrape_bytes, base::LogLevel level);
  // Waits for collections that still run.
  ~WorkerServer();

  // Serves until the core's end closes. Errors: corrupt, when the core sent what no core sends.
  base::Status Run();
  // Makes Run return; from any thread.
  void Stop() { socket_.Shutdown(); }
  base::Logger& log() { return log_; }

 private:
  struct Job {
    std::shared_ptr<WorkerInstance> instance;
    WorkerInstance::Request request;
  };
  // A queue and the threads that serve it.
  struct Lane {
    const char* thread_name;
    size_t max_threads;
    size_t stack_bytes;
    size_t threads = 0;
    std::deque<Job> queue;
    // The last is woken first: its stack and allocator are still warm.
    std::vector<base::CondVar*> idle;
  };
  using Instances = std::map<uint64_t, std::shared_ptr<WorkerInstance>>;

  base::Status HandleFrames();
  base::Status Handle(std::string_view bytes);
  base::Status OnPrepare(const worker::Prepare& prepare);
  void OnCommit(uint64_t generation);
  base::Status OnCollect(const worker::Collect& collect);
  bool WaitForFrames();
  void RefuseExpired();
  void Enqueue(Job job);
  void StartThread(Lane& lane);
  void Serve(Lane& lane);
  bool TakeJob(Lane& lane, Job* job);
  bool WakeOne(Lane& lane) REQUIRES(mutex_);  // false: none is idle

  base::RealClock clock_;
  base::RealFileSystem fs_;
  FrameSocket socket_;
  CoreLogger log_;
  base::ByteBudget scrape_bodies_;
  const Environment environment_;

  // The main thread's own.
  FrameReader reader_;
  RoundWriter writer_;
  Instances instances_;
  Instances prepared_;
  uint64_t prepared_generation_ = 0;

  base::Mutex mutex_;
  Lane collectors_ GUARDED_BY(mutex_);
  Lane scrapes_ GUARDED_BY(mutex_);
  std::set<const WorkerInstance*> busy_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<pthread_t> threads_;
};

}  // namespace bekci::collect
