// bekci silence list, add, expire: amtool's words and columns, so that habits and scripts need no change.
#include <ostream>

#include "agent/app/commands/notify_client.h"
#include "agent/app/commands/notify_commands.h"
#include "agent/base/clock.h"
#include "agent/base/duration.h"
#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/notify/routing/matcher_text.h"
#include "agent/wire/json_writer.h"

namespace bekci::app::commands {
namespace {

constexpr Flag kListFlags[] = {
    kNotifyServerFlag,
    {.name = "expired",
     .kind = FlagKind::kSwitch,
     .default_text = "false",
     .help = "Those that are over instead of those that hold or will."},
    {.name = "created-by", .value = "NAME", .help = "Only those of this person."},
    {.name = "quiet", .alias = "q", .kind = FlagKind::kSwitch, .default_text = "false", .help = "Only their ids."},
    {.name = "output", .alias = "o", .value = "FORM", .default_text = "table", .help = "table or json."},
};
constexpr Flag kAddFlags[] = {
    kNotifyServerFlag,
    {.name = "duration", .alias = "d", .value = "DURATION", .default_text = "1h", .help = "How long it holds."},
    {.name = "start", .value = "TIME", .help = "When it begins, RFC 3339; without it, now."},
    {.name = "end", .value = "TIME", .help = "When it ends, RFC 3339; counts instead of --duration."},
    {.name = "comment", .alias = "c", .value = "TEXT", .help = "Why; whoever finds it later wants to know."},
    {.name = "author", .alias = "a", .value = "NAME", .help = "Who; without it, the name of the user."},
};
constexpr Flag kExpireFlags[] = {kNotifyServerFlag};

struct Span {
  int64_t start_ms = 0, end_ms = 0;
};

base::Result<int64_t> TimeFlag(const Arguments& arguments, std::string_view flag, int64_t otherwise) {
  if (!arguments.Has(flag)) return otherwise;
  const std::string text = arguments.Value(flag);
  const auto ms = base::ParseRfc3339(text);
  if (ms) return *ms;
  return base::Invalid("--" + std::string(flag) + "=" + text + ": must be a time such as 2026-01-31T03:00:00Z");
}

base::Result<Span> SpanOf(const Arguments& arguments, int64_t now_ms) {
  Span span;
  ASSIGN_OR_RETURN(span.start_ms, TimeFlag(arguments, "start", now_ms));
  const std::string text = arguments.Value("duration");
  const auto duration = base::ParseDuration(text);
  if (!duration.ok() || *duration <= base::Duration::zero()) {
    return base::Invalid("--duration=" + text + ": must be a duration such as 1h or 2d");
  }
  ASSIGN_OR_RETURN(span.end_ms, TimeFlag(arguments, "end", span.start_ms + base::ToMillis(*duration)));
  if (span.end_ms <= span.start_ms) return base::Invalid("it would end before it begins");
  if (span.end_ms <= now_ms) return base::Invalid("it would be over already");
  return span;
}

std::string SilenceBody(std::span<const model::Matcher> matchers, const Span& span, const std::string& author,
                        const std::string& comment) {
  std::string body;
  wire::JsonWriter json(&body);
  json.BeginObject();
  json.Key("matchers");
  json.BeginArray();
  for (const model::Matcher& matcher : matchers) {
    json.BeginObject();
    json.Member("name", matcher.name());
    json.Member("value", matcher.value());
    json.Member("isRegex", matcher.type() == model::MatchType::kRegex || matcher.type() == model::MatchType::kNotRegex);
    json.Member("isEqual", !matcher.is_negative());
    json.EndObject();
  }
  json.EndArray();
  json.Member("startsAt", base::Rfc3339Millis(span.start_ms));
  json.Member("endsAt", base::Rfc3339Millis(span.end_ms));
  json.Member("createdBy", author);
  json.Member("comment", comment);
  json.EndObject();
  return body;
}

std::string MatchersOf(const Json& silence) {
  std::string text;
  const Json& matchers = MemberOf(silence, "matchers");
  if (!matchers.is_array()) return text;
  for (const Json& one : matchers) {
    const bool regex = TextOf(one, "isRegex") == "true";
    const bool equal = TextOf(one, "isEqual") != "false";
    text += (text.empty() ? "" : " ") + TextOf(one, "name") + (equal ? (regex ? "=~" : "=") : (regex ? "!~" : "!=")) +
            base::Quoted(TextOf(one, "value"));
  }
  return text;
}

void PrintSilences(const Json& silences, bool quiet, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& one : silences) {
    if (quiet) {
      out << Printable(TextOf(one, "id")) << "\n";
    } else {
      rows.push_back({TextOf(one, "id"), MatchersOf(one), TimeOf(one, "endsAt"), TextOf(one, "createdBy"),
                      TextOf(one, "comment")});
    }
  }
  if (!quiet) PrintColumns({"ID", "Matchers", "Ends At", "Created By", "Comment"}, rows, out);
}

}  // namespace

std::span<const Flag> SilenceListFlags() {
  return kListFlags;
}
std::span<const Flag> SilenceAddFlags() {
  return kAddFlags;
}
std::span<const Flag> SilenceExpireFlags() {
  return kExpireFlags;
}

int RunSilenceList(const Arguments& arguments, Console console) {
  if (IsBadForm(arguments, console)) return kExitUsage;
  const auto matchers = MatcherArguments(arguments.positional());
  if (!matchers.ok()) return UsageMistake(matchers.status().message(), console);
  ApiCall call{.path = "/api/v2/silences"};
  for (const model::Matcher& matcher : *matchers) {
    call.parameters.emplace_back("filter", notify::routing::MatcherText(matcher));
  }
  auto silences = AskAlertmanager(arguments.Value("server"), call);
  if (silences.ok() && silences->is_array()) {
    Json wanted = Json::array();
    for (const Json& one : *silences) {
      const bool expired = TextOf(MemberOf(one, "status"), "state") == "expired";
      if (expired != arguments.Switch("expired")) continue;
      if (arguments.Has("created-by") && TextOf(one, "createdBy") != arguments.Value("created-by")) continue;
      wanted.push_back(one);
    }
    silences = std::move(wanted);
  }
  const auto print = [&](const Json& list, std::ostream& out) { PrintSilences(list, arguments.Switch("quiet"), out); };
  return ShowAnswer(arguments, silences, Json::value_t::array, print, console);
}

int RunSilenceAdd(const Arguments& arguments, Console console) {
  const auto matchers = MatcherArguments(arguments.positional());
  if (!matchers.ok()) return UsageMistake(matchers.status().message(), console);
  const auto span = SpanOf(arguments, base::RealClock().Now().ms);
  if (!span.ok()) return UsageMistake(span.status().message(), console);
  const std::string comment = arguments.Value("comment");
  if (comment.empty()) return UsageMistake("--comment: say why, as in --comment='disk is being replaced'", console);
  const std::string author = arguments.Has("author") ? arguments.Value("author") : UserName();
  if (author.empty()) return UsageMistake("--author: say who you are", console);
  const auto answer = AskAlertmanager(
      arguments.Value("server"),
      {.method = "POST", .path = "/api/v2/silences", .body = SilenceBody(*matchers, *span, author, comment)});
  if (!answer.ok()) return Failed(answer.status(), console);
  const std::string id = TextOf(*answer, "silenceID");
  if (id.empty()) return UsageMistake("the answer is not that of Alertmanager's API", console);
  console.out << Printable(id) << "\n";
  return kExitGood;
}

int RunSilenceExpire(const Arguments& arguments, Console console) {
  int code = kExitGood;
  for (const std::string& id : arguments.positional()) {
    // What is no id must not become a path of its own.
    if (id.find_first_not_of("0123456789abcdefABCDEF-") != std::string::npos) {
      code = UsageMistake(base::Quoted(id) + " is no id of a silence; bekci silence list shows them", console);
      continue;
    }
    const auto answer =
        AskAlertmanager(arguments.Value("server"), {.method = "DELETE", .path = "/api/v2/silence/" + id});
    if (answer.ok()) continue;
    const base::Status& status = answer.status();
    const bool missing = status.code() == base::Code::kNotFound;
    code = std::max(code, Failed(missing ? base::NotFound("there is no silence " + id) : status, console));
  }
  return code;
}

}  // namespace bekci::app::commands
