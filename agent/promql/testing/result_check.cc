#include "agent/promql/testing/result_check.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "agent/base/text.h"
#include "agent/promql/testing/comparison.h"
#include "agent/promql/testing/histogram_notation.h"

namespace bekci::promql::testing {
namespace {

// ---- texts ----

std::string PointText(double value, const HistogramPtr& histogram) {
  return histogram != nullptr ? HistogramText(*histogram) : base::DoubleText(value);
}

std::string PositionText(const Position& position) {
  return position.omitted ? "_" : PointText(position.value, position.histogram);
}

std::string SeriesText(const ExpectedSeries& expected) {
  std::string text = expected.series.labels.ToString();
  for (const Position& position : expected.series.positions) text += " " + PositionText(position);
  return text;
}

std::string ElementText(const VectorElement& element) {
  return element.labels.ToString() + " " + PointText(element.value, element.histogram);
}

std::string MatrixSeriesText(const MatrixSeries& series) {
  std::string text = series.labels.ToString();
  for (size_t i = 0; i < series.samples.times.size(); ++i) {
    text += " " + base::DoubleText(series.samples.values[i]) + " @" + std::to_string(series.samples.times[i]);
  }
  for (size_t i = 0; i < series.samples.histogram_times.size(); ++i) {
    text +=
        " " + HistogramText(*series.samples.histograms[i]) + " @" + std::to_string(series.samples.histogram_times[i]);
  }
  return text;
}

std::string ValueText(const Value& value) {
  std::string text(ValueTypeName(TypeOf(value)));
  if (const auto* scalar = std::get_if<Scalar>(&value)) text += " " + base::DoubleText(scalar->value);
  if (const auto* string = std::get_if<String>(&value)) text += " " + base::Quoted(string->text);
  if (const auto* vector = std::get_if<Vector>(&value)) {
    for (const VectorElement& element : *vector) text += "\n    " + ElementText(element);
  }
  if (const auto* matrix = std::get_if<Matrix>(&value)) {
    for (const MatrixSeries& series : *matrix) text += "\n    " + MatrixSeriesText(series);
  }
  return text;
}

std::string ExpectedListText(const EvalCommand& eval) {
  std::string text = eval.series.empty() ? "nothing" : "";
  for (const ExpectedSeries& expected : eval.series) text += "\n    " + SeriesText(expected);
  return text;
}

// ---- vectors and matrices ----

bool Meets(const Position& expected, double value, const HistogramPtr& histogram) {
  if ((expected.histogram != nullptr) != (histogram != nullptr)) return false;
  if (histogram == nullptr) return AlmostEqual(expected.value, value);
  return AlmostEqual(*expected.histogram, *histogram, expected.has_hint);
}

std::optional<Mismatch> CheckVector(const EvalCommand& eval, const Vector& vector) {
  const auto whole = [&](const std::string& why) {
    return Mismatch{ExpectedListText(eval), ValueText(vector) + "\n  (" + why + ")"};
  };
  for (size_t i = 0; i < vector.size(); ++i) {
    const VectorElement& element = vector[i];
    const auto found = std::find_if(eval.series.begin(), eval.series.end(), [&](const ExpectedSeries& series) {
      return series.series.labels == element.labels;
    });
    if (found == eval.series.end()) return whole("unexpected " + element.labels.ToString());
    if (eval.ordered && static_cast<size_t>(found - eval.series.begin()) != i) return whole("other order");
    if (!Meets(found->series.positions[0], element.value, element.histogram)) {
      return whole("other value of " + element.labels.ToString());
    }
  }
  for (const ExpectedSeries& expected : eval.series) {
    const auto same = [&](const VectorElement& element) { return element.labels == expected.series.labels; };
    const auto count = std::count_if(vector.begin(), vector.end(), same);
    if (count == 0) return whole("missing " + expected.series.labels.ToString());
    if (count > 1) return whole("twice " + expected.series.labels.ToString());
  }
  return std::nullopt;
}

bool SamplesMeet(const std::vector<Position>& expected, const ExpectedGrid& grid, const storage::Samples& got) {
  size_t floats = 0;
  size_t histograms = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const Position& position = expected[i];
    if (position.omitted) continue;
    const int64_t t_ms = grid.start_ms + static_cast<int64_t>(i) * grid.step_ms;
    if (position.histogram != nullptr) {
      if (histograms >= got.histogram_times.size() || got.histogram_times[histograms] != t_ms) return false;
      if (!Meets(position, 0, got.histograms[histograms++])) return false;
    } else {
      if (floats >= got.times.size() || got.times[floats] != t_ms) return false;
      if (!Meets(position, got.values[floats++], nullptr)) return false;
    }
  }
  return floats == got.times.size() && histograms == got.histogram_times.size();
}

std::optional<Mismatch> CheckSorted(const Matrix& matrix) {
  const auto by_labels = [](const MatrixSeries& a, const MatrixSeries& b) { return a.labels < b.labels; };
  if (std::is_sorted(matrix.begin(), matrix.end(), by_labels)) return std::nullopt;
  return Mismatch{"a matrix sorted by labels", ValueText(matrix)};
}

std::optional<Mismatch> CheckMatrix(const EvalCommand& eval, const ExpectedGrid& grid, const Matrix& matrix) {
  const auto whole = [&](const std::string& why) {
    return Mismatch{ExpectedListText(eval), ValueText(matrix) + "\n  (" + why + ")"};
  };
  if (auto unsorted = CheckSorted(matrix)) return unsorted;
  for (const MatrixSeries& series : matrix) {
    const auto found = std::find_if(eval.series.begin(), eval.series.end(),
                                    [&](const ExpectedSeries& other) { return other.series.labels == series.labels; });
    if (found == eval.series.end()) return whole("unexpected " + series.labels.ToString());
    if (!SamplesMeet(found->series.positions, grid, series.samples)) {
      return whole("other values of " + series.labels.ToString());
    }
  }
  for (const ExpectedSeries& expected : eval.series) {
    const auto same = [&](const MatrixSeries& series) { return series.labels == expected.series.labels; };
    if (std::none_of(matrix.begin(), matrix.end(), same)) return whole("missing " + expected.series.labels.ToString());
  }
  return std::nullopt;
}

// ---- messages ----

bool TextMeets(const ExpectedText& expected, const std::string& text) {
  if (expected.is_pattern) return re2::RE2::PartialMatch(text, expected.text);
  return expected.text.empty() || expected.text == text;
}

std::string TextsText(const std::vector<ExpectedText>& texts) {
  std::string out;
  for (const ExpectedText& text : texts) out += (text.is_pattern ? "\n    match of " : "\n    ") + text.text;
  return out;
}

std::optional<Mismatch> CheckTexts(std::string_view kind, const std::vector<ExpectedText>& expected, bool none,
                                   const std::vector<std::string>& got) {
  const std::string got_text = std::string(kind) + ":" + (got.empty() ? " none" : "\n    " + base::Join(got, "\n    "));
  if (none) {
    if (got.empty()) return std::nullopt;
    return Mismatch{"no " + std::string(kind), got_text};
  }
  if (expected.empty()) return std::nullopt;
  const Mismatch mismatch{std::string(kind) + ":" + TextsText(expected), got_text};
  for (const ExpectedText& text : expected) {
    if (std::none_of(got.begin(), got.end(), [&](const std::string& one) { return TextMeets(text, one); })) {
      return mismatch;
    }
  }
  for (const std::string& one : got) {
    if (std::none_of(expected.begin(), expected.end(),
                     [&](const ExpectedText& text) { return TextMeets(text, one); })) {
      return mismatch;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Mismatch> CheckStatus(const EvalCommand& eval, const QueryResult& result) {
  if (!eval.fail) {
    if (result.status.ok()) return std::nullopt;
    return Mismatch{"a result", "error: " + result.status.message()};
  }
  const std::string wanted = "failure" + (eval.fail->text.empty() ? "" : ": " + eval.fail->text);
  if (result.status.ok()) return Mismatch{wanted, ValueText(result.value)};
  if (TextMeets(*eval.fail, result.status.message())) return std::nullopt;
  return Mismatch{wanted, "error: " + result.status.message()};
}

std::optional<Mismatch> CheckAnnotations(const EvalCommand& eval, const QueryResult& result) {
  if (auto mismatch = CheckTexts("warnings", eval.warnings, eval.no_warnings, result.warnings)) return mismatch;
  return CheckTexts("infos", eval.infos, eval.no_infos, result.infos);
}

std::optional<Mismatch> CheckInstantValue(const EvalCommand& eval, const Value& value) {
  if (eval.string) {
    const auto* string = std::get_if<String>(&value);
    if (string != nullptr && string->text == *eval.string) return std::nullopt;
    return Mismatch{"string " + base::Quoted(*eval.string), ValueText(value)};
  }
  if (eval.range_vector) {
    if (const auto* matrix = std::get_if<Matrix>(&value)) return CheckMatrix(eval, *eval.range_vector, *matrix);
    return Mismatch{"a range vector", ValueText(value)};
  }
  if (eval.scalar) {
    const auto* scalar = std::get_if<Scalar>(&value);
    if (scalar != nullptr && AlmostEqual(*eval.scalar, scalar->value)) return std::nullopt;
    return Mismatch{"scalar " + base::DoubleText(*eval.scalar), ValueText(value)};
  }
  if (const auto* vector = std::get_if<Vector>(&value)) return CheckVector(eval, *vector);
  return Mismatch{"an instant vector", ValueText(value)};
}

std::optional<Mismatch> CheckRangeValue(const EvalCommand& eval, const Value& value) {
  const auto* matrix = std::get_if<Matrix>(&value);
  if (matrix == nullptr) return Mismatch{"a matrix", ValueText(value)};
  return CheckMatrix(eval, {eval.start_ms, eval.end_ms, eval.step_ms}, *matrix);
}

std::optional<Mismatch> CheckPointsAt(const EvalCommand& eval, const Value& value, int64_t t_ms) {
  const auto* matrix = std::get_if<Matrix>(&value);
  if (matrix == nullptr) return Mismatch{"a matrix", ValueText(value)};
  if (auto unsorted = CheckSorted(*matrix)) return unsorted;
  if (eval.ordered) return std::nullopt;
  Vector points;
  for (const MatrixSeries& series : *matrix) {
    const storage::Samples& samples = series.samples;
    for (size_t i = 0; i < samples.times.size(); ++i) {
      if (samples.times[i] == t_ms) points.push_back({series.labels, t_ms, samples.values[i], nullptr});
    }
    for (size_t i = 0; i < samples.histogram_times.size(); ++i) {
      if (samples.histogram_times[i] == t_ms) points.push_back({series.labels, t_ms, 0, samples.histograms[i]});
    }
  }
  if (!eval.scalar) return CheckVector(eval, points);
  if (points.size() == 1 && points[0].histogram == nullptr && AlmostEqual(*eval.scalar, points[0].value)) {
    return std::nullopt;
  }
  return Mismatch{"scalar " + base::DoubleText(*eval.scalar), ValueText(points)};
}

}  // namespace bekci::promql::testing
