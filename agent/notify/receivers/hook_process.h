// HookProcess: one run of a command, from its start to its end, whatever it does in between.
//
// It gets nothing of ours: no descriptor but its input and output, no environment but what is given, no signal mask, no
// way to more rights (no_new_privs), a process group of its own in "/". Its input lies in memory, so a command that
// does not read it blocks nobody. Of its output the end is kept. When its time is up the whole group is asked to end
// and then killed; the same when the agent ends meanwhile, and after that none begins.
//
// The process is made by fork, not vfork: from when the child is another user until it is the command, that user may
// stop it, and after vfork it would stop a thread of the agent with it; a change of user also marks the memory that
// both would share. In its copy it does nothing but system calls, for another thread may have held any lock. What goes
// wrong there comes back through a pipe that the command's start closes; the wait for it ends at the deadline, too.
//
// Source: fork(2), signal-safety(7), execve(2), prctl(2), pidfd_open(2), receivers.md section 12. Thread rule: any
// thread; blocks it.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/notify/receivers/hook_trust.h"

namespace bekci::notify::receivers {

struct HookCommand {
  std::vector<std::string> argv;  // [0] is a whole path
  std::vector<std::string> environment;
  std::string input;
  std::optional<HookUser> user;
  base::Duration term_grace = base::seconds(5);  // between TERM and KILL
  size_t max_output = 8 << 10;
  const std::atomic<bool>* abandoned = nullptr;  // outlives the run; true: the agent ends, and the command with it
};

struct HookResult {
  bool timed_out = false;
  bool abandoned = false;  // the agent ended first
  bool ended() const { return timed_out || abandoned; }
  int exit_code = 0;  // when signal is 0
  int signal = 0;
  std::string output = {};  // the end of what it wrote to both of its outputs
};

// `deadline`: when its time is up. Errors: those of starting it. The command has not run then, and of limit and
// unavailable (no process, descriptor or memory is left) later may work. Of timeout it is not known how far it came.
base::Result<HookResult> RunHook(const HookCommand& command, base::MonotonicTime deadline, const base::Clock& clock);

}  // namespace bekci::notify::receivers
