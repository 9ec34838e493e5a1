// `bekci check escalation` and `bekci escalation simulate`: an escalation.yml beside its alertmanager.yml, looked at
// without starting anything.
#include <algorithm>
#include <map>
#include <ostream>

#include "agent/app/commands/commands.h"
#include "agent/app/commands/notify_client.h"
#include "agent/app/commands/recorded_alerts.h"
#include "agent/base/duration.h"
#include "agent/base/file_system.h"
#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/notify/escalation/simulate.h"
#include "agent/notify/escalation/surroundings.h"
#include "agent/notify/receivers/hook_trust.h"
#include "agent/notify/routing/matcher_text.h"
#include "agent/notify/wiring/notify_config.h"

namespace bekci::app::commands {
namespace {

namespace escalation = notify::escalation;
namespace routing = notify::routing;

constexpr Flag kAlertmanagerFile = {.name = "alertmanager.file",
                                    .value = "FILE",
                                    .help =
                                        "The alertmanager.yml whose receivers and time intervals it names. Default: "
                                        "the one beside it."};
constexpr Flag kCheckFlags[] = {kAlertmanagerFile};
constexpr Flag kSimulateFlags[] = {
    {.name = "escalation.file", .value = "FILE", .default_text = "/etc/bekci/escalation.yml", .help = "The policies."},
    kAlertmanagerFile,
    {.name = "since", .value = "DURATION", .help = "Instead of given labels: the alerts of the last so long: 12h."},
    {.name = "from", .value = "TIME", .help = "The same from a time on: 2026-01-05T22:00:00+03:00."},
    {.name = "to", .value = "TIME", .help = "With --from: up to which. Default: now."},
    {.name = "server",
     .alias = "url",
     .value = "URL",
     .default_text = kDefaultServer,
     .help = "With --since and --from: the agent whose records are asked for."},
    {.name = "storage.path",
     .value = "DIR",
     .help = "Instead of --server: where the agent keeps its state; it need not run."},
    {.name = "acks",
     .kind = FlagKind::kSwitch,
     .default_text = "false",
     .help = "With --since and --from: acknowledge when somebody did. Without it nobody answers."},
    {.name = "at", .value = "TIME", .help = "When the alert begins to fire: 2026-01-05T22:10:00+03:00. Default: now."},
    {.name = "for", .value = "DURATION", .default_text = "24h", .help = "How far to look."},
    {.name = "ack", .value = "DURATION", .help = "Somebody acknowledges after so long."},
    {.name = "resolve", .value = "DURATION", .help = "The alert is over after so long."},
    {.name = "time-zone",
     .value = "ZONE",
     .help = "In which times are shown: Europe/Istanbul. Default: that of this host."},
    {.name = "repeats",
     .kind = FlagKind::kSwitch,
     .default_text = "false",
     .help = "Also a line for each repetition of a level."},
};

// Everything that the two files say, read as a starting agent reads them: its heartbeats and hooks too.
base::Result<notify::wiring::NotifyConfig> Load(const std::string& path, const std::string& alertmanager_path,
                                                base::FileSystem& fs) {
  const size_t slash = path.rfind('/');
  const std::string beside = (slash == std::string::npos ? "" : path.substr(0, slash + 1)) + "alertmanager.yml";
  return notify::wiring::LoadNotifyConfig(fs, alertmanager_path.empty() ? beside : alertmanager_path, path);
}

// What only this host can tell, so no mistake of the file: it may be checked on another one.
std::vector<std::string> HintsOf(const notify::wiring::NotifyConfig& config) {
  std::vector<std::string> hints;
  for (const escalation::HookReceiver& hook : config.escalation->hooks) {
    const std::string user = hook.values.String("user");
    if (!user.empty() && !notify::receivers::IsUser(user)) {
      hints.push_back(hook.values.MarkOf("user").ToString() + ": hook " + base::Quoted(hook.name) +
                      ": this host has no user " + base::Quoted(user) +
                      "; with hooks enabled, an agent that starts here refuses the file");
    }
  }
  return hints;
}

base::Result<model::Labels> LabelsOf(const std::vector<std::string>& words) {
  model::Labels labels;
  for (const std::string& word : words) {
    const auto matcher = routing::ParseMatcher(word);
    if (!matcher.ok() || matcher->type() != model::MatchType::kEqual) {
      return base::Invalid(base::Quoted(word) + " is no label: must be NAME=VALUE");
    }
    labels = labels.With({{matcher->name(), matcher->value()}});
  }
  return labels;
}

base::Result<std::optional<base::Duration>> DurationOf(const Arguments& arguments, const std::string& flag) {
  const std::string text = arguments.Value(flag);
  if (text.empty()) return std::optional<base::Duration>();
  const auto duration = base::ParseDuration(text);
  if (!duration.ok()) return base::Invalid("--" + flag + "=" + text + ": must be a duration such as 15m");
  return std::optional<base::Duration>(*duration);
}

base::Result<base::TimeZone> ZoneOf(const Arguments& arguments, base::FileSystem& fs) {
  const std::string name = arguments.Value("time-zone");
  if (!name.empty()) return base::TimeZone::Load(fs, name);
  // The host's own; one without is in UTC.
  auto local = base::TimeZone::Load(fs, "localtime", "/etc");
  return local.ok() ? std::move(local) : base::Result<base::TimeZone>(base::TimeZone());
}

// Now where the flag is not given.
base::Result<base::Timestamp> TimeOfFlag(const Arguments& arguments, const std::string& flag) {
  const std::string text = arguments.Value(flag);
  if (text.empty()) return base::RealClock().Now();
  const auto at = base::ParseRfc3339(text);
  if (!at) return base::Invalid("--" + flag + "=" + text + ": must be a time such as 2026-01-05T22:10:00+03:00");
  return base::Timestamp{*at};
}

bool IsOfRecord(const Arguments& arguments) {
  return arguments.Has("since") || arguments.Has("from");
}

struct Span {
  base::Timestamp from;
  base::Timestamp to;
};

// Which time of the records is asked for.
base::Result<Span> SpanOf(const Arguments& arguments) {
  for (const char* const flag : {"at", "for", "ack", "resolve"}) {
    if (arguments.Has(flag)) return base::Invalid("--" + std::string(flag) + " is for given labels, not for records");
  }
  if (arguments.Has("since") && (arguments.Has("from") || arguments.Has("to"))) {
    return base::Invalid("--since, or --from and --to: not both");
  }
  Span span;
  ASSIGN_OR_RETURN(span.to, TimeOfFlag(arguments, "to"));
  ASSIGN_OR_RETURN(span.from, TimeOfFlag(arguments, "from"));
  ASSIGN_OR_RETURN(const auto since, DurationOf(arguments, "since"));
  if (since) span.from = span.to - *since;
  if (span.to <= span.from) return base::Invalid("--from is not before --to: there is nothing in between");
  if (span.to - span.from > base::hours(24 * 31)) return base::Invalid("--since and --from: at most 31d");
  return span;
}

base::Result<escalation::Simulation> SimulationOf(const Arguments& arguments, base::FileSystem& fs) {
  escalation::Simulation simulation;
  ASSIGN_OR_RETURN(simulation.begin, TimeOfFlag(arguments, "at"));
  ASSIGN_OR_RETURN(const auto length, DurationOf(arguments, "for"));
  ASSIGN_OR_RETURN(simulation.acknowledged_after, DurationOf(arguments, "ack"));
  ASSIGN_OR_RETURN(simulation.resolved_after, DurationOf(arguments, "resolve"));
  ASSIGN_OR_RETURN(simulation.zone, ZoneOf(arguments, fs));
  simulation.length = length.value_or(base::hours(24));
  if (simulation.length > base::hours(24 * 31)) return base::Invalid("--for: at most 31d");
  simulation.lists_repeats = arguments.Switch("repeats");
  return simulation;
}

void FollowRoute(const routing::AlertmanagerConfig& config, const routing::Route& route,
                 escalation::SimulatedGroup* group) {
  group->receiver = route.receiver;
  group->wait = route.group_wait;
  group->interval = route.group_interval;
  group->repeat = route.repeat_interval;
  group->is_muted = [&config, &route](base::Timestamp at) { return escalation::IsRouteMuted(config, route, at); };
}

void AddGroups(const routing::AlertmanagerConfig& config, const model::Labels& labels,
               escalation::Simulation* simulation) {
  for (const routing::Route* route : routing::MatchRoutes(config, labels)) {
    escalation::SimulatedGroup& group = simulation->groups.emplace_back();
    group.labels = routing::GroupLabels(*route, labels);
    group.key = routing::GroupKey(*route, group.labels);
    group.alerts.push_back({.labels = labels, .from = {}, .until = {}, .acknowledged = {}});
    FollowRoute(config, *route, &group);
  }
}

bool HasAll(const model::Labels& labels, const model::Labels& wanted) {
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const auto& pair) { return labels.Get(pair.first) == pair.second; });
}

// The alerts of `span` with these labels, in the groups that they come into. How many there are.
size_t AddRecorded(const routing::AlertmanagerConfig& config, const std::vector<RecordedAlert>& records,
                   const Span& span, const model::Labels& wanted, bool acks, escalation::Simulation* simulation) {
  std::map<std::string, size_t> groups;  // places by key
  size_t count = 0;
  for (const RecordedAlert& record : records) {
    const bool within = record.fired_at < span.to && (record.resolved_at.ms == 0 || record.resolved_at > span.from);
    if (!within || !HasAll(record.labels, wanted)) continue;
    ++count;
    escalation::SimulatedAlert alert{.labels = record.labels, .from = {}, .until = {}, .acknowledged = {}};
    alert.from = std::max(record.fired_at - span.from, base::Duration::zero());
    if (record.resolved_at.ms != 0) alert.until = record.resolved_at - span.from;
    if (acks && record.acknowledged_at > span.from) alert.acknowledged = record.acknowledged_at - span.from;
    for (const routing::Route* route : routing::MatchRoutes(config, record.labels)) {
      const model::Labels labels = routing::GroupLabels(*route, record.labels);
      const std::string key = routing::GroupKey(*route, labels);
      const auto [place, is_new] = groups.try_emplace(key, simulation->groups.size());
      if (is_new) {
        escalation::SimulatedGroup& group = simulation->groups.emplace_back();
        group.key = key;
        group.labels = labels;
        FollowRoute(config, *route, &group);
      }
      simulation->groups[place->second].alerts.push_back(alert);
    }
  }
  return count;
}

int Bad(const base::Status& status, int code, Console console) {
  PrintError(console.err, status.message());
  return code;
}

std::string Count(size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

}  // namespace

std::span<const Flag> CheckEscalationFlags() {
  return kCheckFlags;
}

std::span<const Flag> EscalationSimulateFlags() {
  return kSimulateFlags;
}

int RunCheckEscalation(const Arguments& arguments, Console console) {
  base::RealFileSystem fs;
  bool good = true;
  for (const std::string& path : arguments.positional()) {
    const auto files = Load(path, arguments.Value("alertmanager.file"), fs);
    if (!files.ok()) {
      PrintError(console.err, files.status().message());
      good = false;
      continue;
    }
    const escalation::EscalationConfig& config = *files->escalation;
    for (const std::string& warning : files->warnings) console.out << "warning: " << warning << "\n";
    for (const std::string& hint : HintsOf(*files)) console.out << "warning: " << hint << "\n";
    console.out << path << ": good, " << Count(config.policies.size(), "policy", "policies") << ", "
                << Count(config.schedules.size(), "schedule", "schedules") << ", "
                << Count(config.hooks.size(), "hook", "hooks") << ", "
                << Count(files->heartbeats.size(), "heartbeat", "heartbeats") << "\n";
  }
  return good ? kExitGood : kExitNo;
}

// What alerts of the past would do under the files as they are now.
int SimulateRecord(const Arguments& arguments, const model::Labels& wanted, base::FileSystem& fs, Console console) {
  const auto span = SpanOf(arguments);
  if (!span.ok()) return Bad(span.status(), kExitUsage, console);
  auto zone = ZoneOf(arguments, fs);
  if (!zone.ok()) return Bad(zone.status(), kExitUsage, console);
  const auto files = Load(arguments.Value("escalation.file"), arguments.Value("alertmanager.file"), fs);
  if (!files.ok()) return Bad(files.status(), kExitNo, console);
  std::vector<std::string> warnings;
  const auto records = arguments.Has("storage.path") ? AlertsOfDirectory(fs, arguments.Value("storage.path"), &warnings)
                                                     : AlertsOfServer(arguments.Value("server"));
  for (const std::string& warning : warnings) PrintError(console.err, "warning: " + warning);
  if (!records.ok()) return Failed(records.status(), console);
  escalation::Simulation simulation;
  simulation.begin = span->from;
  simulation.length = span->to - span->from;
  simulation.zone = *std::move(zone);
  simulation.lists_repeats = arguments.Switch("repeats");
  simulation.names_groups = true;
  const size_t count =
      AddRecorded(*files->alertmanager, *records, *span, wanted, arguments.Switch("acks"), &simulation);
  console.out << Count(count, "alert", "alerts") << " from " << base::Rfc3339(span->from.ms) << " to "
              << base::Rfc3339(span->to.ms) << ", "
              << (arguments.Switch("acks") ? "acknowledged as then" : "nobody answers")
              << ". What fired before begins then; silences and inhibitions of then are not repeated.\n\n";
  if (count == 0) return kExitNo;
  console.out << escalation::Simulate(files->escalation, simulation);
  return kExitGood;
}

int RunSimulate(const Arguments& arguments, Console console) {
  base::RealFileSystem fs;
  const auto labels = LabelsOf(arguments.positional());
  if (!labels.ok()) return Bad(labels.status(), kExitUsage, console);
  if (IsOfRecord(arguments)) return SimulateRecord(arguments, *labels, fs, console);
  for (const char* const flag : {"to", "storage.path", "acks"}) {
    if (arguments.Has(flag)) return UsageMistake("--" + std::string(flag) + ": only with --since or --from", console);
  }
  if (arguments.positional().empty()) {
    return UsageMistake("which alert? give its labels (severity=critical), or --since=12h for those of last night",
                        console);
  }
  auto simulation = SimulationOf(arguments, fs);
  if (!simulation.ok()) return Bad(simulation.status(), kExitUsage, console);
  const auto files = Load(arguments.Value("escalation.file"), arguments.Value("alertmanager.file"), fs);
  if (!files.ok()) return Bad(files.status(), kExitNo, console);
  AddGroups(*files->alertmanager, *labels, &*simulation);
  console.out << escalation::Simulate(files->escalation, *simulation);
  return files->escalation->Assign(*labels) ? kExitGood : kExitNo;
}

}  // namespace bekci::app::commands
