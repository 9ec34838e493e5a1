#include "exporters/host/service_processes.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include "agent/base/text.h"
#include "exporters/host/attribute_file.h"
#include "exporters/host/service_cgroup.h"

namespace bekci::exporters::host {
namespace {

constexpr base::Duration kScanInterval = base::seconds(10);
constexpr int kLooks = 2;
constexpr size_t kMaxOpen = 128;      // descriptors kept; the files of further processes are opened anew each round
constexpr size_t kMaxKnown = 65'536;  // processes whose name is remembered not to match

bool IsNumber(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What is needed of /proc/<pid>/stat, see proc(5). The name in parentheses may hold spaces and parentheses itself.
struct ProcessStat {
  uint64_t user_ticks = 0, system_ticks = 0, start_ticks = 0, resident_pages = 0;
};
bool ParseStat(std::string_view text, ProcessStat* stat) {
  const size_t end_of_name = text.rfind(')');
  if (end_of_name == std::string_view::npos) return false;
  base::FieldReader fields(text.substr(end_of_name + 1));
  for (int field = 3; field <= 24; ++field) {
    const std::string_view value = fields.Next();
    uint64_t* const target = field == 14   ? &stat->user_ticks
                             : field == 15 ? &stat->system_ticks
                             : field == 22 ? &stat->start_ticks
                             : field == 24 ? &stat->resident_pages
                                           : nullptr;
    if (target == nullptr) continue;
    const auto number = base::ParseUint(value);
    if (!number) return false;
    *target = *number;
  }
  return true;
}

// What was added since `before`; a counter that went back (it cannot, but bytes from outside may say anything) adds
// nothing.
double Since(uint64_t now, uint64_t* before) {
  const uint64_t last = std::exchange(*before, now);
  return now > last ? static_cast<double>(now - last) : 0;
}

bool InOneOf(std::string_view cgroups, const std::vector<std::string>& groups) {
  return std::any_of(groups.begin(), groups.end(),
                     [&](const std::string& group) { return cgroups.find("/" + group) != std::string_view::npos; });
}

}  // namespace

ServiceProcesses::ServiceProcesses(const HostEnvironment& environment, std::vector<std::string> patterns)
    : environment_(environment),
      patterns_(std::move(patterns)),
      page_bytes_(static_cast<double>(sysconf(_SC_PAGESIZE))),
      ticks_per_second_(static_cast<double>(sysconf(_SC_CLK_TCK))),
      reader_(environment.fs, kMaxOpen) {}

void ServiceProcesses::Emit(const std::vector<std::string>& groups, FamilySink& sink) {
  const base::MonotonicTime now = environment_.clock.Monotonic();
  if (now >= next_scan_) {
    Scan(groups);
    next_scan_ = now + kScanInterval;
  }
  for (auto& [service, totals] : totals_) totals.resident_bytes = totals.processes = 0;
  for (auto entry = processes_.begin(); entry != processes_.end();) {
    entry = Update(&entry->second) ? std::next(entry) : processes_.erase(entry);
  }
  for (const auto& [service, totals] : totals_) {
    sink.Add(kServiceSource, {service, "process"}, 1);
    sink.Add(kServiceCpu, {"user", service}, totals.user_seconds);
    sink.Add(kServiceCpu, {"system", service}, totals.system_seconds);
    sink.Add(kServiceMemory, {service}, totals.resident_bytes);
    sink.Add(kServicePids, {service}, totals.processes);
    if (!totals.has_io) continue;
    sink.Add(kServiceIoBytes, {"read", service}, totals.read_bytes);
    sink.Add(kServiceIoBytes, {"write", service}, totals.written_bytes);
  }
}

void ServiceProcesses::Scan(const std::vector<std::string>& groups) {
  const auto names = environment_.fs.ListDirectory(environment_.procfs);
  if (!names.ok()) return;
  std::set<std::string_view> alive;
  for (const std::string& name : *names) {
    if (!IsNumber(name)) continue;
    alive.insert(name);
    Consider(name, groups);
  }
  std::erase_if(looks_, [&](const auto& entry) { return !alive.contains(entry.first); });
}

void ServiceProcesses::Consider(const std::string& pid, const std::vector<std::string>& groups) {
  if (processes_.contains(pid) || processes_.size() >= kMaxProcesses) return;
  const auto looked = looks_.find(pid);
  if (looked != looks_.end() && looked->second >= kLooks) return;
  const std::string directory = environment_.Proc(pid);
  if (!environment_.fs.ReadFile(directory + "/comm", &text_, 4096).ok()) return;
  const std::string name = LabelText(base::Trim(text_));
  const bool known = totals_.contains(name) || totals_.size() < kMaxServices;
  if (!known || !MatchesAny(patterns_, name)) {
    if (looks_.size() < kMaxKnown) ++looks_[pid];
    return;
  }
  if (environment_.fs.ReadFile(directory + "/cgroup", &text_, 65'536).ok() && InOneOf(text_, groups)) {
    looks_[pid] = kLooks;
    return;
  }
  totals_.try_emplace(name);
  processes_.try_emplace(pid, reader_, directory).first->second.service = name;
}

// False when the process is gone or its number is another process' now.
bool ServiceProcesses::Update(Process* process) {
  ProcessStat stat;
  const base::Result<std::string_view> text = reader_.Read(process->stat);
  if (!text.ok() || !ParseStat(*text, &stat)) return false;
  if (process->start_ticks == 0) process->start_ticks = stat.start_ticks;
  if (process->start_ticks != stat.start_ticks) return false;
  Totals& totals = totals_[process->service];
  totals.user_seconds += Since(stat.user_ticks, &process->user_ticks) / ticks_per_second_;
  totals.system_seconds += Since(stat.system_ticks, &process->system_ticks) / ticks_per_second_;
  totals.resident_bytes += static_cast<double>(stat.resident_pages) * page_bytes_;
  ++totals.processes;
  totals.has_io = AddIo(process, &totals) || totals.has_io;
  return true;
}

bool ServiceProcesses::AddIo(Process* process, Totals* totals) {
  const base::Result<std::string_view> text = reader_.Read(process->io);
  if (!text.ok()) return false;
  base::LineReader lines(*text);
  std::string_view line;
  while (lines.Next(&line)) {
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    const auto value = base::ParseUint(line.substr(colon + 2));
    if (!value) continue;
    const std::string_view key = line.substr(0, colon);
    if (key == "read_bytes") totals->read_bytes += Since(*value, &process->read_bytes);
    if (key == "write_bytes") totals->written_bytes += Since(*value, &process->written_bytes);
  }
  return true;
}

}  // namespace bekci::exporters::host
