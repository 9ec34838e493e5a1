#include "agent/tsdb/openmetrics_import.h"

#include <algorithm>
#include <bit>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>

#include "agent/model/labels.h"
#include "agent/tsdb/block.h"
#include "agent/tsdb/block_merge.h"
#include "agent/tsdb/block_writer.h"
#include "agent/tsdb/chunk_builder.h"
#include "agent/tsdb/directories.h"
#include "agent/tsdb/ulid.h"
#include "agent/wire/sample_scanner.h"

namespace bekci::tsdb {
namespace {

using model::Labels;

constexpr int64_t kRangeMs = 2 * 3600'000;
// promtool's head believes that it writes blocks of 4 h, and plans the lengths of chunks for these: so do we, for then
// the blocks are equal to the byte.
constexpr int64_t kChunkRangeMs = 2 * kRangeMs;
constexpr size_t kMaxLabelBytes = 1 << 20;
constexpr uint64_t kLinesBetweenLooks = 100'000;  // at memory and progress

// The samples of one series in one range.
struct Gathered {
  ChunkBuilder chunks{kChunkRangeMs};
  int64_t last_ms = INT64_MIN;
  uint64_t last_bits = 0;
};

// What one range of 2 h has so far: by number of series.
struct Range {
  std::unordered_map<uint32_t, Gathered> series;
  int64_t min_ms = INT64_MAX;
  int64_t max_ms = INT64_MIN;
};

class Import {
 public:
  Import(base::FileSystem& fs, const base::Clock& clock, base::Random& random, const ImportOptions& options)
      : fs_(fs), clock_(clock), random_(random), options_(options) {}

  base::Result<ImportResult> Run(std::string_view text) {
    base::Status status = ReadAll(text);
    if (status.ok()) status = Flush();
    if (status.ok()) status = MergeRanges();
    if (!status.ok()) {
      for (const auto& [begin, ulids] : written_) {
        for (const std::string& ulid : ulids) (void)RemoveTree(fs_, PathOf(ulid));
      }
      return status;
    }
    result_.series = names_.size();
    return std::move(result_);
  }

 private:
  std::string PathOf(const std::string& ulid) const { return options_.data_dir + "/" + ulid; }

  base::Status ReadAll(std::string_view text) {
    wire::SampleScanner scanner(text, wire::Dialect::kOpenMetrics, kMaxLabelBytes);
    wire::SampleLine line;
    size_t read = 0;  // a line is at least a byte, so this is a bound on where we are
    while (!scanner.AtEnd()) {
      if (scanner.Peek() == '#') {
        const std::string_view comment = scanner.RestOfLine();
        read = static_cast<size_t>(comment.data() + comment.size() - text.data());
        if (comment == "# EOF") return scanner.AtEnd() ? base::OkStatus() : scanner.Error("text after # EOF");
        continue;
      }
      RETURN_IF_ERROR(scanner.ReadSample(&line));
      if (base::Status status = Add(line); !status.ok()) {
        // The scanner stands behind the line already.
        return base::Invalid("line " + std::to_string(scanner.line() - 1) + ": " + status.message());
      }
      read = static_cast<size_t>(line.value_text.data() + line.value_text.size() - text.data());
      if (++lines_ % kLinesBetweenLooks == 0) RETURN_IF_ERROR(Look(read, text.size()));
    }
    return base::Invalid("the text does not end with # EOF: is it cut off?");
  }

  base::Status Look(size_t read, size_t all) {
    if (options_.progress) options_.progress(read, all);
    uint64_t bytes = 0;
    for (const auto& [begin, range] : ranges_) {
      for (const auto& [series, gathered] : range.series) bytes += gathered.chunks.size_bytes() + sizeof(gathered);
    }
    return bytes > options_.memory_bytes ? Flush() : base::OkStatus();
  }

  uint32_t NumberOf(const wire::SampleLine& line) {
    std::vector<Labels::Pair> pairs(line.labels);
    pairs.emplace_back(model::kMetricName, line.name);
    Labels labels = Labels::FromPairs(std::move(pairs));
    if (last_series_ != nullptr && last_series_->first == labels) return last_series_->second;
    const auto found = names_.try_emplace(std::move(labels), static_cast<uint32_t>(names_.size())).first;
    last_series_ = &*found;
    return found->second;
  }

  base::Status Add(const wire::SampleLine& line) {
    if (!line.timestamp.has_value()) {
      return base::Invalid("the sample of " + std::string(line.name) + " has no timestamp");
    }
    const int64_t t_ms = line.timestamp->ms;
    if (t_ms < -kFarthestMs || t_ms > kFarthestMs) return base::Invalid("the timestamp is beyond measure");
    Range& range = ranges_[EndOfRange(t_ms, kRangeMs) - kRangeMs];
    Gathered& gathered = range.series[NumberOf(line)];
    if (t_ms == gathered.last_ms && std::bit_cast<uint64_t>(line.value) == gathered.last_bits) return base::OkStatus();
    if (t_ms <= gathered.last_ms) {
      return base::Invalid("the sample of " + last_series_->first.ToString() + " at " + std::to_string(t_ms) +
                           " ms is not later than the one before it");
    }
    gathered.chunks.Append(t_ms, line.value);
    gathered.last_ms = t_ms;
    gathered.last_bits = std::bit_cast<uint64_t>(line.value);
    range.min_ms = std::min(range.min_ms, t_ms);
    range.max_ms = std::max(range.max_ms, t_ms);
    ++result_.samples;
    return base::OkStatus();
  }

  // Every range that has samples becomes a block.
  base::Status Flush() {
    std::vector<const std::pair<const Labels, uint32_t>*> sorted;
    for (const auto& name : names_) sorted.push_back(&name);
    std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
    for (auto& [begin, range] : ranges_) RETURN_IF_ERROR(WriteRange(begin, &range, sorted));
    ranges_.clear();
    return base::OkStatus();
  }

  base::Status WriteRange(int64_t begin, Range* range,
                          const std::vector<const std::pair<const Labels, uint32_t>*>& sorted) {
    std::set<std::string_view> symbols;
    for (const auto* name : sorted) {
      if (!range->series.contains(name->second)) continue;
      for (const auto& [label, value] : name->first) {
        symbols.insert(label);
        symbols.insert(value);
      }
    }
    const std::vector<std::string_view> symbol_list(symbols.begin(), symbols.end());
    const std::string ulid = MakeUlid(clock_.Now(), random_);
    ASSIGN_OR_RETURN(const auto writer, BlockWriter::Create(fs_, options_.data_dir, ulid, symbol_list));
    std::vector<ChunkView> views;
    for (const auto* name : sorted) {
      const auto found = range->series.find(name->second);
      if (found == range->series.end()) continue;
      const std::vector<BuiltChunk> chunks = found->second.chunks.Finish();
      views.clear();
      for (const BuiltChunk& chunk : chunks) views.push_back(chunk.view());
      RETURN_IF_ERROR(writer->AddSeries(name->first, views));
    }
    BlockMeta meta;
    meta.min_ms = range->min_ms;
    meta.max_ms = range->max_ms + 1;
    written_[begin].push_back(ulid);
    ASSIGN_OR_RETURN(meta, writer->Finish(meta, options_.text_readable));
    result_.blocks.push_back(std::move(meta));
    return base::OkStatus();
  }

  // Ranges that were written in several pieces become one block each.
  base::Status MergeRanges() {
    for (auto& [begin, ulids] : written_) {
      if (ulids.size() < 2) continue;
      std::vector<std::shared_ptr<const Block>> parents;
      for (const std::string& ulid : ulids) {
        ASSIGN_OR_RETURN(auto block, Block::Open(fs_, PathOf(ulid)));
        parents.push_back(std::move(block));
      }
      const std::string child = MakeUlid(clock_.Now(), random_);
      ASSIGN_OR_RETURN(MergeResult merged, MergeBlocks(fs_, options_.data_dir, child, parents, nullptr));
      for (const std::string& ulid : ulids) {
        RETURN_IF_ERROR(RemoveTree(fs_, PathOf(ulid)));
        std::erase_if(result_.blocks, [&](const BlockMeta& meta) { return meta.ulid == ulid; });
      }
      ulids = {child};
      result_.blocks.push_back(std::move(merged.meta));
    }
    std::sort(result_.blocks.begin(), result_.blocks.end(),
              [](const BlockMeta& a, const BlockMeta& b) { return a.min_ms < b.min_ms; });
    return base::OkStatus();
  }

  base::FileSystem& fs_;
  const base::Clock& clock_;
  base::Random& random_;
  const ImportOptions& options_;
  std::unordered_map<Labels, uint32_t> names_;
  const std::pair<const Labels, uint32_t>* last_series_ = nullptr;
  std::map<int64_t, Range> ranges_;                      // by begin
  std::map<int64_t, std::vector<std::string>> written_;  // by begin: ULIDs
  uint64_t lines_ = 0;
  ImportResult result_;
};

}  // namespace

base::Result<ImportResult> ImportOpenMetrics(base::FileSystem& fs, const base::Clock& clock, base::Random& random,
                                             std::string_view text, const ImportOptions& options) {
  return Import(fs, clock, random, options).Run(text);
}

}  // namespace bekci::tsdb
