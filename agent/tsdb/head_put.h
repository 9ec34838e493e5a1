// Head::Put: one sample into its series, with what the head counts of it. A header, because commit and replay, which
// both live on it, are in files of their own.
#pragma once

#include <algorithm>

#include "agent/tsdb/head.h"

namespace bekci::tsdb {

template <typename Value>
void Head::Put(HeadSeries* series, int64_t t_ms, const Value& value) {
  const size_t chunks = series->chunk_count();
  series->Append(t_ms, value, options_.range_ms);
  stats_.chunks_created += series->chunk_count() - chunks;
  stats_.min_ms = std::min(stats_.min_ms, t_ms);
  stats_.max_ms = std::max(stats_.max_ms, t_ms);
}

}  // namespace bekci::tsdb
