#include "agent/tsdb/head_series.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace bekci::tsdb {
namespace {

// The multiple of `range_ms` that follows `t_ms`.
int64_t RangeEnd(int64_t t_ms, int64_t range_ms) {
  int64_t start = t_ms / range_ms * range_ms;
  if (start > t_ms) start -= range_ms;  // it cuts towards zero
  return start > INT64_MAX - range_ms ? INT64_MAX : start + range_ms;
}

// Spreads what is still to come until `end_ms` evenly over chunks, seen from a chunk that is a quarter full.
int64_t EvenCut(int64_t start_ms, int64_t now_ms, int64_t end_ms) {
  const int64_t chunks = (end_ms - start_ms) / ((now_ms - start_ms + 1) * 4);
  return chunks <= 1 ? end_ms : start_ms + (end_ms - start_ms) / chunks;
}

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

}  // namespace

HeadSeries::HeadSeries(SeriesId id, std::span<const LabelSymbols> labels, uint32_t owner)
    : id_(id),
      labels_(new LabelSymbols[labels.size()]),
      label_count_(static_cast<uint16_t>(labels.size())),
      owner_(owner) {
  std::copy(labels.begin(), labels.end(), labels_.get());
}

AppendVerdict HeadSeries::Judge(int64_t t_ms, double value) const {
  const AppendVerdict verdict = JudgeTime(newest_ms_ != INT64_MIN, newest_ms_, t_ms);
  if (verdict != AppendVerdict::kDuplicate || open_count_ == 0) return verdict;
  const bool same =
      histogram_ ? storage::IsStale(value) && histogram_->last_is_stale() : SameBits(xor_.last_value(), value);
  return same ? AppendVerdict::kSameAgain : verdict;
}

AppendVerdict HeadSeries::Judge(int64_t t_ms, const model::NativeHistogram& histogram) const {
  const AppendVerdict verdict = JudgeTime(newest_ms_ != INT64_MIN, newest_ms_, t_ms);
  if (verdict != AppendVerdict::kDuplicate || open_count_ == 0 || !histogram_) return verdict;
  return histogram_->LastEquals(histogram) ? AppendVerdict::kSameAgain : verdict;
}

void HeadSeries::Seal() {
  if (open_count_ == 0) return;
  const std::string_view data = OpenData();
  auto* bytes = new char[data.size()];
  std::memcpy(bytes, data.data(), data.size());
  HeadChunk& chunk = chunks_.emplace_back();
  chunk.min_ms = open_min_ms_;
  chunk.max_ms = newest_ms_;
  chunk.bytes.reset(bytes);
  chunk.size = static_cast<uint32_t>(data.size());
  chunk.count = open_count_;
  chunk.encoding = histogram_ ? histogram_->encoding() : ChunkEncoding::kXor;
  open_count_ = 0;
}

void HeadSeries::CutIfDue(int64_t t_ms) {
  if (open_count_ == 0) return;
  if (open_count_ == kSamplesPerChunk / 4) cut_at_ms_ = EvenCut(open_min_ms_, newest_ms_, cut_at_ms_);
  // Twice the usual number when samples come faster than they did at first.
  if (t_ms >= cut_at_ms_ || open_count_ >= 2 * kSamplesPerChunk) Seal();
}

void HeadSeries::CountSample(int64_t t_ms) {
  ++open_count_;
  newest_ms_ = t_ms;
}

void HeadSeries::Append(int64_t t_ms, double value, int64_t range_ms) {
  CutIfDue(t_ms);
  if (histogram_ != nullptr && open_count_ > 0 && storage::IsStale(value)) {
    histogram_->AppendStale(t_ms);
    return CountSample(t_ms);
  }
  if (histogram_ != nullptr) {
    Seal();
    histogram_.reset();
  }
  if (open_count_ == 0) {
    xor_ = XorAppender();
    open_min_ms_ = t_ms;
    cut_at_ms_ = RangeEnd(t_ms, range_ms);
  }
  xor_.Append(t_ms, value);
  CountSample(t_ms);
}

void HeadSeries::Append(int64_t t_ms, const model::NativeHistogram& histogram, int64_t range_ms) {
  const ChunkEncoding encoding = EncodingOf(histogram);
  CutIfDue(t_ms);
  // `histogram_` is the chunk before when CutIfDue has just sealed it.
  const bool open = histogram_ != nullptr && open_count_ > 0 && histogram_->encoding() == encoding;
  if (open && histogram_->Append(t_ms, histogram)) return CountSample(t_ms);
  const CounterResetHeader header = histogram_ != nullptr && histogram_->encoding() == encoding
                                        ? histogram_->HeaderOfNext(histogram)
                                        : CounterResetHeader::kUnknown;
  Seal();
  xor_ = XorAppender();
  histogram_ = std::make_unique<HistogramAppender>(encoding, header);
  open_min_ms_ = t_ms;
  cut_at_ms_ = RangeEnd(t_ms, range_ms);
  histogram_->Append(t_ms, histogram);
  CountSample(t_ms);
}

void HeadSeries::RememberCommit(CommitNumber commit, CommitNumber oldest_reader) {
  if (recent_ == nullptr) recent_ = std::make_unique<std::vector<CommitNumber>>();
  const auto kept = std::upper_bound(recent_->begin(), recent_->end(), oldest_reader);
  recent_->erase(recent_->begin(), kept);
  recent_->push_back(commit);
}

// How many of the newest samples came after `commit`.
size_t HeadSeries::Hidden(CommitNumber commit) const {
  if (recent_ == nullptr) return 0;
  return static_cast<size_t>(recent_->end() - std::upper_bound(recent_->begin(), recent_->end(), commit));
}

void HeadSeries::Collect(CommitNumber commit, int64_t min_ms, int64_t max_ms, std::vector<VisibleChunk>* chunks,
                         std::string* open_bytes) const {
  chunks->clear();
  size_t hidden = Hidden(commit);
  if (open_count_ > hidden && newest_ms_ >= min_ms && open_min_ms_ <= max_ms) {
    open_bytes->assign(OpenData());
    chunks->push_back({histogram_ ? histogram_->encoding() : ChunkEncoding::kXor,
                       open_min_ms_,
                       newest_ms_,
                       static_cast<uint16_t>(open_count_ - hidden),
                       {}});
  }
  hidden -= std::min<size_t>(hidden, open_count_);
  for (auto chunk = chunks_.rbegin(); chunk != chunks_.rend() && chunk->max_ms >= min_ms; ++chunk) {
    const size_t of_this = std::min<size_t>(hidden, chunk->count);
    hidden -= of_this;
    if (chunk->min_ms > max_ms || of_this == chunk->count) continue;
    chunks->push_back(
        {chunk->encoding, chunk->min_ms, chunk->max_ms, static_cast<uint16_t>(chunk->count - of_this), chunk->data()});
  }
  std::reverse(chunks->begin(), chunks->end());
}

size_t HeadSeries::DropBefore(int64_t before_ms) {
  const auto kept =
      std::find_if(chunks_.begin(), chunks_.end(), [=](const HeadChunk& chunk) { return chunk.max_ms >= before_ms; });
  auto dropped = static_cast<size_t>(kept - chunks_.begin());
  chunks_.erase(chunks_.begin(), kept);
  if (chunks_.empty()) chunks_.shrink_to_fit();
  if (open_count_ > 0 && newest_ms_ < before_ms) {
    open_count_ = 0;
    xor_ = XorAppender();
    histogram_.reset();
    ++dropped;
  }
  return dropped;
}

size_t HeadSeries::heap_bytes() const {
  constexpr size_t kAllocation = 16;  // what malloc adds, about
  size_t total = sizeof(HeadSeries) + label_count_ * sizeof(LabelSymbols) + xor_.capacity_bytes() + 3 * kAllocation;
  if (histogram_) total += histogram_->capacity_bytes() + sizeof(HistogramAppender) + 2 * kAllocation;
  total += chunks_.capacity() * sizeof(HeadChunk) + (chunks_.empty() ? 0 : kAllocation);
  for (const HeadChunk& chunk : chunks_) total += chunk.size + kAllocation;
  return total;
}

}  // namespace bekci::tsdb
