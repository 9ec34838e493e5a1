#include "agent/app/commands/command.h"

#include <algorithm>
#include <ostream>
#include <set>

#include "agent/base/text.h"

namespace bekci::app::commands {
namespace {

bool IsHelp(std::string_view word) {
  return word == "--help" || word == "-h" || word == "-help" || word == "help";
}

std::string_view FirstWord(std::string_view name) {
  return name.substr(0, name.find(' '));
}

const Command* Find(std::span<const Command> commands, std::string_view name) {
  const auto it = std::find_if(commands.begin(), commands.end(), [&](const Command& c) { return c.name == name; });
  return it == commands.end() ? nullptr : &*it;
}

void PrintOverview(std::span<const Command> commands, std::string_view group, std::ostream& out) {
  out << "bekci watches one host: it collects, stores, judges and calls a person.\n\nUsage: bekci "
      << (group.empty() ? "" : std::string(group) + " ") << "<command> [flags]\n\n";
  for (const Command& command : commands) {
    if (command.hidden || (!group.empty() && FirstWord(command.name) != group)) continue;
    std::string left = "  " + std::string(command.name);
    if (!command.arguments.empty()) left += " " + std::string(command.arguments);
    left += left.size() < 30 ? std::string(30 - left.size(), ' ') : "  ";
    out << left << Wrapped(command.help, 30, 100) << "\n";
  }
  out << "\nEvery command explains itself with --help. Exit codes: 0 good, 1 the answer is no, 2 usage or "
         "environment.\n"
         "\nExample:\n  bekci run\n";
}

void PrintHelp(const Command& command, std::ostream& out) {
  out << "Usage: bekci " << command.name;
  if (!command.flags.empty()) out << " [flags]";
  if (!command.arguments.empty()) out << " " << command.arguments;
  out << "\n\n" << Wrapped(command.help, 0, 100) << "\n";
  if (!command.detail.empty()) out << "\n" << command.detail << "\n";
  if (!command.flags.empty()) out << "\nFlags:\n" << FlagsHelp(command.flags);
  if (!command.example.empty()) out << "\nExample:\n  " << command.example << "\n";
}

int UnknownCommand(std::span<const Command> commands, std::string_view given, Console console) {
  std::set<std::string_view> names;
  for (const Command& command : commands) {
    if (command.hidden) continue;
    names.insert(command.name);
    names.insert(FirstWord(command.name));
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  console.err << "bekci: unknown command " << base::Quoted(given);
  const std::string_view near = base::Nearest(given, candidates);
  if (!near.empty()) console.err << ", did you mean " << base::Quoted(near) << "?";
  console.err << "\nSee: bekci --help\n";
  return kExitUsage;
}

int UsageError(const Command& command, std::string_view what, Console console) {
  console.err << "bekci " << command.name << ": " << what << "\nSee: bekci " << command.name << " --help\n";
  return kExitUsage;
}

int Run(const Command& command, std::span<const std::string> words, Console console) {
  for (const std::string& word : words) {
    if (word == "--" || command.raw) break;
    if (word != "help" && IsHelp(word)) {
      PrintHelp(command, console.out);
      return kExitGood;
    }
  }
  std::vector<std::string> raw = {"--"};
  raw.insert(raw.end(), words.begin(), words.end());
  const base::Result<Arguments> arguments = ParseFlags(command.flags, command.raw ? raw : words);
  if (!arguments.ok()) return UsageError(command, arguments.status().message(), console);
  const size_t given = arguments->positional().size();
  if (given < command.min_positional) {
    return UsageError(command, "needs " + std::string(command.arguments), console);
  }
  if (given > command.max_positional) {
    return UsageError(command,
                      "does not know what to do with " + base::Quoted(arguments->positional()[command.max_positional]),
                      console);
  }
  return command.run(*arguments, console);
}

}  // namespace

void PrintError(std::ostream& err, std::string_view message) {
  for (const std::string_view line : base::Split(message, '\n')) {
    if (!line.empty()) err << "bekci: " << line << "\n";
  }
}

int RunCommandLine(std::span<const Command> commands, std::span<const std::string> words, Console console) {
  if (words.empty()) {
    PrintOverview(commands, "", console.err);
    return kExitUsage;
  }
  if (IsHelp(words[0])) {
    if (words.size() == 1) {
      PrintOverview(commands, "", console.out);
      return kExitGood;
    }
    std::vector<std::string> asked(words.begin() + 1, words.end());  // "help check config" is "check config --help"
    asked.emplace_back("--help");
    return RunCommandLine(commands, asked, console);
  }
  if (words[0] == "--version" || words[0] == "-version") {
    const std::string version[] = {"version"};
    return RunCommandLine(commands, version, console);
  }
  if (words.size() >= 2) {
    if (const Command* command = Find(commands, words[0] + " " + words[1])) {
      return Run(*command, words.subspan(2), console);
    }
  }
  if (const Command* command = Find(commands, words[0])) return Run(*command, words.subspan(1), console);

  const bool is_group = std::any_of(commands.begin(), commands.end(),
                                    [&](const Command& c) { return FirstWord(c.name) == words[0] && !c.hidden; });
  if (!is_group) return UnknownCommand(commands, words[0], console);
  if (words.size() >= 2 && !IsHelp(words[1])) return UnknownCommand(commands, words[0] + " " + words[1], console);
  PrintOverview(commands, words[0], words.size() >= 2 ? console.out : console.err);
  return words.size() >= 2 ? kExitGood : kExitUsage;
}

}  // namespace bekci::app::commands
