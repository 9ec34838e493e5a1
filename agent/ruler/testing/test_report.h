// What came of a test file: for every test what was held against what, and what differed, in words.
//
// Thread rule: values.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/config/node.h"

namespace bekci::ruler::testing {

struct TestFailure {
  config::Mark mark;               // of the expectation, or of the test
  std::string headline;            // what is wrong, one line
  std::vector<std::string> lines;  // what differs and why, indented among themselves
};

struct TestReport {
  std::string title;
  config::Mark mark;
  size_t checks = 0;  // expectations: times at which something was expected
  std::vector<TestFailure> failures;
  base::Duration took{};
  std::string dump;  // all series at the end, where asked for

  bool passed() const { return failures.empty(); }
};

struct FileReport {
  std::string path;
  base::Status status;                // why nothing could run: the file, or a file of rules
  bool unreadable = false;            // the status is of the disk, not of what stands in a file
  std::vector<std::string> warnings;  // "file:line: ..."
  std::vector<TestReport> tests;
  size_t skipped = 0;  // tests that were not asked for
  base::Duration took{};

  bool passed() const;
  size_t checks() const;
  size_t failed_checks() const;
  size_t failed_tests() const;
};

// The report of a file as people read it: "SUCCESS  path  (3 tests, 12 checks, 0.1s)", or FAILED and what failed.
std::string ReportText(const FileReport& report);

// "2 files, 5 tests (1 failed), 40 checks (2 failed), 1 test skipped, in 0.4s".
std::string SummaryText(const std::vector<FileReport>& reports);

// The same as JUnit's XML: a suite a file, a case a test.
std::string JUnitXml(const std::vector<FileReport>& reports);

}  // namespace bekci::ruler::testing
