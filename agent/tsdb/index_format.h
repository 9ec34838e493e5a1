// Constants of the index, chunk and tombstone files, shared by who writes and who reads them. FORMAT.md draws them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bekci::tsdb {

inline constexpr uint32_t kIndexMagic = 0xbaaad700;
inline constexpr uint8_t kIndexVersion = 2;
inline constexpr size_t kIndexHeaderBytes = 5;
inline constexpr size_t kSeriesAlignment = 16;  // a series' reference is its offset divided by this
inline constexpr size_t kTocBytes = 6 * 8 + 4;

inline constexpr uint32_t kChunksMagic = 0x85bd40dd;
inline constexpr uint8_t kChunksVersion = 1;
inline constexpr size_t kChunksHeaderBytes = 8;
inline constexpr uint64_t kSegmentBytes = uint64_t{512} << 20;

inline constexpr uint32_t kTombstonesMagic = 0x0130ba30;
inline constexpr uint8_t kTombstonesVersion = 1;

inline constexpr std::string_view kIndexFile = "index";
inline constexpr std::string_view kChunksDirectory = "chunks";
inline constexpr std::string_view kTombstonesFile = "tombstones";
inline constexpr std::string_view kMetaFile = "meta.json";

// Where the sections of an index begin.
struct TableOfContents {
  uint64_t symbols = 0;
  uint64_t series = 0;
  uint64_t label_indices = 0;
  uint64_t label_indices_table = 0;
  uint64_t postings = 0;
  uint64_t postings_table = 0;
};

}  // namespace bekci::tsdb
