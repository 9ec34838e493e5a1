// Habits of the tree that a compiler does not check: files open with what they are, stay readable in length, carry
// names that say something, and headers stay slim, so that a change of one library does not rebuild everything.
#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <set>

#include "agent/base/text.h"
#include "tests/style/source_tree.h"

namespace bekci::style::sources_test {
namespace {

using Files = std::vector<SourceFile>;
using Findings = std::vector<std::string>;

constexpr size_t kLongFile = 800;
constexpr std::string_view kWhyLong = "one file because";

// Libraries whose headers cost hundreds of milliseconds each, or leak a dependency into everyone who includes ours.
constexpr std::array<std::string_view, 12> kHeavy = {"spdlog/",  "fmt/",     "yaml-cpp/", "google/protobuf/",
                                                     "re2/",     "openssl/", "nlohmann/", "curl/",
                                                     "iostream", "regex",    "fstream",   "filesystem"};
constexpr std::array<std::string_view, 6> kEmptyNames = {"util", "utils", "misc", "helpers", "manager", "common"};

Findings LongFiles(const Files& files) {
  Findings findings;
  for (const SourceFile& file : files) {
    if (LineCount(file) <= kLongFile || OpeningComment(file).find(kWhyLong) != std::string::npos) continue;
    findings.push_back(file.path + ": " + std::to_string(LineCount(file)) +
                       " lines: split it at a seam, or say in its first comment that it is \"one file because ...\"");
  }
  return findings;
}

Findings SilentFiles(const Files& files) {
  std::set<std::string> headers;
  for (const SourceFile& file : files) {
    if (file.IsHeader()) headers.insert(file.path.substr(0, file.path.size() - 2));
  }
  Findings findings;
  for (const SourceFile& file : files) {
    // A source beside its header is introduced by the header, a test by the names of its cases.
    if (file.IsTest()) continue;
    if (!file.IsHeader() && headers.contains(file.path.substr(0, file.path.size() - 3))) continue;
    if (OpeningComment(file).size() < 20) findings.push_back(file.path + ": open it with what it is and why it exists");
  }
  return findings;
}

// Whether only sources of its own folder include it: then what it includes reaches nobody else.
bool IsPrivate(const Files& files, const SourceFile& header) {
  const std::string folder = header.path.substr(0, header.path.rfind('/') + 1);
  bool included = false;
  for (const SourceFile& file : files) {
    for (const Include& include : IncludesOf(file)) {
      if (include.what != header.path) continue;
      if (file.IsHeader() || !file.path.starts_with(folder)) return false;
      included = true;
    }
  }
  return included;
}

bool IsHeavy(const std::string& what) {
  bool heavy = what.ends_with(".pb.h");
  for (const std::string_view start : kHeavy) heavy = heavy || what.starts_with(start);
  return heavy;
}

Findings HeavyHeaders(const Files& files) {
  Findings findings;
  for (const SourceFile& file : files) {
    if (!file.IsHeader()) continue;
    for (const Include& include : IncludesOf(file)) {
      if (!IsHeavy(include.what) || IsPrivate(files, file)) continue;
      findings.push_back(file.path + ":" + std::to_string(include.line) + ": <" + include.what +
                         "> in a header is paid for by every file that includes it: keep it in the .cc");
    }
    if (file.text.find("#pragma once") == std::string::npos)
      findings.push_back(file.path + ": #pragma once is missing");
    if (file.text.find("\nusing namespace ") != std::string::npos) {
      findings.push_back(file.path + ": using namespace in a header reaches everyone who includes it");
    }
  }
  return findings;
}

Findings EmptyNames(const Files& files) {
  Findings findings;
  for (const SourceFile& file : files) {
    std::string_view name = file.path;
    name.remove_prefix(name.rfind('/') + 1);
    name = name.substr(0, name.find('.'));
    for (const std::string_view empty : kEmptyNames) {
      if (name == empty || name.ends_with("_" + std::string(empty))) {
        findings.push_back(file.path + ": '" + std::string(empty) + "' says nothing; name the noun it is about");
      }
    }
  }
  return findings;
}

// Words that mean unfinished work. Put together here, so that this file does not find itself.
Findings Unfinished(const Files& files) {
  const std::array<std::string, 3> marks = {std::string("TO") + "DO", std::string("FIX") + "ME",
                                            std::string("XX") + "X:"};
  Findings findings;
  for (const SourceFile& file : files) {
    base::LineReader lines(file.text);
    size_t number = 0;
    for (std::string_view line; lines.Next(&line);) {
      ++number;
      for (const std::string& mark : marks) {
        if (line.find(mark) != std::string_view::npos) {
          findings.push_back(file.path + ":" + std::to_string(number) + ": " + mark + ": finish it or leave it out");
        }
      }
    }
  }
  return findings;
}

void CheckTree(const std::function<Findings(const Files&)>& check) {
  static const Files files = LoadTree(BEKCI_SOURCE_DIR, {"agent", "exporters", "tests"});
  REQUIRE(files.size() > 20);
  const Findings findings = check(files);
  INFO(Report(findings));
  CHECK(findings.empty());
}

TEST_CASE("a file over 800 lines says in its first comment why it is one file") {
  CheckTree(LongFiles);
  const std::string text(801, '\n');
  CHECK(LongFiles({{"a.cc", text}}).size() == 1);
  CHECK(LongFiles({{"a.cc", "// This is one file because its table is one thing.\n" + text}}).empty());
  CHECK(LongFiles({{"a.cc", std::string(800, '\n')}}).empty());
}

TEST_CASE("a header, and a source without a header, opens with what it is") {
  CheckTree(SilentFiles);
  CHECK(SilentFiles({{"a.h", "#pragma once\n"}}).size() == 1);
  CHECK(SilentFiles({{"a.h", "// x\n#pragma once\n"}}).size() == 1);
  CHECK(SilentFiles({{"a.h", "// What a is and why it exists.\n"}, {"a.cc", "#include \"a.h\"\n"}}).empty());
  CHECK(SilentFiles({{"main.cc", "int main() {}\n"}}).size() == 1);
  CHECK(SilentFiles({{"a_test.cc", "#include \"a.h\"\n"}}).empty());
}

TEST_CASE("headers are slim") {
  CheckTree(HeavyHeaders);
  for (const char* heavy :
       {"<spdlog/spdlog.h>", "<yaml-cpp/yaml.h>", "\"proto/metrics.pb.h\"", "<openssl/ssl.h>", "<regex>"}) {
    const std::string text = "#pragma once\n#include " + std::string(heavy) + "\n";
    CHECK(HeavyHeaders({{"a.h", text}}).size() == 1);
    CHECK(HeavyHeaders({{"a.cc", text}}).empty());
    CHECK(HeavyHeaders({{"x/a.h", text}, {"x/a.cc", "#include \"x/a.h\"\n"}}).empty());
    CHECK(HeavyHeaders({{"x/a.h", text}, {"y/b.cc", "#include \"x/a.h\"\n"}}).size() == 1);
  }
  CHECK(HeavyHeaders({{"a.h", "#include <vector>\n"}}).size() == 1);
  CHECK(HeavyHeaders({{"a.h", "#pragma once\nusing namespace std;\n"}}).size() == 1);
  CHECK(HeavyHeaders({{"a.h", "#pragma once\n#include <string>\n"}}).empty());
}

TEST_CASE("file names are nouns that say something") {
  CheckTree(EmptyNames);
  CHECK(EmptyNames({{"agent/base/utils.h", ""}, {"agent/net/http_helpers.cc", ""}, {"agent/net/http.cc", ""}}).size() ==
        2);
}

TEST_CASE("nothing unfinished is left in the tree") {
  CheckTree(Unfinished);
  CHECK(Unfinished({{"a.cc", std::string("int x;  // TO") + "DO: later\n"}}).size() == 1);
}

}  // namespace
}  // namespace bekci::style::sources_test
