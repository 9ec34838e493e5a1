// IndexWriter: the index of a block (version 2), written front to back: symbols, series as they come, then what was
// learned of them: label indices, postings, their tables, table of contents.
//
// Byte for byte the file that Prometheus 2.42 writes for the same series. Memory: 8 bytes per label of each series and
// some 60 per distinct label pair. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/tsdb/file_writer.h"
#include "agent/tsdb/index_format.h"

namespace bekci::tsdb {

// A chunk as the index names it.
struct ChunkRef {
  uint64_t ref = 0;  // segment number in the upper half (from 0), offset in the lower
  int64_t min_ms = 0;
  int64_t max_ms = 0;
};

class IndexWriter {
 public:
  // `symbols` sorted and unique; they outlive the writer.
  static base::Result<IndexWriter> Create(base::FileSystem& fs, const std::string& path,
                                          std::span<const std::string_view> symbols);

  // In the order of labels. Errors: invalid; limit (more than 64 GiB of series); the file's.
  base::Status AddSeries(const model::Labels& labels, std::span<const ChunkRef> chunks);
  // The rest, durable.
  base::Status Finish();

 private:
  struct Pair {
    uint32_t name = 0;
    uint32_t value = 0;
    uint32_t count = 0;  // series that have it
  };

  IndexWriter(FileWriter file, std::span<const std::string_view> symbols) : file_(std::move(file)), symbols_(symbols) {}

  void WriteSymbols();
  std::string_view Symbol(uint32_t number) const {
    return number < shift_ ? std::string_view() : symbols_[number - shift_];
  }
  base::Result<uint32_t> NumberOf(std::string_view symbol) const;
  base::Status Encode(const model::Labels& labels, std::span<const ChunkRef> chunks);
  void SortPairs();
  void WriteLabelIndices();
  void WritePostings();
  void WritePostingsOf(std::span<const uint32_t> series);
  void WriteLabelIndicesTable();
  void WritePostingsTable();
  void WriteContents();

  FileWriter file_;
  std::span<const std::string_view> symbols_;
  uint32_t shift_ = 0;  // 1 when the empty symbol, which every index has, is not among symbols_
  TableOfContents toc_;
  model::Labels last_;
  std::string entry_;  // kept for its memory

  std::unordered_map<uint64_t, uint32_t> pair_numbers_;  // name << 32 | value -> number in pairs_
  std::vector<Pair> pairs_;
  std::vector<uint32_t> series_;        // references
  std::vector<uint32_t> series_pairs_;  // numbers of each series' pairs, one series after the other
  std::vector<uint32_t> series_ends_;   // where they end
  std::vector<uint32_t> order_;         // numbers of pairs by name, then value
  std::vector<uint64_t> name_offsets_;  // of the label index of each name, in the order of names
};

}  // namespace bekci::tsdb
