// Values: what a query gives: a scalar, a string, a vector or a matrix, with all that the HTTP API prints beside it.
//
// Thread rule: values.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/promql/ast.h"
#include "agent/promql/columns.h"
#include "agent/storage/samples.h"

namespace bekci::promql {

struct Scalar {
  int64_t t_ms = 0;
  double value = 0;
};

struct String {
  int64_t t_ms = 0;
  std::string text;
};

struct VectorElement {
  model::Labels labels;
  int64_t t_ms = 0;
  double value = 0;
  HistogramPtr histogram;  // then value means nothing
};
using Vector = std::vector<VectorElement>;  // in the engine's order: sort() and topk() mean something

// Points by time; no stale markers, no start timestamps. Of a range query: at its steps.
struct MatrixSeries {
  model::Labels labels;
  storage::Samples samples;
};
using Matrix = std::vector<MatrixSeries>;  // sorted by labels

// monostate: the query failed.
using Value = std::variant<std::monostate, Scalar, Vector, Matrix, String>;
ValueType TypeOf(const Value& value);

// What the HTTP API calls errorType.
enum class ErrorKind : uint8_t {
  kNone,
  kBadData,    // the text, a parameter: 400
  kExecution,  // 422
  kTimeout,    // 503
  kCanceled,   // 499
  kInternal,   // the store failed: 500
};

// Of stats=all. Samples are as Prometheus counts them: what each step looked at; a histogram counts by its size.
struct QueryStats {
  double eval_seconds = 0;  // everything
  double sort_seconds = 0;  // sorting the result
  double prepare_seconds = 0;
  double inner_seconds = 0;  // evaluation alone
  double queue_seconds = 0;  // waiting for a free slot
  int64_t total_samples = 0;
  int64_t peak_samples = 0;
  bool per_step = false;
  int64_t start_ms = 0;
  int64_t step_ms = 0;
  std::vector<int64_t> samples_per_step;  // only if per_step
};

// What a selector found: the evidence behind an answer (or the lack of one).
struct SelectorEvidence {
  PositionRange position;  // of the selector in the query's text
  std::string text;        // the selector as it was written
  size_t series = 0;       // matched, whether or not they have samples at the steps
  size_t used = 0;         // of those: had a sample at some step
};

struct QueryResult {
  base::Status status;
  ErrorKind error = ErrorKind::kNone;
  Value value;
  bool truncated = false;  // by the limit of the caller
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
  QueryStats stats;
  std::vector<SelectorEvidence> selectors;
};

}  // namespace bekci::promql
