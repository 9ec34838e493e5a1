#include <doctest/doctest.h>

#include <string>

#include "agent/config/node.h"
#include "agent/config/yaml_printer.h"

namespace bekci::config::yaml_test {
namespace {

std::string ErrorOf(const std::string& text, const YamlLimits& limits = {}) {
  const auto parsed = ParseYaml(text, "t.yml", limits);
  return parsed.ok() ? "parsed: " + PrintYaml(*parsed) : parsed.status().message();
}

Node Parsed(const std::string& text) {
  auto parsed = ParseYaml(text, "t.yml");
  REQUIRE_MESSAGE(parsed.ok(), parsed.status().message());
  return std::move(parsed).value();
}

struct Row {
  int source_line;
  std::string text;
  std::string error;
};

TEST_CASE("a mistake in YAML is one line that names the place and what was probably meant") {
  const Row rows[] = {
      {__LINE__, "a:\n\tb: 1\n", "t.yml:2:1: indented with a tab; YAML wants spaces"},
      {__LINE__, "a:\n  b: 1\n\tc: 2\n", "t.yml:3:1: indented with a tab; YAML wants spaces"},
      {__LINE__, "a:b\nc: d\n", "t.yml:1:3: a space is missing after \"a:\""},
      {__LINE__, "web:\n  port: 1\n  host:x\n  z: 2\n", "t.yml:3:8: a space is missing after \"host:\""},
      {__LINE__, "a: \"x\n", "t.yml:1:4: the quote that begins here is never closed"},
      {__LINE__, "# it's\na: 'x\nb: 2\n", "t.yml:2:4: the quote that begins here is never closed"},
      {__LINE__, "a: \"x\nb: \"y\"\n",
       "t.yml:1:4: the quote that begins here is closed only in line 2; is one missing?"},
      {__LINE__, "a: 'it's'\n", "t.yml:1:8: text after the closing quote; put the whole value in quotes"},
      {__LINE__, "a: \"x\" y\n", "t.yml:1:8: text after the closing quote; put the whole value in quotes"},
      {__LINE__, "a: [1, 2\nb: 3\n",
       "t.yml:1:4: the \"[\" that begins here is not closed, or a comma is missing after it"},
      {__LINE__, "a: {x: 1\n", "t.yml:1:4: the \"{\" that begins here is not closed, or a comma is missing after it"},
      {__LINE__, "a: ]\n", "t.yml:1:4: a closing bracket without an opening one"},
      {__LINE__, "a: {b: 1}}\n", "t.yml:1:10: a closing bracket without an opening one"},
      {__LINE__, "a: b: c\n", "t.yml:1:5: a second \": \" in one line; a value that contains \": \" must be in quotes"},
      {__LINE__, "a: 1\n  b: 2\n",
       "t.yml:2:3: \"b\" is indented deeper than the line above it, which has its value already"},
      {__LINE__, "  a: 1\nb: 2\n",
       "t.yml:2:1: stands further left than the first line of the file; check the indentation"},
      {__LINE__, "a:\n    b: 1\n  c: 2\n",
       "t.yml:3:3: this does not belong to the keys above it; check the indentation"},
      {__LINE__, "a:\n- b\n c: d\n",
       "t.yml:3:2: \"c\" is indented deeper than the line above it, which has its value already"},
      {__LINE__, "a: *x\n", "t.yml:1:4: no anchor (&name) of that name stands before this alias"},
      {__LINE__, "a: &x [*x]\n", "t.yml:1:8: this alias stands inside the node that it names"},
      {__LINE__, "a: @x\n", "t.yml:1:4: a value cannot begin with \"@\"; put it in quotes"},
      {__LINE__, "a: %x\n", "t.yml:1:4: a value cannot begin with \"%\"; put it in quotes"},
      {__LINE__, "a: `x`\n", "t.yml:1:4: a value cannot begin with \"`\"; put it in quotes"},
      {__LINE__, "a: \"\\d+\"\n",
       "t.yml:1:7: \"\\d\" is no escape in double quotes; write \"\\\\d\" or use single quotes"},
      {__LINE__, "a: 1\nb\n", "t.yml:2:1: missing ':' after \"b\""},
      {__LINE__, "a: 1\nb: 2\na: 3\n", "t.yml:3:1: duplicate key \"a\", first in line 1"},
      {__LINE__, "a: {b: 1, b: 2}\n", "t.yml:1:11: duplicate key \"b\", first in line 1"},
      {__LINE__, "[a]: 1\n",
       "t.yml:1:1: a key must be a text, not a list or a mapping; put a text that begins with a "
       "bracket in quotes"},
      {__LINE__, "~: 1\n", "t.yml:1:1: a key is missing, or is null; put it in quotes if it is meant"},
      {__LINE__, "a: 1\n---\nb: 2\n", "t.yml:2:1: a second document; a file holds one (remove the \"---\")"},
      {__LINE__, "a: !secret x\n", "t.yml:1:4: tag \"!secret\" is not known here; remove it"},
      {__LINE__, "a: !!binary aGk=\n", "t.yml:1:4: tag \"tag:yaml.org,2002:binary\" is not known here; remove it"},
      {__LINE__, "<<: 5\na: 1\n", "t.yml:1:5: \"<<\" merges a mapping or a list of mappings, usually an alias (*name)"},
      {__LINE__, "a: \"b\\0\"\n", "t.yml:1:4: a text with a NUL character (\\0) in it"},
      {__LINE__, "a: \"b\\N\"\n",
       "t.yml:1:4: an escape in this text makes bytes that are not UTF-8; write \\u0085 for \\N, \\u00a0 for \\_"},
      {__LINE__, "a: b\x85\n", "t.yml:1:5: byte 0x85 is not UTF-8; save the file as UTF-8"},
      {__LINE__, "a: \x01\n", "t.yml:1:4: control character 0x01; is this a text file?"},
      {__LINE__, std::string("a: 1\n\0", 6), "t.yml:2:1: control character 0x00; is this a text file?"},
      {__LINE__, "a: b\x04\n", "t.yml:1:5: control character 0x04; is this a text file?"},
      {__LINE__, "\xC3\xBC: \xFF\n", "t.yml:1:4: byte 0xff is not UTF-8; save the file as UTF-8"},
      {__LINE__,
       "\xFF\xFE"
       "a",
       "t.yml:1:1: byte 0xff is not UTF-8; save the file as UTF-8"},
      {__LINE__, "\xC3\xBC: @\n", "t.yml:1:4: a value cannot begin with \"@\"; put it in quotes"},
      {__LINE__, "- a\nb: c\n",
       "t.yml:2:1: stands further left than the first line of the file; check the indentation"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.source_line);
    CHECK(ErrorOf(row.text) == row.error);
  }
}

TEST_CASE("every node knows its line and column, in code points") {
  const Node root = Parsed("# comment\na:\n  \xC3\xBC: [x, {y: z}]\n  n:\nb: |\n  text\n");
  const auto place = [](const Node& node) {
    return std::to_string(node.mark.line) + ":" + std::to_string(node.mark.column);
  };
  CHECK(place(root) == "2:1");
  const Node* a = root.Find("a");
  REQUIRE(a != nullptr);
  CHECK(place(*a) == "3:3");
  const Node& list = a->entries[0].second;
  CHECK(place(list) == "3:6");
  CHECK(place(list.items[1]) == "3:10");
  CHECK(place(list.items[1].entries[0].second) == "3:14");
  CHECK(root.Find("b")->mark.ToString() == "t.yml:5");
  CHECK(root.Find("b")->scalar == "text\n");
  CHECK(a->Find("n")->is_null());
  CHECK(place(*a->Find("n")) == "4:3");
}

TEST_CASE("a quoted number is a text, a plain one is not") {
  const Node root = Parsed("a: 5\nb: \"5\"\nc: '5'\nd: !!str 5\ne: !!int 5\nf: |\n  5\n");
  CHECK_FALSE(root.Find("a")->quoted);
  CHECK(root.Find("b")->quoted);
  CHECK(root.Find("c")->quoted);
  CHECK(root.Find("d")->quoted);
  CHECK_FALSE(root.Find("e")->quoted);
  CHECK(root.Find("f")->quoted);
}

TEST_CASE("line ends of Windows and old Macs, a byte order mark and an empty file change nothing") {
  const std::string plain = PrintYaml(Parsed("a: 1\nb:\n  - x\n"));
  CHECK(PrintYaml(Parsed("a: 1\r\nb:\r\n  - x\r\n")) == plain);
  CHECK(PrintYaml(Parsed("a: 1\rb:\r  - x\r")) == plain);
  CHECK(PrintYaml(Parsed("\xEF\xBB\xBF"
                         "a: 1\nb:\n  - x")) == plain);
  CHECK(ErrorOf("a: 1\r\nb\r\n") == "t.yml:2:1: missing ':' after \"b\"");
  for (const char* nothing : {"", "\n", "# only a comment\n", "---\n", "null", "~\n", "\xEF\xBB\xBF"}) {
    CAPTURE(nothing);
    CHECK(Parsed(nothing).is_null());
  }
}

TEST_CASE("merge keys add what a mapping does not say itself, the first source winning") {
  const Node root = Parsed(
      "base: &base {interval: 15s, deadline: 5s}\n"
      "other: &other {deadline: 9s, extra: 1}\n"
      "one:\n  <<: *base\n  interval: 30s\n"
      "two:\n  <<: [*base, *other]\n"
      "three: {\"<<\": text}\n");
  CHECK(PrintYaml(*root.Find("one")) == "interval: 30s\ndeadline: 5s\n");
  CHECK(PrintYaml(*root.Find("two")) == "interval: 15s\ndeadline: 5s\nextra: 1\n");
  CHECK(root.Find("three")->Find("<<")->scalar == "text");
  // What was merged keeps its own place, where a mistake in it is mended.
  CHECK(root.Find("one")->Find("deadline")->mark.ToString() == "t.yml:1");
}

TEST_CASE("an alias bomb is an error, not a dead host") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i <= 9; ++i) {
    const std::string previous = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j > 0 ? ", " : "") + previous;
    bomb += "]\n";
  }
  const auto parsed = ParseYaml(bomb, "t.yml");
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.status().code() == base::Code::kLimit);
  CHECK(parsed.status().message().find("more than 500000 values once aliases are expanded") != std::string::npos);

  const std::string large = "a: &a " + std::string(1000, 'x') + "\nb: [*a, *a, *a, *a]\n";
  CHECK(ErrorOf(large, {.bytes = 4000}) == "t.yml:2:9: more than 4000 bytes once aliases are expanded");
}

TEST_CASE("depth is bounded in brackets, in indentation and through aliases") {
  CHECK(ErrorOf(std::string(1'000'000, '[')) == "t.yml:1:1001: more than 1000 brackets open at once");
  CHECK(ErrorOf(std::string(100, '[') + std::string(100, ']')) == "t.yml:1:65: nested deeper than 64 levels");
  CHECK(ErrorOf(std::string(64, '[') + std::string(64, ']')).starts_with("parsed"));
  std::string indented;
  for (int i = 0; i < 100; ++i) indented += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  CHECK(ErrorOf(indented) == "t.yml:65:65: nested deeper than 64 levels");
  std::string dashes;
  for (int i = 0; i < 500'000; ++i) dashes += "- ";
  CHECK(ErrorOf(dashes) == "t.yml:1:129: nested deeper than 64 levels");
  std::string aliases = "a0: &a0 [[[[[[[[[[x]]]]]]]]]]\n";
  for (int i = 1; i < 10; ++i) {
    aliases +=
        "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [[[[[[[[*a" + std::to_string(i - 1) + "]]]]]]]]\n";
  }
  CHECK(ErrorOf(aliases) == "t.yml:7:5: nested deeper than 64 levels once aliases are expanded");
}

TEST_CASE("size and number of values are bounded") {
  CHECK(ErrorOf("a: 1\n", {.bytes = 4}) == "t.yml: larger than 4 bytes");
  CHECK(ErrorOf("[a, b, c, d]", {.nodes = 4}) == "t.yml:1:11: more than 4 values once aliases are expanded");
  CHECK(ErrorOf("[,,,,]", {.nodes = 4}) == "t.yml:1:5: more than 4 brackets and commas");
  const std::string key(2000, 'k');
  CHECK(ErrorOf("? " + key + "\n: 1\n") == "t.yml:1:3: a key of more than 1000 bytes; is a line break missing?");
}

TEST_CASE("a file may hold several documents, each with its own anchors, where the caller wants them") {
  const auto parsed = ParseYamlDocuments("---\na: &x 1\n---\n# nothing\n---\nb: 2\n...\n---\n- c\n", "t.yml");
  REQUIRE_MESSAGE(parsed.ok(), parsed.status().message());
  REQUIRE(parsed->size() == 3);
  CHECK(PrintYaml(parsed->at(0)) == "a: 1\n");
  CHECK(PrintYaml(parsed->at(1)) == "b: 2\n");
  CHECK(parsed->at(1).entries[0].first.mark.line == 6);
  CHECK(PrintYaml(parsed->at(2)) == "- c\n");
  const Row rows[] = {
      {__LINE__, "a: &x 1\n---\nb: *x\n", "t.yml:3:4: no anchor (&name) of that name stands before this alias"},
      {__LINE__, "  a: 1\nb: 2\n",
       "t.yml:2:1: stands further left than the first line of the file; check the indentation"},
      {__LINE__, "a: 1\n---\na: [\n", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.source_line);
    const auto wrong = ParseYamlDocuments(row.text, "t.yml");
    REQUIRE(!wrong.ok());
    if (!row.error.empty()) CHECK(wrong.status().message() == row.error);
  }
  std::string many;
  for (int i = 0; i < 50; ++i) many += "---\n";
  CHECK(ParseYamlDocuments(many, "t.yml", {.nodes = 10}).status().code() == base::Code::kLimit);
  CHECK(ParseYamlDocuments("", "t.yml")->empty());
}

}  // namespace
}  // namespace bekci::config::yaml_test
