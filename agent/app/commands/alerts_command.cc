// bekci alerts: what fires, and what keeps it quiet, of a running agent or any Alertmanager.
#include <ostream>

#include "agent/app/commands/notify_client.h"
#include "agent/app/commands/notify_commands.h"
#include "agent/notify/routing/matcher_text.h"

namespace bekci::app::commands {
namespace {

constexpr Flag kFlags[] = {
    kNotifyServerFlag,
    {.name = "active",
     .alias = "a",
     .kind = FlagKind::kSwitch,
     .default_text = "false",
     .help = "Alerts that nothing keeps quiet; what is shown when neither this nor the next two are given."},
    {.name = "silenced",
     .alias = "s",
     .kind = FlagKind::kSwitch,
     .default_text = "false",
     .help = "Also alerts that a silence keeps quiet."},
    {.name = "inhibited",
     .alias = "i",
     .kind = FlagKind::kSwitch,
     .default_text = "false",
     .help = "Also alerts that another alert keeps quiet."},
    {.name = "receiver", .alias = "r", .value = "REGEX", .help = "Only alerts that go to such receivers."},
    {.name = "output", .alias = "o", .value = "FORM", .default_text = "table", .help = "table or json."},
};

std::string StateWords(const Json& alert) {
  const Json& status = MemberOf(alert, "status");
  const Json& silences = MemberOf(status, "silencedBy");
  if (silences.is_array() && !silences.empty() && silences[0].is_string()) {
    return "silenced by " + silences[0].get<std::string>();
  }
  const Json& inhibitors = MemberOf(status, "inhibitedBy");
  if (inhibitors.is_array() && !inhibitors.empty()) return "inhibited";
  return TextOf(status, "state");
}

void PrintAlerts(const Json& alerts, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& alert : alerts) {
    const Json& labels = MemberOf(alert, "labels");
    const Json& annotations = MemberOf(alert, "annotations");
    rows.push_back({TextOf(labels, "alertname"), StateWords(alert), TimeOf(alert, "startsAt"), LabelsOf(labels),
                    TextOf(annotations, "summary")});
  }
  PrintColumns({"Alertname", "State", "Starts At", "Labels", "Summary"}, rows, out);
}

}  // namespace

std::span<const Flag> AlertsFlags() {
  return kFlags;
}

int RunAlerts(const Arguments& arguments, Console console) {
  if (IsBadForm(arguments, console)) return kExitUsage;
  const auto matchers = MatcherArguments(arguments.positional());
  if (!matchers.ok()) return UsageMistake(matchers.status().message(), console);
  const bool chosen = arguments.Switch("active") || arguments.Switch("silenced") || arguments.Switch("inhibited");
  const auto word = [&](bool wanted) { return wanted ? "true" : "false"; };
  ApiCall call{.path = "/api/v2/alerts"};
  call.parameters = {{"active", word(arguments.Switch("active") || !chosen)},
                     {"silenced", word(arguments.Switch("silenced"))},
                     {"inhibited", word(arguments.Switch("inhibited"))}};
  for (const model::Matcher& matcher : *matchers) {
    call.parameters.emplace_back("filter", notify::routing::MatcherText(matcher));
  }
  if (arguments.Has("receiver")) call.parameters.emplace_back("receiver", arguments.Value("receiver"));
  return ShowAnswer(arguments, AskAlertmanager(arguments.Value("server"), call), Json::value_t::array, PrintAlerts,
                    console);
}

}  // namespace bekci::app::commands
