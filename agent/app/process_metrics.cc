#include "agent/app/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <vector>

#include "agent/base/text.h"

namespace bekci::app {
namespace {

using collect::MetricSpec;
using model::MetricType;

constexpr MetricSpec kCpu = {"process_cpu_seconds_total", MetricType::kCounter,
                             "Total user and system CPU time spent in seconds."};
constexpr MetricSpec kResident = {"process_resident_memory_bytes", MetricType::kGauge,
                                  "Resident memory size in bytes."};
constexpr MetricSpec kVirtual = {"process_virtual_memory_bytes", MetricType::kGauge, "Virtual memory size in bytes."};
constexpr MetricSpec kStart = {"process_start_time_seconds", MetricType::kGauge,
                               "Start time of the process since unix epoch in seconds."};
constexpr MetricSpec kThreads = {"process_threads", MetricType::kGauge, "Number of OS threads in the process."};
constexpr MetricSpec kOpen = {"process_open_fds", MetricType::kGauge, "Number of open file descriptors."};
constexpr MetricSpec kMax = {"process_max_fds", MetricType::kGauge, "Maximum number of open file descriptors."};

// Fields of /proc/<pid>/stat after the command's name, whose first ("state") is number 3 in proc(5).
constexpr size_t kFirstField = 3;
constexpr size_t kUserTime = 14, kSystemTime = 15, kNumThreads = 20, kStartTime = 22, kVsize = 23, kRss = 24;

}  // namespace

ProcessMetrics::ProcessMetrics(base::FileSystem& fs, const std::string& proc)
    : fs_(fs), stat_(fs, proc + "/self/stat"), descriptors_(proc + "/self/fd"), host_stat_(proc + "/stat") {}

void ProcessMetrics::Collect(collect::FamilySink& sink) {
  FromStat(sink);
  FromDescriptors(sink);
}

void ProcessMetrics::FromStat(collect::FamilySink& sink) {
  const base::Result<std::string_view> text = stat_.Read();
  // The name in parentheses may hold anything, also parentheses: the fields begin after the last one.
  const size_t name_end = text.ok() ? text->rfind(')') : std::string_view::npos;
  if (name_end == std::string_view::npos) return;
  std::vector<double> fields(kRss + 1, 0);
  base::FieldReader reader(text->substr(name_end + 1));
  for (size_t field = kFirstField; field <= kRss; ++field) {
    fields[field] = base::ParseDouble(reader.Next()).value_or(0);
  }
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  sink.Add(kCpu, (fields[kUserTime] + fields[kSystemTime]) / ticks);
  sink.Add(kResident, fields[kRss] * static_cast<double>(sysconf(_SC_PAGESIZE)));
  sink.Add(kVirtual, fields[kVsize]);
  sink.Add(kThreads, fields[kNumThreads]);
  if (const double boot = BootTime(); boot > 0) sink.Add(kStart, boot + fields[kStartTime] / ticks);
}

void ProcessMetrics::FromDescriptors(collect::FamilySink& sink) {
  // Since Linux 6.2 the directory's size is the count; before that it is 0 and the directory has to be listed.
  const base::Result<base::FileInfo> info = fs_.Stat(descriptors_);
  if (info.ok() && info->size_bytes > 0) {
    sink.Add(kOpen, static_cast<double>(info->size_bytes));
  } else if (const auto open = fs_.ListDirectory(descriptors_); open.ok()) {
    sink.Add(kOpen, static_cast<double>(open->size()));
  }
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) sink.Add(kMax, static_cast<double>(limit.rlim_cur));
}

double ProcessMetrics::BootTime() {
  if (boot_time_ > 0) return boot_time_;
  const base::Result<std::string> text = fs_.ReadFile(host_stat_);
  if (!text.ok()) return 0;
  base::LineReader lines(*text);
  for (std::string_view line; lines.Next(&line);) {
    if (line.starts_with("btime ")) boot_time_ = base::ParseDouble(base::Trim(line.substr(6))).value_or(0);
  }
  return boot_time_;
}

}  // namespace bekci::app
