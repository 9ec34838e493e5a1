// Test files: promtool's YAML of rule tests, read into values.
//
//   rule_files: [a.yml, b-*.yml]      evaluation_interval: 1m (default)
//   group_eval_order: [g2, g1]        fuzzy_compare: false (default)
//   tests:
//     - name: disk fills              interval: 1m (default: evaluation_interval)
//       input_series: [{series: 'up{job="x"}', values: '1 0x10 _ stale'}]
//       external_labels: {host: web-1}     external_url: http://...     start_timestamp: 2026-01-01T00:00:00Z
//       alert_rule_test: [{eval_time: 5m, alertname: Down, exp_alerts: [{exp_labels: {}, exp_annotations: {}}]}]
//       promql_expr_test: [{expr: up, eval_time: 5m, exp_samples: [{labels: 'up{job="x"}', value: 1}]}]
//
// Everything is parsed here, series and expected samples too, so that a mistake in the file is told with its place
// before anything runs. A file is bounded: in its series, in their samples, in the evaluations it asks for.
//
// Source: promtool's cmd/promtool/unittest.go. Thread rule: values, a function without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/config/node.h"
#include "agent/model/labels.h"
#include "agent/promql/columns.h"
#include "agent/ruler/rule_text.h"

namespace bekci::ruler::testing {

// Checked, but kept as text: only the test that runs holds its samples in memory.
struct InputSeries {
  model::Labels labels;
  std::string values;
  config::Mark mark;
};

// Labels and annotations are kept as written: an empty value is expected as such.
struct ExpectedAlert {
  TextMap labels;  // with alertname
  TextMap annotations;
  config::Mark mark;
};

struct AlertCase {
  base::Duration eval_time{};
  std::string alert_name;
  std::vector<ExpectedAlert> alerts;
  config::Mark mark;
};

struct ExpectedSample {
  model::Labels labels;
  double value = 0;
  promql::HistogramPtr histogram = nullptr;  // then value means nothing
  config::Mark mark;
};

struct ExprCase {
  std::string expr;
  base::Duration eval_time{};
  std::vector<ExpectedSample> samples;
  config::Mark mark;
};

struct TestCase {
  std::string name;   // as written, may be empty
  std::string title;  // the name, or "unnamed#3"
  base::Duration interval{};
  base::Timestamp start;
  std::vector<InputSeries> input;
  model::Labels external_labels;
  std::string external_url;
  std::vector<AlertCase> alert_cases;
  std::vector<ExprCase> expr_cases;
  config::Mark mark;

  // The latest time that something is expected at, after the start.
  base::Duration MaxEvalTime() const;
};

struct TestFile {
  std::string path;
  std::vector<std::string> rule_files;  // as written, patterns among them
  base::Duration evaluation_interval = base::minutes(1);
  std::vector<std::string> group_order;
  bool fuzzy_compare = false;
  std::vector<TestCase> tests;
  std::vector<std::string> warnings;  // "file:line: ..."
};

// What a test may ask for at most. The steps are two years of minutes; a sample takes 16 bytes, one that is given 40
// more while its test runs.
struct TestLimits {
  size_t max_steps = 1'000'000;     // evaluations
  size_t max_series = 100'000;      // given, or there after rules wrote theirs
  size_t max_samples = 10'000'000;  // given, or written by rules
};

struct TestFileOptions {
  TestLimits limits = {};
  bool ignore_unknown_fields = false;
};

// Errors: invalid, a line each ("file:line: ..."); limit.
base::Result<TestFile> ParseTestFile(std::string_view text, const std::string& path, const TestFileOptions& options);

}  // namespace bekci::ruler::testing
