#include "agent/promql/testing/script.h"

#include <doctest/doctest.h>

#include <string>

#include "agent/promql/testing/script_runner.h"

namespace bekci::promql::testing::script_test {
namespace {

// "passed/failed", or the parser's complaint.
std::string Outcome(std::string_view script) {
  const auto commands = ParseScript(script);
  if (!commands.ok()) return commands.status().message();
  const ScriptReport report = ScriptRunner().Run(*commands);
  return std::to_string(report.passed) + "/" + std::to_string(report.failures.size());
}

constexpr const char* kLoad = "load 1m\n  up{job=\"a\"} 1 2 3\n  up{job=\"b\"} 4 5 6\n\n";

std::string Eval(std::string_view eval) {
  return Outcome(kLoad + std::string(eval));
}

}  // namespace

TEST_CASE("an eval passes when the answer is what is expected, and only then") {
  const struct {
    const char* eval;
    const char* outcome;
  } kRows[] = {
      {"eval instant at 1m sum(up)\n  {} 7", "1/0"},
      {"eval instant at 1m sum(up)\n  {} 8", "0/1"},
      {"eval instant at 1m up\n  up{job=\"a\"} 2", "0/1"},
      {"eval instant at 1m up{job=\"a\"}\n  up{job=\"a\"} 2\n  up{job=\"b\"} 5", "0/1"},
      {"eval instant at 1m sum(up)\n  7", "0/1"},
      {"eval instant at 1m scalar(sum(up))\n  7", "1/0"},
      {"eval instant at 1m sort_desc(up)\n  expect ordered\n  up{job=\"b\"} 5\n  up{job=\"a\"} 2", "1/0"},
      {"eval_ordered instant at 1m sort_desc(up)\n  up{job=\"a\"} 2\n  up{job=\"b\"} 5", "0/1"},
      {"eval range from 0 to 2m step 1m sum(up)\n  {} 5 7 9", "1/0"},
      {"eval range from 0 to 2m step 1m sum(up)\n  {} 5 _ 9", "0/1"},
      {"eval range from 0 to 2m step 1m sum(up)\n  {} 5 7", "0/1"},
      {"eval instant at 1m up + on () up\n  expect fail", "1/0"},
      {"eval instant at 1m up + on () up\n  expect fail regex: many-to-many", "1/0"},
      {"eval instant at 1m up + on () up\n  expect fail msg: many-to-many", "0/1"},
      {"eval instant at 1m up\n  expect fail", "0/1"},
      {"eval_fail instant at 1m up + on () up\n  expected_fail_regexp many", "1/0"},
      {"eval instant at 1m quantile(2, up)\n  expect warn\n  {} Inf", "1/0"},
      {"eval instant at 1m quantile(2, up)\n  expect no_warn\n  {} Inf", "0/1"},
      {"eval instant at 1m quantile(2, up)\n  expect warn msg: PromQL warning: other\n  {} Inf", "0/1"},
      {"eval instant at 1m sum(up)\n  expect info\n  {} 7", "0/1"},
      {"eval instant at 1m \"x\"\n  expect string \"x\"", "1/0"},
      {"eval instant at 2m up{job=\"a\"}[2m]\n  expect range vector from 1m to 2m step 1m\n  up{job=\"a\"} 2 3", "1/0"},
      {"eval instant at 1m nothing", "1/0"},
      // Pinned by @ the answer must be the same at other times.
      {"eval instant at 1m time()\n  60", "1/0"},
  };
  for (const auto& row : kRows) CHECK_MESSAGE(Eval(row.eval) == row.outcome, row.eval);
}

TEST_CASE("a comment line ends a block as an empty line does") {
  CHECK(Eval("eval instant at 1m sum(up)\n# here\n\neval instant at 1m nothing") == "1/1");
}

TEST_CASE("loads add, clear empties, a sample that comes too late is a failure") {
  CHECK(Outcome("load 1m\n  x 1\n\nclear\neval instant at 0 x") == "1/0");
  CHECK(Outcome("load 1m\n  x 1 2\n\nload 1m\n  x 3\n") == "0/1");
  CHECK(Outcome("load 1m\n  x 1\n\nload 1m\n  x _ 3\n\neval instant at 1m x\n  x 3") == "1/0");
}

TEST_CASE("mistakes in a script are said with their line") {
  CHECK(Outcome("\nwhat is this") == "line 2: invalid command \"what is this\"");
  CHECK(Outcome("eval instant at 1m sum(") != "1/0");
  CHECK(Outcome("eval instant at 1m rate(x)").find("parse error") != std::string::npos);
  for (const char* bad :
       {"load", "load 5", "load 1m\n  x{", "eval instant at x y", "eval range from 1m to 0 step 1m x",
        "eval instant at 0 x\n  expect warn\n  expect no_warn", "eval instant at 0 x\n  x 1 2",
        "eval instant at 0 x\n  expect fail regex: (", "load 1m\n  x@st -1m\n  y 1", "load 1m\n  x@st -1m\n"}) {
    CHECK_MESSAGE(Outcome(bad).starts_with("line "), bad);
  }
}

TEST_CASE("load_with_nhcb makes native histograms of classic ones") {
  CHECK(Outcome("load_with_nhcb 1m\n"
                "  h_bucket{le=\"1\"} 1 2\n  h_bucket{le=\"2\"} 3 4\n  h_bucket{le=\"+Inf\"} 4 6\n"
                "  h_count 4 6\n  h_sum 5 7\n\n"
                "eval instant at 1m h\n"
                "  h {{schema:-53 count:6 sum:7 custom_values:[1 2] buckets:[2 2 2]}}\n\n"
                "eval instant at 1m h_bucket{le=\"1\"}\n  h_bucket{le=\"1\"} 2\n") == "2/0");
  CHECK(Outcome("load_with_nhcb 1m\n  h_bucket{le=\"1\"} 5\n  h_bucket{le=\"+Inf\"} 4\n") == "0/1");
}

}  // namespace bekci::promql::testing::script_test
