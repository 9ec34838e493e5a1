#include "agent/tsdb/chunk_builder.h"

#include <utility>

namespace bekci::tsdb {

void ChunkBuilder::Cut() {
  if (floats_.has_value()) {
    chunks_.push_back({ChunkEncoding::kXor, first_ms_, last_ms_, std::string(floats_->data())});
  } else if (histograms_.has_value()) {
    chunks_.push_back({histograms_->encoding(), first_ms_, last_ms_, std::string(histograms_->data())});
  }
  floats_.reset();
  histograms_.reset();
}

void ChunkBuilder::CutIfDue(int64_t t_ms) {
  if (count_ > 0 && (t_ms >= cut_at_ms_ || count_ >= 2 * kSamplesPerChunk)) {
    Cut();
    count_ = 0;
  }
}

void ChunkBuilder::Opened(int64_t t_ms) {
  first_ms_ = t_ms;
  cut_at_ms_ = range_ms_ == 0 ? INT64_MAX : EndOfRange(t_ms, range_ms_);
  count_ = 0;
}

void ChunkBuilder::Appended(int64_t t_ms) {
  last_ms_ = t_ms;
  ++count_;
  if (range_ms_ == 0) {
    if (count_ >= kSamplesPerChunk) cut_at_ms_ = t_ms;
  } else if (count_ == kSamplesPerChunk / 4) {
    cut_at_ms_ = ChunkEndTime(first_ms_, t_ms, cut_at_ms_);
  }
}

void ChunkBuilder::Append(int64_t t_ms, double value) {
  CutIfDue(t_ms);
  if (storage::IsStale(value) && histograms_.has_value() && histograms_->AppendStale(t_ms)) return Appended(t_ms);
  if (!floats_.has_value()) {
    // A stale marker that a cut separated from its histograms still belongs to them.
    if (storage::IsStale(value) && !chunks_.empty() && chunks_.back().encoding != ChunkEncoding::kXor &&
        !histograms_.has_value()) {
      histograms_.emplace(chunks_.back().encoding, CounterResetHeader::kUnknown);
      Opened(t_ms);
      histograms_->AppendStale(t_ms);
      return Appended(t_ms);
    }
    Cut();
    floats_.emplace();
    Opened(t_ms);
  }
  floats_->Append(t_ms, value);
  Appended(t_ms);
}

base::Status ChunkBuilder::Append(int64_t t_ms, const model::NativeHistogram& histogram) {
  RETURN_IF_ERROR(CheckHistogram(histogram));
  const ChunkEncoding encoding = EncodingOf(histogram);
  CounterResetHeader header = HeaderOfFirst(histogram);
  if (histograms_.has_value() && histograms_->encoding() == encoding) header = histograms_->HeaderOfNext(histogram);
  CutIfDue(t_ms);
  if (!histograms_.has_value() || histograms_->encoding() != encoding || !histograms_->Append(t_ms, histogram)) {
    Cut();
    histograms_.emplace(encoding, header);
    Opened(t_ms);
    if (!histograms_->Append(t_ms, histogram)) return base::Invalid("histogram: cannot be encoded");
  }
  Appended(t_ms);
  return base::OkStatus();
}

void ChunkBuilder::Append(const storage::Samples& samples) {
  size_t f = 0;
  size_t h = 0;
  while (f < samples.times.size() || h < samples.histogram_times.size()) {
    const bool take_float = h == samples.histogram_times.size() ||
                            (f < samples.times.size() && samples.times[f] < samples.histogram_times[h]);
    if (take_float) {
      Append(samples.times[f], samples.values[f]);
      ++f;
    } else {
      (void)Append(samples.histogram_times[h], *samples.histograms[h]);
      ++h;
    }
  }
}

std::vector<BuiltChunk> ChunkBuilder::Finish() {
  Cut();
  count_ = 0;
  return std::exchange(chunks_, {});
}

size_t ChunkBuilder::size_bytes() const {
  size_t bytes = sizeof(*this);
  for (const BuiltChunk& chunk : chunks_) bytes += sizeof(chunk) + chunk.bytes.capacity();
  if (floats_.has_value()) bytes += floats_->capacity_bytes();
  if (histograms_.has_value()) bytes += histograms_->capacity_bytes();
  return bytes;
}

}  // namespace bekci::tsdb
