// Discovery in a process of its own: the side that starts it and listens. The child's main is
// commands/discover_command.cc.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

#include "agent/app/discovery.h"
#include "agent/base/text.h"

extern char** environ;

namespace bekci::app {
namespace {

constexpr size_t kMaxText = 1 << 20;

struct Pipe {
  int read = -1;
  int write = -1;
  ~Pipe() {
    CloseWrite();
    if (read >= 0) close(read);
  }
  void CloseWrite() {
    if (write >= 0) close(write);
    write = -1;
  }
};

// The child with its standard output in the pipe, default signals, and nothing else inherited.
base::Result<pid_t> Spawn(const std::string& executable, const std::vector<std::string>& words, int output) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, executable.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return base::FromErrno(error, "start discovery");
  return pid;
}

base::Status ReadAll(int fd, base::Duration patience, std::string* text) {
  const base::RealClock clock;
  const base::MonotonicTime deadline = clock.Monotonic() + patience;
  std::array<char, 16'384> buffer;
  for (;;) {
    const int64_t left = base::ToMillis(deadline - clock.Monotonic());
    if (left <= 0) return base::Timeout("discovery did not end in time");
    pollfd poll_fd{fd, POLLIN, 0};
    if (poll(&poll_fd, 1, static_cast<int>(left) + 1) <= 0) continue;
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got == 0) return base::OkStatus();
    if (got < 0 && errno != EINTR) return base::FromErrno(errno, "read of discovery");
    if (got > 0) text->append(buffer.data(), static_cast<size_t>(got));
    if (text->size() > kMaxText) return base::LimitReached("discovery said more than is believed");
  }
}

}  // namespace

base::Result<std::vector<Discovery>> DiscoverApart(const std::string& executable, uint64_t memory_limit_bytes,
                                                   const std::string& hidden_directory, base::Duration patience) {
  Pipe pipe;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return base::FromErrno(errno, "pipe");
  pipe.read = ends[0];
  pipe.write = ends[1];
  const std::vector<std::string> words = {
      executable, "discover", "--memory-limit=" + std::to_string(memory_limit_bytes), "--hide=" + hidden_directory,
      "--patience-ms=" + std::to_string(base::ToMillis(patience))};
  ASSIGN_OR_RETURN(const pid_t pid, Spawn(executable, words, pipe.write));
  pipe.CloseWrite();
  std::string text;
  const base::Status read = ReadAll(pipe.read, patience + base::seconds(1), &text);
  kill(pid, SIGKILL);  // one that ended is a zombie that feels nothing
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  RETURN_IF_ERROR(read);
  return ParseDiscoveries(text);
}

}  // namespace bekci::app
