#include "agent/client/file_discovery.h"

#include <doctest/doctest.h>

#include "agent/base/memory_file_system.h"

namespace bekci::client::file_discovery_test {
namespace {

void Write(base::FileSystem& fs, const std::string& path, std::string_view text) {
  REQUIRE(fs.WriteFileAtomic(path, text).ok());
}

std::string Shown(const std::vector<TargetGroup>& groups) {
  std::string text;
  for (const TargetGroup& group : groups) {
    for (const std::string& target : group.targets) text += target + group.labels.ToString() + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("files are lists of groups, in YAML and in JSON as tools write it") {
  const auto yaml = ParseTargetFile("- targets: ['a:1', b]\n  labels: {x: y}\n- targets: []\n- {}\n", "/t/a.yml");
  REQUIRE_MESSAGE(yaml.ok(), yaml.status().message());
  CHECK(Shown(*yaml) == "a:1{__meta_filepath=\"/t/a.yml\", x=\"y\"}\nb{__meta_filepath=\"/t/a.yml\", x=\"y\"}\n");
  const auto json = ParseTargetFile(
      "[\n\t{\n\t\t\"targets\": [\"a:1\",\t\"b\\/c\"],\n\t\t\"labels\": {\"x\": \"\\u00e7 "
      "\\t\"}\n\t}\n]\n",
      "/t/a.json");
  REQUIRE_MESSAGE(json.ok(), json.status().message());
  CHECK(Shown(*json) ==
        "a:1{__meta_filepath=\"/t/a.json\", x=\"ç \\t\"}\nb/c{__meta_filepath=\"/t/a.json\", x=\"ç "
        "\\t\"}\n");
  CHECK(ParseTargetFile("", "e.yml")->empty());
  CHECK(ParseTargetFile("[]", "e.json")->empty());
}

TEST_CASE("a wrong file says where") {
  CHECK(ParseTargetFile("targets: [a]\n", "t.yml").status().message() ==
        "t.yml: expected a list of {targets: [...], labels: {...}}");
  CHECK(ParseTargetFile("- targets: [a]\n  lables: {x: y}\n", "t.yml").status().message() ==
        "t.yml:2: unknown key \"lables\", did you mean \"labels\"?");
  CHECK(!ParseTargetFile("- targets: [a\n", "t.yml").ok());
  CHECK(!ParseTargetFile("[{\"targets\": [\"a\"]", "t.json").ok());
}

TEST_CASE("changes are seen; a broken file keeps its targets, a removed one does not") {
  base::MemoryFileSystem fs;
  REQUIRE(fs.CreateDirectory("/t").ok());
  Write(fs, "/t/a.yml", "- targets: [a]\n");
  Write(fs, "/t/b.yml", "- targets: [b]\n");
  Write(fs, "/t/c.json", "[{\"targets\": [\"c\"]}]");
  FileDiscovery files({"/t/*.yml", "/t/c.json", "/no/such/*.yml", "/t/none.yml"});
  std::vector<std::string> problems;
  const auto now = [&] {
    problems.clear();
    files.Refresh(fs, &problems);
    std::string targets;
    for (const TargetGroup& group : files.Groups()) targets += group.targets.empty() ? "-" : group.targets[0];
    return targets;
  };
  CHECK(now() == "abc");
  CHECK(problems.empty());
  Write(fs, "/t/b.yml", "- targets: [b2\n");
  CHECK(now() == "abc");
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].starts_with("/t/b.yml:"));
  Write(fs, "/t/b.yml", "- targets: [d]\n");
  CHECK(now() == "adc");
  REQUIRE(fs.Remove("/t/a.yml").ok());
  CHECK(now() == "dc");
  CHECK(FilesOf(fs, "/t/b*.yml") == std::vector<std::string>{"/t/b.yml"});
}

}  // namespace bekci::client::file_discovery_test
