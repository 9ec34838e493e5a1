// info(v, {matchers}): adds to each series of v the labels of the info series (target_info unless named) that have the
// same job and instance.
//
// At each step and for each info metric the series with the newest sample counts. Labels that the series already has
// stay as they are. With matchers on labels, only those labels are added, and a series that finds no info series is
// dropped unless all matchers accept the empty value. Series that are info series themselves pass unchanged.
// Source: Prometheus 3.14, promql/info.go.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "agent/promql/evaluator.h"
#include "agent/promql/look_back.h"
#include "agent/promql/matching.h"

namespace bekci::promql {
namespace {

const std::vector<std::string> kIdentifying = {"instance", "job"};

// The second argument, taken apart.
struct InfoRequest {
  std::vector<model::Matcher> names;  // on the info metric's name
  std::vector<model::Matcher> data;   // on its other labels
  std::set<std::string_view> wanted;  // labels to add; empty: all
  bool needs_match = false;

  std::vector<model::Matcher> all() const {
    std::vector<model::Matcher> matchers = names;
    matchers.insert(matchers.end(), data.begin(), data.end());
    return matchers;
  }
  bool IsInfo(const model::Labels& labels) const {
    return model::MatchesAll(names, labels) && labels.Has(model::kMetricName);
  }
};

base::Result<InfoRequest> ReadRequest(const Call& call) {
  InfoRequest request;
  if (call.args.size() > 1) {
    for (const model::Matcher& matcher : As<VectorSelector>(Unwrap(*call.args[1])).matchers) {
      (matcher.name() == model::kMetricName ? request.names : request.data).push_back(matcher);
    }
  }
  for (const model::Matcher& matcher : request.data) request.needs_match |= !matcher.MatchesEmpty();
  if (request.names.empty()) {
    request.names.push_back(model::Matcher::Equal(std::string(model::kMetricName), "target_info"));
  } else if (std::all_of(request.names.begin(), request.names.end(),
                         [](const model::Matcher& matcher) { return matcher.is_negative(); })) {
    // What is not named is still an info metric.
    ASSIGN_OR_RETURN(model::Matcher any,
                     model::Matcher::Make(model::MatchType::kRegex, std::string(model::kMetricName), ".+_info"));
    request.names.push_back(std::move(any));
  }
  return request;
}

// Joins base columns with the info columns, whose values are the times of their samples.
class InfoJoin {
 public:
  InfoJoin(const InfoRequest& request, const Columns& infos) : request_(request), infos_(infos) {
    for (size_t i = 0; i < infos.size(); ++i) {
      const model::Labels& labels = infos[i].labels;
      by_identity_[KeepLabels(labels, kIdentifying)][labels.Get(model::kMetricName)].push_back(i);
    }
  }

  base::Status Join(SeriesColumn base, Columns* out) {
    if (request_.IsInfo(base.labels)) {
      out->push_back(std::move(base));
      return base::OkStatus();
    }
    const auto found = by_identity_.find(KeepLabels(base.labels, kIdentifying));
    std::map<std::vector<size_t>, size_t> columns;  // by the info series that are joined
    std::vector<size_t> chosen;
    for (size_t step = 0; step < base.steps(); ++step) {
      if (!base.has(step)) continue;
      chosen.clear();
      if (found != by_identity_.end()) RETURN_IF_ERROR(Choose(found->second, step, &chosen));
      if (chosen.empty() && request_.needs_match) continue;
      const auto [entry, inserted] = columns.try_emplace(chosen, out->size());
      if (inserted) RETURN_IF_ERROR(AddColumn(base, chosen, out));
      SeriesColumn& column = (*out)[entry->second];
      if (base.is_float(step)) {
        column.SetFloat(step, base.values[step]);
      } else {
        column.SetHistogram(step, base.histograms[step]);
      }
    }
    return base::OkStatus();
  }

 private:
  using ByName = std::map<std::string_view, std::vector<size_t>>;

  // Of each info metric the series with the newest sample.
  base::Status Choose(const ByName& metrics, size_t step, std::vector<size_t>* chosen) const {
    for (const auto& [name, indexes] : metrics) {
      const SeriesColumn* newest = nullptr;
      for (const size_t index : indexes) {
        const SeriesColumn& info = infos_[index];
        if (!info.has(step)) continue;
        if (newest != nullptr && info.values[step] < newest->values[step]) continue;
        if (newest != nullptr && info.values[step] == newest->values[step]) {
          return base::Invalid("found duplicate series for info metric: existing " + LabelSetText(newest->labels) +
                               ", new " + LabelSetText(info.labels));
        }
        newest = &info;
      }
      if (newest != nullptr) chosen->push_back(static_cast<size_t>(newest - infos_.data()));
    }
    return base::OkStatus();
  }

  base::Status AddColumn(const SeriesColumn& base, const std::vector<size_t>& chosen, Columns* out) const {
    model::Labels added;
    for (const size_t index : chosen) {
      for (const auto& [name, value] : infos_[index].labels) {
        if (name == model::kMetricName || base.labels.Has(name)) continue;
        if (!request_.wanted.empty() && !request_.wanted.contains(name)) continue;
        const std::string_view before = added.Get(name);
        if (!before.empty() && before != value) return base::Invalid("conflicting label: " + std::string(name));
        added = added.With({{name, value}});
      }
    }
    SeriesColumn& column = out->emplace_back();
    column.Reset(base.steps());
    column.labels = base.labels.With(added);
    column.drop_name = base.drop_name;
    return base::OkStatus();
  }

  const InfoRequest& request_;
  const Columns& infos_;
  std::map<model::Labels, ByName> by_identity_;
};

}  // namespace

base::Status Evaluator::StreamInfo(const Call& call, const StepGrid& grid, const ColumnSink& sink) {
  ASSIGN_OR_RETURN(InfoRequest request, ReadRequest(call));
  for (const model::Matcher& matcher : request.data) request.wanted.insert(matcher.name());
  const SampleBudget::Mark mark = context_.budget.mark();
  Columns bases;
  RETURN_IF_ERROR(EvaluateVector(*call.args[0], grid, &bases));
  if (bases.empty()) return base::OkStatus();

  VectorSelector selector;
  selector.matchers = request.all();
  const Expr& place = call.args.size() > 1 ? Unwrap(*call.args[1]) : static_cast<const Expr&>(call);
  const NodePlan node = call.args.size() > 1 ? context_.plan.of(place) : NodePlan();
  const Windows windows = WindowsOf(node, grid, context_.lookback_ms);
  Columns infos;
  storage::Samples samples;
  const base::Status read = ForEachSeries(place, selector, [&](const storage::Series& series) {
    const int64_t first = windows.first_end_ms - windows.range_ms + 1;
    RETURN_IF_ERROR(series.Read(first, windows.end(grid.count - 1), &samples));
    if (!samples.histogram_times.empty()) {
      return base::Invalid("info sample should be float, got a histogram: " + LabelSetText(series.labels()));
    }
    SeriesColumn column;
    column.labels = series.labels();
    column.Reset(grid.count);
    LookBackTimes(samples, windows, &column);
    if (column.AllAbsent()) return base::OkStatus();
    RETURN_IF_ERROR(context_.budget.Hold(PointSize(column)));
    infos.push_back(std::move(column));
    return base::OkStatus();
  });
  RETURN_IF_ERROR(read);

  InfoJoin join(request, infos);
  Columns out;
  for (SeriesColumn& column : bases) RETURN_IF_ERROR(join.Join(std::move(column), &out));
  RETURN_IF_ERROR(MergeSameLabels(&out));
  context_.budget.Settle(mark, {});
  return StreamColumns(std::move(out), sink);
}

}  // namespace bekci::promql
