#include "agent/config/yaml_printer.h"

#include <doctest/doctest.h>

#include <string>

namespace bekci::config::yaml_printer_test {
namespace {

Node Parsed(const std::string& text) {
  auto parsed = ParseYaml(text, "t.yml");
  REQUIRE_MESSAGE(parsed.ok(), parsed.status().message());
  return std::move(parsed).value();
}

TEST_CASE("what is printed is the same document in block style") {
  const std::string text =
      "a: 1\n"
      "b: \"1\"\n"
      "list:\n"
      "  - x\n"
      "  -\n"
      "    - nested\n"
      "    - []\n"
      "  - key: value\n"
      "    other:\n"
      "      deep: -5\n"
      "  - inner:\n"
      "      - 1\n"
      "empty: {}\n"
      "nothing: null\n"
      "address: 127.0.0.1:10112\n"
      "text: \"a \\\"quote\\\",\\n a backslash \\\\ and a tab \\t\"\n"
      "\"odd: key\": \"- no list\"\n";
  CHECK(PrintYaml(Parsed(text)) == text);
}

TEST_CASE("texts that would read as something else are quoted") {
  for (const char* text : {"",   "null", "~",  "- a", "a: b", "a #b", "[a", "{a",   "*a", "&a", "!a", "|",       "%a",
                           "@a", "a:",   " a", "a ",  "---",  "...",  "#",  "a\nb", "<<", "?",  "-",  "\xC3\xBC"}) {
    CAPTURE(text);
    CHECK_FALSE(IsPlainText(text));
    Node node;
    node.kind = Node::Kind::kScalar;
    node.scalar = text;
    CHECK(Parsed("k: " + PrintYaml(node)).Find("k")->scalar == text);
  }
  for (const char* text : {"a", "1", "-1", "1.5", "15s", "true", "a b", "/var/lib/bekci", "127.0.0.1:80", "^a$"}) {
    CAPTURE(text);
    CHECK(IsPlainText(text) == (text[0] != '^'));
  }
}

constexpr Option kInner[] = {{.key = "key", .type = Type::kString, .secret = true},
                             {.key = "key_file", .type = Type::kSecretFile}};
constexpr Option kTable[] = {
    {.key = "token", .type = Type::kString, .secret = true},
    {.key = "users", .type = Type::kStringMap, .secret = true},
    {.key = "tls", .type = Type::kSection, .section = kInner},
    {.key = "many", .type = Type::kSections, .section = kInner},
    {.key = "address", .type = Type::kStrings},
};

TEST_CASE("secrets and passwords in addresses are never printed") {
  const Node node = Parsed(
      "token: hunter2\nusers: {ann: hash1}\ntls: {key: hunter3, key_file: /etc/key}\nmany:\n  - key: hunter4\n"
      "address: [\"redis://:hunter5@host:6379/0\", \"http://me:hun@ter6@host/?u=a:b@c\", \"tcp://host:1\"]\n");
  CHECK(PrintYaml(MaskSecrets(node, kTable)) ==
        "token: \"<secret>\"\n"
        "users:\n  ann: \"<secret>\"\n"
        "tls:\n  key: \"<secret>\"\n  key_file: /etc/key\n"
        "many:\n  - key: \"<secret>\"\n"
        "address:\n"
        "  - \"redis://:<secret>@host:6379/0\"\n"
        "  - \"http://me:<secret>@host/?u=a:b@c\"\n"
        "  - \"tcp://host:1\"\n");
}

constexpr Option kLimits[] = {{.key = "size", .type = Type::kSize, .default_text = "1KiB"},
                              {.key = "name", .type = Type::kString}};
constexpr Option kWhole[] = {
    {.key = "level", .type = Type::kString, .default_text = "info"},
    {.key = "list", .type = Type::kStrings, .default_text = "[a, b]"},
    {.key = "limits", .type = Type::kSection, .section = kLimits},
    {.key = "unset", .type = Type::kInteger},
};

TEST_CASE("with its defaults a configuration says all that counts") {
  Errors errors;
  const Values values = Check(Parsed("limits: {name: x}\nlevel: warn\n"), kWhole, &errors);
  REQUIRE(errors.empty());
  CHECK(PrintYaml(WithDefaults(values)) == "level: warn\nlist:\n  - a\n  - b\nlimits:\n  size: 1KiB\n  name: x\n");
}

}  // namespace
}  // namespace bekci::config::yaml_printer_test
