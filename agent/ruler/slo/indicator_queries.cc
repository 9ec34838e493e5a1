#include "agent/ruler/slo/indicator_queries.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/promql/ast.h"
#include "agent/promql/function_table.h"
#include "agent/promql/parser.h"
#include "agent/ruler/slo/window_text.h"

namespace bekci::ruler::slo {
namespace {

constexpr std::string_view kPerSecond[] = {"rate", "irate", "deriv"};
constexpr std::string_view kCounting[] = {"increase", "delta", "idelta", "count_over_time", "sum_over_time", "changes"};

bool Contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

QueryUnit Both(QueryUnit a, QueryUnit b) {
  if (a == QueryUnit::kUnknown || a == b) return b;
  return b == QueryUnit::kUnknown ? a : QueryUnit::kMixed;
}

QueryUnit UnitOf(const promql::Expr& expr) {
  using promql::ExprKind;
  switch (expr.kind) {
    case ExprKind::kParen:
      return UnitOf(*promql::As<promql::ParenExpr>(expr).expr);
    case ExprKind::kUnary:
      return UnitOf(*promql::As<promql::UnaryExpr>(expr).expr);
    case ExprKind::kAggregate:
      return UnitOf(*promql::As<promql::AggregateExpr>(expr).expr);
    case ExprKind::kBinary: {
      const auto& binary = promql::As<promql::BinaryExpr>(expr);
      return Both(UnitOf(*binary.lhs), UnitOf(*binary.rhs));
    }
    case ExprKind::kCall: {
      const auto& call = promql::As<promql::Call>(expr);
      if (Contains(kPerSecond, call.function->name)) return QueryUnit::kPerSecond;
      if (Contains(kCounting, call.function->name)) return QueryUnit::kCount;
      QueryUnit unit = QueryUnit::kUnknown;
      for (const promql::ExprPtr& argument : call.args) unit = Both(unit, UnitOf(*argument));
      return unit;
    }
    default:
      return QueryUnit::kUnknown;
  }
}

std::string Window(std::string_view selector) {
  return std::string(selector) + "[" + std::string(kWindowVariable) + "]";
}

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '.' || c == '+') escaped += "\\\\";
    escaped += c;
  }
  return escaped;
}

base::Status NoSelector(std::string_view what, std::string_view text) {
  return base::Invalid(std::string(what) + ": expected a selector such as " + "name{label=\"value\"}, found " +
                       base::Quoted(text));
}

}  // namespace

bool IsPlainSelector(std::string_view text) {
  const auto parsed = promql::ParseExpr(text, {});
  if (!parsed.ok() || (*parsed)->kind != promql::ExprKind::kVectorSelector) return false;
  const promql::TimeModifiers& time = promql::As<promql::VectorSelector>(**parsed).time;
  return time.at == promql::AtKind::kNone && time.offset.ms == 0 && time.offset.expr == nullptr;
}

base::Status CheckQuery(std::string_view query) {
  return promql::ParseExpr(FillWindow(query, "5m"), {}).status();
}

QueryUnit UnitOf(std::string_view query) {
  const auto parsed = promql::ParseExpr(FillWindow(query, "5m"), {});
  return parsed.ok() ? UnitOf(**parsed) : QueryUnit::kUnknown;
}

std::string Summed(std::string_view inner, std::span<const std::string> by) {
  const std::string grouping = by.empty() ? "" : " by (" + base::Join(by, ", ") + ") ";
  return "sum" + grouping + "(" + std::string(inner) + ")";
}

base::Result<std::string> EventQuery(std::string_view text, std::span<const std::string> by) {
  const std::string plain = WithoutComments(text);
  text = base::Trim(plain);
  RETURN_IF_ERROR(CheckQuery(text));
  if (HasWindow(text)) return std::string(text);
  if (IsPlainSelector(text)) return Summed("rate(" + Window(text) + ")", by);
  return base::Invalid("must be a selector of counters, or a query with [{{.window}}] where the window goes");
}

base::Result<Indicator> EventRatio(Indicator::Kind kind, std::string_view part, std::string_view total,
                                   std::span<const std::string> by) {
  const bool is_good = kind == Indicator::Kind::kGood;
  const std::string_view part_name = is_good ? "good" : "bad";
  if (base::Trim(part) == base::Trim(total)) {
    return base::Invalid(std::string(part_name) + " and total are the same query");
  }
  Indicator indicator;
  indicator.kind = kind;
  ASSIGN_OR_RETURN(std::string part_query, EventQuery(part, by).WithContext(part_name));
  ASSIGN_OR_RETURN(indicator.total, EventQuery(total, by).WithContext("total"));
  const QueryUnit unit = Both(UnitOf(part_query), UnitOf(indicator.total));
  if (unit == QueryUnit::kMixed) {
    return base::Invalid(std::string(part_name) +
                         " and total: one is a rate per second, the other a count; use rate() in both, or increase()");
  }
  indicator.counts = unit == QueryUnit::kCount;
  (is_good ? indicator.good : indicator.bad) = std::move(part_query);
  if (IsPlainSelector(part) && IsPlainSelector(total)) {
    indicator.part_counter = base::Trim(WithoutComments(part));
    indicator.total_counter = base::Trim(WithoutComments(total));
  }
  return indicator;
}

std::string_view NameOf(std::string_view selector) {
  return base::Trim(selector.substr(0, selector.find('{')));
}

std::string Renamed(std::string_view selector, std::string_view name, std::string_view matcher) {
  const size_t open = selector.find('{');
  std::string_view inner;
  if (open != std::string_view::npos) inner = base::Trim(selector.substr(open + 1, selector.rfind('}') - open - 1));
  if (inner.ends_with(',')) inner = base::Trim(inner.substr(0, inner.size() - 1));
  std::string matchers(inner);
  if (!matcher.empty()) matchers += (matchers.empty() ? "" : ", ") + std::string(matcher);
  return std::string(name) + (matchers.empty() ? "" : "{" + matchers + "}");
}

std::string BoundMatcher(double bound) {
  std::string decimal;
  base::AppendDecimal(&decimal, bound);
  std::vector<std::string> spellings = {base::DoubleText(bound)};
  if (decimal != spellings.front()) spellings.push_back(decimal);
  if (decimal.find('.') == std::string::npos) spellings.push_back(decimal + ".0");
  if (spellings.size() == 1) return "le=\"" + spellings.front() + "\"";
  for (std::string& spelling : spellings) spelling = Escaped(spelling);
  return "le=~\"" + base::Join(spellings, "|") + "\"";
}

base::Result<Indicator> Latency(std::string_view histogram, double threshold, bool native,
                                std::span<const std::string> by) {
  const std::string plain = WithoutComments(histogram);
  histogram = base::Trim(plain);
  std::string name(NameOf(histogram));
  if (!IsPlainSelector(histogram) || name.empty()) return NoSelector("histogram", histogram);
  for (const std::string_view suffix : {"_bucket", "_count", "_sum"}) {
    if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  }
  Indicator indicator;
  if (native) {
    const std::string rates = Summed("rate(" + Window(Renamed(histogram, name, "")) + ")", by);
    indicator.total = "histogram_count(" + rates + ")";
    indicator.bad =
        "(1 - histogram_fraction(0, " + base::DoubleText(threshold) + ", " + rates + ")) * " + indicator.total;
    return indicator;
  }
  indicator.kind = Indicator::Kind::kGood;
  indicator.good_must_exist = true;
  indicator.histogram = Renamed(histogram, name + "_bucket", "");
  indicator.threshold = threshold;
  indicator.part_counter = Renamed(histogram, name + "_bucket", BoundMatcher(threshold));
  indicator.total_counter = Renamed(histogram, name + "_count", "");
  indicator.good = Summed("rate(" + Window(indicator.part_counter) + ")", by);
  indicator.total = Summed("rate(" + Window(indicator.total_counter) + ")", by);
  return indicator;
}

base::Result<Indicator> Uptime(std::string_view gauge, std::span<const std::string> by) {
  const std::string plain = WithoutComments(gauge);
  gauge = base::Trim(plain);
  if (!IsPlainSelector(gauge)) return NoSelector("probe", gauge);
  Indicator indicator;
  const std::string samples = "count_over_time(" + Window(gauge) + ")";
  indicator.counts = true;
  indicator.bad = Summed(samples + " - sum_over_time(" + Window(gauge) + ")", by);
  indicator.total = Summed(samples, by);
  return indicator;
}

}  // namespace bekci::ruler::slo
