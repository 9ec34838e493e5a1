#include "agent/app/commands/flags.h"

#include <doctest/doctest.h>

namespace bekci::app::commands::flags_test {
namespace {

constexpr Flag kTable[] = {
    {.name = "config.file", .alias = "config", .value = "FILE", .help = "The configuration."},
    {.name = "web.listen-address",
     .kind = FlagKind::kValues,
     .value = "ADDRESS",
     .default_text = "127.0.0.1:1",
     .help = "Where."},
    {.name = "single-process", .kind = FlagKind::kSwitch, .help = "One process."},
    {.name = "collector.textfile.directory", .value = "DIR", .help = "Text files."},
    {.name = "collector.", .kind = FlagKind::kSwitches, .help = "A part."},
};

base::Result<Arguments> Parse(std::vector<std::string> words) {
  return ParseFlags(kTable, words);
}

TEST_CASE("values are given with an equals sign or as the next word, with one dash or two, by name or alias") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--config.file=x=y"},
                                             {"--config.file", "x=y"},
                                             {"-config.file=x=y"},
                                             {"--config=x=y"},
                                             {"--config", "a", "--config=x=y"}}) {
    const auto arguments = Parse(words);
    REQUIRE(arguments.ok());
    CHECK(arguments->Value("config.file") == "x=y");
    CHECK(arguments->Has("config.file"));
  }
  CHECK(Parse({})->Value("config.file") == "");
  CHECK(Parse({})->Value("web.listen-address") == "127.0.0.1:1");
  CHECK(Parse({"--config.file="})->Has("config.file"));
}

TEST_CASE("a repeatable flag keeps all its values, in order") {
  const auto arguments = Parse({"--web.listen-address=a", "--web.listen-address", "b"});
  REQUIRE(arguments.ok());
  CHECK(arguments->Values("web.listen-address") == std::vector<std::string>{"a", "b"});
}

TEST_CASE("switches are on, off, or said with a word") {
  CHECK_FALSE(Parse({})->Switch("single-process"));
  CHECK(Parse({"--single-process"})->Switch("single-process"));
  CHECK(Parse({"--single-process=true"})->Switch("single-process"));
  CHECK_FALSE(Parse({"--single-process", "--no-single-process"})->Switch("single-process"));
  CHECK_FALSE(Parse({"--single-process=false"})->Switch("single-process"));
  CHECK(Parse({"--no-single-process=false"})->Switch("single-process"));
  CHECK_FALSE(Parse({"--single-process=maybe"}).ok());
}

TEST_CASE("a family of switches takes any name, but a declared flag of that name goes first") {
  const auto arguments =
      Parse({"--collector.cpu", "--no-collector.wifi", "--no-collector.cpu", "--collector.textfile.directory=/x"});
  REQUIRE(arguments.ok());
  CHECK(arguments->Switches("collector.") == std::map<std::string, bool>{{"cpu", false}, {"wifi", false}});
  CHECK(arguments->Value("collector.textfile.directory") == "/x");
  CHECK_FALSE(Parse({"--collector."}).ok());
  CHECK(Parse({"--collector.cpu=1"}).status().message() == "--collector.cpu is a switch and takes no value");
}

TEST_CASE("words without dashes, and all after two dashes, are arguments") {
  const auto arguments = Parse({"a", "--config.file=x", "-", "--", "--config.file", "b"});
  REQUIRE(arguments.ok());
  CHECK(arguments->positional() == std::vector<std::string>{"a", "-", "--config.file", "b"});
}

TEST_CASE("a flag that does not exist is an error with the nearest that does") {
  CHECK(Parse({"--config.fil=x"}).status().message() == "unknown flag --config.fil, did you mean --config.file?");
  CHECK(Parse({"--zzz"}).status().message() == "unknown flag --zzz");
  CHECK(Parse({"--config.file"}).status().message() == "--config.file needs a value");
}

TEST_CASE("the help is aligned, wrapped and says defaults") {
  const std::string help = FlagsHelp(kTable);
  CHECK(help.find("  --config.file=FILE              The configuration.\n") != std::string::npos);
  CHECK(help.find("Where. Repeatable. Default: 127.0.0.1:1.") != std::string::npos);
  CHECK(help.find("--[no-]collector.<name>") != std::string::npos);
  CHECK(Wrapped("aa bb cc", 2, 7) == "aa bb\n  cc");
}

}  // namespace
}  // namespace bekci::app::commands::flags_test
