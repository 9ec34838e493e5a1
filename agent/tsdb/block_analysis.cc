#include "agent/tsdb/block_analysis.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "agent/model/matcher.h"

namespace bekci::tsdb {
namespace {

std::vector<CountOf> Largest(std::vector<CountOf> all, size_t limit) {
  std::sort(all.begin(), all.end(),
            [](const CountOf& a, const CountOf& b) { return std::pair(b.count, a.what) < std::pair(a.count, b.what); });
  if (all.size() > limit) all.resize(limit);
  return all;
}

// Sums per symbol pair or symbol: keys are numbers, so no text is held per pair.
class Sums {
 public:
  void Add(uint64_t key, uint64_t amount) { sums_[key] += amount; }
  size_t size() const { return sums_.size(); }

  template <typename Text>
  std::vector<CountOf> Largest(size_t limit, uint64_t divisor, Text&& text) const {
    std::vector<std::pair<uint64_t, uint64_t>> rows;
    for (const auto& [key, sum] : sums_) rows.emplace_back(sum / divisor, key);
    const auto more = [](const auto& a, const auto& b) {
      return std::pair(b.first, a.second) < std::pair(a.first, b.second);
    };
    std::sort(rows.begin(), rows.end(), more);
    if (rows.size() > limit) rows.resize(limit);
    std::vector<CountOf> out;
    out.reserve(rows.size());
    for (const auto& [sum, key] : rows) out.push_back({sum, text(key)});
    return out;
  }

 private:
  std::unordered_map<uint64_t, uint64_t> sums_;
};

class Analysis {
 public:
  Analysis(const Block& block, size_t limit) : block_(block), limit_(limit) {}

  base::Result<BlockAnalysis> Run() {
    ASSIGN_OR_RETURN(const PostingsView all, block_.index().AllPostings());
    for (size_t i = 0; i < all.size(); ++i) RETURN_IF_ERROR(AddSeries(all[i]));
    RETURN_IF_ERROR(AddValues());
    Fill();
    if (block_.fault_count() != 0) return base::Unavailable("the disk cannot read all of the block's files");
    return std::move(out_);
  }

 private:
  base::Status AddSeries(uint32_t ref) {
    ASSIGN_OR_RETURN(const IndexReader::SeriesEntry entry, block_.index().Series(ref));
    ++out_.series;
    ChunkRef first;
    ChunkRef chunk;
    IndexReader::ChunkWalk walk(entry);
    for (bool is_first = true; walk.Next(&chunk); is_first = false) {
      if (is_first) first = chunk;
    }
    const uint64_t covered = static_cast<uint64_t>(chunk.max_ms) - static_cast<uint64_t>(first.min_ms);
    const uint64_t uncovered = span() > covered ? span() - covered : 0;
    ByteReader labels(entry.labels);
    for (uint64_t i = 0; i < entry.label_count; ++i) {
      const uint64_t name = labels.Uvarint();
      const uint64_t pair = name << 32 | labels.Uvarint();
      uncovered_names_.Add(name, uncovered);
      uncovered_pairs_.Add(pair, uncovered);
      pairs_.Add(pair, 1);
      ++out_.pair_entries;
    }
    return base::OkStatus();
  }

  base::Status AddValues() {
    for (const std::string_view name : block_.index().LabelNames()) {
      uint64_t bytes = 0;
      for (auto walk = block_.index().Values(name); !walk.done(); walk.Next()) {
        bytes += walk.value().size();
        if (name != model::kMetricName) continue;
        ASSIGN_OR_RETURN(const PostingsView series, walk.postings());
        out_.metric_cardinality.push_back({series.size(), std::string(walk.value())});
      }
      out_.longest_values.push_back({bytes, std::string(name)});
      out_.label_cardinality.push_back({block_.index().ValueCount(name), std::string(name)});
      ++out_.label_names;
    }
    return base::OkStatus();
  }

  void Fill() {
    const IndexReader& index = block_.index();
    const auto symbol = [&](uint64_t number) {
      return std::string(number < index.symbol_count() ? index.Symbol(static_cast<uint32_t>(number)) : "?");
    };
    const auto pair = [&](uint64_t key) { return symbol(key >> 32) + "=" + symbol(key & UINT32_MAX); };
    out_.label_pairs = pairs_.size();
    out_.churning_pairs = uncovered_pairs_.Largest(limit_, span(), pair);
    out_.churning_names = uncovered_names_.Largest(limit_, span(), symbol);
    out_.common_pairs = pairs_.Largest(limit_, 1, pair);
    for (auto* list : {&out_.longest_values, &out_.label_cardinality, &out_.metric_cardinality}) {
      *list = Largest(std::move(*list), limit_);
    }
    out_.samples = block_.meta().stats.samples;
    out_.chunk_bytes = block_.chunks().size_bytes();
    out_.index_bytes = index.size_bytes();
  }

  uint64_t span() const {
    return std::max<uint64_t>(1, static_cast<uint64_t>(block_.meta().max_ms - block_.meta().min_ms));
  }

  const Block& block_;
  size_t limit_;
  BlockAnalysis out_;
  Sums uncovered_names_;
  Sums uncovered_pairs_;
  Sums pairs_;
};

}  // namespace

base::Result<BlockAnalysis> AnalyzeBlock(const Block& block, size_t limit) {
  return Analysis(block, limit).Run();
}

}  // namespace bekci::tsdb
