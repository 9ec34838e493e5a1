// What the head costs: memory per series, samples per second in, and how long a day of a reference host takes to be
// read back. Prints; judges nothing.
//
//     tsdb_head_bench DIRECTORY [SERIES [HOURS]]     DIRECTORY is made and must not exist
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/random.h"
#include "agent/tsdb/head.h"

using namespace bekci;

namespace {

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

// As a host's series are: a third never moves, a third counts, the rest are gauges of few digits or of many.
double NextValue(base::Random* random, size_t series, double before) {
  switch (series % 6) {
    case 0:
    case 1:
      return before;
    case 2:
    case 3:
      return before + static_cast<double>(random->Below(1000));
    case 4:
      return static_cast<double>(random->Below(100));
    default:
      return random->Fraction() * 1000;
  }
}

model::Labels LabelsOf(size_t series) {
  return {{"__name__", "node_some_metric_name_" + std::to_string(series / 12) + "_total"},
          {"instance", "web-1"},
          {"job", "node"},
          {"device", "device" + std::to_string(series % 12)}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const size_t count = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 2200;
  const size_t hours = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 24;
  base::RealFileSystem fs;
  base::FakeClock clock;
  base::CaptureLogger log;
  base::SeededRandom random(1);
  if (!fs.CreateDirectory(argv[1]).ok()) return 2;
  tsdb::WalOptions wal_options;
  wal_options.directory = std::string(argv[1]) + "/bekci-wal";
  tsdb::HeadOptions options;
  size_t samples = 0;
  {
    tsdb::Wal wal(fs, clock, log, wal_options);
    tsdb::Head head(clock, log, &wal, options);
    auto appender = head.NewAppender("host");
    std::vector<storage::SeriesRef> refs(count, 0);
    std::vector<double> values(count, 3);
    double spent = 0;
    for (size_t tick = 0; tick < hours * 240; ++tick) {
      clock.Advance(base::seconds(15));
      const int64_t now_ms = clock.Now().ms;
      for (size_t i = 0; i < count; ++i) values[i] = NextValue(&random, i, values[i]);
      const auto start = std::chrono::steady_clock::now();
      for (size_t i = 0; i < count; ++i) {
        auto ref = appender->Append(refs[i], refs[i] == 0 ? LabelsOf(i) : model::Labels(), now_ms, values[i]);
        if (!ref.ok()) return 1;
        refs[i] = *ref;
      }
      if (!appender->Commit().ok()) return 1;
      spent += Seconds(start);
      samples += count;
    }
    const tsdb::HeadMemory memory = head.Measure();
    std::printf("appended %zu samples of %zu series: %.0f ns a sample, %.1f M samples/s\n", samples, count,
                spent / static_cast<double>(samples) * 1e9, static_cast<double>(samples) / spent / 1e6);
    std::printf("memory: %.0f bytes a series for labels and index, %.2f bytes a sample in chunks (%.0f a series)\n",
                static_cast<double>(memory.index_bytes) / static_cast<double>(count),
                static_cast<double>(memory.series_bytes) / static_cast<double>(samples),
                static_cast<double>(memory.series_bytes) / static_cast<double>(count));
    std::printf("log: %.2f bytes a sample\n",
                static_cast<double>(wal.stats().size_bytes) / static_cast<double>(samples));
  }
  for (int round = 0; round < 3; ++round) {
    tsdb::Wal wal(fs, clock, log, wal_options);
    tsdb::Head head(clock, log, &wal, options);
    const auto start = std::chrono::steady_clock::now();
    const auto stats = head.Replay([](std::string_view) { return false; }, nullptr);
    const double spent = Seconds(start);
    if (!stats.ok()) return 1;
    std::printf("replayed %.1f MB in %.3f s: %.0f ns a sample\n", static_cast<double>(stats->bytes) / 1e6, spent,
                spent / static_cast<double>(samples) * 1e9);
    const auto query = std::chrono::steady_clock::now();
    auto querier = head.NewQuerier(INT64_MIN, INT64_MAX);
    const std::vector<model::Matcher> all = {model::Matcher::Equal("job", "node")};
    auto list = querier->Select(all, {});
    const double selected = Seconds(query);
    storage::Samples column;
    size_t read = 0;
    for (const auto& series : *list) {
      if (!series->Read(INT64_MIN, INT64_MAX, &column).ok()) return 1;
      read += column.size();
    }
    std::printf("selected %zu series in %.2f ms, read %zu samples at %.1f ns\n", list->size(), selected * 1e3, read,
                (Seconds(query) - selected) / static_cast<double>(read) * 1e9);
  }
  return 0;
}
