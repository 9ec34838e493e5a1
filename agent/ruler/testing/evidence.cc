#include "agent/ruler/testing/evidence.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/promql/testing/histogram_notation.h"
#include "agent/ruler/testing/text_difference.h"

namespace bekci::ruler::testing {
namespace {

// Samples shown of a series: the newest within what the selector sees.
constexpr size_t kShownSamples = 6;

struct Selector {
  const promql::VectorSelector* node = nullptr;
  int64_t at_ms = 0;
  int64_t range_ms = 0;  // 0: an instant selector
};

std::string TimeText(int64_t ms) {
  return (ms < 0 ? "-" : "") + base::DurationText(base::milliseconds(ms < 0 ? -ms : ms));
}

int64_t Shifted(const promql::TimeModifiers& time, int64_t at_ms) {
  constexpr int64_t kFarMs = int64_t{1} << 60;
  const int64_t from_ms = time.at == promql::AtKind::kTimestamp ? time.at_ms : at_ms;
  return std::clamp(from_ms, -kFarMs, kFarMs) - time.offset.ms;
}

// The selectors of a tree with the time each is asked for and how far back it sees; a subquery widens those below it.
class Finder {
 public:
  void Visit(const promql::Expr& expr, int64_t at_ms, int64_t wider_ms) {
    using promql::As;
    switch (expr.kind) {
      case promql::ExprKind::kVectorSelector: {
        const auto& node = As<promql::VectorSelector>(expr);
        found.push_back({&node, Shifted(node.time, at_ms), wider_ms});
        return;
      }
      case promql::ExprKind::kMatrixSelector: {
        const auto& node = As<promql::MatrixSelector>(expr);
        found.push_back({node.selector.get(), Shifted(node.selector->time, at_ms), wider_ms + node.range.ms});
        return;
      }
      case promql::ExprKind::kSubquery: {
        const auto& node = As<promql::Subquery>(expr);
        return Visit(*node.expr, Shifted(node.time, at_ms), wider_ms + node.range.ms);
      }
      case promql::ExprKind::kUnary:
        return Visit(*As<promql::UnaryExpr>(expr).expr, at_ms, wider_ms);
      case promql::ExprKind::kParen:
        return Visit(*As<promql::ParenExpr>(expr).expr, at_ms, wider_ms);
      case promql::ExprKind::kBinary:
        Visit(*As<promql::BinaryExpr>(expr).lhs, at_ms, wider_ms);
        return Visit(*As<promql::BinaryExpr>(expr).rhs, at_ms, wider_ms);
      case promql::ExprKind::kAggregate: {
        const auto& node = As<promql::AggregateExpr>(expr);
        if (node.param != nullptr) Visit(*node.param, at_ms, wider_ms);
        return Visit(*node.expr, at_ms, wider_ms);
      }
      case promql::ExprKind::kCall:
        for (const promql::ExprPtr& arg : As<promql::Call>(expr).args) Visit(*arg, at_ms, wider_ms);
        return;
      case promql::ExprKind::kNumberLiteral:
      case promql::ExprKind::kStringLiteral:
        return;
    }
  }

  std::vector<Selector> found;
};

struct Point {
  int64_t t_ms = 0;
  std::string value;
};

std::vector<Point> PointsOf(const storage::Samples& samples) {
  std::vector<Point> points;
  for (size_t i = 0; i < samples.times.size(); ++i) {
    const double value = samples.values[i];
    points.push_back({samples.times[i], storage::IsStale(value) ? "stale" : base::DoubleText(value)});
  }
  for (size_t i = 0; i < samples.histogram_times.size(); ++i) {
    points.push_back({samples.histogram_times[i], promql::testing::HistogramText(*samples.histograms[i])});
  }
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.t_ms < b.t_ms; });
  return points;
}

std::string PointsText(const std::vector<Point>& points, size_t first, int64_t start_ms) {
  std::string out = first > 0 ? "... " : "";
  for (size_t i = first; i < points.size(); ++i) {
    if (i > first) out += ", ";
    out += TimeText(points[i].t_ms - start_ms) + " " + points[i].value;
  }
  return out;
}

// Why a selector found nothing.
std::string NothingText(storage::Querier& querier, const promql::VectorSelector& selector) {
  const auto of_name =
      std::find_if(selector.matchers.begin(), selector.matchers.end(), [](const model::Matcher& matcher) {
        return matcher.name() == model::kMetricName && matcher.type() == model::MatchType::kEqual;
      });
  if (of_name == selector.matchers.end()) return "no series";
  const auto names = querier.LabelValues(model::kMetricName, {});
  if (!names.ok()) return "no series";
  if (std::binary_search(names->begin(), names->end(), of_name->value())) {
    return "no series with these labels; the metric is there with others";
  }
  const std::vector<std::string_view> candidates(names->begin(), names->end());
  const std::string_view near = base::Nearest(of_name->value(), candidates);
  return "no series of this metric" + (near.empty() ? std::string() : ", did you mean " + std::string(near) + "?");
}

class Describer {
 public:
  Describer(storage::Queryable& store, std::string_view query, const EvidenceOptions& options)
      : store_(store), query_(query), options_(options) {}

  void Describe(const Selector& selector, std::vector<std::string>* out) const {
    const auto [begin, end] = selector.node->position;
    const bool placed = begin < end && end <= query_.size();
    out->push_back((placed ? std::string(query_.substr(begin, end - begin)) : selector.node->name) + " at " +
                   TimeText(selector.at_ms - options_.start_ms));
    const int64_t range_ms = selector.range_ms > 0 ? selector.range_ms : options_.lookback_ms;
    const auto querier = store_.OpenQuerier(std::numeric_limits<int64_t>::min(), selector.at_ms);
    if (!querier.ok()) return;
    const auto series = (*querier)->Select(selector.node->matchers, {});
    if (!series.ok() || series->empty()) {
      out->push_back("  " + NothingText(**querier, *selector.node));
      return;
    }
    for (size_t i = 0; i < series->size() && i < options_.max_series; ++i) {
      out->push_back("  " + SeriesText(*(*series)[i], selector.at_ms, range_ms));
    }
    if (series->size() > options_.max_series) {
      out->push_back("  and " + std::to_string(series->size() - options_.max_series) + " more series");
    }
  }

 private:
  std::string SeriesText(const storage::Series& series, int64_t at_ms, int64_t range_ms) const {
    storage::Samples samples;
    if (!series.Read(at_ms - range_ms + 1, at_ms, &samples).ok()) return series.labels().ToString() + ": unreadable";
    const std::vector<Point> points = PointsOf(samples);
    std::string text = series.labels().ToString() + ": ";
    if (points.empty()) return text + "no sample in the " + TimeText(range_ms) + " before";
    const size_t first = points.size() > kShownSamples ? points.size() - kShownSamples : 0;
    return text + PointsText(points, first, options_.start_ms);
  }

  storage::Queryable& store_;
  std::string_view query_;
  const EvidenceOptions& options_;
};

}  // namespace

std::vector<std::string> SelectedSeries(storage::Queryable& store, const promql::Expr& expr, std::string_view query,
                                        const EvidenceOptions& options) {
  Finder finder;
  finder.Visit(expr, options.at_ms, 0);
  std::vector<std::string> out;
  const Describer describer(store, query, options);
  for (size_t i = 0; i < finder.found.size() && i < options.max_selectors; ++i) {
    describer.Describe(finder.found[i], &out);
  }
  if (finder.found.size() > options.max_selectors) {
    out.push_back("and " + std::to_string(finder.found.size() - options.max_selectors) + " more selectors");
  }
  return out;
}

std::string DumpStore(storage::Queryable& store, int64_t start_ms) {
  std::string out;
  const int64_t max_ms = std::numeric_limits<int64_t>::max();
  const auto querier = store.OpenQuerier(std::numeric_limits<int64_t>::min(), max_ms);
  if (!querier.ok()) return out;
  const auto series = (*querier)->Select({}, {});
  if (!series.ok()) return out;
  storage::Samples samples;
  for (const auto& one : *series) {
    if (!one->Read(std::numeric_limits<int64_t>::min(), max_ms, &samples).ok()) continue;
    out += "  " + one->labels().ToString() + ": " + PointsText(PointsOf(samples), 0, start_ms) + "\n";
  }
  return out;
}

}  // namespace bekci::ruler::testing
