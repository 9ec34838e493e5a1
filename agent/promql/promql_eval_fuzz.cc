// Any text that parses is evaluated, instant and over a range, on a few series of every kind. Whatever it asks for, it
// must end within its bounds, and what it gives must be sorted and without two series of one label set.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/promql/engine.h"
#include "agent/storage/memory_storage.h"

namespace {

using namespace bekci;  // NOLINT(google-build-using-namespace): a program of one file

std::shared_ptr<const model::NativeHistogram> Histogram(int64_t i) {
  auto histogram = std::make_shared<model::NativeHistogram>();
  histogram->is_float = true;
  histogram->count = static_cast<double>(2 * i);
  histogram->sum = static_cast<double>(3 * i);
  histogram->positive_spans = {{0, 2}};
  histogram->positive_buckets = {static_cast<double>(i), static_cast<double>(i)};
  return histogram;
}

void Fill(storage::MemoryStorage* store) {
  const auto appender = store->NewAppender();
  for (int64_t i = 0; i < 40; ++i) {
    const int64_t t = i * 15'000;
    const double value = static_cast<double>(i % 17);
    static_cast<void>(appender->Append(0, {{"__name__", "a"}, {"x", "1"}}, t, value));
    static_cast<void>(
        appender->Append(0, {{"__name__", "a"}, {"x", "2"}}, t, i == 20 ? storage::StaleMarker() : -value));
    static_cast<void>(appender->Append(0, {{"__name__", "b"}, {"le", "1"}, {"x", "1"}}, t, value));
    static_cast<void>(appender->Append(0, {{"__name__", "b"}, {"le", "+Inf"}, {"x", "1"}}, t, 2 * value));
    static_cast<void>(appender->AppendHistogram(0, {{"__name__", "h"}, {"x", "1"}}, t, Histogram(i)));
  }
  if (!appender->Commit().ok()) std::abort();
}

struct World {
  World() : engine(Options(), clock) { Fill(&store); }
  static promql::EngineOptions Options() {
    promql::EngineOptions options;
    options.max_samples = 20'000;
    options.timeout = base::seconds(5);
    options.features = promql::Features::All();
    return options;
  }
  base::RealClock clock;
  storage::MemoryStorage store;
  promql::Engine engine;
};

void Check(const promql::QueryResult& result) {
  if (result.status.ok() == std::holds_alternative<std::monostate>(result.value)) std::abort();
  const auto* matrix = std::get_if<promql::Matrix>(&result.value);
  for (size_t i = 1; matrix != nullptr && i < matrix->size(); ++i) {
    if (!((*matrix)[i - 1].labels < (*matrix)[i].labels)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  const auto query = world.engine.Prepare(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!query.ok()) return 0;
  Check(world.engine.Instant(world.store, **query, 300'000, {}));
  const promql::ValueType type = (*query)->expr->type;
  if (type != promql::ValueType::kScalar && type != promql::ValueType::kVector) return 0;
  Check(world.engine.Range(world.store, **query, 0, 600'000, 30'000, {.stats = true, .per_step_stats = true}));
  return 0;
}
