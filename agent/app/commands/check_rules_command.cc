// bekci check rules: are these rule files right, and will they do what was meant?
//
// What is wrong is what ParseRuleFile refuses; what was hardly meant is what the lints find (ruler/lint.h). Nothing is
// evaluated. Exit codes are promtool's: 1 for a file that is wrong, 3 for findings with --lint-fatal.
#include <algorithm>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "agent/app/commands/api_client.h"
#include "agent/app/commands/api_directory.h"
#include "agent/app/commands/commands.h"
#include "agent/app/commands/feature_flag.h"
#include "agent/base/file_system.h"
#include "agent/base/path_pattern.h"
#include "agent/base/text.h"
#include "agent/config/unknown_keys.h"
#include "agent/ruler/lint.h"
#include "agent/ruler/rule_file.h"

namespace bekci::app::commands {
namespace {

constexpr int kExitLint = 3;
constexpr size_t kMaxFileBytes = (size_t{8} << 20) + 1;  // what the reader takes, and a byte more
constexpr size_t kMaxMatches = 10'000;
constexpr base::Duration kTimeout = base::seconds(30);
constexpr std::string_view kStandardInput = "<stdin>";

constexpr Flag kFlags[] = {
    {.name = "lint",
     .value = "NAMES",
     .default_text = "all",
     .help = "What to look for: all, none, names (a,b), or all but some (all,-a)."},
    {.name = "lint-fatal", .kind = FlagKind::kSwitch, .help = "Exit 3 when a lint warns."},
    {.name = "list-lints", .kind = FlagKind::kSwitch, .help = "Print the names of all lints and what they find."},
    {.name = "ignore-unknown-fields", .kind = FlagKind::kSwitch, .help = "Pass over keys that nobody knows."},
    {.name = "server", .value = "URL", .help = "Ask this server (bekci, Prometheus) which metrics there are."},
    {.name = "path", .value = "DIR", .help = "Look into this data directory which metrics there are."},
    {.name = "this-host", .kind = FlagKind::kSwitch, .help = "As --server, of the agent on this host."},
    kFeatureFlag,
};

std::string Plural(size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// Names of metrics out of the API's answer.
base::Result<std::set<std::string>> ParseNames(const std::string& body) {
  const nlohmann::json answer = nlohmann::json::parse(body, nullptr, false);
  const auto data = answer.is_object() ? answer.find("data") : answer.end();
  if (data == answer.end() || !data->is_array()) {
    return base::Unavailable("no list of metrics in the answer: " + body.substr(0, 200));
  }
  std::set<std::string> names;
  for (const nlohmann::json& name : *data) {
    if (name.is_string()) names.insert(name.get<std::string>());
  }
  return names;
}

// The metrics of the store that the flags name; nullopt: they name none.
base::Result<std::optional<std::set<std::string>>> KnownMetrics(const Arguments& arguments,
                                                                const promql::Features& features) {
  const std::string path = "/api/v1/label/__name__/values";
  base::Result<std::string> body = std::string();
  if (arguments.Has("path")) {
    body = AskDirectory(arguments.Value("path"), path, {}, features);
  } else if (arguments.Has("server")) {
    body = AskServer(arguments.Value("server"), path, {}, kTimeout);
  } else if (arguments.Switch("this-host")) {
    body = AskServer(std::string(kDefaultServer), path, {}, kTimeout);
  } else {
    return std::optional<std::set<std::string>>();
  }
  if (!body.ok()) return std::move(body).status();
  ASSIGN_OR_RETURN(std::set<std::string> names, ParseNames(*body));
  return std::optional(std::move(names));
}

struct Checked {
  std::vector<ruler::GroupText> groups;                   // of all good files
  std::vector<std::pair<std::string, std::string>> good;  // path, what is in it
  bool wrong = false;
  bool unreadable = false;
};

void CheckText(const std::string& text, const std::string& path, const promql::Features& features,
               config::UnknownKeys unknown_keys, Console console, Checked* checked) {
  auto file = ruler::ParseRuleFile(text, path, features, unknown_keys);
  if (!file.ok()) {
    PrintError(console.err, file.status().message());
    checked->wrong = true;
    return;
  }
  for (const std::string& warning : file->warnings) console.out << warning << "\n";
  size_t rules = 0;
  for (const ruler::GroupText& group : file->groups) rules += group.rules.size();
  checked->good.emplace_back(path, Plural(file->groups.size(), "group") + ", " + Plural(rules, "rule"));
  std::move(file->groups.begin(), file->groups.end(), std::back_inserter(checked->groups));
}

std::vector<std::string> PathsOf(const Arguments& arguments, base::FileSystem& fs, Console console, Checked* checked) {
  std::vector<std::string> paths;
  for (const std::string& given : arguments.positional()) {
    if (!base::IsPathPattern(given) || fs.Exists(given)) {
      paths.push_back(given);
      continue;
    }
    const std::vector<std::string> matches = base::MatchPaths(fs, given, kMaxMatches);
    paths.insert(paths.end(), matches.begin(), matches.end());
    if (!matches.empty()) continue;
    PrintError(console.err, given + ": no file matches");
    checked->unreadable = true;
  }
  return paths;
}

void CheckFiles(const Arguments& arguments, const promql::Features& features, Console console, Checked* checked) {
  const auto unknown_keys =
      arguments.Switch("ignore-unknown-fields") ? config::UnknownKeys::kIgnored : config::UnknownKeys::kRefused;
  if (arguments.positional().empty()) {
    const std::string text((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
    CheckText(text, std::string(kStandardInput), features, unknown_keys, console, checked);
    return;
  }
  base::RealFileSystem fs;
  for (const std::string& path : PathsOf(arguments, fs, console, checked)) {
    const auto text = fs.ReadFile(path, kMaxFileBytes);
    if (text.ok()) {
      CheckText(*text, path, features, unknown_keys, console, checked);
    } else {
      PrintError(console.err, text.status().message());
      checked->unreadable = true;
    }
  }
}

void PrintGood(const Checked& checked, const std::vector<ruler::LintFinding>& findings, Console console) {
  for (const auto& [path, what] : checked.good) {
    size_t here = 0;
    for (const ruler::LintFinding& finding : findings) {
      if (finding.mark.file == nullptr || *finding.mark.file != path) continue;
      console.out << finding.ToString() << "\n";
      ++here;
    }
    console.out << path << ": good, " << what << (here == 0 ? "" : ", " + Plural(here, "finding")) << "\n";
  }
}

int ListLints(Console console) {
  for (const ruler::Lint& lint : ruler::AllLints()) {
    console.out << lint.name << std::string(24 - lint.name.size(), ' ')
                << (lint.severity == ruler::LintSeverity::kInfo ? "info     " : "warning  ") << lint.what << "\n";
  }
  return kExitGood;
}

int UsageProblem(const base::Status& status, Console console) {
  PrintError(console.err, status.message());
  return kExitUsage;
}

}  // namespace

std::span<const Flag> CheckRulesFlags() {
  return kFlags;
}

int RunCheckRules(const Arguments& arguments, Console console) {
  if (arguments.Switch("list-lints")) return ListLints(console);
  const auto lints = ruler::SelectLints(arguments.Value("lint"));
  if (!lints.ok()) return UsageProblem(base::Status(lints.status()).WithContext("--lint"), console);
  const auto features = FeaturesOf(arguments);
  if (!features.ok()) return UsageProblem(features.status(), console);
  const auto metrics = KnownMetrics(arguments, *features);
  if (!metrics.ok()) return UsageProblem(metrics.status(), console);

  Checked checked;
  CheckFiles(arguments, *features, console, &checked);
  ruler::LintInput input;
  input.groups = checked.groups;
  input.features = *features;
  input.metrics = metrics->has_value() ? &**metrics : nullptr;
  const std::vector<ruler::LintFinding> findings = ruler::LintRules(input, *lints);
  PrintGood(checked, findings, console);
  if (checked.unreadable) return kExitUsage;
  if (checked.wrong) return kExitNo;
  const bool warned = std::any_of(findings.begin(), findings.end(), [](const ruler::LintFinding& finding) {
    return finding.lint->severity == ruler::LintSeverity::kWarning;
  });
  return warned && arguments.Switch("lint-fatal") ? kExitLint : kExitGood;
}

}  // namespace bekci::app::commands
