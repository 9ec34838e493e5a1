// main(): the words of the command line go to the table of subcommands (command.h), its exit code comes back.
#include <iostream>
#include <string>
#include <vector>

#include "agent/app/commands/command.h"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const int code =
      bekci::app::commands::RunCommandLine(bekci::app::commands::AllCommands(), words, {std::cout, std::cerr});
  std::cout.flush();
  return code;
}
