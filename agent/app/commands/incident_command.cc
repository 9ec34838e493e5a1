// bekci incident: the lives of alerts as the running agent has them on record; one of them as a page in a file.
#include <ostream>

#include "agent/app/commands/notify_client.h"
#include "agent/app/commands/notify_commands.h"
#include "agent/base/duration.h"
#include "agent/base/file_system.h"
#include "agent/base/text.h"
#include "agent/notify/escalation/ulid.h"

namespace bekci::app::commands {
namespace {

constexpr std::string_view kPath = "/api/v1/incidents";
constexpr base::Duration kPatience = base::seconds(30);

constexpr Flag kFlags[] = {
    kNotifyServerFlag,
    {.name = "html", .value = "FILE", .help = "Write the incident as one self-contained page into this file."},
    {.name = "state", .value = "STATE", .help = "Of the list: firing, acknowledged, resolved, or open."},
    {.name = "matcher",
     .kind = FlagKind::kValues,
     .value = "MATCHER",
     .help = "Of the list: only alerts with such labels, as severity=critical."},
    {.name = "limit", .value = "N", .default_text = "20", .help = "Of the list: how many, the newest first."},
    {.name = "output", .alias = "o", .value = "FORM", .default_text = "table", .help = "table or json."},
};

std::string SpanOf(const Json& incident, const char* key) {
  const Json& seconds = MemberOf(incident, key);
  return seconds.is_number() ? base::HumanDuration(base::FromSeconds(seconds.get<double>())) : "-";
}

void PrintList(const Json& list, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& one : list) {
    const Json& labels = MemberOf(one, "labels");
    rows.push_back({TextOf(one, "id"), TextOf(labels, "alertname"), TextOf(one, "state"), TimeOf(one, "firedAt"),
                    SpanOf(one, "timeToAcknowledgeSeconds"), SpanOf(one, "timeToResolveSeconds"), LabelsOf(labels)});
  }
  PrintColumns({"ID", "Alertname", "State", "Fired At", "Ack After", "Resolved After", "Labels"}, rows, out);
}

void PrintOne(const Json& one, std::ostream& out) {
  const Json& labels = MemberOf(one, "labels");
  out << Printable(TextOf(labels, "alertname")) << "  " << Printable(LabelsOf(labels)) << "\n"
      << "  incident             " << Printable(TextOf(one, "id")) << "\n"
      << "  state                " << Printable(TextOf(one, "state")) << "\n"
      << "  fired at             " << Printable(TimeOf(one, "firedAt")) << "\n"
      << "  time to acknowledge  " << SpanOf(one, "timeToAcknowledgeSeconds") << "\n"
      << "  time to resolve      " << SpanOf(one, "timeToResolveSeconds") << "\n"
      << "  messages             " << Printable(TextOf(one, "messages")) << ", "
      << Printable(TextOf(one, "messagesFailed")) << " failed\n\n";
  std::vector<std::vector<std::string>> rows;
  const Json& events = MemberOf(one, "events");
  for (size_t i = 0; events.is_array() && i < events.size(); ++i) {
    rows.push_back({TimeOf(events[i], "at"), TextOf(events[i], "event"), TextOf(events[i], "text")});
  }
  PrintColumns({"At", "Event", "What"}, rows, out);
}

int WritePage(const Arguments& arguments, const std::string& id, Console console) {
  const std::string server = arguments.Value("server");
  const auto reply = CallServer(
      server, {.path = std::string(kPath) + "/" + id, .parameters = {{"format", "html"}}, .accept = "text/html"},
      kPatience);
  if (!reply.ok()) return Failed(reply.status(), console);
  if (reply->status == 404) return Failed(base::NotFound("there is no incident " + id + " in the records"), console);
  if (reply->status != 200 || !reply->body.starts_with("<!DOCTYPE html>")) {
    return UsageMistake(server + " answers " + std::to_string(reply->status) + " and no page; is that an agent?",
                        console);
  }
  base::RealFileSystem fs;
  const base::Status written = fs.WriteFileAtomic(arguments.Value("html"), reply->body);
  if (!written.ok()) return Failed(base::Unavailable(written.message()), console);
  return kExitGood;
}

int List(const Arguments& arguments, Console console) {
  ApiCall call{.path = std::string(kPath), .parameters = {{"limit", arguments.Value("limit")}}};
  if (arguments.Has("state")) call.parameters.emplace_back("state", arguments.Value("state"));
  for (const std::string& matcher : arguments.Values("matcher")) call.parameters.emplace_back("matcher", matcher);
  return ShowAnswer(arguments, AskBekci(arguments.Value("server"), call), Json::value_t::array, PrintList, console);
}

}  // namespace

std::span<const Flag> IncidentFlags() {
  return kFlags;
}

int RunIncident(const Arguments& arguments, Console console) {
  if (IsBadForm(arguments, console)) return kExitUsage;
  if (arguments.positional().empty()) {
    if (arguments.Has("html")) return UsageMistake("--html: which incident? bekci incident lists them", console);
    return List(arguments, console);
  }
  const std::string& id = arguments.positional().front();
  if (!notify::escalation::IsUlid(id)) {
    return UsageMistake(base::Quoted(id) + " is no id of an incident; bekci incident lists them", console);
  }
  if (arguments.Has("html")) return WritePage(arguments, id, console);
  const auto one = AskBekci(arguments.Value("server"), {.path = std::string(kPath) + "/" + id});
  return ShowAnswer(arguments, one, Json::value_t::object, PrintOne, console);
}

}  // namespace bekci::app::commands
