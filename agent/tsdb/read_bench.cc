// tsdb_read_bench DATA_DIR: what reading blocks costs: opening, selecting, decoding. Prints one line per thing
// measured.
#include <chrono>
#include <cstdio>
#include <string>

#include "agent/base/log.h"
#include "agent/tsdb/block_store.h"
#include "agent/tsdb/merge_querier.h"

namespace {

using namespace bekci;

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The shortest of several runs, in seconds.
template <typename F>
double Best(F&& f) {
  double best = 1e9;
  for (int i = 0; i < 7; ++i) {
    const double start = Now();
    f();
    best = std::min(best, Now() - start);
  }
  return best;
}

model::Matcher Make(model::MatchType type, const char* name, const char* value) {
  return std::move(model::Matcher::Make(type, name, value)).value();
}

void Select(const tsdb::BlockStore& store, const char* what, const std::vector<model::Matcher>& matchers) {
  size_t series = 0;
  const double seconds = Best([&] {
    const auto querier = tsdb::MakeMergeQuerier(store.Queriers(INT64_MIN, INT64_MAX), store.blocks());
    const auto list = querier->Select(matchers, {});
    series = list.ok() ? list->size() : 0;
  });
  std::printf("select %-40s %6zu series  %9.1f us\n", what, series, seconds * 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  base::RealFileSystem fs;
  base::RealClock clock;
  base::SystemRandom random;
  base::CaptureLogger log;
  tsdb::BlockStoreOptions options;
  options.directory = argv[1];
  options.read_only = true;
  const double start = Now();
  const auto store = tsdb::BlockStore::Open({fs, clock, random, log}, options);
  if (!store.ok()) return 1;
  std::printf("open   %zu blocks, %.1f MB                           %9.1f us\n", (*store)->blocks()->size(),
              static_cast<double>((*store)->figures().bytes) / 1e6, (Now() - start) * 1e6);
  size_t memory = 0;
  const auto blocks = (*store)->blocks();
  for (const auto& block : *blocks) memory += block->index().memory_bytes();
  std::printf("memory of the samples of the indexes: %zu bytes\n", memory);

  Select(**store, "everything", {});
  Select(**store, "one metric", {Make(model::MatchType::kEqual, "__name__", "node_cpu_seconds_total")});
  Select(**store, "one metric, one label",
         {Make(model::MatchType::kEqual, "__name__", "node_cpu_seconds_total"),
          Make(model::MatchType::kEqual, "mode", "idle")});
  Select(**store, "an expression",
         {Make(model::MatchType::kRegex, "__name__", "node_.*"), Make(model::MatchType::kNotEqual, "mode", "idle")});

  size_t samples = 0;
  const double seconds = Best([&] {
    const auto querier = tsdb::MakeMergeQuerier((*store)->Queriers(INT64_MIN, INT64_MAX), (*store)->blocks());
    const auto list = querier->Select({}, {});
    storage::Samples columns;
    samples = 0;
    for (const auto& series : *list) {
      if (!series->Read(INT64_MIN, INT64_MAX, &columns).ok()) return;
      samples += columns.times.size();
    }
  });
  std::printf("read   %zu samples, %.2f ns per sample\n", samples, seconds * 1e9 / static_cast<double>(samples));
  return 0;
}
