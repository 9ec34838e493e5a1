#include "agent/tsdb/index_writer.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace bekci::tsdb {
namespace {

constexpr size_t kPostingAlignment = 4;

size_t UvarintSize(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

size_t StringSize(std::string_view text) {
  return UvarintSize(text.size()) + text.size();
}

uint64_t AlignedUp(uint64_t position, uint64_t alignment) {
  return (position + alignment - 1) / alignment * alignment;
}

// Length, count, references, check sum.
uint64_t PostingsBytes(uint64_t count) {
  return 4 + 4 + 4 * count + 4;
}

}  // namespace

base::Result<IndexWriter> IndexWriter::Create(base::FileSystem& fs, const std::string& path,
                                              std::span<const std::string_view> symbols) {
  ASSIGN_OR_RETURN(FileWriter file, FileWriter::Create(fs, path));
  IndexWriter writer(std::move(file), symbols);
  std::string header;
  PutBig32(&header, kIndexMagic);
  header.push_back(static_cast<char>(kIndexVersion));
  writer.file_.Put(header);
  writer.WriteSymbols();
  writer.toc_.series = writer.file_.position();
  RETURN_IF_ERROR(writer.file_.status());
  return writer;
}

void IndexWriter::WriteSymbols() {
  shift_ = symbols_.empty() || !symbols_.front().empty() ? 1 : 0;
  toc_.symbols = file_.position();
  size_t bytes = 4 + shift_;
  for (const std::string_view symbol : symbols_) bytes += StringSize(symbol);
  file_.PutBig32Bits(static_cast<uint32_t>(bytes));
  file_.BeginSum();
  file_.PutBig32Bits(static_cast<uint32_t>(symbols_.size() + shift_));
  if (shift_ == 1) file_.PutUvarintBytes(0);
  for (const std::string_view symbol : symbols_) {
    file_.PutUvarintBytes(symbol.size());
    file_.Put(symbol);
  }
  file_.EndSum();
}

base::Result<uint32_t> IndexWriter::NumberOf(std::string_view symbol) const {
  const auto found = std::lower_bound(symbols_.begin(), symbols_.end(), symbol);
  if (found == symbols_.end() || *found != symbol) {
    return base::Invalid("index: \"" + std::string(symbol) + "\" is not among the symbols");
  }
  return static_cast<uint32_t>(found - symbols_.begin()) + shift_;
}

base::Status IndexWriter::Encode(const model::Labels& labels, std::span<const ChunkRef> chunks) {
  entry_.clear();
  PutUvarint(&entry_, labels.count());
  for (const auto& [name, value] : labels) {
    ASSIGN_OR_RETURN(const uint32_t name_number, NumberOf(name));
    ASSIGN_OR_RETURN(const uint32_t value_number, NumberOf(value));
    PutUvarint(&entry_, name_number);
    PutUvarint(&entry_, value_number);
    const uint64_t key = static_cast<uint64_t>(name_number) << 32 | value_number;
    const auto [found, is_new] = pair_numbers_.try_emplace(key, static_cast<uint32_t>(pairs_.size()));
    if (is_new) pairs_.push_back({name_number, value_number, 0});
    ++pairs_[found->second].count;
    series_pairs_.push_back(found->second);
  }
  PutUvarint(&entry_, chunks.size());
  for (size_t i = 0; i < chunks.size(); ++i) {
    const ChunkRef& chunk = chunks[i];
    if (i == 0) {
      PutVarint(&entry_, chunk.min_ms);
      PutUvarint(&entry_, static_cast<uint64_t>(chunk.max_ms) - static_cast<uint64_t>(chunk.min_ms));
      PutUvarint(&entry_, chunk.ref);
    } else {
      PutUvarint(&entry_, static_cast<uint64_t>(chunk.min_ms) - static_cast<uint64_t>(chunks[i - 1].max_ms));
      PutUvarint(&entry_, static_cast<uint64_t>(chunk.max_ms) - static_cast<uint64_t>(chunk.min_ms));
      PutVarint(&entry_, static_cast<int64_t>(chunk.ref - chunks[i - 1].ref));
    }
  }
  return base::OkStatus();
}

base::Status IndexWriter::AddSeries(const model::Labels& labels, std::span<const ChunkRef> chunks) {
  if (!series_.empty() && !(last_ < labels)) {
    return base::Invalid("index: series " + labels.ToString() + " comes after " + last_.ToString());
  }
  last_ = labels;
  RETURN_IF_ERROR(Encode(labels, chunks));
  file_.Pad(kSeriesAlignment);
  const uint64_t ref = file_.position() / kSeriesAlignment;
  if (ref > std::numeric_limits<uint32_t>::max()) return base::LimitReached("index: more than 64 GiB of series");
  series_.push_back(static_cast<uint32_t>(ref));
  series_ends_.push_back(static_cast<uint32_t>(series_pairs_.size()));

  std::string head;
  PutUvarint(&head, entry_.size());
  PutBig32(&entry_, base::Crc32c(entry_));
  file_.Put(head);
  file_.Put(entry_);
  return file_.status();
}

void IndexWriter::SortPairs() {
  order_.resize(pairs_.size());
  std::iota(order_.begin(), order_.end(), 0);
  // Symbols are sorted, so their numbers are in the order of names and values.
  std::sort(order_.begin(), order_.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(pairs_[a].name, pairs_[a].value) < std::pair(pairs_[b].name, pairs_[b].value);
  });
}

// Per name the values it has. Nobody reads these any more, but the format has them.
void IndexWriter::WriteLabelIndices() {
  toc_.label_indices = file_.position();
  for (size_t begin = 0; begin < order_.size();) {
    size_t end = begin;
    while (end < order_.size() && pairs_[order_[end]].name == pairs_[order_[begin]].name) ++end;
    file_.Pad(kPostingAlignment);
    name_offsets_.push_back(file_.position());
    file_.PutBig32Bits(static_cast<uint32_t>(8 + 4 * (end - begin)));
    file_.BeginSum();
    file_.PutBig32Bits(1);  // names per entry
    file_.PutBig32Bits(static_cast<uint32_t>(end - begin));
    for (; begin < end; ++begin) file_.PutBig32Bits(pairs_[order_[begin]].value);
    file_.EndSum();
  }
}

void IndexWriter::WritePostingsOf(std::span<const uint32_t> series) {
  file_.Pad(kPostingAlignment);
  file_.PutBig32Bits(static_cast<uint32_t>(4 + 4 * series.size()));
  file_.BeginSum();
  file_.PutBig32Bits(static_cast<uint32_t>(series.size()));
  for (const uint32_t ref : series) file_.PutBig32Bits(ref);
  file_.EndSum();
}

// All series first, then those of each pair. The lists are filled by counting: one array holds them one after the
// other.
void IndexWriter::WritePostings() {
  file_.Pad(kPostingAlignment);
  toc_.postings = file_.position();
  WritePostingsOf(series_);
  std::vector<uint32_t> next(pairs_.size());
  uint32_t sum = 0;
  for (const uint32_t pair : order_) {
    next[pair] = sum;
    sum += pairs_[pair].count;
  }
  std::vector<uint32_t> lists(sum);
  uint32_t label = 0;
  for (size_t i = 0; i < series_.size(); ++i) {
    for (; label < series_ends_[i]; ++label) lists[next[series_pairs_[label]]++] = series_[i];
  }
  for (const uint32_t pair : order_) {
    WritePostingsOf(std::span(lists).subspan(next[pair] - pairs_[pair].count, pairs_[pair].count));
  }
}

void IndexWriter::WriteLabelIndicesTable() {
  toc_.label_indices_table = file_.position();
  std::string table;
  PutBig32(&table, static_cast<uint32_t>(name_offsets_.size()));
  uint32_t before = std::numeric_limits<uint32_t>::max();
  size_t name = 0;
  for (const uint32_t pair : order_) {
    if (pairs_[pair].name == before) continue;
    before = pairs_[pair].name;
    PutUvarint(&table, 1);
    PutString(&table, Symbol(before));
    PutUvarint(&table, name_offsets_[name++]);
  }
  file_.PutBig32Bits(static_cast<uint32_t>(table.size()));
  file_.BeginSum();
  file_.Put(table);
  file_.EndSum();
}

// Twice over the entries, for their length comes first; where each list stands follows from how long those before are.
void IndexWriter::WritePostingsTable() {
  toc_.postings_table = file_.position();
  const auto for_each = [this](auto&& entry) {
    entry(std::string_view(), std::string_view(), toc_.postings);
    uint64_t offset = toc_.postings + PostingsBytes(series_.size());
    for (const uint32_t pair : order_) {
      offset = AlignedUp(offset, kPostingAlignment);
      entry(Symbol(pairs_[pair].name), Symbol(pairs_[pair].value), offset);
      offset += PostingsBytes(pairs_[pair].count);
    }
  };
  uint64_t bytes = 4;
  for_each([&](std::string_view name, std::string_view value, uint64_t offset) {
    bytes += 1 + StringSize(name) + StringSize(value) + UvarintSize(offset);
  });
  file_.PutBig32Bits(static_cast<uint32_t>(bytes));
  file_.BeginSum();
  file_.PutBig32Bits(static_cast<uint32_t>(order_.size() + 1));
  for_each([&](std::string_view name, std::string_view value, uint64_t offset) {
    file_.PutUvarintBytes(2);  // strings in the key
    file_.PutUvarintBytes(name.size());
    file_.Put(name);
    file_.PutUvarintBytes(value.size());
    file_.Put(value);
    file_.PutUvarintBytes(offset);
  });
  file_.EndSum();
}

void IndexWriter::WriteContents() {
  std::string toc;
  for (const uint64_t offset :
       {toc_.symbols, toc_.series, toc_.label_indices, toc_.label_indices_table, toc_.postings, toc_.postings_table}) {
    PutBig64(&toc, offset);
  }
  PutBig32(&toc, base::Crc32c(toc));
  file_.Put(toc);
}

base::Status IndexWriter::Finish() {
  SortPairs();
  WriteLabelIndices();
  WritePostings();
  WriteLabelIndicesTable();
  WritePostingsTable();
  WriteContents();
  return file_.Finish();
}

}  // namespace bekci::tsdb
