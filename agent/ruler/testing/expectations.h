// What a test expects held against what there was. Internal to the runner of tests.
//
// Alerts are equal when all labels and all annotations are; samples when the labels are and the number is the same bit
// for bit (with fuzzy_compare, or its neighbour), or the histogram. NaN equals nothing, as with promtool. What has no
// equal is shown beside the nearest that is left.
//
// Source: promtool's cmd/promtool/unittest.go. Thread rule: functions without state.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/promql/value.h"
#include "agent/ruler/alert.h"
#include "agent/ruler/testing/test_file.h"
#include "agent/ruler/testing/test_report.h"

namespace bekci::ruler::testing {

// "5m", "1h30m", "0s": a time of a test.
std::string EvalTimeText(base::Duration time);

// `firing` are the alerts of that name that fire. nullopt: as expected.
std::optional<TestFailure> CheckAlerts(const AlertCase& expected, const std::vector<Alert>& firing);

std::optional<TestFailure> CheckSamples(const ExprCase& expected, const promql::Vector& got, bool fuzzy);

}  // namespace bekci::ruler::testing
