#include "agent/config/docs.h"

#include <doctest/doctest.h>

#include <string>

namespace bekci::config::docs_test {
namespace {

constexpr std::string_view kLevels[] = {"debug", "info"};
constexpr Option kInner[] = {
    {.key = "limit",
     .type = Type::kSize,
     .default_text = "64MiB",
     .help = "Memory | swap.",
     .min = 1024,
     .max = 1 << 30},
    {.key = "name", .type = Type::kString, .help = "Its name.", .required = true, .reloadable = false},
};
constexpr Option kTable[] = {
    {.key = "level", .type = Type::kChoice, .default_text = "info", .help = "What is logged.", .choices = kLevels},
    {.key = "worker", .type = Type::kSection, .help = "The worker.", .section = kInner},
    {.key = "token", .type = Type::kString, .help = "A secret.", .secret = true},
};

TEST_CASE("the Markdown table has a row per key, sections by their path") {
  CHECK(MarkdownTable(kTable) ==
        "| key | type | default | meaning |\n"
        "|---|---|---|---|\n"
        "| `level` | debug, info | `info` | What is logged. |\n"
        "| `worker` | section |  | The worker. |\n"
        "| `worker.limit` | size, between 1KiB and 1GiB | `64MiB` | Memory \\| swap. |\n"
        "| `worker.name` | text |  | Its name. Required. A change needs a restart. |\n"
        "| `token` | text |  | A secret. May be `${env:NAME}`. |\n");
}

TEST_CASE("the example is all comments and, uncommented, a file that the table accepts") {
  const std::string example = CommentedExample(kTable);
  CHECK(example ==
        "# What is logged.\n# (debug, info; default info)\n# level: info\n"
        "# The worker.\n# (section)\n# worker:\n"
        "  # Memory | swap.\n  # (size, between 1KiB and 1GiB; default 64MiB)\n  # limit: 64MiB\n"
        "  # Its name.\n  # (text; required; a change needs a restart)\n  # name: \"\"\n"
        "# A secret.\n# (text; may be ${env:NAME})\n# token: \"\"\n");
  const auto parsed = ParseYaml("level: info\nworker:\n  limit: 64MiB\n  name: \"\"\ntoken: \"\"\n", "example");
  REQUIRE(parsed.ok());
  Errors errors;
  Check(*parsed, kTable, &errors);
  CHECK(errors.empty());
}

}  // namespace
}  // namespace bekci::config::docs_test
