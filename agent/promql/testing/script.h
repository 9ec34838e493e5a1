// Scripts: the PromQL test language as it stands in *.test files, read into commands.
//
//   clear                              an empty store
//   load 5m, load_with_nhcb 5m         series follow, one a line, up to an empty line
//   eval instant at 10m QUERY          what is expected follows, up to an empty line
//   eval range from 0 to 1h step 5m QUERY
// Lines are trimmed; one that begins with # is an empty line. Every query is parsed while the script is read: one that
// does not parse is a mistake in the script, even where the evaluation is expected to fail.
//
// Source: Prometheus' promql/promqltest. Thread rule: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/base/status.h"
#include "agent/promql/testing/series_notation.h"

namespace bekci::promql::testing {

struct ClearCommand {};

struct LoadedSeries {
  SeriesLine series;
  std::vector<std::optional<int64_t>> starts;  // as long as the positions, or empty
};

struct LoadCommand {
  int64_t step_ms = 0;
  bool with_custom_buckets = false;  // classic histograms are loaded as native ones, too
  std::vector<LoadedSeries> series;
};

// A text that a message must have, or an expression that it must match.
struct ExpectedText {
  bool is_pattern = false;
  std::string text;  // empty and no pattern: any message will do
};

struct ExpectedSeries {
  size_t line = 0;
  SeriesLine series;
};

// `expect range vector from A to B step D`
struct ExpectedGrid {
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  int64_t step_ms = 0;
};

struct EvalCommand {
  std::string query;
  bool is_range = false;
  int64_t start_ms = 0;  // instant: the time
  int64_t end_ms = 0;
  int64_t step_ms = 0;

  std::optional<ExpectedText> fail;
  std::vector<ExpectedText> warnings;
  std::vector<ExpectedText> infos;
  bool no_warnings = false;
  bool no_infos = false;
  bool ordered = false;

  std::optional<std::string> string;
  std::optional<double> scalar;
  std::optional<ExpectedGrid> range_vector;
  std::vector<ExpectedSeries> series;
};

struct Command {
  size_t line = 0;  // from 1
  std::variant<ClearCommand, LoadCommand, EvalCommand> what;
};

// Errors: invalid, with the line number in front.
base::Result<std::vector<Command>> ParseScript(std::string_view text);

}  // namespace bekci::promql::testing
