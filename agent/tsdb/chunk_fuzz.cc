// Bytes of a stranger as a chunk: decoding must neither crash nor hang nor take memory without bound, and what it gives
// rises in time. A chunk that decodes whole must encode again and decode to the same samples.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/tsdb/chunk.h"
#include "agent/tsdb/chunk_builder.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

void RequireRising(const std::vector<int64_t>& times) {
  for (size_t i = 1; i < times.size(); ++i) Require(times[i - 1] < times[i]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bekci::tsdb;
  if (size < 1) return 0;
  const auto encoding = static_cast<ChunkEncoding>(data[0] % 5);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  bekci::storage::Samples samples;
  const bool whole = DecodeChunk(encoding, bytes, INT64_MIN, INT64_MAX, &samples).ok();
  RequireRising(samples.times);
  RequireRising(samples.histogram_times);
  if (!whole || samples.size() > 2000 || encoding != ChunkEncoding::kXor) return 0;
  ChunkBuilder builder(0);
  builder.Append(samples);
  bekci::storage::Samples again;
  for (const BuiltChunk& chunk : builder.Finish()) {
    Require(DecodeChunk(chunk.encoding, chunk.bytes, INT64_MIN, INT64_MAX, &again).ok());
  }
  Require(again.times == samples.times);
  return 0;
}
