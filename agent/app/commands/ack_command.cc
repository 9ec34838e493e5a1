// bekci ack: "I have it": stops the calls of an incident that escalates. bekci escalate: calls a level of it now.
#include <ostream>

#include "agent/app/commands/notify_client.h"
#include "agent/app/commands/notify_commands.h"
#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/notify/escalation/ulid.h"
#include "agent/wire/json_writer.h"

namespace bekci::app::commands {
namespace {

constexpr std::string_view kPath = "/api/v1/escalations";

constexpr Flag kFlags[] = {
    kNotifyServerFlag,
    {.name = "comment", .alias = "c", .value = "TEXT", .help = "What you are doing about it."},
    {.name = "for",
     .value = "DURATION",
     .help = "How long you have it, such as 2h; then it goes on if it still fires. Default: ack.timeout of the file."},
    {.name = "by", .value = "NAME", .help = "Who; without it, the name of the user."},
    {.name = "all",
     .kind = FlagKind::kSwitch,
     .default_text = "false",
     .help = "Where several incidents are of that alert: all of them."},
};

std::string AckBody(const Arguments& arguments, const std::string& by) {
  std::string body;
  wire::JsonWriter json(&body);
  json.BeginObject();
  json.Member("by", by);
  if (arguments.Has("comment")) json.Member("comment", arguments.Value("comment"));
  if (arguments.Has("for")) json.Member("for", arguments.Value("for"));
  json.EndObject();
  return body;
}

void PrintOpen(const Json& list, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& one : list) {
    const Json& labels = MemberOf(one, "groupLabels");
    rows.push_back({TextOf(one, "id"), TextOf(labels, "alertname"), TextOf(one, "state"), TextOf(one, "level"),
                    TimeOf(one, "startedAt"), LabelsOf(labels)});
  }
  PrintColumns({"ID", "Alertname", "State", "Level", "Since", "Group"}, rows, out);
}

// The ids that the argument means. Errors: not found: nothing of that name is open; invalid: it means several.
base::Result<std::vector<std::string>> IdsOf(const std::string& what, bool all, const Arguments& arguments,
                                             Console console) {
  const std::string& server = arguments.Value("server");
  ApiCall call{.path = std::string(kPath), .parameters = {{"state", "open"}, {"alert", what}}};
  ASSIGN_OR_RETURN(const Json found, AskBekci(server, call));
  std::vector<std::string> ids;
  if (found.is_array()) {
    for (const Json& one : found) {
      const std::string id = TextOf(one, "id");
      if (notify::escalation::IsUlid(id)) ids.push_back(id);
    }
  }
  if (ids.size() == 1 || (!ids.empty() && all)) return ids;
  if (ids.size() > 1) {
    PrintOpen(found, console.err);
    return base::Invalid(std::to_string(ids.size()) + " incidents of " + base::Quoted(what) +
                         " are open: name one by its id");
  }
  call.parameters.pop_back();
  ASSIGN_OR_RETURN(const Json open, AskBekci(server, call));
  if (open.is_array() && !open.empty()) PrintOpen(open, console.err);
  return base::NotFound("nothing that escalates is called " + base::Quoted(what) +
                        (open.is_array() && !open.empty() ? "; these are open" : ", and nothing is open"));
}

constexpr Flag kEscalateFlags[] = {
    kNotifyServerFlag,
    {.name = "level", .value = "LEVEL", .help = "Which: L3. Default: the next one."},
    {.name = "comment", .alias = "c", .value = "TEXT", .help = "Why; stands in the incident."},
    {.name = "by", .value = "NAME", .help = "Who; without it, the name of the user."},
};

std::string EscalateBody(const Arguments& arguments, const std::string& by) {
  std::string body;
  wire::JsonWriter json(&body);
  json.BeginObject();
  json.Member("by", by);
  for (const char* const key : {"level", "comment"}) {
    if (arguments.Has(key)) json.Member(key, arguments.Value(key));
  }
  json.EndObject();
  return body;
}

int AckOne(const std::string& id, const Arguments& arguments, const std::string& body, Console console) {
  const auto answer = AskBekci(arguments.Value("server"),
                               {.method = "POST", .path = std::string(kPath) + "/" + id + "/ack", .body = body});
  if (!answer.ok()) return Failed(answer.status(), console);
  const Json& ack = MemberOf(*answer, "acknowledgement");
  const std::string name = TextOf(MemberOf(*answer, "groupLabels"), "alertname");
  console.out << id << (name.empty() ? "" : " ") << Printable(name) << ": acknowledged by "
              << Printable(TextOf(ack, "by"));
  if (!TextOf(ack, "until").empty()) console.out << " until " << Printable(TimeOf(ack, "until"));
  console.out << "\n";
  return kExitGood;
}

}  // namespace

std::span<const Flag> AckFlags() {
  return kFlags;
}

std::span<const Flag> EscalateFlags() {
  return kEscalateFlags;
}

int RunEscalate(const Arguments& arguments, Console console) {
  const std::string by = arguments.Has("by") ? arguments.Value("by") : UserName();
  if (by.empty()) return UsageMistake("--by: say who you are", console);
  std::string id = arguments.positional().front();
  if (!notify::escalation::IsUlid(id)) {
    auto found = IdsOf(id, false, arguments, console);
    if (!found.ok()) return Failed(found.status(), console);
    id = found->front();
  }
  const auto answer = AskBekci(
      arguments.Value("server"),
      {.method = "POST", .path = std::string(kPath) + "/" + id + "/escalate", .body = EscalateBody(arguments, by)});
  if (!answer.ok()) return Failed(answer.status(), console);
  const std::string name = TextOf(MemberOf(*answer, "groupLabels"), "alertname");
  console.out << id << (name.empty() ? "" : " ") << Printable(name) << ": "
              << Printable(TextOf(*answer, "level") + " " + TextOf(*answer, "levelTitle")) << " is called\n";
  return kExitGood;
}

int RunAck(const Arguments& arguments, Console console) {
  if (arguments.Has("for") && !base::ParseDuration(arguments.Value("for")).ok()) {
    return UsageMistake("--for=" + arguments.Value("for") + ": must be a duration such as 2h or 30m", console);
  }
  const std::string by = arguments.Has("by") ? arguments.Value("by") : UserName();
  if (by.empty()) return UsageMistake("--by: say who you are", console);
  const std::string& what = arguments.positional().front();
  std::vector<std::string> ids = {what};
  if (!notify::escalation::IsUlid(what)) {
    auto found = IdsOf(what, arguments.Switch("all"), arguments, console);
    if (!found.ok()) return Failed(found.status(), console);
    ids = *std::move(found);
  }
  int code = kExitGood;
  const std::string body = AckBody(arguments, by);
  for (const std::string& id : ids) code = std::max(code, AckOne(id, arguments, body, console));
  return code;
}

}  // namespace bekci::app::commands
