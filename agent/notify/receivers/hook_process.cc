#include "agent/notify/receivers/hook_process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "agent/base/descriptor.h"

namespace bekci::notify::receivers {
namespace {

using base::Descriptor;

// Everything the child needs, made before it exists: it must not allocate.
struct ChildPlan {
  char* const* argv;
  char* const* environment;
  int input;
  int output;
  int failure;           // a pipe that execve closes
  const HookUser* user;  // null: the same as now
  sigset_t no_signals;
};

// How often it is looked whether the agent ends.
constexpr int64_t kLookInterval = 250;  // ms

// Where the child has the pipe.
constexpr int kFailureFd = 3;

bool BecomeUser(const HookUser& user) {
  // The system calls themselves: the library's functions would ask threads along that the child does not have.
  return syscall(SYS_setgroups, user.groups.size(), user.groups.data()) == 0 &&
         syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0 &&
         syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0;
}

// In the child, until it is the command. Gives back errno of what failed.
int BecomeCommand(const ChildPlan& plan) {
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &standard, nullptr);
  if (setpgid(0, 0) != 0) return errno;
  if (dup2(plan.input, 0) < 0 || dup2(plan.output, 1) < 0 || dup2(plan.output, 2) < 0) return errno;
  if (plan.failure != kFailureFd && dup3(plan.failure, kFailureFd, O_CLOEXEC) < 0) return errno;
  if (syscall(SYS_close_range, static_cast<unsigned>(kFailureFd) + 1, ~0U, 0U) != 0) return errno;
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  umask(077);
  if (chdir("/") != 0) return errno;
  if (plan.user != nullptr && !BecomeUser(*plan.user)) return errno;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  sigprocmask(SIG_SETMASK, &plan.no_signals, nullptr);
  execve(plan.argv[0], plan.argv, plan.environment);
  return errno;
}

pid_t Start(const ChildPlan& plan) {
  const pid_t pid = _Fork();
  if (pid != 0) return pid;
  const int error = BecomeCommand(plan);
  // The pipe is where it was, or has its place already.
  if (write(plan.failure, &error, sizeof error) < 0 && write(kFailureFd, &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// `fd` as one of 3 or above: those below are what the child's are made of.
int AboveStandard(int fd) {
  if (fd < 0 || fd > 2) return fd;
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  close(fd);
  return moved;
}

base::Result<int> InputFile(const std::string& input) {
  const int fd = AboveStandard(memfd_create("hook-input", MFD_CLOEXEC));
  if (fd < 0) return base::FromErrno(errno, "memfd_create");
  Descriptor file(fd);
  for (size_t at = 0; at < input.size();) {
    const ssize_t n = write(fd, input.data() + at, input.size() - at);
    if (n <= 0) return base::FromErrno(errno, "write the input of the hook");
    at += static_cast<size_t>(n);
  }
  if (lseek(fd, 0, SEEK_SET) != 0) return base::FromErrno(errno, "lseek");
  return file.Release();
}

// Its ends, read and write, as the caller's to close.
base::Result<std::array<int, 2>> MakePipe() {
  std::array<int, 2> fds{};
  if (pipe2(fds.data(), O_CLOEXEC | O_NONBLOCK) != 0) return base::FromErrno(errno, "pipe");
  return std::array<int, 2>{AboveStandard(fds[0]), AboveStandard(fds[1])};
}

bool IsAbandoned(const HookCommand& command) {
  return command.abandoned != nullptr && *command.abandoned;
}

class Running {
 public:
  Running(pid_t pid, int output, const HookCommand& command, const base::Clock& clock)
      : pid_(pid),
        command_(command),
        clock_(clock),
        output_(output),
        exited_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0U))) {}

  // errno of what kept the child from becoming the command; 0: it has. ETIMEDOUT: neither by then.
  int AwaitStart(int failure, base::MonotonicTime deadline) {
    for (;;) {
      const int64_t left = base::ToMillis(deadline - clock_.Monotonic());
      if (left <= 0 || Abandoned()) return ETIMEDOUT;
      pollfd wait = {failure, POLLIN, 0};
      if (poll(&wait, 1, static_cast<int>(std::min(left, kLookInterval))) <= 0) continue;
      int error = 0;
      const ssize_t n = read(failure, &error, sizeof error);
      if (n < 0) continue;
      return n == sizeof error ? error : 0;
    }
  }

  // Before it was known to be the command: it may be by now.
  void Kill() const {
    kill(pid_, SIGKILL);
    kill(-pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  HookResult Watch(base::MonotonicTime deadline) {
    HookResult result;
    if (!Await(deadline)) {
      (Abandoned() ? result.abandoned : result.timed_out) = true;
      kill(-pid_, SIGTERM);
      ending_ = true;
      if (!Await(clock_.Monotonic() + command_.term_grace)) kill(-pid_, SIGKILL);
    }
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    // What the command started and left behind goes with it only when it was ended.
    if (result.ended()) kill(-pid_, SIGKILL);
    Drain();
    result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    result.output = std::move(tail_);
    return result;
  }

 private:
  // False: it did not end by then.
  bool Await(base::MonotonicTime deadline) {
    for (;;) {
      const int64_t left = base::ToMillis(deadline - clock_.Monotonic());
      if (left <= 0 || (Abandoned() && !ending_)) return false;
      pollfd waits[] = {{exited_.get(), POLLIN, 0}, {at_end_ ? -1 : output_.get(), POLLIN, 0}};
      // A kernel without pidfds tells of the end by nothing that can be polled: look now and then.
      const int64_t longest = exited_.get() < 0 ? 20 : kLookInterval;
      const int ready = poll(waits, 2, static_cast<int>(std::min(left, longest)));
      if (ready < 0 && errno != EINTR) return false;
      if (waits[1].revents != 0) Drain();
      if (Ended()) return true;
    }
  }

  bool Abandoned() const { return IsAbandoned(command_); }

  bool Ended() const {
    siginfo_t info = {};
    return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid_;
  }

  void Drain() {
    char piece[4096];
    while (!at_end_) {
      const ssize_t n = read(output_.get(), piece, sizeof piece);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return;
      if (n == 0) at_end_ = true;
      tail_.append(piece, static_cast<size_t>(n));
      if (tail_.size() > 4 * command_.max_output) CutTail();
    }
    CutTail();
  }

  void CutTail() {
    if (tail_.size() > command_.max_output) tail_.erase(0, tail_.size() - command_.max_output);
  }

  const pid_t pid_;
  const HookCommand& command_;
  const base::Clock& clock_;
  const Descriptor output_;
  const Descriptor exited_;
  bool at_end_ = false;
  bool ending_ = false;  // it was asked to
  std::string tail_;
};

}  // namespace

base::Result<HookResult> RunHook(const HookCommand& command, base::MonotonicTime deadline, const base::Clock& clock) {
  if (IsAbandoned(command)) return HookResult{.abandoned = true};
  ASSIGN_OR_RETURN(const int input_fd, InputFile(command.input));
  const Descriptor input(input_fd);
  ASSIGN_OR_RETURN(const auto output_fds, MakePipe());
  Descriptor output(output_fds[0]);
  Descriptor output_theirs(output_fds[1]);
  ASSIGN_OR_RETURN(const auto failure_fds, MakePipe());
  const Descriptor failure(failure_fds[0]);
  Descriptor failure_theirs(failure_fds[1]);
  // The command's end waits when the pipe is full, as programs expect.
  fcntl(output_theirs.get(), F_SETFL, 0);
  const auto argv = Pointers(command.argv);
  const auto environment = Pointers(command.environment);
  ChildPlan plan = {.argv = argv.data(),
                    .environment = environment.data(),
                    .input = input.get(),
                    .output = output_theirs.get(),
                    .failure = failure_theirs.get(),
                    .user = command.user ? &*command.user : nullptr,
                    .no_signals = {}};
  sigemptyset(&plan.no_signals);
  // A signal's handler must not run in the child: it would find a copy of the agent without its threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = Start(plan);
  const int fork_error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return base::FromErrno(fork_error, "start " + command.argv.front());
  close(output_theirs.Release());
  close(failure_theirs.Release());
  Running running(pid, output.Release(), command, clock);
  const int error = running.AwaitStart(failure.get(), deadline);
  if (error != 0) {
    running.Kill();
    if (error == ETIMEDOUT && IsAbandoned(command)) return HookResult{.abandoned = true};
    return base::FromErrno(error, "start " + command.argv.front());
  }
  return running.Watch(deadline);
}

}  // namespace bekci::notify::receivers
