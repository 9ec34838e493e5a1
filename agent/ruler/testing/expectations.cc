#include "agent/ruler/testing/expectations.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/model/histogram_arithmetic.h"
#include "agent/promql/testing/histogram_notation.h"
#include "agent/ruler/testing/text_difference.h"

namespace bekci::ruler::testing {
namespace {

// So many alerts or samples that were not expected are shown; more are counted.
constexpr size_t kShown = 20;

std::string Plural(size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

// Takes pairs of equals out of both lists.
template <typename A, typename B, typename Equal>
void RemoveEqual(std::vector<A>* expected, std::vector<B>* got, const Equal& equal) {
  std::erase_if(*expected, [&](const A& one) {
    const auto found = std::find_if(got->begin(), got->end(), [&](const B& other) { return equal(one, other); });
    if (found == got->end()) return false;
    got->erase(found);
    return true;
  });
}

// Takes the one that is most like `wanted` out of `list`; nullopt: the list is empty.
template <typename T, typename Score>
std::optional<T> TakeNearest(std::vector<T>* list, const Score& score) {
  const auto nearest =
      std::max_element(list->begin(), list->end(), [&](const T& a, const T& b) { return score(a) < score(b); });
  if (nearest == list->end()) return std::nullopt;
  T taken = std::move(*nearest);
  list->erase(nearest);
  return taken;
}

struct Texts {
  TextMap labels;
  TextMap annotations;
};

void AppendAlert(const Texts& alert, std::vector<std::string>* out) {
  out->push_back("  labels      " + MapText(alert.labels));
  out->push_back("  annotations " + MapText(alert.annotations));
}

std::string CountsText(std::string_view noun, size_t expected, size_t got) {
  return "expected " + Plural(expected, noun) + ", got " + std::to_string(got);
}

// ---- samples ----

std::string HistogramKey(const promql::HistogramPtr& histogram) {
  if (histogram == nullptr) return {};
  model::NativeHistogram copy = *histogram;
  model::Compact(&copy);
  return promql::testing::HistogramText(copy);
}

struct Sample {
  model::Labels labels;
  double value = 0;
  std::string histogram;

  std::string ValueText() const { return histogram.empty() ? base::DoubleText(value) : histogram; }
  std::string Text() const { return labels.ToString() + " " + ValueText(); }
};

bool IsNeighbour(double a, double b) {
  const double infinity = std::numeric_limits<double>::infinity();
  return std::nextafter(a, -infinity) == b || std::nextafter(a, infinity) == b;
}

bool SameValue(const Sample& expected, const Sample& got, bool fuzzy) {
  if (expected.histogram != got.histogram) return false;
  const double a = expected.histogram.empty() ? expected.value : 0;
  const double b = got.histogram.empty() ? got.value : 0;
  return a == b || (fuzzy && IsNeighbour(a, b));
}

void AppendValueDifference(const Sample& expected, const Sample& got, std::vector<std::string>* out) {
  if (!expected.histogram.empty() && !got.histogram.empty()) {
    for (const std::string& line : TextDifference(expected.histogram, got.histogram)) out->push_back("  " + line);
    return;
  }
  std::string line = "  value: expected " + expected.ValueText() + ", got " + got.ValueText();
  if (expected.histogram.empty() && got.histogram.empty()) {
    if (std::isnan(expected.value) && std::isnan(got.value)) line += " (NaN equals nothing: test it with expr != expr)";
    if (IsNeighbour(expected.value, got.value)) line += " (the last bit; fuzzy_compare: true allows for it)";
  }
  out->push_back(std::move(line));
}

void ExplainSample(const Sample& expected, std::vector<Sample>* got, std::vector<std::string>* out) {
  const TextMap labels = ToTextMap(expected.labels);
  const auto nearest = TakeNearest(got, [&](const Sample& other) { return Likeness(labels, ToTextMap(other.labels)); });
  if (!nearest) {
    out->push_back("expected " + expected.Text() + ", got nothing more");
    return;
  }
  out->push_back("expected " + expected.Text());
  out->push_back("got      " + nearest->Text());
  AppendMapDifference("label", labels, ToTextMap(nearest->labels), out);
  if (!SameValue(expected, *nearest, false)) AppendValueDifference(expected, *nearest, out);
}

}  // namespace

std::string EvalTimeText(base::Duration time) {
  return base::DurationText(time);
}

std::optional<TestFailure> CheckAlerts(const AlertCase& expected, const std::vector<Alert>& firing) {
  std::vector<const ExpectedAlert*> wanted;
  wanted.reserve(expected.alerts.size());
  for (const ExpectedAlert& alert : expected.alerts) wanted.push_back(&alert);
  std::vector<Texts> got;
  got.reserve(firing.size());
  for (const Alert& alert : firing) got.push_back({ToTextMap(alert.labels), alert.annotations});
  for (Texts& alert : got) std::sort(alert.annotations.begin(), alert.annotations.end());
  RemoveEqual(&wanted, &got, [](const ExpectedAlert* one, const Texts& other) {
    return one->labels == other.labels && one->annotations == other.annotations;
  });
  if (wanted.empty() && got.empty()) return std::nullopt;

  TestFailure failure;
  failure.mark = expected.mark;
  failure.headline = "alert " + expected.alert_name + " at " + EvalTimeText(expected.eval_time) + ": " +
                     CountsText("firing alert", expected.alerts.size(), firing.size());
  if (expected.alerts.size() == firing.size()) failure.headline += ", but not the same";
  for (const ExpectedAlert* const alert : wanted) {
    const auto nearest = TakeNearest(&got, [&](const Texts& other) {
      return 3 * Likeness(alert->labels, other.labels) + Likeness(alert->annotations, other.annotations);
    });
    if (!nearest) {
      failure.lines.push_back(alert->mark.ToString() + ": does not fire:");
      AppendAlert({alert->labels, alert->annotations}, &failure.lines);
      continue;
    }
    failure.lines.push_back(alert->mark.ToString() + ": expected " + MapText(alert->labels));
    failure.lines.push_back("the nearest that fires is " + MapText(nearest->labels));
    AppendMapDifference("label", alert->labels, nearest->labels, &failure.lines);
    AppendMapDifference("annotation", alert->annotations, nearest->annotations, &failure.lines);
  }
  for (size_t i = 0; i < got.size() && i < kShown; ++i) {
    failure.lines.push_back("fires and is not expected:");
    AppendAlert(got[i], &failure.lines);
  }
  if (got.size() > kShown) failure.lines.push_back("and " + std::to_string(got.size() - kShown) + " more");
  return failure;
}

std::optional<TestFailure> CheckSamples(const ExprCase& expected, const promql::Vector& vector, bool fuzzy) {
  std::vector<Sample> wanted;
  for (const ExpectedSample& one : expected.samples) {
    wanted.push_back({one.labels, one.value, HistogramKey(one.histogram)});
  }
  std::vector<Sample> got;
  for (const promql::VectorElement& one : vector) got.push_back({one.labels, one.value, HistogramKey(one.histogram)});
  RemoveEqual(&wanted, &got, [&](const Sample& one, const Sample& other) {
    return one.labels == other.labels && SameValue(one, other, fuzzy);
  });
  if (wanted.empty() && got.empty()) return std::nullopt;

  TestFailure failure;
  failure.mark = expected.mark;
  failure.headline = "expr " + base::Quoted(expected.expr) + " at " + EvalTimeText(expected.eval_time) + ": " +
                     CountsText("sample", expected.samples.size(), vector.size());
  if (expected.samples.size() == vector.size()) failure.headline += ", but not the same";
  for (const Sample& one : wanted) ExplainSample(one, &got, &failure.lines);
  for (size_t i = 0; i < got.size() && i < kShown; ++i) failure.lines.push_back("not expected: " + got[i].Text());
  if (got.size() > kShown) failure.lines.push_back("and " + std::to_string(got.size() - kShown) + " more");
  return failure;
}

}  // namespace bekci::ruler::testing
