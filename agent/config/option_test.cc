#include "agent/config/option.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "agent/base/text.h"

namespace bekci::config::option_test {
namespace {

constexpr std::string_view kLevels[] = {"debug", "info", "warn", "error"};
constexpr Option kInner[] = {
    {.key = "name", .type = Type::kString, .help = "Its name.", .required = true},
    {.key = "limit", .type = Type::kSize, .default_text = "64MiB", .help = "Its limit.", .min = 1024, .max = 1 << 30},
};
constexpr Option kTable[] = {
    {.key = "listen_address", .type = Type::kStrings, .default_text = "[127.0.0.1:1, 127.0.0.1:2]", .help = "Where."},
    {.key = "threads", .type = Type::kInteger, .default_text = "4", .help = "How many.", .min = 1, .max = 64},
    {.key = "ratio", .type = Type::kFloat, .default_text = "0.5", .help = "Part.", .min = 0, .max = 1},
    {.key = "enabled", .type = Type::kBool, .default_text = "true", .help = "On or off."},
    {.key = "interval", .type = Type::kDuration, .default_text = "15s", .help = "Beat.", .min = 1, .max = 86400},
    {.key = "level", .type = Type::kChoice, .default_text = "info", .help = "Loudness.", .choices = kLevels},
    {.key = "levels", .type = Type::kStrings, .help = "Several.", .choices = kLevels},
    {.key = "pattern", .type = Type::kRegex, .default_text = "^a$", .help = "Which."},
    {.key = "password_file", .type = Type::kSecretFile, .help = "Secret."},
    {.key = "token", .type = Type::kString, .help = "Secret.", .secret = true},
    {.key = "labels", .type = Type::kStringMap, .default_text = "{host: web}", .help = "Labels."},
    {.key = "inner", .type = Type::kSection, .help = "One.", .section = kInner},
    {.key = "many", .type = Type::kSections, .help = "Several.", .section = kInner},
    {.key = "anything", .type = Type::kTree, .help = "Not checked here."},
};

std::optional<std::string> NoEnvironment(const std::string& name) {
  if (name == "TOKEN") return "t0p";
  return std::nullopt;
}

Values CheckText(const std::string& text, Errors* errors) {
  auto parsed = ParseYaml(text, "t.yml");
  REQUIRE_MESSAGE(parsed.ok(), parsed.status().message());
  return Check(*parsed, kTable, errors, "/etc/bekci", NoEnvironment);
}

TEST_CASE("without a file every option has its default") {
  Errors errors;
  const Values values = CheckText("", &errors);
  CHECK(errors.empty());
  CHECK(errors.ToStatus().ok());
  CHECK(values.Strings("listen_address") == std::vector<std::string>{"127.0.0.1:1", "127.0.0.1:2"});
  CHECK(values.Integer("threads") == 4);
  CHECK(values.Float("ratio") == 0.5);
  CHECK(values.Bool("enabled"));
  CHECK(values.Duration("interval") == base::seconds(15));
  CHECK(values.String("level") == "info");
  CHECK(values.StringMap("labels").front().second == "web");
  CHECK(values.Section("inner").Size("limit") == 64u << 20);
  CHECK(values.Section("inner").String("name").empty());
  CHECK(values.Sections("many").empty());
  CHECK(values.Tree("anything") == nullptr);
  CHECK(values.Has("threads"));
  CHECK_FALSE(values.IsSetInFile("threads"));
  CHECK_FALSE(values.Has("token"));
}

TEST_CASE("what the file says is read in the notation of each type") {
  Errors errors;
  const Values values = CheckText(
      "listen_address: 0.0.0.0:80\nthreads: 8\nratio: 1\nenabled: no\ninterval: 1h30m\nlevel: warn\nlevels: [info, "
      "warn]\n"
      "pattern: a|b\npassword_file: pw\ntoken: x${env:TOKEN}y\nlabels: {a: 1, b: two}\ninner: {name: n, limit: 2KiB}\n"
      "many: [{name: x}, {name: y}]\nanything: [1]\n",
      &errors);
  CHECK(errors.lines() == std::vector<std::string>{});
  CHECK(values.Strings("listen_address") == std::vector<std::string>{"0.0.0.0:80"});
  CHECK(values.Integer("threads") == 8);
  CHECK(values.Float("ratio") == 1);
  CHECK_FALSE(values.Bool("enabled"));
  CHECK(values.Duration("interval") == base::minutes(90));
  CHECK(values.Strings("levels").size() == 2);
  CHECK(values.String("pattern") == "a|b");
  CHECK(values.String("password_file") == "/etc/bekci/pw");
  CHECK(values.String("token") == "xt0py");
  CHECK(values.StringMap("labels")[0] == std::pair<std::string, std::string>("a", "1"));
  CHECK(values.Section("inner").Size("limit") == 2048);
  CHECK(values.Sections("many")[1].String("name") == "y");
  REQUIRE(values.Tree("anything") != nullptr);
  CHECK(values.Tree("anything")->items.size() == 1);
  CHECK(values.MarkOf("ratio").ToString() == "t.yml:3");
  // What goes to the worker has full paths, and no secret that was not in the file.
  CHECK(values.node().Find("password_file")->scalar == "/etc/bekci/pw");
  CHECK(values.node().Find("token")->scalar == "x${env:TOKEN}y");
}

TEST_CASE("a single mapping is a list of one, an empty key leaves the default") {
  Errors errors;
  const Values values = CheckText("many: {name: x}\nthreads:\ninner:\n  name: a\n  limit:\n", &errors);
  CHECK(errors.empty());
  CHECK(values.Sections("many").size() == 1);
  CHECK(values.Integer("threads") == 4);
  CHECK_FALSE(values.IsSetInFile("threads"));
  CHECK(values.Section("inner").Size("limit") == 64u << 20);
}

TEST_CASE("each mistake is one line with file, line, what is wrong and what was probably meant") {
  struct Row {
    int source_line;
    std::string text;
    std::string error;
  };
  const Row rows[] = {
      {__LINE__, "thraeds: 3\n", "t.yml:1: unknown key \"thraeds\", did you mean \"threads\"?"},
      {__LINE__, "zzzzzz: 3\n", "t.yml:1: unknown key \"zzzzzz\""},
      {__LINE__, "limit: 3\n", "t.yml:1: unknown key \"limit\" here; it belongs under \"inner:\""},
      {__LINE__, "inner: {name: x, labels: {}}\n",
       "t.yml:1: unknown key \"labels\" here; it belongs at the left margin of the file"},
      {__LINE__, "inner: {name: x, zzzzzz: {}}\n", "t.yml:1: unknown key \"zzzzzz\"; known are name, limit"},
      {__LINE__, "threads: many\n", "t.yml:1: threads: expected a whole number such as 10, found \"many\""},
      {__LINE__, "threads: 1.5\n", "t.yml:1: threads: expected a whole number such as 10, found \"1.5\""},
      {__LINE__, "threads: \"5\"\n", "t.yml:1: threads: expected a number, found a text; remove the quotes around 5"},
      {__LINE__, "threads: 0\n", "t.yml:1: threads: 0 is out of range, must be between 1 and 64"},
      {__LINE__, "threads: [1]\n", "t.yml:1: threads: expected a whole number such as 10, found a list"},
      {__LINE__, "threads: {a: 1}\n", "t.yml:1: threads: expected a whole number such as 10, found a mapping"},
      {__LINE__, "ratio: 1.5\n", "t.yml:1: ratio: 1.5 is out of range, must be between 0 and 1"},
      {__LINE__, "ratio: NaN\n", "t.yml:1: ratio: expected a number such as 0.5, found \"NaN\""},
      {__LINE__, "enabled: maybe\n", "t.yml:1: enabled: expected true or false, found \"maybe\""},
      {__LINE__, "enabled: \"true\"\n",
       "t.yml:1: enabled: expected true or false, found a text; remove the quotes around true"},
      {__LINE__, "interval: 15\n",
       "t.yml:1: interval: \"15\" is not a duration: a unit (y w d h m s ms) is missing after 15"},
      {__LINE__, "interval: 15 s\n",
       "t.yml:1: interval: \"15 s\" is not a duration: \" s\" is none of the units y w d h m s ms"},
      {__LINE__, "interval: 100ms\n", "t.yml:1: interval: 100ms is out of range, must be between 1s and 1d"},
      {__LINE__, "interval: [15s]\n", "t.yml:1: interval: expected a duration such as 15s or 1h30m, found a list"},
      {__LINE__, "level: inf\n",
       "t.yml:1: level: \"inf\" is not one of debug, info, warn, error, did you mean \"info\"?"},
      {__LINE__, "level: DEBUG\n",
       "t.yml:1: level: \"DEBUG\" is not one of debug, info, warn, error, did you mean \"debug\"?"},
      {__LINE__, "levels: [info, loud]\n", "t.yml:1: levels: \"loud\" is not one of debug, info, warn, error"},
      {__LINE__, "pattern: '(a'\n", "t.yml:1: pattern: \"(a\" is not a regular expression: missing ): (a"},
      {__LINE__, "password_file: \"\"\n", "t.yml:1: password_file: expected the path of a file, found an empty text"},
      {__LINE__, "token: ${env:NOT_THERE}\n", "t.yml:1: token: environment variable NOT_THERE is not set"},
      {__LINE__, "token: ${env:X\n", "t.yml:1: token: \"${env:\" without its \"}\""},
      {__LINE__, "listen_address: {a: b}\n",
       "t.yml:1: listen_address: expected a list of texts such as [a, b], found a mapping"},
      {__LINE__, "listen_address:\n  - a\n  - [b]\n",
       "t.yml:3: listen_address: expected a list of texts such as [a, b], found a list in the list"},
      {__LINE__, "labels: [a]\n", "t.yml:1: labels: expected a mapping of texts such as {name: value}, found a list"},
      {__LINE__, "labels: {a: [b]}\n", "t.yml:1: labels: \"a\": expected a text, found a list"},
      {__LINE__, "inner: {}\n", "t.yml:1: required key \"name\" is missing"},
      {__LINE__, "inner: name:secret\n",
       "t.yml:1: inner: expected a mapping (key: value), found a text; is a space missing after \"name:\"?"},
      {__LINE__, "many:\n  - name: x\n  - limit: 1KiB\n", "t.yml:3: required key \"name\" is missing"},
      {__LINE__, "many: 5\n", "t.yml:1: many: expected a list of mappings, found \"5\""},
      {__LINE__, "inner: {name: x, limit: 2XB}\n",
       "t.yml:1: limit: \"2XB\" is not a size: write a whole number and B, KiB, MiB, GiB, TiB, PiB or EiB"},
      {__LINE__, "inner: {name: x, limit: 2GiB}\n",
       "t.yml:1: limit: 2GiB is out of range, must be between 1KiB and 1GiB"},
      {__LINE__, "- a\n", "t.yml:1: expected a mapping (key: value), found a list"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.source_line);
    Errors errors;
    const Values values = CheckText(row.text, &errors);
    CHECK(base::Join(errors.lines(), "\n") == row.error);
    CHECK(values.Integer("threads") == 4);  // what is wrong has its default
  }
}

TEST_CASE("all mistakes are told at once, in the order of the file") {
  Errors errors;
  CheckText("level: loud\ninner:\n  limt: 1KiB\nthreads: x\nfoo: 1\n", &errors);
  Mark early;
  early.file = std::make_shared<const std::string>("t.yml");
  early.line = 1;
  early.column = 1;
  errors.Add(early, "found by a later check");
  CHECK(errors.lines() == std::vector<std::string>{
                              "t.yml:1: found by a later check",
                              "t.yml:1: level: \"loud\" is not one of debug, info, warn, error",
                              "t.yml:3: unknown key \"limt\", did you mean \"limit\"?",
                              "t.yml:3: required key \"name\" is missing",
                              "t.yml:4: threads: expected a whole number such as 10, found \"x\"",
                              "t.yml:5: unknown key \"foo\"",
                          });
  CHECK(errors.ToStatus().code() == base::Code::kInvalid);
}

TEST_CASE("only secret values expand the environment") {
  Errors errors;
  const Values values = CheckText("pattern: '\\$\\{env:TOKEN\\}'\nlabels: {a: \"${env:TOKEN}\"}\n", &errors);
  CHECK(errors.empty());
  CHECK(values.StringMap("labels")[0].second == "${env:TOKEN}");
}

TEST_CASE("a worker that checks the same node again reads the same values") {
  Errors errors;
  const Values first = CheckText("password_file: pw\nthreads: 9\nmany: {name: x}\n", &errors);
  const Values second = Check(first.node(), kTable, &errors, "", NoEnvironment);
  CHECK(errors.empty());
  CHECK(second.String("password_file") == "/etc/bekci/pw");
  CHECK(second.Integer("threads") == 9);
}

TEST_CASE("an option of Go's durations takes Go's notation and no other") {
  constexpr Option kGo[] = {{.key = "timeout", .type = Type::kGoDuration, .default_text = "1m", .min = 0, .max = 3600}};
  const struct {
    const char* text;
    base::Duration timeout;
    const char* error;  // a part of it; empty: there is none
  } rows[] = {{"{}", base::minutes(1), ""},
              {"timeout: 1.5s", base::milliseconds(1500), ""},
              {"timeout: 0", base::seconds(0), ""},
              {"timeout: 1d", base::minutes(1), "is none of the units"},
              {"timeout: -1s", base::minutes(1), "between 0s and 1h"},
              {"timeout: 10", base::minutes(1), "a unit (h m s ms us ns) is missing"}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    Errors errors;
    const Values values = Check(*ParseYaml(row.text, "t.yml"), kGo, &errors);
    CHECK(values.Duration("timeout") == row.timeout);
    CHECK(errors.empty() == std::string_view(row.error).empty());
    CHECK_MESSAGE(errors.ToStatus().message().find(row.error) != std::string::npos, errors.ToStatus().message());
  }
}

TEST_CASE("a switch takes every word that YAML 1.1 has for it") {
  constexpr Option kSwitch[] = {{.key = "on", .type = Type::kBool}};
  for (const char* const word : {"true", "True", "TRUE", "yes", "on", "y", "Y"}) {
    Errors errors;
    CHECK(Check(*ParseYaml("on: " + std::string(word), "t.yml"), kSwitch, &errors).Bool("on"));
    CHECK(errors.empty());
  }
  for (const char* const word : {"false", "no", "OFF", "n", "N"}) {
    Errors errors;
    CHECK_FALSE(Check(*ParseYaml("on: " + std::string(word), "t.yml"), kSwitch, &errors).Bool("on"));
    CHECK(errors.empty());
  }
}

}  // namespace
}  // namespace bekci::config::option_test
