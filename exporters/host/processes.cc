// processes: how many processes and threads there are, and in which state, from /proc/<pid>/stat and its tasks.
//
// Off by default, as in node_exporter: it opens a file per process and one per further thread. A
// process with one thread, as most have, needs no second look: its state is its thread's. A process that ends meanwhile
// is skipped. A state once seen is reported from then on, also with 0.
#include <array>

#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kThreads = {"node_processes_threads", MetricType::kGauge, "Allocated threads in system"};
constexpr MetricSpec kMaxThreads = {"node_processes_max_threads", MetricType::kGauge, "Limit of threads in the system"};
constexpr MetricSpec kThreadsState = {"node_processes_threads_state", MetricType::kGauge,
                                      "Number of threads in each state.", "thread_state"};
constexpr MetricSpec kState = {"node_processes_state", MetricType::kGauge, "Number of processes in each state.",
                               "state"};
constexpr MetricSpec kPids = {"node_processes_pids", MetricType::kGauge, "Number of PIDs"};
constexpr MetricSpec kMaxPids = {"node_processes_max_processes", MetricType::kGauge, "Number of max PIDs limit"};
constexpr const MetricSpec* kMetrics[] = {&kThreads, &kMaxThreads, &kThreadsState, &kState, &kPids, &kMaxPids};

using Counts = std::array<uint64_t, 26>;  // by letter, A to Z

struct ProcessStat {
  char state;
  bool one_thread;  // false also where the line does not say
};

// A stat line. The name in it is in parentheses and may hold anything, also parentheses; behind it the first field is
// the state's letter and the eighteenth the number of threads.
std::optional<ProcessStat> ParseStat(std::string_view stat) {
  const size_t end_of_name = stat.rfind(')');
  if (end_of_name == std::string_view::npos) return std::nullopt;
  base::FieldReader fields(base::Trim(stat.substr(end_of_name + 1)));
  const std::string_view state = fields.Next();
  if (state.size() != 1) return std::nullopt;
  const char letter = state[0] >= 'a' && state[0] <= 'z' ? static_cast<char>(state[0] - 'a' + 'A') : state[0];
  if (letter < 'A' || letter > 'Z') return std::nullopt;
  for (int field = 2; field < 18; ++field) fields.Next();
  return ProcessStat{letter, fields.Next() == "1"};
}

class Processes : public Part {
 public:
  explicit Processes(const HostEnvironment& environment)
      : environment_(environment),
        max_threads_(environment.fs, environment.Proc("sys/kernel/threads-max")),
        max_pids_(environment.fs, environment.Proc("sys/kernel/pid_max")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime deadline) override {
    processes_ = {};
    threads_ = {};
    uint64_t pids = 0;
    ASSIGN_OR_RETURN(const std::vector<std::string> names, environment_.fs.ListDirectory(environment_.procfs));
    for (const std::string& pid : names) {
      if (DigitsAfter(pid, "").empty()) continue;
      if (environment_.clock.Monotonic() >= deadline) return base::Timeout("more processes than time to read them");
      if (CountProcess(environment_.Proc(pid))) ++pids;
    }
    uint64_t threads = 0;
    for (const uint64_t count : threads_) threads += count;
    sink.Add(kThreads, static_cast<double>(threads));
    AddStates(kState, processes_, &seen_processes_, sink);
    AddStates(kThreadsState, threads_, &seen_threads_, sink);
    sink.Add(kPids, static_cast<double>(pids));
    ASSIGN_OR_RETURN(const double max_threads, max_threads_.Read());
    sink.Add(kMaxThreads, max_threads);
    ASSIGN_OR_RETURN(const double max_pids, max_pids_.Read());
    sink.Add(kMaxPids, max_pids);
    return base::OkStatus();
  }

 private:
  bool CountProcess(const std::string& directory) {
    const auto process = ReadStat(directory + "/stat");
    if (!process) return false;
    Count(process->state, &processes_);
    if (process->one_thread) {
      Count(process->state, &threads_);
      return true;
    }
    const auto tasks = environment_.fs.ListDirectory(directory + "/task");
    if (!tasks.ok()) return true;
    for (const std::string& task : *tasks) {
      const auto thread = ReadStat(directory + "/task/" + task + "/stat");
      if (thread) Count(thread->state, &threads_);
    }
    return true;
  }

  std::optional<ProcessStat> ReadStat(const std::string& path) {
    if (!environment_.fs.ReadFile(path, &buffer_, 4096).ok()) return std::nullopt;
    return ParseStat(buffer_);
  }

  static void Count(char state, Counts* counts) { ++(*counts)[static_cast<size_t>(state - 'A')]; }

  static void AddStates(const MetricSpec& spec, const Counts& counts, std::array<bool, 26>* seen, FamilySink& sink) {
    for (size_t i = 0; i < counts.size(); ++i) {
      (*seen)[i] = (*seen)[i] || counts[i] > 0;
      const char letter = static_cast<char>('A' + i);
      if ((*seen)[i]) sink.Add(spec, {std::string_view(&letter, 1)}, static_cast<double>(counts[i]));
    }
  }

  const HostEnvironment& environment_;
  NumberFile max_threads_;
  NumberFile max_pids_;
  Counts processes_{};
  Counts threads_{};
  std::array<bool, 26> seen_processes_{};
  std::array<bool, 26> seen_threads_{};
  std::string buffer_;
};

}  // namespace

extern const PartSpec kProcesses;
constinit const PartSpec kProcesses = {
    .name = "processes",
    .on_by_default = false,
    .help = "Processes and threads per state.",
    .metrics = kMetrics,
    .make = MakePart<Processes>,
};

}  // namespace bekci::exporters::host
