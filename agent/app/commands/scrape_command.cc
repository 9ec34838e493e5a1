// `bekci scrape [JOB...]`: one scrape of the targets of scrape_configs in this process, printed as it would be stored.
#include <algorithm>
#include <ostream>

#include "agent/app/commands/commands.h"
#include "agent/app/commands/run_flags.h"
#include "agent/app/settings.h"
#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/client/file_discovery.h"
#include "agent/collect/collect_once.h"

namespace bekci::app::commands {
namespace {

constexpr Flag kFlags[] = {
    {.name = "config.file", .alias = "config", .value = "FILE", .help = "Where the scrape_configs are."},
    {.name = "targets",
     .kind = FlagKind::kSwitch,
     .help = "Only print the targets, found and dropped, with their labels before and after relabeling."},
};

std::vector<client::TargetGroup> GroupsOf(const collect::ScrapeConfig& config, base::FileSystem& fs,
                                          std::vector<std::string>* problems) {
  std::vector<client::TargetGroup> groups = config.static_groups;
  for (const client::FileSource& source : config.file_sources) {
    client::FileDiscovery files(source.patterns);
    files.Refresh(fs, problems);
    for (client::TargetGroup& group : files.Groups()) groups.push_back(std::move(group));
  }
  return groups;
}

void PrintSeries(const model::Round& round, std::ostream& out) {
  std::vector<std::string> lines;
  for (const model::MetricFamily& family : model::ToFamilies(round)) {
    for (const model::Metric& metric : family.metrics) {
      const std::string labels = metric.labels.With({{model::kMetricName, family.name}}).ToString();
      std::string line = labels + " " +
                         (metric.native ? "native histogram of " + base::DoubleText(metric.native->count)
                                        : base::DoubleText(metric.value));
      if (metric.timestamp) line += " " + std::to_string(metric.timestamp->ms);
      lines.push_back(std::move(line));
    }
  }
  std::sort(lines.begin(), lines.end());
  for (const std::string& line : lines) out << line << "\n";
}

// True when it was scraped.
bool ScrapeOne(const collect::InstanceConfig& config, const collect::Environment& environment, Console console) {
  const collect::ScrapeTarget& target = *config.target;
  const auto once = collect::CollectOnce(config, environment);
  const base::Status status = once.ok() ? once->status : once.status();
  console.out << "# " << target.scrape_pool << " " << target.url << " " << target.labels.ToString() << "\n";
  if (!status.ok()) {
    PrintError(console.err, target.url + ": " + status.message());
    return false;
  }
  const collect::ScrapeCounts counts = once->counts.value_or(collect::ScrapeCounts());
  console.out << "# " << counts.scraped << " samples, " << counts.kept << " kept, " << counts.body_bytes
              << " bytes, in " << base::HumanDuration(once->duration) << "\n";
  PrintSeries(once->round, console.out);
  for (const std::string& problem : once->problems) PrintError(console.err, "left out: " + problem);
  return true;
}

void PrintTargets(const collect::BuiltTargets& built, std::ostream& out) {
  for (const collect::InstanceConfig& config : built.active) {
    out << config.target->scrape_pool << " " << config.target->url << "\n  found   "
        << config.target->discovered.ToString() << "\n  stored  " << config.target->labels.ToString() << "\n";
  }
  for (const collect::DroppedTarget& dropped : built.dropped) {
    out << dropped.scrape_pool << " dropped\n  found   " << dropped.discovered.ToString() << "\n";
  }
}

}  // namespace

std::span<const Flag> ScrapeFlags() {
  return kFlags;
}

int RunScrape(const Arguments& arguments, Console console) {
  base::RealFileSystem fs;
  base::RealClock clock;
  const auto log = base::MakeStderrLogger(base::LogFormat::kLogfmt, base::LogLevel::kWarn);
  SettingsInput input;
  input.path = arguments.Value("config.file");
  input.host_name = HostName();
  input.collectors = collect::AllCollectors();
  input.environment = ProcessEnvironment;
  const auto settings = LoadSettings(fs, input);
  if (!settings.ok()) {
    PrintError(console.err, settings.status().message());
    return kExitUsage;
  }
  std::vector<std::string> wanted(arguments.positional().begin(), arguments.positional().end());
  bool good = true;
  for (const collect::ScrapeConfig& config : settings->scrape_configs) {
    const auto named = std::find(wanted.begin(), wanted.end(), config.job);
    if (!arguments.positional().empty() && named == wanted.end()) continue;
    if (named != wanted.end()) wanted.erase(named);
    std::vector<std::string> problems;
    const collect::BuiltTargets built = collect::BuildTargets(config, GroupsOf(config, fs, &problems));
    problems.insert(problems.end(), built.problems.begin(), built.problems.end());
    for (const std::string& problem : problems) PrintError(console.err, problem);
    good = good && problems.empty();
    if (arguments.Switch("targets")) {
      PrintTargets(built, console.out);
      continue;
    }
    for (const collect::InstanceConfig& target : built.active) {
      good = ScrapeOne(target, {&fs, &clock, log.get()}, console) && good;
    }
  }
  for (const std::string& name : wanted)
    PrintError(console.err, "no scrape_config has the job_name " + base::Quoted(name));
  return good && wanted.empty() ? kExitGood : kExitNo;
}

}  // namespace bekci::app::commands
