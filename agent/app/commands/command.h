// Subcommands of the one binary: a table of rows, and what finds and runs the row that a command line names.
//
// Exit codes everywhere: 0 good, 1 the answer is "no", 2 usage or environment.
//
// Thread rule: called from main.
#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/app/commands/flags.h"

namespace bekci::app::commands {

// Each line of an error on a line of its own, as "bekci: ...".
void PrintError(std::ostream& err, std::string_view message);

inline constexpr int kExitGood = 0;
inline constexpr int kExitNo = 1;
inline constexpr int kExitUsage = 2;

// Where a command prints: handed in, so that tests can look.
struct Console {
  std::ostream& out;
  std::ostream& err;
};

struct Command {
  std::string_view name = {};       // "check config": one or two words
  std::string_view arguments = {};  // shown in the usage: "FILE..."
  std::string_view help = {};       // one sentence
  std::string_view detail = {};
  std::string_view example = {};
  std::span<const Flag> flags = {};
  size_t min_positional = 0;
  size_t max_positional = 0;
  bool hidden = false;
  bool raw = false;  // the words are not read as flags: all are arguments
  int (*run)(const Arguments& arguments, Console console) = nullptr;
};

// All of them, in the order of the help.
std::span<const Command> AllCommands();

// Runs what `words` (without the program's name) ask for.
int RunCommandLine(std::span<const Command> commands, std::span<const std::string> words, Console console);

}  // namespace bekci::app::commands
