// WorkerHost: a running worker, as the core holds it: a child process, or in single-process mode threads of our own.
//
// The child is started by posix_spawn (the threaded core is never forked with code of ours in between) with its end of
// the socket pair as descriptor 3 and nothing else beyond 0, 1, 2.
//
// Thread rule: Start from a thread that lives as long as the worker (the kernel ties the worker's life to the thread
// that started it); Kill and the readings from any thread; Reap from one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "agent/base/log.h"
#include "agent/base/status.h"
#include "agent/collect/collection.h"
#include "agent/collect/frame_socket.h"

namespace bekci::collect {

class WorkerHost {
 public:
  virtual ~WorkerHost() = default;  // after Reap

  FrameSocket& socket() { return *socket_; }
  // The process; our own in single-process mode.
  virtual int pid() const = 0;
  // False in single-process mode: threads cannot be ended from outside, so hanging ones are left alone.
  virtual bool can_be_killed() const = 0;
  virtual void Kill() = 0;

  struct End {
    std::string text;            // "killed by signal 11 (Segmentation fault)", "exit code 70"
    bool out_of_memory = false;  // it said so itself
    bool by_signal = false;
  };
  // Waits for the end of a worker whose socket closed or that was killed; one that lingers is killed.
  virtual End Reap() = 0;

  // Resident memory now; 0 when it cannot be read.
  virtual uint64_t ResidentBytes() = 0;
  virtual double CpuSeconds() = 0;

  // Errors: unavailable with the system call that failed.
  static base::Result<std::unique_ptr<WorkerHost>> Start(const CollectionOptions& options, base::Logger& log);

 protected:
  std::unique_ptr<FrameSocket> socket_;
};

}  // namespace bekci::collect
