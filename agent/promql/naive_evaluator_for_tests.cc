#include "agent/promql/naive_evaluator_for_tests.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "agent/base/text.h"
#include "agent/model/histogram_arithmetic.h"
#include "agent/model/histogram_statistics.h"
#include "agent/promql/function_table.h"

namespace bekci::promql {
namespace {

using model::Labels;
constexpr int64_t kLookbackMs = 300'000;

Labels Nameless(const Labels& labels) {
  return labels.With({{"__name__", ""}, {"__type__", ""}, {"__unit__", ""}});
}

NaiveValue Scalar(double value) {
  NaiveValue out;
  out.type = ValueType::kScalar;
  out.scalar = value;
  return out;
}
NaiveValue EmptyVector() {
  NaiveValue out;
  out.type = ValueType::kVector;
  return out;
}

base::Result<NaiveValue> Unique(NaiveValue value) {
  std::set<Labels> seen;
  for (const NaiveSeries& series : value.series) {
    if (!seen.insert(series.labels).second) {
      return base::Invalid("vector cannot contain metrics with the same labelset");
    }
  }
  return value;
}

double Arithmetic(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::kAdd:
      return a + b;
    case BinaryOp::kSubtract:
      return a - b;
    case BinaryOp::kMultiply:
      return a * b;
    case BinaryOp::kDivide:
      return a / b;
    case BinaryOp::kModulo:
      return std::fmod(a, b);
    case BinaryOp::kPower:
      return std::pow(a, b);
    default:
      return std::atan2(a, b);
  }
}

bool Compare(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::kEqual:
      return a == b;
    case BinaryOp::kNotEqual:
      return a != b;
    case BinaryOp::kLess:
      return a < b;
    case BinaryOp::kLessEqual:
      return a <= b;
    case BinaryOp::kGreater:
      return a > b;
    default:
      return a >= b;
  }
}

// One element with another; nullopt: it goes. A comparison without bool keeps `kept`.
std::optional<NaiveSample> Combine(const BinaryExpr& expr, const NaiveSample& a, const NaiveSample& b,
                                   const NaiveSample& kept) {
  NaiveSample out;
  model::HistogramNotes notes;
  if (a.histogram == nullptr && b.histogram == nullptr) {
    if (!IsComparison(expr.op)) {
      out.value = Arithmetic(expr.op, a.value, b.value);
      return out;
    }
    const bool holds = Compare(expr.op, a.value, b.value);
    if (expr.return_bool) {
      out.value = holds ? 1 : 0;
      return out;
    }
    return holds ? std::optional(kept) : std::nullopt;
  }
  if (a.histogram != nullptr && b.histogram != nullptr) {
    if (expr.op == BinaryOp::kEqual || expr.op == BinaryOp::kNotEqual) {
      const bool holds = model::Equal(*a.histogram, *b.histogram) == (expr.op == BinaryOp::kEqual);
      out.value = holds ? 1 : 0;
      if (expr.return_bool) return out;
      return holds ? std::optional(kept) : std::nullopt;
    }
    model::NativeHistogram h = *a.histogram;
    if (expr.op == BinaryOp::kAdd ? !model::Add(&h, *b.histogram, &notes)
                                  : expr.op != BinaryOp::kSubtract || !model::Subtract(&h, *b.histogram, &notes)) {
      return std::nullopt;
    }
    model::Compact(&h);
    out.histogram = std::make_shared<model::NativeHistogram>(h);
    return out;
  }
  model::NativeHistogram h = a.histogram != nullptr ? *a.histogram : *b.histogram;
  const double factor = a.histogram != nullptr ? b.value : a.value;
  if (expr.op == BinaryOp::kMultiply) {
    model::Multiply(&h, factor);
  } else if (expr.op == BinaryOp::kDivide && a.histogram != nullptr) {
    model::Divide(&h, factor);
  } else {
    return std::nullopt;
  }
  model::Compact(&h);
  out.histogram = std::make_shared<model::NativeHistogram>(h);
  return out;
}

// What two elements have to share to match.
Labels MatchKey(const VectorMatching& matching, const Labels& labels) {
  std::vector<Labels::Pair> pairs;
  for (const auto& [name, value] : labels) {
    const bool listed = std::find(matching.labels.begin(), matching.labels.end(), name) != matching.labels.end();
    if (matching.on ? listed : !listed && name != model::kMetricName) pairs.emplace_back(name, value);
  }
  return Labels::FromPairs(pairs);
}

Labels GroupKey(const AggregateExpr& expr, const Labels& labels) {
  std::vector<Labels::Pair> pairs;
  for (const auto& [name, value] : labels) {
    const bool listed = std::find(expr.grouping.begin(), expr.grouping.end(), name) != expr.grouping.end();
    if (expr.without ? !listed && name != model::kMetricName : listed) pairs.emplace_back(name, value);
  }
  return Labels::FromPairs(pairs);
}

std::vector<double> FloatsOf(const std::vector<const NaiveSeries*>& group) {
  std::vector<double> values;
  for (const NaiveSeries* series : group) {
    if (series->samples[0].histogram == nullptr) values.push_back(series->samples[0].value);
  }
  return values;
}

std::optional<NaiveSample> Fold(AggregateOp op, double param, const std::vector<const NaiveSeries*>& group) {
  NaiveSample out;
  const std::vector<double> values = FloatsOf(group);
  const auto all = static_cast<double>(group.size());
  if (op == AggregateOp::kCount || op == AggregateOp::kGroup) {
    out.value = op == AggregateOp::kCount ? all : 1;
    return out;
  }
  NaiveWindow window{{}, 0, 0, 0, {param}};
  std::vector<NaiveSample> samples;
  samples.reserve(group.size());
  for (const NaiveSeries* series : group) samples.push_back(series->samples[0]);
  const NaiveWindow over{samples, 0, 0, 0, {param}};
  const auto as = [&](const char* name) { return std::move(NaiveRangeFunction(name, over)).value(); };
  switch (op) {
    case AggregateOp::kSum:
      return as("sum_over_time");
    case AggregateOp::kAvg:
      return as("avg_over_time");
    case AggregateOp::kMin:
      return as("min_over_time");
    case AggregateOp::kMax:
      return as("max_over_time");
    case AggregateOp::kStddev:
      return as("stddev_over_time");
    case AggregateOp::kStdvar:
      return as("stdvar_over_time");
    default:
      return as("quantile_over_time");
  }
}

}  // namespace

base::Result<NaiveValue> NaiveEvaluator::Evaluate(const Expr& expr, int64_t t_ms) {
  switch (expr.kind) {
    case ExprKind::kNumberLiteral:
      return Scalar(As<NumberLiteral>(expr).value);
    case ExprKind::kStringLiteral: {
      NaiveValue out;
      out.type = ValueType::kString;
      out.text = As<StringLiteral>(expr).value;
      return out;
    }
    case ExprKind::kParen:
      return Evaluate(*As<ParenExpr>(expr).expr, t_ms);
    case ExprKind::kVectorSelector:
      return Selector(As<VectorSelector>(expr), t_ms);
    case ExprKind::kMatrixSelector:
      return Matrix(As<MatrixSelector>(expr), t_ms);
    case ExprKind::kSubquery:
      return SubqueryAt(As<Subquery>(expr), t_ms);
    case ExprKind::kUnary:
      return Unary(As<UnaryExpr>(expr), t_ms);
    case ExprKind::kBinary:
      return Binary(As<BinaryExpr>(expr), t_ms);
    case ExprKind::kAggregate:
      return Aggregate(As<AggregateExpr>(expr), t_ms);
    case ExprKind::kCall:
      return CallAt(As<Call>(expr), t_ms);
  }
  return base::NotFound("naive: unknown expression");
}

int64_t NaiveEvaluator::Shifted(const TimeModifiers& time, int64_t t_ms) const {
  int64_t t = t_ms;
  if (time.at == AtKind::kTimestamp) t = time.at_ms;
  if (time.at == AtKind::kStart) t = start_ms_;
  if (time.at == AtKind::kEnd) t = end_ms_;
  return t - time.offset.ms;
}

base::Result<std::vector<NaiveSeries>> NaiveEvaluator::Read(const VectorSelector& selector, int64_t after_ms,
                                                            int64_t until_ms) {
  ASSIGN_OR_RETURN(const auto querier, store_.OpenQuerier(after_ms + 1, until_ms));
  ASSIGN_OR_RETURN(const auto list, querier->Select(selector.matchers, {}));
  std::vector<NaiveSeries> out;
  for (const auto& series : list) {
    storage::Samples samples;
    RETURN_IF_ERROR(series->Read(after_ms + 1, until_ms, &samples));
    NaiveSeries read;
    read.labels = series->labels();
    for (size_t i = 0; i < samples.times.size(); ++i) {
      read.samples.push_back({samples.times[i], samples.values[i], nullptr});
    }
    for (size_t i = 0; i < samples.histogram_times.size(); ++i) {
      read.samples.push_back({samples.histogram_times[i], 0, samples.histograms[i]});
    }
    std::sort(read.samples.begin(), read.samples.end(),
              [](const NaiveSample& a, const NaiveSample& b) { return a.t_ms < b.t_ms; });
    out.push_back(std::move(read));
  }
  return out;
}

base::Result<NaiveValue> NaiveEvaluator::Selector(const VectorSelector& selector, int64_t t_ms) {
  const int64_t t = Shifted(selector.time, t_ms);
  ASSIGN_OR_RETURN(auto all, Read(selector, t - kLookbackMs, t));
  NaiveValue out = EmptyVector();
  for (NaiveSeries& series : all) {
    if (series.samples.empty()) continue;
    const NaiveSample newest = series.samples.back();
    if (newest.histogram == nullptr && storage::IsStale(newest.value)) continue;
    series.samples = {newest};
    out.series.push_back(std::move(series));
  }
  return out;
}

base::Result<NaiveValue> NaiveEvaluator::Matrix(const MatrixSelector& selector, int64_t t_ms) {
  const int64_t t = Shifted(selector.selector->time, t_ms);
  ASSIGN_OR_RETURN(auto all, Read(*selector.selector, t - selector.range.ms, t));
  NaiveValue out;
  out.type = ValueType::kMatrix;
  for (NaiveSeries& series : all) {
    std::erase_if(series.samples,
                  [](const NaiveSample& s) { return s.histogram == nullptr && storage::IsStale(s.value); });
    if (!series.samples.empty()) out.series.push_back(std::move(series));
  }
  return out;
}

base::Result<NaiveValue> NaiveEvaluator::SubqueryAt(const Subquery& subquery, int64_t t_ms) {
  const int64_t t = Shifted(subquery.time, t_ms);
  const int64_t step = subquery.has_step ? subquery.step.ms : 60'000;
  std::map<Labels, NaiveSeries> by_labels;
  const int64_t after = t - subquery.range.ms;
  for (int64_t at = (after / step - 2) * step; at <= t; at += step) {
    if (at <= after) continue;
    ASSIGN_OR_RETURN(const NaiveValue value, Evaluate(*subquery.expr, at));
    for (const NaiveSeries& series : value.series) {
      NaiveSeries& into = by_labels[series.labels];
      into.labels = series.labels;
      NaiveSample sample = series.samples[0];
      sample.t_ms = at;
      if (sample.histogram != nullptr && sample.histogram->reset_hint != model::CounterResetHint::kGauge) {
        // Between samples of a subquery there may be resets that nobody saw.
        auto copy = std::make_shared<model::NativeHistogram>(*sample.histogram);
        copy->reset_hint = model::CounterResetHint::kUnknown;
        sample.histogram = copy;
      }
      into.samples.push_back(sample);
    }
  }
  NaiveValue out;
  out.type = ValueType::kMatrix;
  for (auto& [labels, series] : by_labels) out.series.push_back(std::move(series));
  return out;
}

base::Result<NaiveValue> NaiveEvaluator::Unary(const UnaryExpr& expr, int64_t t_ms) {
  ASSIGN_OR_RETURN(NaiveValue value, Evaluate(*expr.expr, t_ms));
  if (!expr.negate) return value;
  value.scalar = -value.scalar;
  for (NaiveSeries& series : value.series) {
    series.labels = Nameless(series.labels);
    NaiveSample& sample = series.samples[0];
    sample.value = -sample.value;
    if (sample.histogram == nullptr) continue;
    auto h = std::make_shared<model::NativeHistogram>(*sample.histogram);
    model::Multiply(h.get(), -1);
    sample.histogram = h;
  }
  return Unique(std::move(value));
}

base::Result<NaiveValue> NaiveEvaluator::Binary(const BinaryExpr& expr, int64_t t_ms) {
  ASSIGN_OR_RETURN(const NaiveValue lhs, Evaluate(*expr.lhs, t_ms));
  ASSIGN_OR_RETURN(const NaiveValue rhs, Evaluate(*expr.rhs, t_ms));
  const bool left_scalar = lhs.type == ValueType::kScalar;
  const bool right_scalar = rhs.type == ValueType::kScalar;
  if (left_scalar && right_scalar) {
    const NaiveSample a{0, lhs.scalar, nullptr};
    const NaiveSample b{0, rhs.scalar, nullptr};
    return Scalar(Combine(expr, a, b, a)->value);
  }
  if (!left_scalar && !right_scalar) return IsSetOperator(expr.op) ? Sets(expr, lhs, rhs) : Vectors(expr, lhs, rhs);
  NaiveValue out = EmptyVector();
  const NaiveSample scalar{0, left_scalar ? lhs.scalar : rhs.scalar, nullptr};
  for (const NaiveSeries& series : (left_scalar ? rhs : lhs).series) {
    const NaiveSample& element = series.samples[0];
    const auto combined = Combine(expr, left_scalar ? scalar : element, left_scalar ? element : scalar, element);
    if (!combined) continue;
    const bool keeps_name = IsComparison(expr.op) && !expr.return_bool;
    out.series.push_back({keeps_name ? series.labels : Nameless(series.labels), {*combined}});
  }
  return Unique(std::move(out));
}

base::Result<NaiveValue> NaiveEvaluator::Vectors(const BinaryExpr& expr, const NaiveValue& lhs, const NaiveValue& rhs) {
  // With nothing on one side nothing is looked at, not even for errors.
  if (lhs.series.empty() || rhs.series.empty()) return EmptyVector();
  const VectorMatching& matching = *expr.matching;
  const bool swap = matching.cardinality == Cardinality::kOneToMany;
  const std::vector<NaiveSeries>& many = swap ? rhs.series : lhs.series;
  const std::vector<NaiveSeries>& one = swap ? lhs.series : rhs.series;
  std::map<Labels, const NaiveSeries*> ones;
  for (const NaiveSeries& series : one) {
    if (!ones.emplace(MatchKey(matching, series.labels), &series).second) {
      return base::Invalid("found duplicate series for the match group");
    }
  }
  NaiveValue out = EmptyVector();
  std::set<Labels> taken;
  for (const NaiveSeries& series : many) {
    const Labels key = MatchKey(matching, series.labels);
    const auto found = ones.find(key);
    if (found == ones.end()) continue;
    const NaiveSample& a = (swap ? *found->second : series).samples[0];
    const NaiveSample& b = (swap ? series : *found->second).samples[0];
    const auto combined = Combine(expr, a, b, a);
    if (!combined) continue;
    Labels labels = IsComparison(expr.op) && !expr.return_bool ? series.labels : Nameless(series.labels);
    if (matching.cardinality == Cardinality::kOneToOne) {
      if (matching.on) labels = key;
      for (const std::string& name : matching.labels) {
        if (!matching.on) labels = labels.Without(name);
      }
    }
    for (const std::string& name : matching.include) {
      labels = labels.With({{name, found->second->labels.Get(name)}});
    }
    const bool fresh = taken.insert(matching.cardinality == Cardinality::kOneToOne ? key : labels).second;
    if (!fresh) return base::Invalid("multiple matches for labels");
    out.series.push_back({labels, {*combined}});
  }
  return Unique(std::move(out));
}

base::Result<NaiveValue> NaiveEvaluator::Sets(const BinaryExpr& expr, const NaiveValue& lhs, const NaiveValue& rhs) {
  std::set<Labels> left;
  std::set<Labels> right;
  for (const NaiveSeries& series : lhs.series) left.insert(MatchKey(*expr.matching, series.labels));
  for (const NaiveSeries& series : rhs.series) right.insert(MatchKey(*expr.matching, series.labels));
  NaiveValue out = EmptyVector();
  for (const NaiveSeries& series : lhs.series) {
    const bool matched = right.count(MatchKey(*expr.matching, series.labels)) > 0;
    if (expr.op == BinaryOp::kOr || matched == (expr.op == BinaryOp::kAnd)) out.series.push_back(series);
  }
  for (const NaiveSeries& series : rhs.series) {
    if (expr.op == BinaryOp::kOr && left.count(MatchKey(*expr.matching, series.labels)) == 0) {
      out.series.push_back(series);
    }
  }
  return Unique(std::move(out));
}

base::Result<NaiveValue> NaiveEvaluator::Aggregate(const AggregateExpr& expr, int64_t t_ms) {
  ASSIGN_OR_RETURN(const NaiveValue input, Evaluate(*expr.expr, t_ms));
  NaiveValue param;
  if (expr.param != nullptr) {
    ASSIGN_OR_RETURN(param, Evaluate(*expr.param, t_ms));
  }
  std::map<Labels, std::vector<const NaiveSeries*>> groups;
  NaiveValue out = EmptyVector();
  for (const NaiveSeries& series : input.series) {
    Labels key = GroupKey(expr, series.labels);
    if (expr.op == AggregateOp::kCountValues) {
      const NaiveSample& sample = series.samples[0];
      key = key.With({{param.text, sample.histogram != nullptr ? model::HistogramText(*sample.histogram)
                                                               : base::DoubleText(sample.value)}});
    }
    groups[key].push_back(&series);
  }
  for (auto& [key, group] : groups) {
    if (expr.op == AggregateOp::kTopk || expr.op == AggregateOp::kBottomk) {
      const int sign = expr.op == AggregateOp::kTopk ? -1 : 1;
      std::erase_if(group, [](const NaiveSeries* s) { return s->samples[0].histogram != nullptr; });
      std::stable_sort(group.begin(), group.end(), [sign](const NaiveSeries* a, const NaiveSeries* b) {
        const double x = a->samples[0].value;
        const double y = b->samples[0].value;
        return std::isnan(x) || std::isnan(y) ? !std::isnan(x) && std::isnan(y) : sign * x < sign * y;
      });
      for (size_t i = 0; i < group.size() && static_cast<double>(i) < std::floor(param.scalar); ++i) {
        out.series.push_back(*group[i]);
      }
      continue;
    }
    const AggregateOp op = expr.op == AggregateOp::kCountValues ? AggregateOp::kCount : expr.op;
    if (const auto folded = Fold(op, param.scalar, group)) out.series.push_back({key, {*folded}});
  }
  return out;
}

base::Result<NaiveValue> NaiveEvaluator::CallAt(const Call& call, int64_t t_ms) {
  const std::string name(call.function->name);
  std::vector<double> scalars;
  std::vector<std::string> strings;
  NaiveValue input;
  const Expr* range = nullptr;
  for (const ExprPtr& arg : call.args) {
    ASSIGN_OR_RETURN(NaiveValue value, Evaluate(*arg, t_ms));
    if (value.type == ValueType::kScalar) {
      scalars.push_back(value.scalar);
    } else if (value.type == ValueType::kString) {
      strings.push_back(value.text);
    } else {
      if (value.type == ValueType::kMatrix) range = &Unwrap(*arg);
      input = std::move(value);
    }
  }
  if (name == "time") return Scalar(static_cast<double>(t_ms) / 1000);
  if (name == "scalar") {
    std::vector<double> floats;
    for (const NaiveSeries& series : input.series) {
      if (series.samples[0].histogram == nullptr) floats.push_back(series.samples[0].value);
    }
    return Scalar(floats.size() == 1 ? floats[0] : std::nan(""));
  }
  NaiveValue out = EmptyVector();
  if (name == "vector") {
    out.series.push_back({{}, {{t_ms, scalars[0], nullptr}}});
    return out;
  }
  if (name == "histogram_quantile") {
    std::map<Labels, std::vector<std::pair<double, double>>> buckets;
    for (const NaiveSeries& series : input.series) {
      const NaiveSample& sample = series.samples[0];
      if (sample.histogram != nullptr) {
        const double value = model::HistogramQuantile(scalars[0], *sample.histogram).value;
        out.series.push_back({Nameless(series.labels), {{t_ms, value, nullptr}}});
      } else if (const auto bound = base::ParseDouble(series.labels.Get("le"))) {
        buckets[series.labels.Without("le")].emplace_back(*bound, sample.value);
      }
    }
    for (const auto& [labels, list] : buckets) {
      out.series.push_back({Nameless(labels), {{t_ms, NaiveClassicQuantile(scalars[0], list), nullptr}}});
    }
    return Unique(std::move(out));
  }
  for (const NaiveSeries& series : input.series) {
    NaiveSeries result;
    const bool keeps = name == "last_over_time" || name == "first_over_time";
    result.labels = keeps ? series.labels : Nameless(series.labels);
    if (range != nullptr) {
      const bool sub = range->kind == ExprKind::kSubquery;
      const TimeModifiers& time = sub ? As<Subquery>(*range).time : As<MatrixSelector>(*range).selector->time;
      const int64_t until = Shifted(time, t_ms);
      const int64_t length = (sub ? As<Subquery>(*range).range : As<MatrixSelector>(*range).range).ms;
      ASSIGN_OR_RETURN(const auto answer,
                       NaiveRangeFunction(name, {series.samples, until - length, until, t_ms, scalars}));
      if (!answer) continue;
      result.samples = {*answer};
    } else if (const NaiveHistogram& h = series.samples[0].histogram; name.starts_with("histogram_")) {
      if (h == nullptr) continue;
      result.samples = {{t_ms, name == "histogram_count" ? h->count : h->sum, nullptr}};
    } else {
      if (h != nullptr) continue;
      ASSIGN_OR_RETURN(const auto answer, NaiveElementFunction(name, series.samples[0].value, scalars));
      if (!answer) continue;
      result.samples = {{t_ms, *answer, nullptr}};
    }
    out.series.push_back(std::move(result));
  }
  return Unique(std::move(out));
}

}  // namespace bekci::promql
