// For tests: blocks from plain maps, and back.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/memory_file_system.h"
#include "agent/tsdb/block.h"
#include "agent/tsdb/block_writer.h"
#include "agent/tsdb/chunk_builder.h"

namespace bekci::tsdb {

using PlainSeries = std::map<model::Labels, std::map<int64_t, double>>;

// Writes a block of level 1 over [min_ms, max_ms) and returns its meta, or what went wrong.
inline base::Result<BlockMeta> WritePlainBlock(base::FileSystem& fs, const std::string& data_dir,
                                               const std::string& ulid, const PlainSeries& series, int64_t min_ms,
                                               int64_t max_ms) {
  std::set<std::string_view> symbols;
  for (const auto& [labels, samples] : series) {
    for (const auto& [name, value] : labels) {
      symbols.insert(name);
      symbols.insert(value);
    }
  }
  const std::vector<std::string_view> sorted(symbols.begin(), symbols.end());
  ASSIGN_OR_RETURN(const auto writer, BlockWriter::Create(fs, data_dir, ulid, sorted));
  for (const auto& [labels, samples] : series) {
    ChunkBuilder builder(2 * 3600'000);
    for (const auto& [time, value] : samples) builder.Append(time, value);
    const std::vector<BuiltChunk> chunks = builder.Finish();
    std::vector<ChunkView> views;
    for (const BuiltChunk& chunk : chunks) views.push_back(chunk.view());
    RETURN_IF_ERROR(writer->AddSeries(labels, views));
  }
  BlockMeta meta;
  meta.min_ms = min_ms;
  meta.max_ms = max_ms;
  return writer->Finish(meta);
}

// What a querier gives for the matchers.
inline PlainSeries ReadPlain(storage::Querier& querier, std::span<const model::Matcher> matchers, int64_t min_ms,
                             int64_t max_ms) {
  PlainSeries plain;
  auto list = querier.Select(matchers, {});
  if (!list.ok()) return plain;
  storage::Samples samples;
  for (const auto& series : *list) {
    if (!series->Read(min_ms, max_ms, &samples).ok()) continue;
    auto& row = plain[series->labels()];
    for (size_t i = 0; i < samples.times.size(); ++i) row[samples.times[i]] = samples.values[i];
  }
  return plain;
}

// ULIDs for tests: the letter repeated, after the zeros that make it one.
inline std::string TestUlid(char letter) {
  return "01" + std::string(24, letter);
}

}  // namespace bekci::tsdb
