#include "agent/tsdb/chunk.h"

#include <string>

#include "agent/tsdb/histogram_chunk.h"
#include "agent/tsdb/xor_chunk.h"

namespace bekci::tsdb {

base::Status DecodeChunk(ChunkEncoding encoding, std::string_view bytes, int64_t min_ms, int64_t max_ms,
                         storage::Samples* out) {
  switch (encoding) {
    case ChunkEncoding::kXor:
      return DecodeXorChunk(bytes, min_ms, max_ms, out);
    case ChunkEncoding::kHistogram:
    case ChunkEncoding::kFloatHistogram:
      return DecodeHistogramChunk(encoding, bytes, min_ms, max_ms, out);
    case ChunkEncoding::kNone:
      break;
  }
  return base::Invalid("chunk: unknown encoding " + std::to_string(static_cast<int>(encoding)));
}

}  // namespace bekci::tsdb
