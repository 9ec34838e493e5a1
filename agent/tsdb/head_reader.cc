// Head::Reader: a querier over the head: a time range, and the last commit it sees.
//
// Selecting works on the index, shared with other readers. Reading a series holds the data lock only to note where its
// chunks are and to copy the open one; decoding is done without any lock. A full chunk stays where it is as long as a
// reader is open that may need it (Head::TryDropHidden).
#include <algorithm>
#include <utility>

#include "agent/tsdb/head.h"
#include "agent/tsdb/merge_querier.h"

namespace bekci::tsdb {
namespace {

constexpr size_t kCheckedAtOnce = 512;  // series per hold of the data lock

// `bytes` cut down to the first `count` samples: every encoding begins with their number.
std::string_view WithCount(std::string_view bytes, uint16_t count, std::string* copy) {
  if (bytes.data() != copy->data()) copy->assign(bytes);
  (*copy)[0] = static_cast<char>(count >> 8);
  (*copy)[1] = static_cast<char>(count);
  return *copy;
}

}  // namespace

class Head::Reader : public PartQuerier {
 public:
  Reader(Head& head, int64_t min_ms, int64_t max_ms, uint64_t serial, CommitNumber commit)
      : head_(head), min_ms_(min_ms), max_ms_(max_ms), serial_(serial), commit_(commit) {}
  ~Reader() override {
    base::MutexLock lock(head_.data_mutex_);
    head_.readers_.erase(serial_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  base::Result<PartSeriesList> SelectParts(std::span<const model::Matcher> matchers,
                                           const storage::SelectHints& hints) override;
  base::Result<std::vector<std::string>> LabelNames(std::span<const model::Matcher> matchers) override;
  base::Result<std::vector<std::string>> LabelValues(std::string_view name,
                                                     std::span<const model::Matcher> matchers) override;
  int64_t min_ms() const override { return min_ms_; }

 private:
  friend class Head::ReaderSeries;
  std::vector<SeriesId> Find(std::span<const model::Matcher> matchers) const REQUIRES_SHARED(head_.index_mutex_);
  std::vector<const HeadSeries*> Overlapping(const std::vector<SeriesId>& ids) const;
  std::vector<std::string> Distinct(std::vector<Symbol> symbols) const REQUIRES_SHARED(head_.index_mutex_);

  Head& head_;
  const int64_t min_ms_;
  const int64_t max_ms_;
  const uint64_t serial_;
  const CommitNumber commit_;
};

class Head::ReaderSeries : public PartSeries {
 public:
  ReaderSeries(const Reader& reader, const HeadSeries& series, model::Labels labels)
      : reader_(reader), series_(series), labels_(std::move(labels)) {}
  const model::Labels& labels() const override { return labels_; }

  base::Status ReadMore(int64_t min_ms, int64_t max_ms, storage::Samples* out) const override {
    min_ms = std::max(min_ms, reader_.min_ms_);
    max_ms = std::min(max_ms, reader_.max_ms_);
    std::vector<VisibleChunk> chunks;
    std::string open_bytes;
    {
      base::MutexLock lock(reader_.head_.data_mutex_);
      series_.Collect(reader_.commit_, min_ms, max_ms, &chunks, &open_bytes);
    }
    std::string copy;
    for (const VisibleChunk& chunk : chunks) {
      std::string_view bytes = chunk.bytes;
      if (bytes.empty()) {
        bytes = WithCount(open_bytes, chunk.count, &open_bytes);
      } else if (ChunkSampleCount(bytes) != chunk.count) {
        bytes = WithCount(bytes, chunk.count, &copy);
      }
      RETURN_IF_ERROR(DecodeChunk(chunk.encoding, bytes, min_ms, max_ms, out));
    }
    return base::OkStatus();
  }

 private:
  const Reader& reader_;
  const HeadSeries& series_;
  model::Labels labels_;
};

std::unique_ptr<PartQuerier> Head::NewQuerier(int64_t min_ms, int64_t max_ms) {
  base::MutexLock lock(data_mutex_);
  min_ms = std::max({min_ms, hidden_before_ms_, stats_.min_ms});
  if (stats_.min_ms > stats_.max_ms || min_ms > max_ms || min_ms > stats_.max_ms) return nullptr;
  readers_.emplace(++last_reader_, visible_);
  return std::make_unique<Reader>(*this, min_ms, max_ms, last_reader_, visible_);
}

std::vector<SeriesId> Head::Reader::Find(std::span<const model::Matcher> matchers) const {
  return head_.index_.Select(matchers, [this] {
    base::MutexLock lock(head_.data_mutex_);
    std::vector<SeriesId> all;
    all.reserve(head_.directory_.count());
    for (const HeadSeries* series : head_.directory_.All()) all.push_back(series->id());
    return all;
  });
}

std::vector<const HeadSeries*> Head::Reader::Overlapping(const std::vector<SeriesId>& ids) const {
  std::vector<const HeadSeries*> found;
  found.reserve(ids.size());
  for (size_t start = 0; start < ids.size(); start += kCheckedAtOnce) {
    base::MutexLock lock(head_.data_mutex_);
    for (size_t i = start; i < std::min(ids.size(), start + kCheckedAtOnce); ++i) {
      const HeadSeries* series = head_.directory_.Find(ids[i]);
      if (series == nullptr || series->empty()) continue;
      if (series->max_ms() >= min_ms_ && series->min_ms() <= max_ms_) found.push_back(series);
    }
  }
  return found;
}

base::Result<PartSeriesList> Head::Reader::SelectParts(std::span<const model::Matcher> matchers,
                                                       const storage::SelectHints& hints) {
  std::vector<std::unique_ptr<ReaderSeries>> found;
  {
    base::ReadLock index(head_.index_mutex_);
    const std::vector<const HeadSeries*> overlapping = Overlapping(Find(matchers));
    found.reserve(overlapping.size());
    for (const HeadSeries* series : overlapping) {
      found.push_back(std::make_unique<ReaderSeries>(*this, *series, head_.LabelsOf(*series)));
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a->labels() < b->labels(); });
  if (hints.limit != 0 && found.size() > hints.limit) found.resize(hints.limit);
  PartSeriesList list;
  list.reserve(found.size());
  for (auto& series : found) list.push_back(std::move(series));
  return list;
}

std::vector<std::string> Head::Reader::Distinct(std::vector<Symbol> symbols) const {
  std::sort(symbols.begin(), symbols.end());
  symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
  std::vector<std::string> texts;
  texts.reserve(symbols.size());
  for (const Symbol symbol : symbols) texts.emplace_back(head_.symbols_.Text(symbol));
  std::sort(texts.begin(), texts.end());
  return texts;
}

base::Result<std::vector<std::string>> Head::Reader::LabelNames(std::span<const model::Matcher> matchers) {
  base::ReadLock index(head_.index_mutex_);
  if (matchers.empty()) return head_.index_.Names();
  std::vector<Symbol> names;
  for (const HeadSeries* series : Overlapping(Find(matchers))) {
    for (const LabelSymbols& label : series->labels()) names.push_back(label.name);
  }
  return Distinct(std::move(names));
}

base::Result<std::vector<std::string>> Head::Reader::LabelValues(std::string_view name,
                                                                 std::span<const model::Matcher> matchers) {
  base::ReadLock index(head_.index_mutex_);
  if (matchers.empty()) return head_.index_.Values(name);
  const auto symbol = head_.symbols_.Find(name);
  std::vector<Symbol> values;
  if (!symbol.has_value()) return Distinct(std::move(values));
  for (const HeadSeries* series : Overlapping(Find(matchers))) {
    for (const LabelSymbols& label : series->labels()) {
      if (label.name == *symbol) values.push_back(label.value);
    }
  }
  return Distinct(std::move(values));
}

}  // namespace bekci::tsdb
