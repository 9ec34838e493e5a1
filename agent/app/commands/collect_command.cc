// `bekci collect NAME`: one collection in this process, printed as /metrics/<collector>/<instance> would.
#include <algorithm>
#include <ostream>

#include "agent/app/commands/commands.h"
#include "agent/app/commands/run_flags.h"
#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/collect/collect_once.h"
#include "agent/web/exposition_page.h"

namespace bekci::app::commands {
namespace {

constexpr Flag kFlags[] = {
    {.name = "format", .value = "text|openmetrics", .default_text = "text", .help = "In which format to print."},
    {.name = "instance", .value = "NAME", .help = "Which instance of the configuration, where there are several."},
    {.name = "only", .kind = FlagKind::kValues, .value = "PART", .help = "Only this part of the collector."},
    {.name = "exclude", .kind = FlagKind::kValues, .value = "PART", .help = "All but this part."},
    {.name = "config.file", .alias = "config", .value = "FILE", .help = "Where the collector's options are."},
    {.name = "collector.textfile.directory",
     .kind = FlagKind::kValues,
     .value = "DIR",
     .help = "As for run: text files of the host collector."},
    {.name = "collector.", .kind = FlagKind::kSwitches, .help = "As for run: a part of the host collector."},
    {.name = "path.procfs", .value = "DIR", .help = "As for run: where procfs is."},
    {.name = "path.sysfs", .value = "DIR", .help = "As for run: where sysfs is."},
    {.name = "path.rootfs", .value = "DIR", .help = "As for run: the host's root directory."},
};

SettingsInput Input(const Arguments& arguments) {
  SettingsInput input;
  input.path = arguments.Value("config.file");
  input.host_name = HostName();
  input.collectors = collect::AllCollectors();
  input.environment = ProcessEnvironment;
  HostOverrides& host = input.overrides.host;
  host.procfs = arguments.Value("path.procfs");
  host.sysfs = arguments.Value("path.sysfs");
  host.rootfs = arguments.Value("path.rootfs");
  host.textfile_directories = arguments.Values("collector.textfile.directory");
  host.parts = arguments.Switches("collector.");
  return input;
}

base::Status UnknownCollector(const std::string& name) {
  std::vector<std::string_view> names;
  std::string list;
  for (const collect::CollectorSpec* spec : collect::AllCollectors()) {
    names.push_back(spec->name);
    list += (list.empty() ? "" : ", ") + std::string(spec->name);
  }
  const std::string_view near = base::Nearest(name, names);
  return base::Invalid("no collector is called " + base::Quoted(name) +
                       (near.empty() ? "; there are: " + list : ", did you mean " + base::Quoted(near) + "?"));
}

// The instance of the settings that is meant; without one, the collector with its own defaults.
base::Result<collect::InstanceConfig> Choose(const Settings& settings, const std::string& name,
                                             const std::string& instance) {
  std::vector<const collect::InstanceConfig*> found;
  for (const collect::InstanceConfig& config : settings.instances) {
    if (config.collector == name && (instance.empty() || config.instance == instance)) found.push_back(&config);
  }
  if (found.size() == 1) return *found.front();
  if (found.size() > 1) {
    std::string names;
    for (const auto* config : found) names += (names.empty() ? "" : ", ") + config->instance;
    return base::Invalid(name + " has several instances: choose one of " + names + " with --instance");
  }
  if (!instance.empty()) return base::Invalid(name + " has no instance " + base::Quoted(instance));
  collect::InstanceConfig config;
  config.collector = name;
  config.instance = HostName();
  config.deadline = collect::FindCollector(name)->deadline;
  return config;
}

int Print(const collect::OnceResult& result, const wire::Negotiated& as, base::Logger& log, Console console) {
  web::ExpositionPage page(log);
  const web::PageSource source{std::make_shared<const model::Round>(result.round), {}};
  console.out << page.Write({&source, 1}, as);
  for (const std::string& problem : result.problems) PrintError(console.err, "left out: " + problem);
  if (result.status.ok()) return kExitGood;
  const bool nothing = result.status.code() == base::Code::kNoData;
  PrintError(console.err, (nothing ? "nothing to collect here: " : "the collection failed: ") +
                              result.status.message() + " (after " + base::HumanDuration(result.duration) + ")");
  return nothing ? kExitGood : kExitNo;
}

int Fail(Console console, const base::Status& status) {
  PrintError(console.err, status.message());
  return kExitUsage;
}

}  // namespace

std::span<const Flag> CollectFlags() {
  return kFlags;
}

int RunCollect(const Arguments& arguments, Console console) {
  const std::string& name = arguments.positional()[0];
  const std::string format = arguments.Value("format");
  if (format != "text" && format != "openmetrics") {
    return Fail(console, base::Invalid("--format is text or openmetrics, not " + base::Quoted(format)));
  }
  if (collect::FindCollector(name) == nullptr) return Fail(console, UnknownCollector(name));

  base::RealFileSystem fs;
  base::RealClock clock;
  const auto log = base::MakeStderrLogger(base::LogFormat::kLogfmt, base::LogLevel::kWarn);
  const auto settings = LoadSettings(fs, Input(arguments));
  if (!settings.ok()) return Fail(console, settings.status());
  const auto config = Choose(*settings, name, arguments.Value("instance"));
  if (!config.ok()) return Fail(console, config.status());
  const auto result =
      collect::CollectOnce(*config, {&fs, &clock, log.get()}, arguments.Values("only"), arguments.Values("exclude"));
  if (!result.ok()) return Fail(console, result.status());
  const wire::Negotiated as =
      wire::Negotiate(format == "openmetrics" ? "application/openmetrics-text;version=1.0.0" : "");
  return Print(*result, as, *log, console);
}

}  // namespace bekci::app::commands
