#include "agent/collect/worker_host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "agent/base/text.h"
#include "agent/collect/sandbox.h"
#include "agent/collect/worker_server.h"

extern char** environ;

namespace bekci::collect {
namespace {

constexpr int kChildFd = 3;
// A crashing process closes its sockets a moment before it can be waited for; one that is ordered to end takes no
// longer.
constexpr int kLingerMilliseconds = 500;
constexpr int kKillMilliseconds = 1000;

struct SocketPair {
  int core = -1;
  int worker = -1;
};

base::Result<SocketPair> MakeSocketPair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) return base::FromErrno(errno, "socketpair");
  return SocketPair{fds[0], fds[1]};
}

std::vector<std::string> Arguments(const CollectionOptions& options) {
  std::vector<std::string> words = {options.executable, "worker"};
  words.insert(words.end(), options.worker_arguments.begin(), options.worker_arguments.end());
  words.insert(words.end(),
               {"--fd", std::to_string(kChildFd), "--memory-limit", std::to_string(options.worker_memory_limit_bytes),
                "--threads", std::to_string(options.worker_threads), "--scrape-memory",
                std::to_string(options.scrape_memory_bytes)});
  if (!options.state_directory.empty()) words.insert(words.end(), {"--hide", options.state_directory});
  return words;
}

// posix_spawn's attributes: default signals, empty mask, only descriptors 0 to 3.
class SpawnSettings {
 public:
  explicit SpawnSettings(int worker_fd) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, worker_fd, kChildFd);
    posix_spawn_file_actions_addclosefrom_np(&actions_, kChildFd + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  base::Result<pid_t> Spawn(const std::vector<std::string>& words) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_t pid = 0;
    const int error = posix_spawn(&pid, argv[0], &actions_, &attributes_, argv.data(), environ);
    if (error != 0) return base::FromErrno(error, "start " + words[0]);
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// A small procfs file; empty when it cannot be read.
std::string_view ReadSmall(const std::string& path, std::span<char> buffer) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t n = read(fd, buffer.data(), buffer.size());
  close(fd);
  return n > 0 ? std::string_view(buffer.data(), static_cast<size_t>(n)) : std::string_view();
}

uint64_t ReadResidentBytes(const std::string& proc) {
  std::array<char, 128> buffer;
  base::FieldReader fields(ReadSmall(proc + "/statm", buffer));
  (void)fields.Next();
  return base::ParseUint(fields.Next()).value_or(0) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

// utime and stime: fields 14 and 15 of /proc/PID/stat, counted behind the command name, which may hold anything.
double ReadCpuSeconds(const std::string& proc) {
  std::array<char, 1024> buffer;
  std::string_view stat = ReadSmall(proc + "/stat", buffer);
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return 0;
  base::FieldReader fields(stat.substr(name_end + 1));
  for (int i = 3; i < 14; ++i) (void)fields.Next();
  const uint64_t user = base::ParseUint(fields.Next()).value_or(0);
  const uint64_t system = base::ParseUint(fields.Next()).value_or(0);
  return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

WorkerHost::End Describe(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int number = WTERMSIG(wait_status);
    return {"killed by signal " + std::to_string(number) + " (" + sigdescr_np(number) + ")", false, true};
  }
  const int code = WEXITSTATUS(wait_status);
  return {"exit code " + std::to_string(code), code == kOutOfMemoryExit, false};
}

class ProcessHost final : public WorkerHost {
 public:
  ProcessHost(int fd, pid_t pid) : pid_(pid), proc_("/proc/" + std::to_string(pid)) {
    socket_ = std::make_unique<FrameSocket>(fd);
  }
  ~ProcessHost() override {
    Kill();
    (void)Reap();
  }

  int pid() const override { return pid_; }
  bool can_be_killed() const override { return true; }

  void Kill() override {
    base::MutexLock lock(mutex_);
    if (!reaped_) kill(pid_, SIGKILL);
  }

  End Reap() override {
    {
      base::MutexLock lock(mutex_);
      if (reaped_) return end_;
    }
    if (!WaitForEnd(kLingerMilliseconds)) {
      Kill();
      (void)WaitForEnd(kKillMilliseconds);
    }
    base::MutexLock lock(mutex_);
    int status = 0;
    if (!reaped_ && waitpid(pid_, &status, WNOHANG) == pid_) {
      reaped_ = true;
      end_ = Describe(status);
    }
    return end_;
  }

  uint64_t ResidentBytes() override { return ReadResidentBytes(proc_); }
  double CpuSeconds() override { return ReadCpuSeconds(proc_); }

 private:
  bool WaitForEnd(int milliseconds) const {
    const auto pid_fd = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    if (pid_fd < 0) return false;
    pollfd ended{pid_fd, POLLIN, 0};
    const bool has_ended = poll(&ended, 1, milliseconds) > 0;
    close(pid_fd);
    return has_ended;
  }

  const pid_t pid_;
  const std::string proc_;
  base::Mutex mutex_;  // a process id may be another's once it was reaped
  bool reaped_ GUARDED_BY(mutex_) = false;
  // A worker stuck in the kernel (a dead mount) does not even die of SIGKILL; nobody waits for it.
  End end_ GUARDED_BY(mutex_) = {"killed, but the kernel does not let it end", false, false};
};

// The same server on threads of this process, over the same socket pair.
class ThreadHost final : public WorkerHost {
 public:
  ThreadHost(const SocketPair& pair, const CollectionOptions& options, base::Logger& log)
      : server_(std::make_unique<WorkerServer>(pair.worker, options.worker_threads, options.scrape_memory_bytes,
                                               log.level())) {
    socket_ = std::make_unique<FrameSocket>(pair.core);
    main_ = std::thread([this, &log] {
      const base::Status status = server_->Run();
      if (!status.ok()) log.Error("collection worker ends", {{"error", status.message()}});
      server_->Stop();
    });
  }
  ~ThreadHost() override {
    socket_->Shutdown();
    (void)Reap();
    server_.reset();  // waits for what still collects
  }

  int pid() const override { return getpid(); }
  bool can_be_killed() const override { return false; }
  void Kill() override { socket_->Shutdown(); }
  End Reap() override {
    if (main_.joinable()) main_.join();
    return {"its threads ended", false, false};
  }
  uint64_t ResidentBytes() override { return 0; }
  double CpuSeconds() override { return 0; }

 private:
  std::unique_ptr<WorkerServer> server_;
  std::thread main_;
};

}  // namespace

base::Result<std::unique_ptr<WorkerHost>> WorkerHost::Start(const CollectionOptions& options, base::Logger& log) {
  ASSIGN_OR_RETURN(const SocketPair pair, MakeSocketPair());
  if (options.single_process) {
    return std::unique_ptr<WorkerHost>(std::make_unique<ThreadHost>(pair, options, log));
  }
  auto pid = SpawnSettings(pair.worker).Spawn(Arguments(options));
  close(pair.worker);
  if (!pid.ok()) {
    close(pair.core);
    return std::move(pid).status();
  }
  return std::unique_ptr<WorkerHost>(std::make_unique<ProcessHost>(pair.core, *pid));
}

}  // namespace bekci::collect
