#include "agent/tsdb/block_verify.h"

#include <algorithm>
#include <utility>

namespace bekci::tsdb {
namespace {

constexpr size_t kMostProblems = 100;

class Verifier {
 public:
  explicit Verifier(const Block& block) : block_(block) {}

  BlockReport Run() {
    report_.problems = block_.index().VerifyAll();
    if (const auto all = block_.index().AllPostings(); all.ok()) {
      for (size_t i = 0; i < all->size(); ++i) CheckSeries((*all)[i]);
    }
    report_.stats.tombstones = block_.tombstones().count();
    if (const uint64_t pages = block_.fault_count(); pages != 0) {
      Say("the disk cannot read " + std::to_string(pages) + " pages of the block's files");
    }
    if (report_.problems.empty()) CompareStats();
    return std::move(report_);
  }

 private:
  void Say(std::string problem) {
    if (report_.problems.size() < kMostProblems) report_.problems.push_back(std::move(problem));
  }

  void CheckSeries(uint32_t ref) {
    const auto entry = block_.index().Series(ref);
    model::Labels labels;
    if (!entry.ok() || !block_.index().ReadLabels(*entry, &labels).ok()) return;  // VerifyAll has told
    ++report_.stats.series;
    IndexReader::ChunkWalk walk(*entry);
    for (ChunkRef chunk; walk.Next(&chunk);) {
      const std::string problem = ProblemOf(chunk);
      if (problem.empty()) continue;
      ++report_.damaged_chunks;
      Say(problem + " (" + labels.ToString() + ")");
    }
    if (!walk.ok()) Say("index: the list of chunks of " + labels.ToString() + " is damaged");
  }

  std::string ProblemOf(const ChunkRef& ref) {
    ++report_.stats.chunks;
    const auto chunk = block_.chunks().Read(ref.ref);
    if (!chunk.ok()) return chunk.status().message();
    samples_.Clear();
    const base::Status status = DecodeChunk(chunk->encoding, chunk->bytes, INT64_MIN, INT64_MAX, &samples_);
    report_.stats.samples += samples_.size();
    const auto at = [&](const std::string& what) { return ChunkPlace(ref.ref) + ": " + what; };
    if (!status.ok()) return at(status.message());
    int64_t min_ms = INT64_MAX;
    int64_t max_ms = INT64_MIN;
    for (const auto* times : {&samples_.times, &samples_.histogram_times}) {
      if (times->empty()) continue;
      min_ms = std::min(min_ms, times->front());
      max_ms = std::max(max_ms, times->back());
    }
    if (min_ms != ref.min_ms || max_ms != ref.max_ms) return at("holds other times than the index says");
    if (min_ms < block_.meta().min_ms || max_ms >= block_.meta().max_ms) return at("reaches out of the block's times");
    return "";
  }

  void CompareStats() {
    const BlockStats& said = block_.meta().stats;
    const auto compare = [&](const char* what, uint64_t counted, uint64_t written) {
      if (counted == written) return;
      Say("meta.json: says " + std::to_string(written) + " " + what + ", there are " + std::to_string(counted));
    };
    compare("series", report_.stats.series, said.series);
    compare("chunks", report_.stats.chunks, said.chunks);
    compare("samples", report_.stats.samples, said.samples);
  }

  const Block& block_;
  BlockReport report_;
  storage::Samples samples_;
};

}  // namespace

BlockReport VerifyBlock(const Block& block) {
  return Verifier(block).Run();
}

}  // namespace bekci::tsdb
