#include "agent/promql/interpolation.h"

#include "agent/model/histogram_arithmetic.h"

namespace bekci::promql {
namespace {

double Fraction(const Between& at) {
  return static_cast<double>(at.at_ms - at.before_ms) / static_cast<double>(at.after_ms - at.before_ms);
}

}  // namespace

double Interpolate(double before, double after, const Between& at) {
  if (at.counter && after < before) {
    if (at.edge == InterpolationEdge::kLeft) {
      before = 0;
    } else {
      after += before;
    }
  }
  return before + (after - before) * static_cast<double>(at.at_ms - at.before_ms) /
                      static_cast<double>(at.after_ms - at.before_ms);
}

std::shared_ptr<model::NativeHistogram> Interpolate(const model::NativeHistogram& before,
                                                    const model::NativeHistogram& after, const Between& at,
                                                    bool* reconciled) {
  auto result = std::make_shared<model::NativeHistogram>(after);
  model::HistogramNotes notes;
  const bool reset = at.counter && model::DetectReset(after, before);
  bool fits = true;
  if (reset && at.edge == InterpolationEdge::kLeft) {
    model::Multiply(result.get(), Fraction(at));
  } else {
    // before + (after - before) * fraction; after a reset `after` counts on top of `before`.
    if (!reset) fits = model::Subtract(result.get(), before, &notes);
    model::Multiply(result.get(), Fraction(at));
    fits = fits && model::Add(result.get(), before, &notes);
  }
  if (!fits) return nullptr;
  result->reset_hint = after.reset_hint == model::CounterResetHint::kGauge ? model::CounterResetHint::kGauge
                                                                           : model::CounterResetHint::kUnknown;
  model::Compact(result.get());
  if (notes.bounds_reconciled) *reconciled = true;
  return result;
}

}  // namespace bekci::promql
