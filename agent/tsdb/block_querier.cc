// The querier over one block.
#include <algorithm>
#include <utility>

#include "agent/tsdb/block.h"
#include "agent/tsdb/postings.h"

namespace bekci::tsdb {
namespace {

using model::Labels;
using model::Matcher;

constexpr size_t kMostWarnings = 20;

class BlockQuerier;

void TruncateSamples(size_t floats, size_t histograms, storage::Samples* out) {
  out->times.resize(floats);
  out->values.resize(floats);
  out->histogram_times.resize(histograms);
  out->histograms.resize(histograms);
}

class BlockSeries : public PartSeries {
 public:
  BlockSeries(BlockQuerier& querier, Labels labels, const IndexReader::SeriesEntry& entry, uint32_t ref)
      : querier_(querier), labels_(std::move(labels)), entry_(entry), ref_(ref) {}

  const Labels& labels() const override { return labels_; }
  base::Status ReadMore(int64_t min_ms, int64_t max_ms, storage::Samples* out) const override;

 private:
  void ReadChunks(const IndexReader::SeriesEntry& entry, int64_t min_ms, int64_t max_ms, storage::Samples* out) const;

  BlockQuerier& querier_;
  Labels labels_;
  IndexReader::SeriesEntry entry_;
  uint32_t ref_;
};

class BlockQuerier : public PartQuerier {
 public:
  BlockQuerier(std::shared_ptr<const Block> block, int64_t min_ms, int64_t max_ms)
      : block_(std::move(block)),
        min_ms_(std::max(min_ms, block_->meta().min_ms)),
        max_ms_(std::min(max_ms, block_->meta().max_ms - 1)) {}

  base::Result<PartSeriesList> SelectParts(std::span<const Matcher> matchers,
                                           const storage::SelectHints& hints) override {
    return Steady([&] { return Find(matchers, hints); });
  }

  base::Result<std::vector<std::string>> LabelNames(std::span<const Matcher> matchers) override {
    return Steady([&] { return FindNames(matchers); });
  }

  base::Result<std::vector<std::string>> LabelValues(std::string_view name,
                                                     std::span<const Matcher> matchers) override {
    return Steady([&] { return FindValues(name, matchers); });
  }

  std::vector<std::string> warnings() const override { return warnings_; }
  int64_t min_ms() const override { return min_ms_; }
  int64_t max_ms() const { return max_ms_; }
  const Block& block() const { return *block_; }

  void Warn(const base::Status& status) {
    std::string line = "block " + block_->meta().ulid + ": " + status.message();
    const bool is_new = std::find(warnings_.begin(), warnings_.end(), line) == warnings_.end();
    if (is_new && warnings_.size() < kMostWarnings) warnings_.push_back(std::move(line));
  }

 private:
  static constexpr size_t kGatherAtOnce = 4096;

  const IndexReader& index() const { return block_->index(); }

  // What `find` answers when no page turned out to be unreadable while it looked; so it never looked at zeros unawares.
  // Each page does so once, hence an end.
  template <typename F>
  auto Steady(F&& find) -> decltype(find()) {
    for (;;) {
      const uint64_t faults = block_->fault_count();
      auto found = find();
      if (block_->fault_count() != faults) continue;
      if (base::Status status = index().Readable(); !status.ok()) {
        return std::move(status).WithContext("block " + block_->meta().ulid);
      }
      return found;
    }
  }

  base::Result<PartSeriesList> Find(std::span<const Matcher> matchers, const storage::SelectHints& hints) {
    PartSeriesList list;
    if (min_ms_ > max_ms_) return list;
    ASSIGN_OR_RETURN(const std::vector<uint32_t> refs, SelectPostings(index(), matchers));
    for (const uint32_t ref : refs) {
      const auto entry = index().Series(ref);
      Labels labels;
      base::Status status = entry.ok() ? OkIfInRange(*entry) : entry.status();
      if (status.code() == base::Code::kNoData) continue;
      if (status.ok()) status = index().ReadLabels(*entry, &labels);
      if (!status.ok()) {
        Warn(status);
        continue;
      }
      list.push_back(std::make_unique<BlockSeries>(*this, std::move(labels), *entry, ref));
      if (hints.limit != 0 && list.size() == hints.limit) break;
    }
    return list;
  }

  base::Result<std::vector<std::string>> FindNames(std::span<const Matcher> matchers) {
    std::vector<std::string> names;
    if (matchers.empty()) {
      for (const std::string_view name : index().LabelNames()) names.emplace_back(name);
      return names;
    }
    ASSIGN_OR_RETURN(const std::vector<uint32_t> refs, SelectPostings(index(), matchers));
    RETURN_IF_ERROR(Gather(refs, [&](const Labels& labels) {
      for (const auto& [name, value] : labels) names.emplace_back(name);
      if (names.size() > kGatherAtOnce) SortUnique(&names);
    }));
    SortUnique(&names);
    return names;
  }

  base::Result<std::vector<std::string>> FindValues(std::string_view name, std::span<const Matcher> matchers) {
    std::vector<std::string> values;
    std::vector<uint32_t> refs;
    if (!matchers.empty()) {
      ASSIGN_OR_RETURN(refs, SelectPostings(index(), matchers));
      // Few series: ask them. Many: ask of each value whether one of them has it.
      if (refs.size() < index().ValueCount(name)) {
        RETURN_IF_ERROR(Gather(refs, [&](const Labels& labels) {
          if (const std::string_view value = labels.Get(name); !value.empty()) values.emplace_back(value);
        }));
        SortUnique(&values);
        return values;
      }
    }
    for (auto walk = index().Values(name); !walk.done(); walk.Next()) {
      if (!matchers.empty()) {
        ASSIGN_OR_RETURN(const PostingsView list, walk.postings());
        if (!Intersects(refs, list)) continue;
      }
      values.emplace_back(walk.value());
    }
    return values;
  }

  // no_data when none of the series' chunks reaches into the range.
  base::Status OkIfInRange(const IndexReader::SeriesEntry& entry) const {
    IndexReader::ChunkWalk chunks(entry);
    for (ChunkRef chunk; chunks.Next(&chunk);) {
      if (chunk.min_ms > max_ms_) break;
      if (chunk.max_ms >= min_ms_) return base::OkStatus();
    }
    return base::NoData("no chunk in range");
  }

  template <typename F>
  base::Status Gather(const std::vector<uint32_t>& refs, F&& take) {
    for (const uint32_t ref : refs) {
      const auto entry = index().Series(ref);
      Labels labels;
      const base::Status status = entry.ok() ? index().ReadLabels(*entry, &labels) : entry.status();
      if (status.ok()) {
        take(labels);
      } else {
        Warn(status);
      }
    }
    return base::OkStatus();
  }

  static void SortUnique(std::vector<std::string>* list) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }

  std::shared_ptr<const Block> block_;
  int64_t min_ms_;
  int64_t max_ms_;
  std::vector<std::string> warnings_;
};

void BlockSeries::ReadChunks(const IndexReader::SeriesEntry& entry, int64_t min_ms, int64_t max_ms,
                             storage::Samples* out) const {
  IndexReader::ChunkWalk chunks(entry);
  for (ChunkRef ref; chunks.Next(&ref);) {
    if (ref.max_ms < min_ms) continue;
    if (ref.min_ms > max_ms) break;
    // A chunk holds nothing outside the times that the index gives it: so columns rise whatever is in the bytes.
    const auto chunk = querier_.block().chunks().Read(ref.ref);
    const base::Status status = chunk.ok() ? DecodeChunk(chunk->encoding, chunk->bytes, std::max(min_ms, ref.min_ms),
                                                         std::min(max_ms, ref.max_ms), out)
                                           : chunk.status();
    if (!status.ok()) {
      querier_.Warn(
          base::Status(status).WithContext(chunk.ok() ? ChunkPlace(ref.ref) : "chunk of " + labels_.ToString()));
    }
  }
  if (!chunks.ok()) querier_.Warn(base::Corrupt("index: the chunks of " + labels_.ToString() + " are damaged"));
}

base::Status BlockSeries::ReadMore(int64_t min_ms, int64_t max_ms, storage::Samples* out) const {
  const Block& block = querier_.block();
  const size_t floats = out->times.size();
  const size_t histograms = out->histogram_times.size();
  min_ms = std::max(min_ms, querier_.min_ms());
  max_ms = std::min(max_ms, querier_.max_ms());
  base::Result<IndexReader::SeriesEntry> entry = entry_;
  for (;;) {
    const uint64_t faults = block.fault_count();
    // The entry was checked when the series was found; since then its page may have gone.
    if (faults != 0) entry = block.index().Series(ref_);
    if (entry.ok()) {
      ReadChunks(*entry, min_ms, max_ms, out);
    } else {
      querier_.Warn(base::Status(entry.status()).WithContext("chunks of " + labels_.ToString()));
    }
    if (block.fault_count() == faults) break;
    TruncateSamples(floats, histograms, out);  // once more: some of it may have been zeros
  }
  RemoveDeleted(block.tombstones().Of(ref_), floats, histograms, out);
  return base::OkStatus();
}

}  // namespace

std::unique_ptr<PartQuerier> MakeBlockQuerier(std::shared_ptr<const Block> block, int64_t min_ms, int64_t max_ms) {
  return std::make_unique<BlockQuerier>(std::move(block), min_ms, max_ms);
}

}  // namespace bekci::tsdb
