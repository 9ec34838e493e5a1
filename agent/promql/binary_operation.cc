#include "agent/promql/binary_operation.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "agent/model/histogram_arithmetic.h"
#include "agent/promql/annotation_texts.h"

namespace bekci::promql {
namespace {

using model::NativeHistogram;

template <typename F>
void ForAll(const double* left, const double* right, size_t count, double* out, F&& f) {
  for (size_t i = 0; i < count; ++i) out[i] = f(left[i], right[i]);
}

// One operand at one step: a float, or a histogram where `histogram` is not null.
struct Operand {
  double value;
  const HistogramPtr* histogram;
  bool is_histogram() const { return histogram != nullptr; }
  const NativeHistogram& h() const { return **histogram; }
};

// What came of a step with histograms. Without a histogram: nothing; else `keep` says whether a comparison holds.
struct StepResult {
  bool keep = false;
  HistogramPtr histogram;
};

StepResult HistogramResult(std::shared_ptr<NativeHistogram> histogram, bool compact = true) {
  if (compact) model::Compact(histogram.get());
  return {true, std::move(histogram)};
}

StepResult Scaled(const NativeHistogram& h, void (*scale)(NativeHistogram*, double), double by) {
  auto result = std::make_shared<NativeHistogram>(h);
  scale(result.get(), by);
  return HistogramResult(std::move(result));
}

StepResult Trimmed(const NativeHistogram& h, void (*trim)(NativeHistogram*, double), double limit) {
  auto result = std::make_shared<NativeHistogram>(h);
  trim(result.get(), limit);
  return HistogramResult(std::move(result), false);
}

StepResult Combined(BinaryOp op, const NativeHistogram& left, const NativeHistogram& right, OperationNotes* notes) {
  auto result = std::make_shared<NativeHistogram>(left);
  model::HistogramNotes said;
  if (!(op == BinaryOp::kAdd ? model::Add : model::Subtract)(result.get(), right, &said)) {
    notes->incompatible_layout = true;
    return {};
  }
  notes->reset_collision = notes->reset_collision || said.reset_collision;
  notes->bounds_reconciled = notes->bounds_reconciled || said.bounds_reconciled;
  // What lies between two counts is no count.
  if (op == BinaryOp::kSubtract) result->reset_hint = model::CounterResetHint::kGauge;
  return HistogramResult(std::move(result));
}

// A step at which at least one side is a histogram, or a trim.
StepResult OperateStep(BinaryOp op, const Operand& left, const Operand& right, OperationNotes* notes) {
  if (left.is_histogram() && right.is_histogram()) {
    if (op == BinaryOp::kAdd || op == BinaryOp::kSubtract) return Combined(op, left.h(), right.h(), notes);
    if (op == BinaryOp::kEqual) return {model::Equal(left.h(), right.h()), *left.histogram};
    if (op == BinaryOp::kNotEqual) return {!model::Equal(left.h(), right.h()), *left.histogram};
  } else if (left.is_histogram()) {
    if (op == BinaryOp::kMultiply) return Scaled(left.h(), model::Multiply, right.value);
    if (op == BinaryOp::kDivide) return Scaled(left.h(), model::Divide, right.value);
    if (op == BinaryOp::kTrimUpper) return Trimmed(left.h(), model::TrimAbove, right.value);
    if (op == BinaryOp::kTrimLower) return Trimmed(left.h(), model::TrimBelow, right.value);
  } else if (right.is_histogram() && op == BinaryOp::kMultiply) {
    return Scaled(right.h(), model::Multiply, left.value);
  }
  notes->incompatible[left.is_histogram() ? 1 : 0][right.is_histogram() ? 1 : 0] = true;
  return {};
}

bool IsNothing(const StepResult& result) {
  return result.histogram == nullptr;
}

void StoreStep(const StepResult& result, BinaryOp op, bool return_bool, size_t step, SeriesColumn* out) {
  if (IsNothing(result)) {
    out->SetAbsent(step);
  } else if (IsComparison(op) && return_bool) {
    out->SetFloat(step, result.keep ? 1 : 0);
  } else if (!result.keep) {
    out->SetAbsent(step);
  } else {
    out->SetHistogram(step, result.histogram);
  }
}

// Floats of `column` whose comparison does not hold become absent; `truth` has a 1 where it holds.
void Filter(const ScalarColumn& truth, SeriesColumn* column) {
  for (size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] == 0 && column->kinds[i] == StepKind::kFloat) column->kinds[i] = StepKind::kAbsent;
  }
}

// The steps where both are floats, in `column`, whose own floats are `kept` by a filter.
void OperateFloats(BinaryOp op, bool return_bool, const double* left, const double* right, SeriesColumn* column) {
  if (!IsComparison(op) || return_bool) {
    FloatOperation(op, left, right, column->steps(), column->values.data());
    return;
  }
  thread_local ScalarColumn truth;
  truth.resize(column->steps());
  FloatOperation(op, left, right, column->steps(), truth.data());
  Filter(truth, column);
}

}  // namespace

void OperationNotes::Annotate(BinaryOp op, PositionRange position, Annotations* annotations) const {
  constexpr const char* kTypes[] = {"float", "histogram"};
  const std::string text(BinaryOpText(op));
  const auto operation = op == BinaryOp::kAdd ? HistogramOperation::kAddition : HistogramOperation::kSubtraction;
  for (size_t left = 0; left < 2; ++left) {
    for (size_t right = 0; right < 2; ++right) {
      if (!incompatible[left][right]) continue;
      annotations->Info("incompatible sample types encountered for binary operator \"" + text + "\": " + kTypes[left] +
                            " " + text + " " + kTypes[right],
                        position);
    }
  }
  if (incompatible_layout) {
    annotations->Warn("incompatible bucket layout encountered for binary operator " + text, position);
  }
  if (reset_collision) {
    annotations->Warn(ResetCollisionText(operation), position);
  }
  if (bounds_reconciled) {
    annotations->Info(BoundsReconciledText(operation), position);
  }
}

void FloatOperation(BinaryOp op, const double* left, const double* right, size_t count, double* out) {
  switch (op) {
    case BinaryOp::kAdd:
      return ForAll(left, right, count, out, [](double a, double b) { return a + b; });
    case BinaryOp::kSubtract:
      return ForAll(left, right, count, out, [](double a, double b) { return a - b; });
    case BinaryOp::kMultiply:
      return ForAll(left, right, count, out, [](double a, double b) { return a * b; });
    case BinaryOp::kDivide:
      return ForAll(left, right, count, out, [](double a, double b) { return a / b; });
    case BinaryOp::kModulo:
      return ForAll(left, right, count, out, [](double a, double b) { return std::fmod(a, b); });
    case BinaryOp::kPower:
      return ForAll(left, right, count, out, [](double a, double b) { return std::pow(a, b); });
    case BinaryOp::kAtan2:
      return ForAll(left, right, count, out, [](double a, double b) { return std::atan2(a, b); });
    case BinaryOp::kEqual:
      return ForAll(left, right, count, out, [](double a, double b) { return a == b ? 1.0 : 0.0; });
    case BinaryOp::kNotEqual:
      return ForAll(left, right, count, out, [](double a, double b) { return a != b ? 1.0 : 0.0; });
    case BinaryOp::kLess:
      return ForAll(left, right, count, out, [](double a, double b) { return a < b ? 1.0 : 0.0; });
    case BinaryOp::kLessEqual:
      return ForAll(left, right, count, out, [](double a, double b) { return a <= b ? 1.0 : 0.0; });
    case BinaryOp::kGreater:
      return ForAll(left, right, count, out, [](double a, double b) { return a > b ? 1.0 : 0.0; });
    case BinaryOp::kGreaterEqual:
      return ForAll(left, right, count, out, [](double a, double b) { return a >= b ? 1.0 : 0.0; });
    default:
      return;
  }
}

void OperateColumns(BinaryOp op, bool return_bool, SeriesColumn* left, const SeriesColumn& right,
                    OperationNotes* notes) {
  const bool trims = op == BinaryOp::kTrimUpper || op == BinaryOp::kTrimLower;
  if (!left->has_histograms() && !right.has_histograms() && !trims) {
    for (size_t i = 0; i < left->steps(); ++i) {
      // Absent is 0 and float 1: both must be there.
      left->kinds[i] =
          static_cast<StepKind>(static_cast<uint8_t>(left->kinds[i]) & static_cast<uint8_t>(right.kinds[i]));
    }
    return OperateFloats(op, return_bool, left->values.data(), right.values.data(), left);
  }
  SeriesColumn out;
  out.Reset(left->steps());
  for (size_t i = 0; i < left->steps(); ++i) {
    if (!left->has(i) || !right.has(i)) continue;
    const Operand l{left->values[i], left->is_histogram(i) ? &left->histograms[i] : nullptr};
    const Operand r{right.values[i], right.is_histogram(i) ? &right.histograms[i] : nullptr};
    if (l.is_histogram() || r.is_histogram() || trims) {
      StoreStep(OperateStep(op, l, r, notes), op, return_bool, i, &out);
      continue;
    }
    double value = 0;
    FloatOperation(op, &l.value, &r.value, 1, &value);
    if (!IsComparison(op) || return_bool) {
      out.SetFloat(i, value);
    } else if (value != 0) {
      out.SetFloat(i, l.value);
    }
  }
  left->kinds = std::move(out.kinds);
  left->values = std::move(out.values);
  left->histograms = std::move(out.histograms);
}

void OperateWithScalar(BinaryOp op, bool return_bool, SeriesColumn* column, const ScalarColumn& scalar,
                       bool scalar_left, OperationNotes* notes) {
  const bool trims = op == BinaryOp::kTrimUpper || op == BinaryOp::kTrimLower;
  for (size_t i = 0; i < column->steps(); ++i) {
    if (!(column->is_histogram(i) || (trims && column->is_float(i)))) continue;
    const Operand vector{column->values[i], column->is_histogram(i) ? &column->histograms[i] : nullptr};
    const Operand number{scalar[i], nullptr};
    StepResult result = scalar_left ? OperateStep(op, number, vector, notes) : OperateStep(op, vector, number, notes);
    StoreStep(result, op, return_bool, i, column);
  }
  if (trims) return;
  // What stands in the values of the histograms' steps does not matter, and a filter looks at floats alone.
  OperateFloats(op, return_bool, scalar_left ? scalar.data() : column->values.data(),
                scalar_left ? column->values.data() : scalar.data(), column);
}

}  // namespace bekci::promql
