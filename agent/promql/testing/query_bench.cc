// query_bench HISTORY QUERIES [RUNS]: what evaluation alone costs: no store on disk, no HTTP.
//
// HISTORY is an OpenMetrics file with timestamps (tests/bench/history.py writes one), loaded into a store in memory.
// QUERIES holds a query a line, "name<TAB>kind<TAB>query" or "name | kind | query", kind being `instant` (asked at the
// end of the history) or `range:SECONDS` (over all of it). Prints median and slowest of RUNS (default 5) in CPU time,
// which a busy machine does not distort, the size of the answer and the sum of its numbers, so that answers can be
// compared with those of another server.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/text.h"
#include "agent/promql/engine.h"
#include "agent/promql/testing/series_notation.h"
#include "agent/storage/memory_storage.h"

namespace {

using namespace bekci;  // NOLINT(google-build-using-namespace): a program of one file

struct History {
  storage::MemoryStorage store;
  int64_t start_ms = INT64_MAX;
  int64_t end_ms = INT64_MIN;
};

bool Load(const char* path, History* history) {
  std::ifstream file(path);
  const auto appender = history->store.NewAppender();
  std::string line;
  std::string last_head;
  model::Labels labels;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    const size_t time_at = line.rfind(' ');
    const size_t value_at = line.rfind(' ', time_at - 1);
    if (value_at == std::string::npos) return false;
    if (const std::string_view head = std::string_view(line).substr(0, value_at); head != last_head) {
      std::string_view rest = head;
      auto taken = promql::testing::TakeSeriesLabels(&rest);
      if (!taken.ok()) return false;
      labels = *std::move(taken);
      last_head = head;
    }
    const auto value = base::ParseDouble(std::string_view(line).substr(value_at + 1, time_at - value_at - 1));
    const auto seconds = base::ParseDouble(std::string_view(line).substr(time_at + 1));
    if (!value || !seconds) return false;
    const auto t_ms = static_cast<int64_t>(*seconds * 1000);
    history->start_ms = std::min(history->start_ms, t_ms);
    history->end_ms = std::max(history->end_ms, t_ms);
    if (!appender->Append(0, labels, t_ms, *value).ok()) return false;
  }
  return appender->Commit().ok() && history->start_ms <= history->end_ms;
}

struct Answer {
  size_t series = 0;
  size_t points = 0;
  double sum = 0;
  void Add(double value) {
    ++points;
    if (std::isfinite(value)) sum += value;
  }
};

Answer Summed(const promql::Value& value) {
  Answer answer;
  if (const auto* vector = std::get_if<promql::Vector>(&value)) {
    answer.series = vector->size();
    for (const auto& element : *vector) answer.Add(element.value);
  } else if (const auto* matrix = std::get_if<promql::Matrix>(&value)) {
    answer.series = matrix->size();
    for (const auto& series : *matrix) {
      for (const double number : series.samples.values) answer.Add(number);
    }
  }
  return answer;
}

double CpuMillis() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

void Time(const std::string& name, const std::string& kind, const std::string& query, size_t runs,
          promql::Engine& engine, History& history) {
  std::vector<double> millis;
  promql::QueryResult result;
  for (size_t run = 0; run < runs; ++run) {
    const double before = CpuMillis();
    if (kind == "instant") {
      result = engine.Instant(history.store, query, history.end_ms, {});
    } else {
      const int64_t step_ms = std::strtoll(kind.c_str() + kind.find(':') + 1, nullptr, 10) * 1000;
      result = engine.Range(history.store, query, history.start_ms, history.end_ms, step_ms, {});
    }
    millis.push_back(CpuMillis() - before);
  }
  std::sort(millis.begin(), millis.end());
  const Answer answer = Summed(result.value);
  printf("%-18s %9.2f %9.2f %6zu %8zu  %.9g %s\n", name.c_str(), millis[millis.size() / 2], millis.back(),
         answer.series, answer.points, answer.sum, result.status.message().c_str());
}

std::vector<std::string> Fields(const std::string& line) {
  std::vector<std::string> fields;
  size_t from = 0;
  for (int i = 0; i < 2; ++i) {
    const size_t at = line.find_first_of("\t|", from);
    if (at == std::string::npos) return {};
    fields.emplace_back(base::Trim(std::string_view(line).substr(from, at - from)));
    from = at + 1;
  }
  fields.emplace_back(base::Trim(std::string_view(line).substr(from)));
  return fields;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: query_bench HISTORY QUERIES [RUNS]\n");
    return 2;
  }
  History history;
  if (!Load(argv[1], &history)) {
    fprintf(stderr, "query_bench: %s is no OpenMetrics history\n", argv[1]);
    return 2;
  }
  const size_t runs = argc > 3 ? std::max<size_t>(1, std::strtoul(argv[3], nullptr, 10)) : 5;
  base::RealClock clock;
  promql::Engine engine({}, clock);
  printf("%-18s %9s %9s %6s %8s  sum\n", "query", "median ms", "max ms", "series", "points");
  std::ifstream queries(argv[2]);
  for (std::string line; std::getline(queries, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (const auto fields = Fields(line); !fields.empty()) Time(fields[0], fields[1], fields[2], runs, engine, history);
  }
  return 0;
}
