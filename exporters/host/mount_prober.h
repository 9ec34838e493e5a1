// MountProber: statfs on mounts that may never answer, without ever waiting longer than asked.
//
// statfs on a network mount whose server is gone does not return, and no signal ends it. So every such call is made on
// a helper thread; who asks waits for the answers until a deadline. A mount that did not answer in time is *stuck*: it
// is answered with a timeout at once and not asked again until its old call has come back. So a dead mount costs one
// thread and one wait, not one per round. The idea is node_exporter's list of stuck mounts.
//
// Threads are started when there is more to ask than threads that are free, at most kMaxThreads. A thread in a call
// that does not return cannot be joined: threads are detached and share only a state that lives as long as the last of
// them. The SystemCalls object must therefore outlive the process' helper threads, not only the prober.
//
// Thread rule: one thread at a time calls Ask.
#pragma once

#include <sys/statfs.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "exporters/host/system_calls.h"

namespace bekci::exporters::host {

class MountProber {
 public:
  static constexpr size_t kMaxThreads = 32;  // as many dead mounts as can be told apart from live ones

  struct Answer {
    base::Status status;  // timeout: did not answer by the deadline, or is still stuck; limit: no thread was free
    struct statfs stat = {};
    bool newly_stuck = false;  // it was well until this call: worth a line in the log
    bool recovered = false;    // its stuck call has come back since the last Ask
  };

  MountProber(SystemCalls& calls, base::Clock& clock);
  ~MountProber();  // does not wait for stuck calls
  MountProber(const MountProber&) = delete;
  MountProber& operator=(const MountProber&) = delete;

  // The answers for `paths`, in their order. Returns when all have answered, at the latest at `deadline`.
  std::vector<Answer> Ask(std::span<const std::string> paths, base::MonotonicTime deadline);

  size_t threads() const;

 private:
  struct State;
  static void* ThreadMain(void* state);
  bool StartThread();

  base::Clock& clock_;
  std::shared_ptr<State> state_;
};

}  // namespace bekci::exporters::host
