// What the commands about alerts, silences and incidents share: one call to a running agent, its answer read with
// suspicion (it may be any server), and tables.
//
// Thread rule: functions without state.
#pragma once

#include <functional>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "agent/app/commands/api_client.h"
#include "agent/app/commands/command.h"
#include "agent/base/status.h"
#include "agent/model/matcher.h"

namespace bekci::app::commands {

using Json = nlohmann::json;

inline constexpr Flag kNotifyServerFlag = {.name = "server",
                                           .alias = "alertmanager.url",
                                           .value = "URL",
                                           .default_text = kDefaultServer,
                                           .help = "The agent to ask. user:password@ is sent as basic authentication."};

// Bekci's own API, in Prometheus' envelope: `data` of the answer. Errors: what the server says, not found where that is
// its answer, denied where it is "conflict"; unavailable: no answer, or none of such a server.
base::Result<Json> AskBekci(const std::string& server, const ApiCall& call);
// Alertmanager's API: the answer itself (null where there is none). Errors: the same.
base::Result<Json> AskAlertmanager(const std::string& server, const ApiCall& call);

// Prints the error; exit 1 where the answer is "no" (not found, conflict), else 2.
int Failed(const base::Status& status, Console console);
int UsageMistake(const std::string& message, Console console);

// Whether --output is neither "table" nor "json", which is then said.
bool IsBadForm(const Arguments& arguments, Console console);
// An answer as --output wants it: the JSON, or what `print` makes of it. Returns the exit code; an error, or an answer
// that is of another kind than `kind`, is printed as such.
int ShowAnswer(const Arguments& arguments, const base::Result<Json>& answer, Json::value_t kind,
               const std::function<void(const Json&, std::ostream&)>& print, Console console);

// Texts of JSON objects; what is not there, or something else, is empty.
std::string TextOf(const Json& object, const char* key);
const Json& MemberOf(const Json& object, const char* key);  // null where it is not there
// "2026-11-21 10:57:46 UTC" of an RFC 3339 time.
std::string TimeOf(const Json& object, const char* key);
// a="b", c="d", without the alert's name.
std::string LabelsOf(const Json& labels);

// Rows of cells under a line of headings, columns aligned by characters; control characters never reach a terminal.
void PrintColumns(const std::vector<std::string>& headings, const std::vector<std::vector<std::string>>& rows,
                  std::ostream& out);
// What is printed of a stranger's text: control characters become spaces.
std::string Printable(std::string_view text);

// Arguments as amtool reads them: each is a matcher; a first one without an operator is the alert's name. Errors:
// invalid.
base::Result<std::vector<model::Matcher>> MatcherArguments(std::span<const std::string> words);
// Who is asking, unless --by or --author says otherwise: the user's name.
std::string UserName();

}  // namespace bekci::app::commands
