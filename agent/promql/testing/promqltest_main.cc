// promqltest FILE...: runs scripts of the PromQL test language and says what failed.
//
// Prints "N passed, N failed", and before that for each failure the file, line, what was expected and what came.
// Exit: 0 all passed, 1 something failed (also a script that cannot be read as one), 2 usage or a file that is not
// there.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "agent/promql/testing/script.h"
#include "agent/promql/testing/script_runner.h"

namespace {

using bekci::promql::testing::ParseScript;
using bekci::promql::testing::ScriptFailure;
using bekci::promql::testing::ScriptReport;
using bekci::promql::testing::ScriptRunner;

struct Counts {
  size_t passed = 0;
  size_t failed = 0;
};

void Print(const std::string& file, const ScriptFailure& failure) {
  printf("%s:%zu: %s\n  how: %s\n  expected: %s\n  got: %s\n\n", file.c_str(), failure.line, failure.query.c_str(),
         failure.how.c_str(), failure.expected.c_str(), failure.got.c_str());
}

// False: the file cannot be read.
bool RunFile(const std::string& file, Counts* counts) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    fprintf(stderr, "promqltest: %s: cannot be read\n", file.c_str());
    return false;
  }
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const auto commands = ParseScript(text);
  if (!commands.ok()) {
    printf("%s: %s\n\n", file.c_str(), commands.status().message().c_str());
    ++counts->failed;
    return true;
  }
  const ScriptReport report = ScriptRunner().Run(*commands);
  for (const ScriptFailure& failure : report.failures) Print(file, failure);
  counts->passed += report.passed;
  counts->failed += report.failures.size();
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') {
    fprintf(stderr, "usage: promqltest FILE...\nRuns PromQL test scripts; exit 1 when something failed.\n");
    return 2;
  }
  Counts counts;
  bool readable = true;
  for (int i = 1; i < argc; ++i) readable = RunFile(argv[i], &counts) && readable;
  printf("%zu passed, %zu failed\n", counts.passed, counts.failed);
  if (!readable) return 2;
  return counts.failed == 0 ? 0 : 1;
}
