// Sloth's own examples and ours, held against the rules that are expected of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/base/text.h"
#include "agent/config/node.h"
#include "agent/ruler/slo/generate.h"

namespace bekci::ruler::slo::golden_test {
namespace {

namespace fs = std::filesystem;

// Where Sloth's examples stand beside a checkout; not part of it.
const fs::path kCorpus = fs::path(BEKCI_SOURCE_DIR) / "../shared/slo/sloth";

std::string ReadText(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string Replaced(std::string text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::vector<config::Node> Documents(const std::string& text) {
  auto parsed = config::ParseYamlDocuments(text, "rules.yml");
  REQUIRE_MESSAGE(parsed.ok(), parsed.status().message());
  return std::move(*parsed);
}

// The first difference, as a path into the document; empty: the same. Final line ends of texts do not count.
std::string Difference(const config::Node& a, const config::Node& b) {
  if (a.kind != b.kind) return ": another kind";
  if (a.is_scalar()) {
    const std::string_view left = base::Trim(a.scalar);
    return left == base::Trim(b.scalar) ? "" : ": " + a.scalar + "\nis not\n" + b.scalar;
  }
  if (a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) return ": another size";
  for (size_t i = 0; i < a.items.size(); ++i) {
    const std::string inner = Difference(a.items[i], b.items[i]);
    if (!inner.empty()) return "[" + std::to_string(i) + "]" + inner;
  }
  for (const auto& [key, value] : a.entries) {
    const config::Node* other = b.Find(key.scalar);
    if (other == nullptr) return "." + key.scalar + ": only here";
    const std::string inner = Difference(value, *other);
    if (!inner.empty()) return "." + key.scalar + inner;
  }
  return "";
}

void CheckSame(const std::string& made, const std::string& expected) {
  const std::vector<config::Node> a = Documents(made);
  const std::vector<config::Node> b = Documents(expected);
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) CHECK(Difference(a[i], b[i]) == "");
}

LoadedSlos Loaded(const fs::path& path) {
  auto loaded = LoadSlos(std::vector<SourceText>{{path.filename().string(), ReadText(path)}}, {});
  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  return std::move(*loaded);
}

TEST_CASE("what Sloth makes of its examples, bekci makes of them, too") {
  if (!fs::exists(kCorpus)) return;
  struct Case {
    std::string name;
    std::string expected = "expected.yml";
    TextMap extra = {{"cmd", "examplesgen.sh"}};
    bool recordings = true;
  };
  const Case cases[] = {
      {.name = "getting-started"},
      {.name = "multifile"},
      {.name = "no-alerts"},
      {.name = "openslo-getting-started"},
      {.name = "raw-home-wifi"},
      {.name = "it-base", .expected = "expected.yml.tpl", .extra = {}},
      {.name = "it-base-extra-labels", .expected = "expected.yml.tpl", .extra = {{"exk1", "exv1"}, {"exk2", "exv2"}}},
      {.name = "it-base-no-recordings", .expected = "expected.yml.tpl", .extra = {}, .recordings = false},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    GenerateOptions options;
    options.rules.extra_labels = one.extra;
    options.rules.recordings = one.recordings;
    std::string expected = ReadText(kCorpus / one.name / one.expected);
    REQUIRE(!expected.empty());
    expected = Replaced(std::move(expected), "{{ .version }}", "dev");
    expected = Replaced(Replaced(std::move(expected), "{{\"", ""), "\"}}", "");
    CheckSame(Generate(Loaded(kCorpus / one.name / "spec.yml"), options), expected);
  }
}

TEST_CASE("Sloth's examples of good and bad files are accepted and refused") {
  if (!fs::exists(kCorpus)) return;
  size_t seen = 0;
  for (const auto& entry : fs::directory_iterator(kCorpus / "validate")) {
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    const auto loaded = LoadSlos(std::vector<SourceText>{{name, ReadText(entry.path())}}, {});
    CAPTURE(loaded.status().message());
    CHECK(loaded.ok() == name.starts_with("good-"));
    ++seen;
  }
  CHECK(seen >= 5);
}

TEST_CASE("examples of OpenSLO and Pyrra are read, and what oslo refuses is refused") {
  if (!fs::exists(kCorpus)) return;
  for (const char* folder : {"openslo", "pyrra", "openslo/oslo-validate"}) {
    for (const auto& entry : fs::directory_iterator(kCorpus.parent_path() / folder)) {
      if (entry.path().extension() != ".yaml") continue;
      CAPTURE(entry.path().string());
      const auto loaded = LoadSlos(std::vector<SourceText>{{"a.yml", ReadText(entry.path())}}, {});
      CAPTURE(loaded.status().message());
      CHECK(loaded.ok() == (std::string_view(folder) != "openslo/oslo-validate"));
      if (loaded.ok()) CHECK(!Generate(*loaded, {}).empty());
    }
  }
}

// Files that end in `suffix` and the rules kept of each; BEKCI_UPDATE_GOLDENS writes them.
size_t CheckKept(const fs::path& folder, const std::string& suffix, const fs::path& kept,
                 const std::string& kept_suffix) {
  size_t seen = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(suffix)) continue;
    CAPTURE(name);
    const std::string made = Generate(Loaded(entry.path()), {});
    const fs::path expected = kept / (name.substr(0, name.size() - suffix.size()) + kept_suffix);
    if (std::getenv("BEKCI_UPDATE_GOLDENS") != nullptr) std::ofstream(expected) << made;
    CHECK(made == ReadText(expected));
    ++seen;
  }
  return seen;
}

TEST_CASE("our own rules of the examples beside this test are as expected") {
  const fs::path folder = fs::path(BEKCI_SOURCE_DIR) / "agent/ruler/slo/testdata";
  CHECK(CheckKept(folder, ".slo.yml", folder, ".rules.yml") >= 3);
}

TEST_CASE("the rules kept of the shipped objectives are current") {
  const fs::path folder = fs::path(BEKCI_SOURCE_DIR) / "rules/slo";
  CHECK(CheckKept(folder, ".yml", folder / "generated", ".yml") >= 2);
}

}  // namespace
}  // namespace bekci::ruler::slo::golden_test
