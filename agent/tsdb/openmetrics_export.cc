#include "agent/tsdb/openmetrics_export.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/text.h"

namespace bekci::tsdb {
namespace {

using model::Labels;

constexpr size_t kPieceBytes = 64 << 10;

std::string EscapedValue(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n') {
      out += "\\n";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// name{a="b",...} as it stands before every sample; a name that needs quotes goes into the braces.
std::string Prefix(const Labels& labels) {
  const std::string_view metric = labels.Get(model::kMetricName);
  const bool quoted = !model::IsLegacyMetricName(metric);
  std::string out(quoted ? std::string_view() : metric);
  std::string pairs;
  if (quoted) pairs = "\"" + EscapedValue(metric) + "\"";
  for (const auto& [name, value] : labels) {
    if (name == model::kMetricName) continue;
    if (!pairs.empty()) pairs += ',';
    pairs += model::IsLegacyLabelName(name) ? std::string(name) : "\"" + EscapedValue(name) + "\"";
    pairs += "=\"" + EscapedValue(value) + "\"";
  }
  if (!pairs.empty()) out += "{" + pairs + "}";
  return out + " ";
}

// Milliseconds as seconds: 1700000000.123, without zeros at the end.
void AppendSeconds(std::string* out, int64_t ms) {
  if (ms < 0) out->push_back('-');
  const uint64_t magnitude = ms < 0 ? ~static_cast<uint64_t>(ms) + 1 : static_cast<uint64_t>(ms);
  *out += std::to_string(magnitude / 1000);
  uint64_t rest = magnitude % 1000;
  if (rest == 0) return;
  std::string digits = std::to_string(1000 + rest).substr(1);
  while (digits.back() == '0') digits.pop_back();
  *out += "." + digits;
}

}  // namespace

base::Result<ExportResult> ExportOpenMetrics(storage::Querier& querier,
                                             std::span<const std::vector<model::Matcher>> selectors, int64_t min_ms,
                                             int64_t max_ms, const std::function<bool(std::string_view)>& write) {
  std::vector<std::pair<std::string, std::unique_ptr<const storage::Series>>> all;  // by metric name
  const std::vector<model::Matcher> everything;
  const auto select = [&](std::span<const model::Matcher> matchers) -> base::Status {
    ASSIGN_OR_RETURN(storage::SeriesList list, querier.Select(matchers, {}));
    for (auto& series : list) {
      std::string name(series->labels().Get(model::kMetricName));
      all.emplace_back(std::move(name), std::move(series));
    }
    return base::OkStatus();
  };
  if (selectors.empty()) RETURN_IF_ERROR(select(everything));
  for (const auto& matchers : selectors) RETURN_IF_ERROR(select(matchers));
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second->labels() < b.second->labels();
  });

  ExportResult result;
  storage::Samples samples;
  std::string text;
  const Labels* before = nullptr;
  for (const auto& [name, series] : all) {
    if (before != nullptr && *before == series->labels()) continue;  // met by two selectors
    before = &series->labels();
    RETURN_IF_ERROR(series->Read(min_ms, max_ms, &samples));
    result.histograms += samples.histograms.size();
    if (samples.times.empty()) continue;
    ++result.series;
    const std::string prefix = Prefix(series->labels());
    for (size_t i = 0; i < samples.times.size(); ++i) {
      if (storage::IsStale(samples.values[i])) {
        ++result.stale_markers;
        continue;
      }
      ++result.samples;
      text += prefix;
      base::AppendDouble(&text, samples.values[i]);
      text.push_back(' ');
      AppendSeconds(&text, samples.times[i]);
      text.push_back('\n');
      if (text.size() < kPieceBytes) continue;
      if (!write(text)) return result;
      text.clear();
    }
  }
  text += "# EOF\n";
  (void)write(text);
  return result;
}

}  // namespace bekci::tsdb
