#include "agent/ruler/testing/test_report.h"

#include <algorithm>
#include <numeric>

#include "agent/base/duration.h"

namespace bekci::ruler::testing {
namespace {

std::string Plural(size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string Failed(size_t count) {
  return count == 0 ? std::string() : " (" + std::to_string(count) + " failed)";
}

void AppendIndented(std::string* out, std::string_view indent, std::string_view text) {
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin) out->append(indent).append(text.substr(begin, end - begin));
    *out += '\n';
    begin = end + 1;
  }
}

void AppendTest(std::string* out, const TestReport& test) {
  for (const TestFailure& failure : test.failures) {
    *out += "  " + failure.mark.ToString() + ": test \"" + test.title + "\": " + failure.headline + "\n";
    for (const std::string& line : failure.lines) AppendIndented(out, "    ", line);
  }
}

}  // namespace

bool FileReport::passed() const {
  return status.ok() && std::all_of(tests.begin(), tests.end(), [](const TestReport& test) { return test.passed(); });
}

size_t FileReport::checks() const {
  return std::accumulate(tests.begin(), tests.end(), size_t{0},
                         [](size_t sum, const TestReport& test) { return sum + test.checks; });
}

size_t FileReport::failed_checks() const {
  return std::accumulate(tests.begin(), tests.end(), size_t{0},
                         [](size_t sum, const TestReport& test) { return sum + test.failures.size(); });
}

size_t FileReport::failed_tests() const {
  return static_cast<size_t>(
      std::count_if(tests.begin(), tests.end(), [](const TestReport& test) { return !test.passed(); }));
}

std::string ReportText(const FileReport& report) {
  std::string out;
  for (const std::string& warning : report.warnings) out += "  WARNING: " + warning + "\n";
  const std::string what = Plural(report.tests.size(), "test") + Failed(report.failed_tests()) + ", " +
                           Plural(report.checks(), "check") + Failed(report.failed_checks()) +
                           (report.skipped == 0 ? "" : ", " + Plural(report.skipped, "test") + " skipped") + ", " +
                           base::HumanDuration(report.took);
  out += (report.passed() ? "SUCCESS  " : "FAILED   ") + report.path + (report.status.ok() ? "  (" + what + ")" : "");
  out += "\n";
  if (!report.status.ok()) AppendIndented(&out, "  ", report.status.message());
  for (const TestReport& test : report.tests) {
    AppendTest(&out, test);
    out += test.dump;
  }
  return out;
}

std::string SummaryText(const std::vector<FileReport>& reports) {
  size_t files_failed = 0;
  size_t tests = 0;
  size_t tests_failed = 0;
  size_t checks = 0;
  size_t checks_failed = 0;
  size_t skipped = 0;
  base::Duration took{};
  for (const FileReport& report : reports) {
    files_failed += report.passed() ? 0U : 1U;
    tests += report.tests.size();
    tests_failed += report.failed_tests();
    checks += report.checks();
    checks_failed += report.failed_checks();
    skipped += report.skipped;
    took += report.took;
  }
  return Plural(reports.size(), "file") + Failed(files_failed) + ", " + Plural(tests, "test") + Failed(tests_failed) +
         ", " + Plural(checks, "check") + Failed(checks_failed) +
         (skipped == 0 ? "" : ", " + Plural(skipped, "test") + " skipped") + ", in " + base::HumanDuration(took);
}

}  // namespace bekci::ruler::testing
