#include "agent/ruler/explain.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/promql/ast.h"
#include "agent/promql/printer.h"
#include "agent/promql/walk.h"

namespace bekci::ruler {
namespace {

using promql::As;
using promql::Expr;
using promql::ExprKind;

constexpr size_t kMaxParts = 40;

std::string Count(size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string Ago(base::Duration duration) {
  return base::DurationText(std::chrono::duration_cast<std::chrono::seconds>(duration));
}

// "2026-01-02 03:04:05 UTC"
std::string TimeText(base::Timestamp at) {
  const time_t seconds = at.ms / 1000;
  tm broken{};
  gmtime_r(&seconds, &broken);
  char text[40];
  return {text, strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &broken)};
}

// What a part of the expression gave.
struct Given {
  promql::QueryResult result;
  promql::Vector vector;  // a scalar is one element without labels
  size_t selected = 0;
};

class Explainer {
 public:
  Explainer(promql::Engine& engine, storage::Queryable& store, int64_t t_ms)
      : engine_(engine), store_(store), t_ms_(t_ms) {}

  std::vector<ExplainedPart> Explain(const Expr& expr) {
    Add(expr, 0);
    return std::move(parts_);
  }

 private:
  Given Evaluate(const Expr& expr) {
    Given given;
    given.result = engine_.Instant(store_, promql::Print(expr), t_ms_, {});
    for (const promql::SelectorEvidence& selector : given.result.selectors) given.selected += selector.series;
    if (auto* vector = std::get_if<promql::Vector>(&given.result.value)) given.vector = std::move(*vector);
    if (const auto* scalar = std::get_if<promql::Scalar>(&given.result.value)) {
      given.vector.push_back({{}, t_ms_, scalar->value, nullptr});
    }
    return given;
  }

  // Adds `expr` and what it is made of; returns how many series it gave.
  size_t Add(const Expr& outer, int depth) {
    const Expr& expr = promql::Unwrap(outer);
    const Given given = Evaluate(expr);
    const size_t index = parts_.size();
    ExplainedPart part;
    part.text = promql::Print(expr);
    part.depth = depth;
    part.series = given.vector.size();
    part.selected = given.selected;
    if (!given.result.status.ok()) part.error = given.result.status.message();
    for (size_t i = 0; i < std::min(kShownSeries, given.vector.size()); ++i) {
      const promql::VectorElement& element = given.vector[i];
      part.values.push_back(
          {element.labels.ToString(), element.histogram != nullptr ? "a histogram" : base::DoubleText(element.value)});
    }
    parts_.push_back(std::move(part));
    AddOperands(expr, depth, index, given.vector.empty());
    return given.vector.size();
  }

  void AddOperands(const Expr& expr, int depth, size_t index, bool empty) {
    if (parts_.size() >= kMaxParts) return;
    switch (expr.kind) {
      case ExprKind::kBinary:
        return AddBinary(As<promql::BinaryExpr>(expr), depth, index, empty);
      case ExprKind::kAggregate:
        AddOperand(*As<promql::AggregateExpr>(expr).expr, depth, index, empty, "has nothing to aggregate");
        return;
      case ExprKind::kUnary:
        AddOperand(*As<promql::UnaryExpr>(expr).expr, depth, index, empty, "");
        return;
      case ExprKind::kCall:
        for (const promql::ExprPtr& arg : As<promql::Call>(expr).args) {
          if (arg->type == promql::ValueType::kVector) AddOperand(*arg, depth, index, empty, "");
        }
        if (empty) NoteRange(expr, index);
        return;
      case ExprKind::kVectorSelector:
        if (empty) Decide(index, SelectorNote(As<promql::VectorSelector>(expr)));
        return;
      default:
        return;
    }
  }

  void AddOperand(const Expr& operand, int depth, size_t index, bool empty, const std::string& why) {
    const size_t given = Add(operand, depth + 1);
    if (empty && given > 0 && !why.empty()) Decide(index, why);
  }

  // A function over a range that gave nothing: are there series, or too few samples?
  void NoteRange(const Expr& expr, size_t index) {
    bool has_range = false;
    promql::Walk(expr, [&](const Expr& node) { has_range |= node.kind == ExprKind::kMatrixSelector; });
    if (!has_range) return;
    Decide(index, parts_[index].selected == 0 ? "no such series is in the store"
                                              : Count(parts_[index].selected, "series matches", "series match") +
                                                    ", but none has enough samples in the range");
  }

  // Of a selector that found nothing: were there such series before?
  std::string SelectorNote(const promql::VectorSelector& selector) const {
    constexpr int64_t kLookedBackMs = int64_t{31} * 24 * 3600 * 1000;
    auto querier = store_.OpenQuerier(t_ms_ - kLookedBackMs, t_ms_);
    if (!querier.ok()) return querier.status().message();
    const auto series = (*querier)->Select(selector.matchers, {.sorted = false, .only_labels = true});
    if (!series.ok()) return series.status().message();
    if (series->empty()) return "no such series is in the store: is the name right, is it collected?";
    return Count(series->size(), "series matches", "series match") + ", but none has a sample at that time";
  }

  void AddBinary(const promql::BinaryExpr& binary, int depth, size_t index, bool empty) {
    const size_t left = Add(*binary.lhs, depth + 1);
    const size_t right = Add(*binary.rhs, depth + 1);
    if (promql::IsComparison(binary.op) && !binary.return_bool) NoteComparison(binary, index, left, right, empty);
    if (!empty || left == 0) return;
    if (binary.op == promql::BinaryOp::kAnd ||
        (right > 0 && binary.matching.has_value() && !promql::IsSetOperator(binary.op))) {
      if (right == 0) return Decide(index, "the right side gives nothing");
      NoteJoin(binary, index);
    } else if (binary.op == promql::BinaryOp::kUnless) {
      Decide(index, "everything on the left is also on the right");
    } else if (right == 0) {
      Decide(index, "the right side gives nothing");
    }
  }

  // "3 series are compared with 5; the nearest is 4.2 ({instance="x"})"
  void NoteComparison(const promql::BinaryExpr& binary, size_t index, size_t left, size_t right, bool empty) {
    const bool against_scalar = binary.rhs->type == promql::ValueType::kScalar;
    if (!against_scalar || left == 0 || right == 0) return;
    const Given values = Evaluate(*binary.lhs);
    const Given bounds = Evaluate(*binary.rhs);
    const double bound = bounds.vector.front().value;
    const promql::VectorElement* nearest = nullptr;
    for (const promql::VectorElement& element : values.vector) {
      if (std::isnan(element.value)) continue;
      if (nearest == nullptr || std::abs(element.value - bound) < std::abs(nearest->value - bound)) nearest = &element;
    }
    std::string note =
        Count(values.vector.size(), "series is", "series are") + " compared with " + base::DoubleText(bound);
    if (nearest == nullptr) {
      note += "; all are NaN, which compares with nothing";
    } else {
      note += "; the nearest is " + base::DoubleText(nearest->value) + " (" + nearest->labels.ToString() + ")";
    }
    parts_[index].note = note;
    if (empty) Decide(index, note);
  }

  // Which labels keep the sides apart.
  void NoteJoin(const promql::BinaryExpr& binary, size_t index) {
    const Given left = Evaluate(*binary.lhs);
    const Given right = Evaluate(*binary.rhs);
    if (left.vector.empty() || right.vector.empty() || !binary.matching.has_value()) return;
    const model::Labels& a = left.vector.front().labels;
    std::string best;
    size_t fewest = SIZE_MAX;
    for (const promql::VectorElement& element : right.vector) {
      const std::vector<std::string> differ = Differences(*binary.matching, a, element.labels);
      if (differ.size() >= fewest) continue;
      fewest = differ.size();
      best = base::Join(differ, ", ");
    }
    if (fewest == 0) return;  // they join; what is empty has another reason
    Decide(index,
           "left and right do not join: " + a.ToString() + " has no partner; it differs from the nearest in " + best);
  }

  static std::vector<std::string> Differences(const promql::VectorMatching& matching, const model::Labels& a,
                                              const model::Labels& b) {
    std::set<std::string> names;
    if (matching.on) {
      names.insert(matching.labels.begin(), matching.labels.end());
    } else {
      for (const model::Labels* labels : {&a, &b}) {
        for (const auto& [name, value] : *labels) names.insert(std::string(name));
      }
      names.erase(std::string(model::kMetricName));
      for (const std::string& ignored : matching.labels) names.erase(ignored);
    }
    std::vector<std::string> differ;
    for (const std::string& name : names) {
      if (a.Get(name) == b.Get(name)) continue;
      differ.push_back(name + " (" + base::Quoted(a.Get(name)) + ", " + base::Quoted(b.Get(name)) + ")");
    }
    return differ;
  }

  // The outermost part that has a reason decides; a note stands in any case.
  void Decide(size_t index, const std::string& note) {
    parts_[index].note = note;
    parts_[index].decides = true;
  }

  promql::Engine& engine_;
  storage::Queryable& store_;
  const int64_t t_ms_;
  std::vector<ExplainedPart> parts_;
};

// Only the first part that has a reason keeps it as the one that decides.
const ExplainedPart* Deciding(std::vector<ExplainedPart>* parts) {
  const ExplainedPart* first = nullptr;
  for (ExplainedPart& part : *parts) {
    if (part.decides && first != nullptr) part.decides = false;
    if (part.decides) first = &part;
  }
  return first;
}

std::string StateSentence(const Rule& rule, const Alert& alert, base::Timestamp at) {
  std::string text;
  if (alert.state == AlertState::kFiring) {
    text = "fires since " + TimeText(alert.fired_at) + " (" + Ago(at - alert.fired_at) + ")";
    if (rule.text.hold > base::Duration::zero()) text += ", active since " + TimeText(alert.active_at);
    if (alert.keep_firing_since.ms != 0) {
      text += "; the expression has given nothing since " + TimeText(alert.keep_firing_since) +
              ", keep_firing_for holds it for another " +
              Ago(rule.text.keep_firing_for - (at - alert.keep_firing_since));
    }
  } else {
    text = "is pending since " + TimeText(alert.active_at) + ": " + Ago(alert.ActiveFor(at)) + " of " +
           Ago(rule.text.hold) + ", fires in " + Ago(rule.text.hold - alert.ActiveFor(at)) + " if it stays";
  }
  if (alert.gap > base::Duration::zero()) {
    text += "; " + Ago(alert.gap) + " in which nothing was evaluated do not count";
  }
  return text;
}

void DescribeNow(const Rule& rule, const RuleStatus& status, Explanation* out) {
  if (status.health == RuleHealth::kFailed) {
    out->sentences.push_back(rule.text.name + " could not be judged: " + status.last_error +
                             ". Its alerts stay what they were.");
  }
  for (const Alert& alert : status.alerts) {
    out->alerts.push_back({alert, StateSentence(rule, alert, out->at)});
    if (out->alerts.size() <= kShownSeries) {
      out->sentences.push_back(alert.labels.ToString() + " " + out->alerts.back().sentence + ".");
    }
  }
}

void DescribeParts(const Rule& rule, Explanation* out) {
  const ExplainedPart& whole = out->parts.front();
  const ExplainedPart* const deciding = Deciding(&out->parts);
  if (!whole.error.empty()) {
    out->sentences.push_back("The expression fails: " + whole.error + ".");
  } else if (whole.series > 0) {
    out->sentences.push_back("The expression gives " + Count(whole.series, "series", "series") + " at " +
                             TimeText(out->at) + (whole.note.empty() ? "." : ": " + whole.note + "."));
  } else {
    out->sentences.push_back(rule.text.name + " does not fire at " + TimeText(out->at) +
                             ": the expression gives nothing.");
    if (deciding == nullptr) return;
    const bool asks = deciding->note.ends_with('?');
    out->sentences.push_back("What decides is `" + deciding->text + "`: " + deciding->note + (asks ? "" : "."));
  }
}

}  // namespace

Explanation Explain(const GroupStatus& group, const RuleStatus& status, base::Timestamp at, base::Timestamp now,
                    promql::Engine& engine, storage::Queryable& store) {
  const Rule& rule = *status.rule;
  Explanation out;
  out.file = group.file;
  out.group = group.name;
  out.name = rule.text.name;
  out.query = rule.query_text;
  out.hold = rule.text.hold;
  out.keep_firing_for = rule.text.keep_firing_for;
  out.evaluations = status.evaluations;
  out.is_now = at.ms == 0;
  out.at = !out.is_now ? at : status.evaluations.empty() ? now : status.evaluations.back().at;
  out.parts = Explainer(engine, store, out.at.ms).Explain(*rule.query->expr);
  if (out.is_now && status.evaluations.empty()) {
    out.sentences.push_back(rule.text.name + " has not been evaluated yet; this is what it would find now.");
  }
  if (out.is_now) DescribeNow(rule, status, &out);
  DescribeParts(rule, &out);
  return out;
}

}  // namespace bekci::ruler
