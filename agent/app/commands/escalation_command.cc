// bekci escalation list, show: incidents that escalate, and one of them: who was told, who will be, who has it.
#include <ostream>

#include "agent/app/commands/notify_client.h"
#include "agent/app/commands/notify_commands.h"
#include "agent/base/text.h"
#include "agent/notify/escalation/ulid.h"

namespace bekci::app::commands {
namespace {

constexpr std::string_view kPath = "/api/v1/escalations";

constexpr Flag kOutput = {
    .name = "output", .alias = "o", .value = "FORM", .default_text = "table", .help = "table or json."};
constexpr Flag kListFlags[] = {
    kNotifyServerFlag,
    {.name = "state",
     .value = "STATE",
     .default_text = "open",
     .help = "open, active, acked, paused, exhausted, resolved, cancelled, or all; several with commas."},
    {.name = "policy", .value = "NAME", .help = "Only those that run under this policy."},
    kOutput,
};
constexpr Flag kShowFlags[] = {kNotifyServerFlag, kOutput};

void PrintList(const Json& list, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& one : list) {
    const Json& labels = MemberOf(one, "groupLabels");
    rows.push_back({TextOf(one, "id"), TextOf(labels, "alertname"), TextOf(one, "policy"), TextOf(one, "state"),
                    TextOf(one, "level"), TimeOf(one, "startedAt"), TextOf(MemberOf(one, "acknowledgement"), "by")});
  }
  PrintColumns({"ID", "Alertname", "Policy", "State", "Level", "Since", "Acknowledged By"}, rows, out);
}

const Json& ListOf(const Json& object, const char* key) {
  static const Json kNone = Json::array();
  const Json& list = MemberOf(object, key);
  return list.is_array() ? list : kNone;
}

void PrintHead(const Json& one, std::ostream& out) {
  const Json& labels = MemberOf(one, "groupLabels");
  out << Printable(TextOf(labels, "alertname")) << "  " << Printable(LabelsOf(labels)) << "\n"
      << "  incident      " << Printable(TextOf(one, "id")) << "\n"
      << "  policy        " << Printable(TextOf(one, "policy")) << "\n"
      << "  state         " << Printable(TextOf(one, "state"));
  if (!TextOf(one, "level").empty()) {
    out << ", " << Printable(TextOf(one, "level") + " " + TextOf(one, "levelTitle")) << " was told";
  }
  out << "\n  since         " << Printable(TimeOf(one, "startedAt")) << " (its clock shows "
      << Printable(TextOf(one, "clock")) << ")\n";
  const Json& ack = MemberOf(one, "acknowledgement");
  if (ack.is_object()) {
    out << "  acknowledged  by " << Printable(TextOf(ack, "by")) << " at " << Printable(TimeOf(ack, "at"));
    if (!TextOf(ack, "until").empty()) out << ", until " << Printable(TimeOf(ack, "until"));
    if (!TextOf(ack, "comment").empty()) out << ": " << Printable(TextOf(ack, "comment"));
    out << "\n";
  } else if (TextOf(one, "ackTargetMissed") == "true") {
    out << "  acknowledged  not within " << Printable(TextOf(one, "ackWithin")) << ", as the policy wants\n";
  }
}

void PrintWhole(const Json& one, std::ostream& out) {
  PrintHead(one, out);
  for (const Json& alert : ListOf(one, "alerts")) {
    const Json& labels = MemberOf(alert, "labels");
    out << "  fires         " << Printable(TextOf(labels, "alertname") + " " + LabelsOf(labels)) << "\n";
  }
  for (const Json& level : ListOf(one, "ahead")) {
    std::vector<std::string> receivers;
    for (const Json& receiver : ListOf(level, "receivers")) {
      if (receiver.is_string()) receivers.push_back(receiver.get<std::string>());
    }
    out << "  ahead         "
        << Printable(TextOf(level, "level") + " " + TextOf(level, "title") + " when its clock shows " +
                     TextOf(level, "after") + ": " + base::Join(receivers, ", "))
        << "\n";
  }
  out << "\n";
  std::vector<std::vector<std::string>> rows;
  for (const Json& entry : ListOf(one, "timeline")) {
    rows.push_back({TimeOf(entry, "at"), TextOf(entry, "event"), TextOf(entry, "level"), TextOf(entry, "text")});
  }
  PrintColumns({"At", "Event", "Level", "What"}, rows, out);
}

}  // namespace

std::span<const Flag> EscalationListFlags() {
  return kListFlags;
}
std::span<const Flag> EscalationShowFlags() {
  return kShowFlags;
}

int RunEscalationList(const Arguments& arguments, Console console) {
  if (IsBadForm(arguments, console)) return kExitUsage;
  ApiCall call{.path = std::string(kPath)};
  if (arguments.Value("state") != "all") call.parameters.emplace_back("state", arguments.Value("state"));
  if (arguments.Has("policy")) call.parameters.emplace_back("policy", arguments.Value("policy"));
  return ShowAnswer(arguments, AskBekci(arguments.Value("server"), call), Json::value_t::array, PrintList, console);
}

int RunEscalationShow(const Arguments& arguments, Console console) {
  if (IsBadForm(arguments, console)) return kExitUsage;
  const std::string& id = arguments.positional().front();
  if (!notify::escalation::IsUlid(id)) {
    return UsageMistake(base::Quoted(id) + " is no id of an incident; bekci escalation list shows them", console);
  }
  const auto one = AskBekci(arguments.Value("server"), {.path = std::string(kPath) + "/" + id});
  return ShowAnswer(arguments, one, Json::value_t::object, PrintWhole, console);
}

}  // namespace bekci::app::commands
