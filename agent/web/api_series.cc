// PrometheusApi's lists of series and labels.
#include <algorithm>
#include <iterator>

#include "agent/base/text.h"
#include "agent/web/api.h"
#include "agent/web/api_answer.h"
#include "agent/wire/exposition.h"

namespace bekci::web {
namespace {

constexpr std::string_view kTruncated = "results truncated due to limit";
constexpr std::string_view kValuesSuffix = "/values";
constexpr std::string_view kEscapedPrefix = "U__";

}  // namespace

// What match[], start, end and limit say.
struct PrometheusApi::Selected {
  std::vector<std::vector<model::Matcher>> selectors;
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  size_t limit = 0;
};

base::Result<PrometheusApi::Selected> PrometheusApi::ReadSelection(Parameters parameters) const {
  Selected selected;
  ASSIGN_OR_RETURN(selected.limit, parameters.Limit());
  ASSIGN_OR_RETURN(selected.start_ms, parameters.Time("start", kMinTimeMs));
  ASSIGN_OR_RETURN(selected.end_ms, parameters.Time("end", kMaxTimeMs));
  ASSIGN_OR_RETURN(selected.selectors, parameters.Selectors());
  return selected;
}

net::HttpResponse PrometheusApi::Series(Request, Parameters parameters) {
  if (parameters.All("match[]").empty()) return ErrorAnswer(ApiError::kBadData, "no match[] parameter provided");
  const auto selected = ReadSelection(parameters);
  if (!selected.ok()) return ErrorAnswer(selected.status());
  const auto querier = sources_.store.OpenQuerier(selected->start_ms, selected->end_ms);
  if (!querier.ok()) return ErrorAnswer(ApiError::kExecution, querier.status().message());
  std::vector<model::Labels> found;
  storage::SelectHints hints;
  hints.only_labels = true;
  hints.limit = selected->limit == 0 ? 0 : selected->limit + 1;  // one more tells that there is more
  for (const auto& matchers : selected->selectors) {
    const auto list = (*querier)->Select(matchers, hints);
    if (!list.ok()) return ErrorAnswer(ApiError::kExecution, list.status().message());
    for (const auto& series : *list) found.push_back(series->labels());
  }
  if (selected->selectors.size() > 1) {
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
  }
  std::vector<std::string> warnings = (*querier)->warnings();
  if (selected->limit != 0 && found.size() > selected->limit) {
    found.resize(selected->limit);
    warnings.emplace_back(kTruncated);
  }
  ApiAnswer answer;
  answer.json().BeginArray();
  for (const model::Labels& labels : found) {
    WriteLabels(&answer.json(), labels);
    if (answer.too_large()) return ErrorAnswer(ApiError::kExecution, "too many series; set a limit");
  }
  answer.json().EndArray();
  return answer.Finish(warnings);
}

net::HttpResponse PrometheusApi::AnswerLabels(const Selected& selected, const ListLabels& list) const {
  const auto querier = sources_.store.OpenQuerier(selected.start_ms, selected.end_ms);
  if (!querier.ok()) return ErrorAnswer(ApiError::kExecution, querier.status().message());
  std::vector<std::string> all;
  if (selected.selectors.empty()) {
    auto names = list(**querier, {});
    if (!names.ok()) return ErrorAnswer(ApiError::kExecution, names.status().message());
    all = *std::move(names);
  }
  for (const auto& matchers : selected.selectors) {
    auto names = list(**querier, matchers);
    if (!names.ok()) return ErrorAnswer(ApiError::kExecution, names.status().message());
    std::vector<std::string> merged;
    std::set_union(all.begin(), all.end(), names->begin(), names->end(), std::back_inserter(merged));
    all = std::move(merged);
  }
  std::vector<std::string> warnings = (*querier)->warnings();
  if (selected.limit != 0 && all.size() > selected.limit) {
    all.resize(selected.limit);
    warnings.emplace_back(kTruncated);
  }
  ApiAnswer answer;
  answer.json().BeginArray();
  for (const std::string& text : all) answer.json().String(text);
  answer.json().EndArray();
  if (answer.too_large()) return ErrorAnswer(ApiError::kExecution, "too many values; set a limit");
  return answer.Finish(warnings);
}

net::HttpResponse PrometheusApi::LabelNames(Request, Parameters parameters) {
  const auto selected = ReadSelection(parameters);
  if (!selected.ok()) return ErrorAnswer(selected.status());
  return AnswerLabels(*selected, [](storage::Querier& querier, std::span<const model::Matcher> matchers) {
    return querier.LabelNames(matchers);
  });
}

net::HttpResponse PrometheusApi::LabelValues(Request request, Parameters parameters) {
  std::string_view rest(request.path);
  rest.remove_prefix(std::string_view("/api/v1/label/").size());
  if (!rest.ends_with(kValuesSuffix) || rest.size() == kValuesSuffix.size()) {
    return ErrorAnswer(ApiError::kNotFound, "there is only /api/v1/label/<name>/values");
  }
  rest.remove_suffix(kValuesSuffix.size());
  const std::string name =
      rest.starts_with(kEscapedPrefix) ? wire::UnescapeName(rest, wire::Escaping::kValues) : std::string(rest);
  if (!base::IsValidUtf8(name)) {
    return ErrorAnswer(ApiError::kBadData, "invalid label name: " + base::Quoted(name));
  }
  const auto selected = ReadSelection(parameters);
  if (!selected.ok()) return ErrorAnswer(selected.status());
  return AnswerLabels(*selected, [&name](storage::Querier& querier, std::span<const model::Matcher> matchers) {
    return querier.LabelValues(name, matchers);
  });
}

}  // namespace bekci::web
