#include "agent/app/commands/notify_client.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ostream>

#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/notify/routing/matcher_text.h"

namespace bekci::app::commands {
namespace {

constexpr base::Duration kPatience = base::seconds(30);

base::Status StatusOf(int code, std::string message) {
  switch (code) {
    case 400:
    case 422:
      return base::Invalid(std::move(message));
    case 404:
      return base::NotFound(std::move(message));
    case 409:
      return base::Denied(std::move(message));
    default:
      return base::Unavailable(std::move(message));
  }
}

// What an error's body says: Prometheus' envelope, Alertmanager's object or text, or a line of plain text.
std::string ErrorText(const ApiReply& reply) {
  const Json document = Json::parse(reply.body, nullptr, false);
  if (document.is_string()) return Printable(document.get<std::string>());
  for (const char* const key : {"error", "message"}) {
    if (document.is_object() && !TextOf(document, key).empty()) return Printable(TextOf(document, key));
  }
  constexpr size_t kLongest = 300;
  if (!reply.body.empty() && reply.body.size() <= kLongest && reply.body[0] != '<') return Printable(reply.body);
  return std::to_string(reply.status) + " " + Printable(reply.reason);
}

base::Result<ApiReply> Ask(const std::string& server, const ApiCall& call) {
  ASSIGN_OR_RETURN(ApiReply reply, CallServer(server, call, kPatience));
  if (reply.status == 401) {
    return base::Unavailable(server + " wants a user name and a password: --server=http://user:password@host:port");
  }
  return reply;
}

size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

base::Result<Json> AskBekci(const std::string& server, const ApiCall& call) {
  ASSIGN_OR_RETURN(const ApiReply reply, Ask(server, call));
  const Json document = Json::parse(reply.body, nullptr, false);
  const std::string status = document.is_object() ? TextOf(document, "status") : std::string();
  if (status == "error") return StatusOf(reply.status, ErrorText(reply));
  if (status == "success") return MemberOf(document, "data");
  return base::Unavailable(server + " answers " + std::to_string(reply.status) + " to " + call.path +
                           ", not as bekci's API does; is it an agent, and does it notify (notify: in its file)?");
}

base::Result<Json> AskAlertmanager(const std::string& server, const ApiCall& call) {
  ASSIGN_OR_RETURN(const ApiReply reply, Ask(server, call));
  if (reply.status < 200 || reply.status > 299) return StatusOf(reply.status, ErrorText(reply));
  if (reply.body.empty()) return Json();
  Json document = Json::parse(reply.body, nullptr, false);
  if (document.is_discarded()) return base::Unavailable("the answer of " + server + " is no JSON; is that an agent?");
  return document;
}

int Failed(const base::Status& status, Console console) {
  PrintError(console.err, status.message());
  return status.code() == base::Code::kNotFound || status.code() == base::Code::kDenied ? kExitNo : kExitUsage;
}

int UsageMistake(const std::string& message, Console console) {
  PrintError(console.err, message);
  return kExitUsage;
}

bool IsBadForm(const Arguments& arguments, Console console) {
  const std::string form = arguments.Value("output");
  if (form == "table" || form == "json") return false;
  UsageMistake("--output=" + form + ": must be table or json", console);
  return true;
}

int ShowAnswer(const Arguments& arguments, const base::Result<Json>& answer, Json::value_t kind,
               const std::function<void(const Json&, std::ostream&)>& print, Console console) {
  if (!answer.ok()) return Failed(answer.status(), console);
  if (answer->type() != kind) {
    return UsageMistake("the answer of " + arguments.Value("server") + " is not that of an agent's API", console);
  }
  if (arguments.Value("output") == "json") {
    console.out << answer->dump(2) << "\n";
  } else {
    print(*answer, console.out);
  }
  return kExitGood;
}

const Json& MemberOf(const Json& object, const char* key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string TextOf(const Json& object, const char* key) {
  const Json& value = MemberOf(object, key);
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() || value.is_boolean() ? value.dump() : std::string();
}

std::string TimeOf(const Json& object, const char* key) {
  const std::string text = TextOf(object, key);
  const auto ms = base::ParseRfc3339(text);
  if (!ms) return text.empty() ? "-" : text;
  std::string words = base::Rfc3339Millis(*ms);
  words.resize(std::min(words.size(), words.find('.')));
  std::replace(words.begin(), words.end(), 'T', ' ');
  return words + " UTC";
}

std::string LabelsOf(const Json& labels) {
  std::string text;
  if (!labels.is_object()) return text;
  for (const auto& [name, value] : labels.items()) {
    if (name == "alertname" || !value.is_string()) continue;
    text += (text.empty() ? "" : ", ") + name + "=" + base::Quoted(value.get<std::string>());
  }
  return text;
}

std::string Printable(std::string_view text) {
  std::string clean;
  for (size_t i = 0; i < text.size();) {
    size_t size = 0;
    const char32_t rune = base::DecodeRune(text.substr(i), &size);
    i += size;
    base::AppendRune(&clean, rune == ' ' || base::IsPrintable(rune) ? rune : U' ');
  }
  return std::string(base::Trim(clean));
}

void PrintColumns(const std::vector<std::string>& headings, const std::vector<std::vector<std::string>>& rows,
                  std::ostream& out) {
  std::vector<std::vector<std::string>> table = {headings};
  for (const auto& row : rows) {
    std::vector<std::string>& clean = table.emplace_back();
    for (const std::string& cell : row) clean.push_back(Printable(cell));
  }
  std::vector<size_t> widths(headings.size());
  for (const auto& row : table) {
    for (size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
  }
  for (const auto& row : table) {
    std::string line;
    for (size_t i = 0; i < widths.size(); ++i) {
      line += row[i];
      if (i + 1 < widths.size()) line.append(widths[i] - WidthOf(row[i]) + 2, ' ');
    }
    while (line.ends_with(' ')) line.pop_back();
    out << line << "\n";
  }
}

base::Result<std::vector<model::Matcher>> MatcherArguments(std::span<const std::string> words) {
  std::vector<model::Matcher> matchers;
  for (const std::string& word : words) {
    auto matcher = notify::routing::ParseMatcher(word);
    if (!matcher.ok() && matchers.empty() && word.find_first_of("=~!") == std::string::npos) {
      matchers.push_back(model::Matcher::Equal("alertname", word));
      continue;
    }
    if (!matcher.ok()) {
      return base::Invalid(word + ": " + matcher.status().message() +
                           "; write it as severity=critical or team=~'db|dba'");
    }
    matchers.push_back(*std::move(matcher));
  }
  return matchers;
}

std::string UserName() {
  if (const char* const name = std::getenv("SUDO_USER"); name != nullptr && *name != '\0') return name;
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return entry.pw_name;
  }
  return {};
}

}  // namespace bekci::app::commands
