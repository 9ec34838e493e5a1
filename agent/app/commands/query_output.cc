#include "agent/app/commands/query_output.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/model/labels.h"

namespace bekci::app::commands {
namespace {

using Json = nlohmann::json;

std::string TextOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> TextsOf(const Json& object, const char* key) {
  std::vector<std::string> texts;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return texts;
  for (const Json& item : *found) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

// {"count":"3","sum":"4.5","buckets":[[0,"1","2","3"]]} as {count:3, sum:4.5, (1,2]:3}.
std::string HistogramText(const Json& histogram) {
  constexpr const char* kOpen[] = {"(", "[", "(", "["};
  constexpr const char* kClose[] = {"]", ")", ")", "]"};
  std::string out = "{count:" + TextOf(histogram, "count") + ", sum:" + TextOf(histogram, "sum");
  const auto buckets = histogram.find("buckets");
  if (buckets == histogram.end() || !buckets->is_array()) return out + "}";
  for (const Json& bucket : *buckets) {
    if (!bucket.is_array() || bucket.size() != 4 || !bucket[0].is_number_integer()) continue;
    const auto kind = static_cast<size_t>(bucket[0].get<int64_t>()) & 3;
    if (!bucket[1].is_string() || !bucket[2].is_string() || !bucket[3].is_string()) continue;
    out += std::string(", ") + kOpen[kind] + bucket[1].get<std::string>() + "," + bucket[2].get<std::string>() +
           kClose[kind] + ":" + bucket[3].get<std::string>();
  }
  return out + "}";
}

void AddPoint(const Json& point, QuerySeries* series) {
  if (!point.is_array() || point.size() != 2 || !point[0].is_number()) return;
  const Json& value = point[1];
  series->points.push_back({point[0].get<double>(), value.is_string()   ? value.get<std::string>()
                                                    : value.is_object() ? HistogramText(value)
                                                                        : std::string()});
}

QuerySeries SeriesOf(const Json& item) {
  QuerySeries series;
  if (!item.is_object()) return series;
  if (const auto metric = item.find("metric"); metric != item.end() && metric->is_object()) {
    for (const auto& [name, value] : metric->items()) {
      if (value.is_string()) series.labels.emplace_back(name, value.get<std::string>());
    }
  }
  for (const char* key : {"value", "histogram"}) {
    if (const auto point = item.find(key); point != item.end()) AddPoint(*point, &series);
  }
  for (const char* key : {"values", "histograms"}) {
    const auto points = item.find(key);
    if (points == item.end() || !points->is_array()) continue;
    for (const Json& point : *points) AddPoint(point, &series);
  }
  std::stable_sort(series.points.begin(), series.points.end(),
                   [](const QueryPoint& a, const QueryPoint& b) { return a.seconds < b.seconds; });
  return series;
}

void ReadResult(const Json& data, QueryAnswer* answer) {
  answer->type = TextOf(data, "resultType");
  const auto result = data.find("result");
  if (result == data.end() || !result->is_array()) return;
  if (answer->type == "scalar" || answer->type == "string") {
    AddPoint(*result, &answer->series.emplace_back());
    return;
  }
  for (const Json& item : *result) answer->series.push_back(SeriesOf(item));
}

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string SecondsText(double seconds) {
  std::string text;
  base::AppendDecimal(&text, seconds);
  return text;
}

void PrintRow(const std::string& first, size_t width, std::string_view rest, std::ostream& out) {
  // Columns are characters, not bytes; what is not ASCII is counted by its leading bytes.
  const auto characters = std::count_if(first.begin(), first.end(), [](char c) { return (c & 0xC0) != 0x80; });
  out << first
      << std::string(width > static_cast<size_t>(characters) ? width - static_cast<size_t>(characters) : 0, ' ') << "  "
      << rest << "\n";
}

}  // namespace

base::Result<QueryAnswer> ParseQueryAnswer(std::string_view json) {
  const Json document = Json::parse(json.begin(), json.end(), nullptr, false);
  if (!document.is_object() || !document.contains("status")) {
    return base::Corrupt("the answer is not that of a Prometheus API: " + base::Quoted(json.substr(0, 200)));
  }
  QueryAnswer answer;
  answer.warnings = TextsOf(document, "warnings");
  answer.infos = TextsOf(document, "infos");
  if (TextOf(document, "status") != "success") {
    answer.error = TextOf(document, "error");
    if (answer.error.empty()) answer.error = "the server gives no reason";
    answer.error_type = TextOf(document, "errorType");
    return answer;
  }
  if (const auto data = document.find("data"); data != document.end() && data->is_object()) ReadResult(*data, &answer);
  return answer;
}

std::string MetricText(const QuerySeries& series) {
  std::vector<model::Labels::Pair> pairs(series.labels.begin(), series.labels.end());
  std::string text = model::Labels::FromPairs(std::move(pairs)).ToString();
  if (text.size() > 2 && text.ends_with("{}")) text.resize(text.size() - 2);
  return text;
}

std::string TimeText(double seconds) {
  return std::fabs(seconds) < 1e12 ? base::Rfc3339(static_cast<int64_t>(std::llround(seconds * 1000)))
                                   : SecondsText(seconds);
}

void PrintTable(const QueryAnswer& answer, std::ostream& out) {
  if (answer.type == "scalar" || answer.type == "string") {
    for (const QueryPoint& point : answer.series.empty() ? std::vector<QueryPoint>() : answer.series[0].points) {
      out << point.value << "\n";
    }
    return;
  }
  if (answer.series.empty()) {
    out << "no series\n";
    return;
  }
  if (answer.type == "matrix") {
    for (const QuerySeries& series : answer.series) {
      out << MetricText(series) << "\n";
      for (const QueryPoint& point : series.points) PrintRow("  " + TimeText(point.seconds), 26, point.value, out);
    }
    return;
  }
  size_t width = 6;
  for (const QuerySeries& series : answer.series) width = std::max(width, MetricText(series).size());
  PrintRow("METRIC", width, "VALUE", out);
  for (const QuerySeries& series : answer.series) {
    for (const QueryPoint& point : series.points) PrintRow(MetricText(series), width, point.value, out);
  }
}

void PrintCsv(const QueryAnswer& answer, std::ostream& out) {
  std::set<std::string> names;
  for (const QuerySeries& series : answer.series) {
    for (const auto& label : series.labels) names.insert(label.first);
  }
  for (const std::string& name : names) out << CsvField(name) << ",";
  out << "timestamp,value\n";
  for (const QuerySeries& series : answer.series) {
    std::string labels;
    for (const std::string& name : names) {
      const auto found = std::find_if(series.labels.begin(), series.labels.end(),
                                      [&](const auto& label) { return label.first == name; });
      labels += (found == series.labels.end() ? std::string() : CsvField(found->second)) + ",";
    }
    for (const QueryPoint& point : series.points) {
      out << labels << SecondsText(point.seconds) << "," << CsvField(point.value) << "\n";
    }
  }
}

}  // namespace bekci::app::commands
