#include "agent/app/commands/command.h"

#include <doctest/doctest.h>

#include <set>
#include <sstream>

namespace bekci::app::commands::command_test {
namespace {

struct Answer {
  int code;
  std::string out, err;
};

constexpr Flag kFlags[] = {{.name = "format", .value = "text|json", .default_text = "text", .help = "How."}};

constexpr Command kTable[] = {
    {.name = "run", .help = "Runs.", .run = [](const Arguments&, Console) { return 0; }},
    {.name = "check config",
     .arguments = "FILE...",
     .help = "Checks.",
     .example = "bekci check config x.yml",
     .flags = kFlags,
     .min_positional = 1,
     .max_positional = 2,
     .run =
         [](const Arguments& arguments, Console console) {
           console.out << arguments.Value("format") << " " << arguments.positional()[0];
           return 1;
         }},
    {.name = "version",
     .help = "Says.",
     .run =
         [](const Arguments&, Console console) {
           console.out << "bekci 1";
           return 0;
         }},
    {.name = "worker", .help = "Inside.", .hidden = true, .run = [](const Arguments&, Console) { return 0; }},
};

Answer Ask(std::vector<std::string> words) {
  std::ostringstream out, err;
  const int code = RunCommandLine(kTable, words, {out, err});
  return {code, out.str(), err.str()};
}

TEST_CASE("one or two words name a command, and its exit code is the program's") {
  CHECK(Ask({"run"}).code == 0);
  const Answer check = Ask({"check", "config", "--format=json", "x.yml"});
  CHECK(check.code == 1);
  CHECK(check.out == "json x.yml");
  CHECK(Ask({"--version"}).out == "bekci 1");
  CHECK(Ask({"worker"}).code == 0);
}

TEST_CASE("help is everywhere, goes to standard output and is good; no command at all is a usage error") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--help"}, {"help"}, {"-h"}, {"check", "--help"}}) {
    const Answer answer = Ask(words);
    CHECK(answer.code == 0);
    CHECK(answer.out.find("check config FILE...") != std::string::npos);
    CHECK(answer.out.find("worker") == std::string::npos);
  }
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"check", "config", "--help"}, {"help", "check", "config"}}) {
    const Answer answer = Ask(words);
    CHECK(answer.code == 0);
    CHECK(answer.out.find("Usage: bekci check config [flags] FILE...") == 0);
    CHECK(answer.out.find("Example:\n  bekci check config x.yml") != std::string::npos);
  }
  CHECK(Ask({}).code == 2);
  CHECK(Ask({}).err.find("Usage: bekci") != std::string::npos);
  CHECK(Ask({"check"}).code == 2);
}

TEST_CASE("what is not known is a usage error that names the nearest") {
  const Answer command = Ask({"verison"});
  CHECK(command.code == 2);
  CHECK(command.err == "bekci: unknown command \"verison\", did you mean \"version\"?\nSee: bekci --help\n");
  CHECK(Ask({"check", "confg"}).err.find("did you mean \"check config\"?") != std::string::npos);
  const Answer flag = Ask({"check", "config", "--fromat=json", "x"});
  CHECK(flag.code == 2);
  CHECK(flag.err.find("unknown flag --fromat, did you mean --format?") != std::string::npos);
  CHECK(Ask({"check", "config"}).err.find("needs FILE...") != std::string::npos);
  CHECK(Ask({"run", "now"}).err.find("does not know what to do with \"now\"") != std::string::npos);
  CHECK(Ask({"run", "now"}).code == 2);
}

TEST_CASE("every command of the product has help, an example, flags with help, and a name of its own") {
  std::set<std::string_view> names;
  for (const Command& command : AllCommands()) {
    CAPTURE(std::string(command.name));
    CHECK(names.insert(command.name).second);
    CHECK_FALSE(command.help.empty());
    CHECK((command.run != nullptr));
    CHECK((command.hidden || !command.example.empty()));
    CHECK(command.arguments.empty() == (command.max_positional == 0));
    for (const Flag& flag : command.flags) CHECK((flag.hidden || !flag.help.empty()));
    if (command.raw) continue;  // its words are its own
    std::ostringstream out, err;
    std::vector<std::string> words;
    for (const std::string_view word :
         {command.name.substr(0, command.name.find(' ')), command.name.find(' ') == std::string_view::npos
                                                              ? std::string_view()
                                                              : command.name.substr(command.name.find(' ') + 1)}) {
      if (!word.empty()) words.emplace_back(word);
    }
    words.emplace_back("--help");
    CHECK(RunCommandLine(AllCommands(), words, {out, err}) == 0);
    CHECK(out.str().find("Usage: bekci " + std::string(command.name)) == 0);
  }
}

}  // namespace
}  // namespace bekci::app::commands::command_test
