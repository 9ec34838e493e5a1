#include "agent/tsdb/block_merge.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/tsdb/block_writer.h"
#include "agent/tsdb/chunk_builder.h"
#include "agent/tsdb/merge_querier.h"

namespace bekci::tsdb {
namespace {

constexpr size_t kMostLines = 10;

struct Damage {
  std::vector<std::string> lines;
  uint64_t count = 0;

  void Add(const Block& block, const base::Status& status) {
    if (++count <= kMostLines) lines.push_back("block " + block.meta().ulid + ": " + status.message());
  }
};

// The series of one block, one after the other.
class SeriesStream {
 public:
  static base::Result<SeriesStream> Open(const Block& block, Damage* damage) {
    ASSIGN_OR_RETURN(const PostingsView all, block.index().AllPostings());
    SeriesStream stream(block, all, damage);
    stream.Next();
    return stream;
  }

  bool done() const { return done_; }
  const model::Labels& labels() const { return labels_; }
  const Block& block() const { return *block_; }
  std::span<const DeletedInterval> deleted() const { return block_->tombstones().Of(ref_); }

  // On to the next series that can be read.
  void Next() {
    while (next_ < all_.size()) {
      ref_ = all_[next_++];
      const auto entry = block_->index().Series(ref_);
      const base::Status status = entry.ok() ? block_->index().ReadLabels(*entry, &labels_) : entry.status();
      if (status.ok()) {
        entry_ = *entry;
        return;
      }
      damage_->Add(*block_, status);
    }
    done_ = true;
  }

  // Appends the chunks of the series, in place.
  void Chunks(std::vector<ChunkView>* out) const {
    IndexReader::ChunkWalk walk(entry_);
    for (ChunkRef ref; walk.Next(&ref);) {
      const auto chunk = block_->chunks().Read(ref.ref);
      if (chunk.ok()) {
        out->push_back({chunk->encoding, ref.min_ms, ref.max_ms, chunk->bytes});
      } else {
        damage_->Add(*block_, chunk.status());
      }
    }
    if (!walk.ok()) damage_->Add(*block_, base::Corrupt("the chunks of " + labels_.ToString() + " are damaged"));
  }

 private:
  SeriesStream(const Block& block, PostingsView all, Damage* damage) : block_(&block), all_(all), damage_(damage) {}

  const Block* block_;
  PostingsView all_;
  Damage* damage_;
  size_t next_ = 0;
  bool done_ = false;
  uint32_t ref_ = 0;
  model::Labels labels_;
  IndexReader::SeriesEntry entry_;
};

std::vector<std::string_view> UnionOfSymbols(std::span<const std::shared_ptr<const Block>> parents) {
  std::vector<std::string_view> all;
  for (const auto& parent : parents) {
    const std::vector<std::string_view> own = parent->index().Symbols();
    std::vector<std::string_view> both;
    both.reserve(std::max(all.size(), own.size()));
    std::set_union(all.begin(), all.end(), own.begin(), own.end(), std::back_inserter(both));
    all = std::move(both);
  }
  return all;
}

// One series of the child, from the streams that stand at its labels.
class SeriesMerger {
 public:
  explicit SeriesMerger(Damage* damage) : damage_(damage) {}

  // The chunks of the series; good until the next call.
  const std::vector<ChunkView>& Merge(std::span<SeriesStream*> streams) {
    chunks_.clear();
    bool deleted = false;
    for (const SeriesStream* stream : streams) {
      deleted = deleted || !stream->deleted().empty();
      stream->Chunks(&chunks_);
    }
    std::stable_sort(chunks_.begin(), chunks_.end(),
                     [](const ChunkView& a, const ChunkView& b) { return a.min_ms < b.min_ms; });
    const auto overlap = std::adjacent_find(
        chunks_.begin(), chunks_.end(), [](const ChunkView& a, const ChunkView& b) { return b.min_ms <= a.max_ms; });
    if (deleted || overlap != chunks_.end()) Rewrite(streams);
    return chunks_;
  }

 private:
  // Parents come in the order of time: where two have a sample for one time, the later parent's stays.
  void Rewrite(std::span<SeriesStream*> streams) {
    samples_.Clear();
    std::vector<ChunkView> own;
    for (const SeriesStream* stream : streams) {
      const size_t floats = samples_.times.size();
      const size_t histograms = samples_.histogram_times.size();
      own.clear();
      stream->Chunks(&own);
      for (const ChunkView& chunk : own) {
        const base::Status status = DecodeChunk(chunk.encoding, chunk.bytes, chunk.min_ms, chunk.max_ms, &samples_);
        if (!status.ok()) damage_->Add(stream->block(), status);
      }
      RemoveDeleted(stream->deleted(), floats, histograms, &samples_);
      RestoreOrder(floats, histograms, &samples_);
    }
    ChunkBuilder builder(0);
    builder.Append(samples_);
    built_ = builder.Finish();
    chunks_.clear();
    for (const BuiltChunk& chunk : built_) chunks_.push_back(chunk.view());
  }

  Damage* damage_;
  std::vector<ChunkView> chunks_;
  std::vector<BuiltChunk> built_;
  storage::Samples samples_;
};

base::Status WriteAll(std::vector<SeriesStream>* streams, BlockWriter* writer, Damage* damage,
                      const std::atomic<bool>* stop) {
  SeriesMerger merger(damage);
  std::vector<SeriesStream*> at_labels;
  for (;;) {
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) return base::Unavailable("merge: told to stop");
    at_labels.clear();
    for (SeriesStream& stream : *streams) {
      if (stream.done()) continue;
      if (!at_labels.empty() && stream.labels() != at_labels.front()->labels()) {
        if (at_labels.front()->labels() < stream.labels()) continue;
        at_labels.clear();
      }
      at_labels.push_back(&stream);
    }
    if (at_labels.empty()) return base::OkStatus();
    const std::vector<ChunkView>& chunks = merger.Merge(at_labels);
    if (!chunks.empty()) RETURN_IF_ERROR(writer->AddSeries(at_labels.front()->labels(), chunks));
    for (SeriesStream* stream : at_labels) stream->Next();
  }
}

// Chunks and symbols are copied out of the parents' mappings: a page that was not to be had went into the child as
// zeros.
base::Status AllRead(std::span<const std::shared_ptr<const Block>> parents) {
  for (const auto& parent : parents) {
    if (parent->fault_count() == 0) continue;
    return base::Corrupt("block " + parent->meta().ulid + ": the disk cannot read " +
                         std::to_string(parent->fault_count()) + " pages of it; the blocks stay as they are");
  }
  return base::OkStatus();
}

BlockMeta ChildOf(std::span<const std::shared_ptr<const Block>> parents) {
  BlockMeta child;
  child.level = 0;
  child.min_ms = INT64_MAX;
  child.max_ms = INT64_MIN;
  std::set<std::string> sources;
  for (const auto& parent : parents) {
    const BlockMeta& meta = parent->meta();
    child.level = std::max(child.level, meta.level);
    child.min_ms = std::min(child.min_ms, meta.min_ms);
    child.max_ms = std::max(child.max_ms, meta.max_ms);
    sources.insert(meta.sources.begin(), meta.sources.end());
    child.parents.push_back({meta.ulid, meta.min_ms, meta.max_ms});
  }
  ++child.level;
  child.sources.assign(sources.begin(), sources.end());
  return child;
}

base::Result<MergeResult> Merge(base::FileSystem& fs, const std::string& data_dir, const std::string& ulid,
                                std::span<const std::shared_ptr<const Block>> parents, const std::atomic<bool>* stop) {
  Damage damage;
  std::vector<SeriesStream> streams;
  for (const auto& parent : parents) {
    ASSIGN_OR_RETURN(SeriesStream stream, SeriesStream::Open(*parent, &damage));
    streams.push_back(std::move(stream));
  }
  const std::vector<std::string_view> symbols = UnionOfSymbols(parents);
  ASSIGN_OR_RETURN(const auto writer, BlockWriter::Create(fs, data_dir, ulid, symbols));
  RETURN_IF_ERROR(WriteAll(&streams, writer.get(), &damage, stop));
  MergeResult result;
  ASSIGN_OR_RETURN(result.meta, writer->Finish(ChildOf(parents), [&] { return AllRead(parents); }));
  result.damage = std::move(damage.lines);
  result.damaged = damage.count;
  return result;
}

}  // namespace

base::Result<MergeResult> MergeBlocks(base::FileSystem& fs, const std::string& data_dir, const std::string& ulid,
                                      std::span<const std::shared_ptr<const Block>> parents,
                                      const std::atomic<bool>* stop) {
  auto result = Merge(fs, data_dir, ulid, parents, stop);
  // Whatever it failed of, be it that nothing seems to be left: what could not be read comes before it.
  if (!result.ok()) RETURN_IF_ERROR(AllRead(parents));
  return result;
}

}  // namespace bekci::tsdb
