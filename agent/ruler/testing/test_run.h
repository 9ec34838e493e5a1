// One test of a file, run: its series in a store in memory, its rule groups evaluated step by step, and what it expects
// held against what came.
//
// Time stands at the test's start; every evaluation_interval the samples up to then are loaded and all groups are
// evaluated in their order, whatever their own interval. An alert expected at T is looked for at the last evaluation at
// or before T; a query is asked at T when all evaluations are done. A rule that fails ends the test.
//
// Source: promtool's cmd/promtool/unittest.go. Thread rule: one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "agent/promql/features.h"
#include "agent/ruler/rule_text.h"
#include "agent/ruler/testing/test_file.h"
#include "agent/ruler/testing/test_report.h"

namespace bekci::ruler::testing {

struct TestRunOptions {
  TestLimits limits = {};
  promql::Features features = {};
  bool dump = false;                                               // all series into the report
  std::function<void(size_t steps, size_t of)> on_step = nullptr;  // may be null
};

// `groups` are checked and in the order of evaluation.
TestReport RunTest(const TestFile& file, const TestCase& test, std::span<const GroupText> groups,
                   const TestRunOptions& options);

}  // namespace bekci::ruler::testing
