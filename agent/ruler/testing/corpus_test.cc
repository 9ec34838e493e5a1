// Prometheus' own rule files and rule tests, and a corpus of alerts that people use, where they stand beside the
// checkout: every verdict as Prometheus 3.14 has it; everything loads and is evaluated without a rule error; the lints
// say nothing of it that is not so.
#include <doctest/doctest.h>

#include <re2/re2.h>

#include <set>

#include "agent/base/file_system.h"
#include "agent/base/text.h"
#include "agent/ruler/lint.h"
#include "agent/ruler/rule_file.h"
#include "agent/ruler/testing/file_run.h"

namespace bekci::ruler::testing::corpus_test {
namespace {

const std::string kShared = std::string(BEKCI_SOURCE_DIR) + "/../shared";

// Rows of a tab-separated index; comments left out.
std::vector<std::vector<std::string>> ReadIndex(base::FileSystem& fs, const std::string& path) {
  std::vector<std::vector<std::string>> rows;
  const auto text = fs.ReadFile(path);
  if (!text.ok()) return rows;
  base::LineReader lines(*text);
  for (std::string_view line; lines.Next(&line);) {
    if (line.empty() || line.starts_with("#")) continue;
    std::vector<std::string>& row = rows.emplace_back();
    for (const std::string_view field : base::Split(line, '\t')) row.emplace_back(field);
  }
  return rows;
}

bool TestPasses(base::FileSystem& fs, const std::string& path, const std::string& arguments) {
  FileRunOptions options;
  if (arguments.starts_with("--run=")) {
    options.wanted = [expression = arguments.substr(6)](const std::string& name) {
      return re2::RE2::PartialMatch(name, expression);
    };
  }
  const FileReport report = RunTestFile(fs, path, options);
  INFO(ReportText(report));
  return report.passed();
}

TEST_CASE("every file of Prometheus' own rule tests has the verdict of Prometheus 3.14") {
  base::RealFileSystem fs;
  const std::string directory = kShared + "/ruletests/";
  const auto rows = ReadIndex(fs, directory + "index.tsv");
  if (rows.empty()) return;
  CHECK(rows.size() >= 26);
  for (const auto& row : rows) {
    REQUIRE(row.size() >= 4);
    CAPTURE(row[1]);
    CAPTURE(row[2]);
    bool good = false;
    if (row[0] == "test-rules") {
      good = TestPasses(fs, directory + row[1], row[2]);
    } else {
      const auto text = fs.ReadFile(directory + row[1]);
      REQUIRE(text.ok());
      const auto file = ParseRuleFile(*text, row[1], {});
      INFO(file.status().message());
      good = file.ok();
    }
    CHECK(good == (row[3] == "pass"));
  }
}

// Series for every metric that the rules of a file name, so that its expressions have something to compute with.
std::string SeriesFor(const std::vector<GroupText>& groups) {
  static const re2::RE2 kName(R"(([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{|\[|[<>=!]))");
  std::set<std::string> names;
  for (const GroupText& group : groups) {
    for (const RuleText& rule : group.rules) {
      re2::StringPiece rest(rule.expr);
      for (std::string name; re2::RE2::FindAndConsume(&rest, kName, &name);) names.insert(name);
    }
  }
  std::string out;
  for (const std::string& name : names) {
    for (const char* instance : {"a", "b"}) {
      out += "      - {series: '" + name + "{instance=\"" + instance + "\", job=\"j\", le=\"+Inf\"}', values: '" +
             (*instance == 'a' ? "100-10x10" : "0+1000x10") + "'}\n";
    }
  }
  return out;
}

TEST_CASE("the alerts that people use load, and are evaluated without a rule error, with series and without") {
  base::RealFileSystem fs;
  const std::string directory = kShared + "/alerts-corpus/";
  for (const auto& row : ReadIndex(fs, directory + "index.tsv")) {
    CAPTURE(row.at(0));
    const auto text = fs.ReadFile(directory + row[0]);
    REQUIRE(text.ok());
    const auto file = ParseRuleFile(*text, row[0], {});
    REQUIRE_MESSAGE(file.ok(), file.status().message());
    size_t rules = 0;
    for (const GroupText& group : file->groups) rules += group.rules.size();
    CHECK(std::to_string(file->groups.size()) == row.at(1));
    CHECK(std::to_string(rules) == std::to_string(std::stoul(row.at(2)) + std::stoul(row.at(3))));
    for (const std::string& series : {std::string(), SeriesFor(file->groups)}) {
      const std::string yaml =
          "tests:\n  - promql_expr_test: [{expr: 'vector(1)', eval_time: 10m, exp_samples: [{value: 1}]}]\n" +
          (series.empty() ? "" : "    input_series:\n" + series);
      const auto tests = ParseTestFile(yaml, "corpus", {});
      REQUIRE_MESSAGE(tests.ok(), tests.status().message());
      const TestReport report = RunTest(*tests, tests->tests[0], file->groups, {});
      for (const TestFailure& failure : report.failures) MESSAGE(failure.headline);
      CHECK(report.passed());
    }
  }
}

// What the lints say of the corpus was read once, and is so: two alerts there can never fire, and many texts name the
// instance of what was summed over instances. What they say beyond it must be read, too.
TEST_CASE("of the alerts that people use the lints say only what is so") {
  base::RealFileSystem fs;
  const std::string directory = kShared + "/alerts-corpus/";
  const auto rows = ReadIndex(fs, directory + "index.tsv");
  std::vector<std::string> said;
  for (const auto& row : rows) {
    const auto text = fs.ReadFile(directory + row.at(0));
    REQUIRE(text.ok());
    const auto file = ParseRuleFile(*text, row[0], {});
    REQUIRE(file.ok());
    LintInput input;
    input.groups = file->groups;
    for (const LintFinding& finding : LintRules(input, *SelectLints("all"))) {
      const bool instance =
          finding.lint->name == "dropped-label" && finding.message.find(": $labels.instance in ") != std::string::npos;
      const bool noisy = finding.lint->name == "missing-for";
      if (!instance && !noisy) said.push_back(finding.ToString());
    }
  }
  if (rows.empty()) return;
  INFO(base::Join(said, "\n"));
  REQUIRE(said.size() == 2);
  CHECK(said[0].find("\"TempoBadOverrides\": sum by (job) (") != std::string::npos);
  CHECK(said[1].find("count by (service) (traefik_service_server_up) is at least 1") != std::string::npos);
}

}  // namespace
}  // namespace bekci::ruler::testing::corpus_test
