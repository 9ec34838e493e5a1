// `bekci run`: from the command line to a running agent, and what its main thread does meanwhile: wait for signals.
//
// Signals are blocked before any thread exists, so every thread inherits that, and taken one by one by sigtimedwait:
// nothing runs in a signal handler. The one exception is the alarm that ends a stop that takes too long (a handler that
// waits for a hung target): the worker dies with this process, and nothing that must survive is in memory.
#include <malloc.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ostream>

#include "agent/app/agent.h"
#include "agent/app/build_info.h"
#include "agent/app/commands/commands.h"
#include "agent/app/commands/run_flags.h"
#include "agent/app/commands/systemd_notify.h"
#include "agent/base/text.h"

namespace bekci::app::commands {
namespace {

constexpr base::Duration kStopWithin = base::milliseconds(900);
// Start and reload leave free memory between what stays; given back once things have calmed down.
constexpr base::Duration kTrimAfter = base::seconds(5);

sigset_t BlockSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return set;
}

// Arenas per thread would keep a few MiB each for bursts of a few KiB.
void LimitArenas() {
  mallopt(M_ARENA_MAX, 2);
}

// What is stored says much about the host: its user and group may read it, nobody else.
void KeepFilesPrivate() {
  umask(0027);
}

extern "C" void EndNow(int) {
  constexpr char kLine[] = "bekci: stopping took too long, ending at once\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kLine, sizeof(kLine) - 1);
  _exit(kExitGood);
}

void EndLatestIn(base::Duration within) {
  std::signal(SIGALRM, EndNow);
  itimerval timer = {};
  timer.it_value.tv_usec = static_cast<suseconds_t>(base::ToMillis(within) * 1000);
  setitimer(ITIMER_REAL, &timer, nullptr);
}

// Waits for one of the signals; 0 when `within` has passed.
int WaitForSignal(const sigset_t& set, base::Duration within) {
  const auto seconds = std::chrono::duration_cast<base::seconds>(within);
  timespec timeout = {};
  timeout.tv_sec = seconds.count();
  timeout.tv_nsec = (within - seconds).count();
  const int signal = sigtimedwait(&set, nullptr, &timeout);
  return signal < 0 ? 0 : signal;
}

std::string StatusLine(const Agent& agent) {
  return "listening on " + base::Join(agent.addresses(), ", ");
}

void LogStart(const Agent& agent, const Settings& settings, base::Logger& log) {
  const std::vector<std::string> addresses = agent.addresses();
  log.Info("bekci is listening",
           {{"version", ShortVersion()},
            {"address", base::Join(addresses, ",")},
            {"scheme", agent.tls() ? "https" : "http"},
            {"config", settings.path.empty() ? "none, everything has its default" : settings.path},
            {"instances", settings.instances.size()}});
  const bool loopback = std::all_of(addresses.begin(), addresses.end(), [](const std::string& address) {
    return address.starts_with("127.") || address.starts_with("[::1]") || address.starts_with("localhost");
  });
  if (loopback) {
    log.Info(
        "only this host can reach the agent",
        {{"hint", "for others: --web.listen-address=:PORT, with --web.config.file for passwords or certificates"}});
  }
}

// A burst of clients leaves the heap as large as its peak was; once it is over, what is free goes back to the host.
class AfterBurst {
 public:
  void Look(const net::ServerStats& stats) {
    const bool quiet =
        stats.open_connections + (stats.accepted - accepted_) < kConnections && stats.requests - requests_ < kRequests;
    accepted_ = stats.accepted;
    requests_ = stats.requests;
    if (burst_ && quiet) malloc_trim(0);
    burst_ = !quiet;
  }
  // When to look again: rarely, since every wake-up costs the host something, but soon while a burst lasts.
  base::Duration interval() const { return burst_ ? base::seconds(2) : base::seconds(15); }

 private:
  static constexpr uint64_t kConnections = 50;
  static constexpr uint64_t kRequests = 500;
  uint64_t accepted_ = 0;
  uint64_t requests_ = 0;
  bool burst_ = false;
};

// The main thread's life between start and stop.
void ServeUntilStopped(Agent& agent, const SystemdNotify& notify, base::Clock& clock, const sigset_t& signals) {
  const base::Duration watchdog = notify.watchdog_interval();
  base::MonotonicTime trim_at = clock.Monotonic() + kTrimAfter;
  AfterBurst after_burst;
  for (;;) {
    base::Duration wait = after_burst.interval();
    if (watchdog > base::Duration(0)) wait = std::min(wait, watchdog);
    if (trim_at < base::MonotonicTime::Max()) wait = std::clamp(trim_at - clock.Monotonic(), base::Duration(0), wait);
    const int signal = WaitForSignal(signals, wait);
    if (signal == SIGTERM || signal == SIGINT) return;
    if (signal == SIGHUP) {
      notify.Reloading(clock.Monotonic());
      const base::Status status = agent.Reload();
      notify.Ready(status.ok() ? StatusLine(agent) : "reload failed, the old configuration is running");
      trim_at = clock.Monotonic() + kTrimAfter;
    }
    if (clock.Monotonic() >= trim_at) {
      malloc_trim(0);
      trim_at = base::MonotonicTime::Max();
    }
    after_burst.Look(agent.server_stats());
    if (watchdog > base::Duration(0)) notify.Alive();
  }
}

}  // namespace

int RunAgent(const Arguments& arguments, Console console) {
  LimitArenas();
  KeepFilesPrivate();
  const sigset_t signals = BlockSignals();
  const SystemdNotify notify = SystemdNotify::FromEnvironment();
  base::RealFileSystem fs;
  base::RealClock clock;
  const base::Result<SettingsInput> input = InputFromFlags(arguments);
  const base::Result<Settings> settings = input.ok() ? LoadSettings(fs, *input) : input.status();
  if (!settings.ok()) {
    PrintError(console.err, settings.status().message());
    return kExitUsage;
  }

  const std::unique_ptr<base::Logger> log = base::MakeStderrLogger(settings->log_format, settings->log_level);
  AgentOptions options;
  options.input = *input;
  options.single_process = arguments.Switch("single-process");
  auto agent = Agent::Start(std::move(options), *settings, fs, clock, *log);
  if (!agent.ok()) {
    PrintError(console.err, agent.status().message());
    return kExitUsage;
  }
  LogStart(**agent, *settings, *log);
  notify.Ready(StatusLine(**agent));
  ServeUntilStopped(**agent, notify, clock, signals);

  notify.Stopping();
  EndLatestIn(kStopWithin);
  log->Info("bekci is stopping");
  agent->reset();
  log->Info("bekci has stopped");
  return kExitGood;
}

}  // namespace bekci::app::commands
