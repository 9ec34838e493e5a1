#include "agent/tsdb/index_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "agent/base/crc32c.h"

namespace bekci::tsdb {
namespace {

constexpr uint64_t kSectionOverhead = 4 + 4 + 4;  // length, count, sum

base::Status Damaged(std::string_view what) {
  return base::Corrupt("index: " + std::string(what));
}

base::Status Unreadable() {
  return base::Unavailable("index: the disk cannot read parts of it that every answer needs");
}

size_t UvarintSize(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

}  // namespace

base::Result<std::unique_ptr<const IndexReader>> IndexReader::Open(std::unique_ptr<const base::MappedFile> file) {
  std::unique_ptr<IndexReader> reader(new IndexReader());
  reader->file_ = std::move(file);
  reader->data_ = reader->file_->data();
  const base::Status loaded = reader->Load();
  if (!loaded.ok() && reader->fault_count() != 0) return Unreadable();
  RETURN_IF_ERROR(loaded);
  RETURN_IF_ERROR(reader->Readable());
  return std::unique_ptr<const IndexReader>(std::move(reader));
}

base::Status IndexReader::Readable() const {
  if (fault_count() == 0) return base::OkStatus();
  const base::PageFaults faults = file_->faults();
  const uint64_t symbols_end = toc_.symbols + kSectionOverhead + symbols_.size();
  const bool lookups = faults.Touch(toc_.symbols, symbols_end) || faults.Touch(toc_.postings_table, data_.size());
  return lookups ? Unreadable() : base::OkStatus();
}

// What is wrong with the bytes in [from, to): damage, or pages that are not to be had.
base::Status IndexReader::DamagedIn(uint64_t from, uint64_t to, const std::string& what) const {
  if (!file_->faults().Touch(from, to)) return Damaged(what);
  return base::Unavailable("index: " + what + ": the disk cannot read it");
}

// Length in 4 bytes, so many bytes, their sum in 4 bytes.
base::Result<std::string_view> IndexReader::CheckedSection(uint64_t offset, std::string_view what) const {
  if (offset > data_.size()) return Damaged(std::string(what) + " begins beyond the end of the file");
  ByteReader reader(data_.substr(offset));
  const uint32_t length = reader.Big32();
  const std::string_view content = reader.Bytes(length);
  const uint32_t sum = reader.Big32();
  const uint64_t end = data_.size() - reader.left();
  if (!reader.ok()) return DamagedIn(offset, end, std::string(what) + " is cut off");
  if (base::Crc32c(content) == sum) return content;
  return DamagedIn(offset, end, std::string(what) + " at " + std::to_string(offset) + ": wrong check sum");
}

base::Status IndexReader::Load() {
  ByteReader header(data_);
  const uint32_t magic = header.Big32();
  const uint8_t version = header.U8();
  if (!header.ok() || magic != kIndexMagic) return Damaged("this is no index file");
  if (version != kIndexVersion)
    return base::Invalid("index: version " + std::to_string(version) + ", this agent reads 2");
  RETURN_IF_ERROR(LoadContents());
  RETURN_IF_ERROR(LoadSymbols());
  return LoadPostingsTable();
}

base::Status IndexReader::LoadContents() {
  if (data_.size() < kIndexHeaderBytes + kTocBytes) return Damaged("the file is cut off");
  ByteReader reader(data_.substr(data_.size() - kTocBytes));
  const uint32_t sum = base::Crc32c(reader.rest().substr(0, kTocBytes - 4));
  for (uint64_t* offset : {&toc_.symbols, &toc_.series, &toc_.label_indices, &toc_.label_indices_table, &toc_.postings,
                           &toc_.postings_table}) {
    *offset = reader.Big64();
    if (*offset > data_.size() - kTocBytes) return Damaged("table of contents: a section beyond the end of the file");
  }
  if (reader.Big32() != sum) return Damaged("table of contents: wrong check sum");
  return base::OkStatus();
}

// Beyond the sum the order of symbols is checked: label sets are then compared by symbol numbers.
base::Status IndexReader::LoadSymbols() {
  ASSIGN_OR_RETURN(const std::string_view section, CheckedSection(toc_.symbols, "symbols"));
  ByteReader reader(section);
  symbol_count_ = reader.Big32();
  symbols_ = reader.rest();
  if (symbols_.size() > std::numeric_limits<uint32_t>::max() || symbol_count_ > symbols_.size()) {
    return Damaged("symbols: an impossible count");
  }
  symbol_offsets_.reserve(symbol_count_ / kSymbolStep + 1);
  std::string_view before;
  for (size_t i = 0; i < symbol_count_; ++i) {
    const size_t offset = symbols_.size() - reader.left();
    if (i % kSymbolStep == 0) symbol_offsets_.push_back(static_cast<uint32_t>(offset));
    const std::string_view symbol = reader.String();
    if (!reader.ok()) return Damaged("symbols: cut off");
    // Only the shortest form of a length is what Labels can take over as it is.
    const size_t used = symbols_.size() - reader.left() - offset;
    if (used != UvarintSize(symbol.size()) + symbol.size()) return Damaged("symbols: a length in a long form");
    if (i > 0 && !(before < symbol)) return Damaged("symbols: not in order");
    before = symbol;
  }
  return base::OkStatus();
}

void IndexReader::KeepEntry(std::string_view name, std::string_view value, uint32_t offset) {
  if (names_.empty() || names_.back().name != name) {
    names_.push_back({name, static_cast<uint32_t>(values_.size()), 0, 0});
  }
  Name& last = names_.back();
  if (last.count % kValueStep == 0) {
    values_.push_back({value, offset});
    ++last.sampled;
  }
  ++last.count;
}

base::Status IndexReader::LoadPostingsTable() {
  ASSIGN_OR_RETURN(const std::string_view section, CheckedSection(toc_.postings_table, "table of postings"));
  ByteReader reader(section);
  const uint32_t count = reader.Big32();
  table_ = reader.rest();
  if (table_.size() > std::numeric_limits<uint32_t>::max()) return Damaged("table of postings: larger than 4 GiB");
  std::string_view before_name;
  std::string_view before_value;
  for (uint32_t i = 0; i < count; ++i) {
    const auto at = static_cast<uint32_t>(table_.size() - reader.left());
    const uint64_t keys = reader.Uvarint();
    const std::string_view name = reader.String();
    const std::string_view value = reader.String();
    const uint64_t offset = reader.Uvarint();
    if (!reader.ok() || keys != 2) return Damaged("table of postings: cut off");
    if (offset >= data_.size()) return Damaged("table of postings: a list beyond the end of the file");
    if (i > 0 && std::pair(before_name, before_value) >= std::pair(name, value)) {
      return Damaged("table of postings: not in order");
    }
    before_name = name;
    before_value = value;
    if (name.empty()) {
      all_postings_ = offset;
    } else {
      KeepEntry(name, value, at);
    }
  }
  values_.shrink_to_fit();
  return base::OkStatus();
}

size_t IndexReader::memory_bytes() const {
  return symbol_offsets_.capacity() * sizeof(uint32_t) + names_.capacity() * sizeof(Name) +
         values_.capacity() * sizeof(Value);
}

// ---- symbols ----

std::string_view IndexReader::RawSymbol(uint32_t number) const {
  size_t offset = symbol_offsets_[number / kSymbolStep];
  for (size_t skip = number % kSymbolStep;; --skip) {
    ByteReader reader(symbols_.substr(offset));
    const size_t before = reader.left();
    reader.String();
    const size_t size = before - reader.left();
    if (skip == 0) return symbols_.substr(offset, size);
    offset += size;
  }
}

std::string_view IndexReader::Symbol(uint32_t number) const {
  return ByteReader(RawSymbol(number)).String();
}

std::vector<std::string_view> IndexReader::Symbols() const {
  std::vector<std::string_view> all;
  all.reserve(symbol_count_);
  ByteReader reader(symbols_);
  for (size_t i = 0; i < symbol_count_; ++i) all.push_back(reader.String());
  return all;
}

// ---- postings ----

std::vector<std::string_view> IndexReader::LabelNames() const {
  std::vector<std::string_view> names;
  names.reserve(names_.size());
  for (const Name& name : names_) names.push_back(name.name);
  return names;
}

const IndexReader::Name* IndexReader::FindName(std::string_view name) const {
  const auto found = std::lower_bound(names_.begin(), names_.end(), name,
                                      [](const Name& n, std::string_view k) { return n.name < k; });
  return found == names_.end() || found->name != name ? nullptr : &*found;
}

base::Result<PostingsView> IndexReader::PostingsAt(uint64_t offset) const {
  ASSIGN_OR_RETURN(const std::string_view content, CheckedSection(offset, "postings"));
  ByteReader reader(content);
  const uint32_t count = reader.Big32();
  if (!reader.ok() || reader.left() / 4 < count) return Damaged("postings at " + std::to_string(offset) + ": cut off");
  return PostingsView(reader.rest().data(), count);
}

base::Result<PostingsView> IndexReader::AllPostings() const {
  return all_postings_ == 0 ? PostingsView() : PostingsAt(all_postings_);
}

base::Result<PostingsView> IndexReader::Postings(std::string_view name, std::string_view value) const {
  const Name* found = FindName(name);
  if (found == nullptr) return PostingsView();
  const auto first = values_.begin() + found->first;
  const auto last = first + found->sampled;
  auto sample = std::upper_bound(first, last, value, [](std::string_view v, const Value& s) { return v < s.value; });
  if (sample == first) return PostingsView();
  --sample;
  ByteReader reader(table_.substr(sample->offset));
  for (size_t i = 0; i < kValueStep; ++i) {
    reader.Uvarint();
    const std::string_view entry_name = reader.String();
    const std::string_view entry_value = reader.String();
    const uint64_t offset = reader.Uvarint();
    if (!reader.ok() || entry_name != name || entry_value > value) break;
    if (entry_value == value) return PostingsAt(offset);
  }
  return PostingsView();
}

size_t IndexReader::ValueCount(std::string_view name) const {
  const Name* found = FindName(name);
  return found == nullptr ? 0 : found->count;
}

IndexReader::ValueWalk IndexReader::Values(std::string_view name, std::string_view prefix) const {
  ValueWalk walk;
  const Name* found = FindName(name);
  if (found == nullptr) return walk;
  const auto first = values_.begin() + found->first;
  const auto last = first + found->sampled;
  auto sample = std::lower_bound(first, last, prefix, [](const Value& s, std::string_view p) { return s.value < p; });
  if (sample != first) --sample;
  walk.index_ = this;
  walk.rest_ = ByteReader(table_.substr(sample->offset));
  walk.prefix_ = prefix;
  walk.left_ = found->count - static_cast<uint64_t>(sample - first) * kValueStep + 1;
  do {
    walk.Next();
  } while (!walk.done() && walk.value() < prefix && !walk.value().starts_with(prefix));
  return walk;
}

void IndexReader::ValueWalk::Next() {
  if (--left_ == 0) return;
  rest_.Uvarint();
  rest_.String();  // the name
  value_ = rest_.String();
  offset_ = rest_.Uvarint();
  if (!rest_.ok() || (value_ > prefix_ && !value_.starts_with(prefix_))) left_ = 0;
}

base::Result<PostingsView> IndexReader::ValueWalk::postings() const {
  return index_->PostingsAt(offset_);
}

// ---- series ----

base::Result<IndexReader::SeriesEntry> IndexReader::Series(uint32_t ref) const {
  const uint64_t offset = static_cast<uint64_t>(ref) * kSeriesAlignment;
  uint64_t end = offset + 1;
  const auto damaged = [&](const char* what) {
    return DamagedIn(offset, end, "series " + std::to_string(ref) + ": " + what);
  };
  if (offset < toc_.series || offset >= data_.size()) return damaged("not in the series section");
  ByteReader reader(data_.substr(offset));
  const std::string_view content = reader.String();
  const uint32_t sum = reader.Big32();
  end = data_.size() - reader.left();
  if (!reader.ok()) return damaged("cut off");
  if (base::Crc32c(content) != sum) return damaged("wrong check sum");

  ByteReader fields(content);
  SeriesEntry entry;
  entry.label_count = fields.Uvarint();
  if (entry.label_count > fields.left()) return damaged("an impossible count of labels");
  const std::string_view labels = fields.rest();
  for (uint64_t i = 0; i < 2 * entry.label_count; ++i) fields.Uvarint();
  entry.labels = labels.substr(0, labels.size() - fields.left());
  entry.chunk_count = fields.Uvarint();
  entry.chunks = fields.rest();
  if (!fields.ok() || entry.chunk_count > fields.left()) return damaged("an impossible count of chunks");
  return entry;
}

base::Status IndexReader::ReadLabels(const SeriesEntry& entry, model::Labels* out) const {
  std::string data;
  data.reserve(32 * entry.label_count);
  ByteReader reader(entry.labels);
  uint64_t before = 0;
  for (uint64_t i = 0; i < entry.label_count; ++i) {
    const uint64_t name = reader.Uvarint();
    const uint64_t value = reader.Uvarint();
    if (name >= symbol_count_ || value >= symbol_count_) return Damaged("a label beyond the symbols");
    if (i > 0 && name <= before) return Damaged("labels not in order");
    before = name;
    const std::string_view raw_value = RawSymbol(static_cast<uint32_t>(value));
    if (raw_value.size() == 1) continue;  // the empty string: no label
    data += RawSymbol(static_cast<uint32_t>(name));
    data += raw_value;
  }
  *out = model::Labels::FromEncoded(std::move(data));
  return base::OkStatus();
}

bool IndexReader::ChunkWalk::Next(ChunkRef* chunk) {
  if (left_ == 0) return false;
  --left_;
  if (first_) {
    chunk->min_ms = rest_.Varint();
    chunk->max_ms = static_cast<int64_t>(static_cast<uint64_t>(chunk->min_ms) + rest_.Uvarint());
    chunk->ref = rest_.Uvarint();
  } else {
    chunk->min_ms = static_cast<int64_t>(static_cast<uint64_t>(last_.max_ms) + rest_.Uvarint());
    chunk->max_ms = static_cast<int64_t>(static_cast<uint64_t>(chunk->min_ms) + rest_.Uvarint());
    chunk->ref = last_.ref + static_cast<uint64_t>(rest_.Varint());
  }
  // Times that run backwards (by overflow, too) are damage that its sum does not show.
  ok_ = rest_.ok() && chunk->max_ms >= chunk->min_ms && (first_ || chunk->min_ms > last_.max_ms);
  first_ = false;
  last_ = *chunk;
  if (!ok_) left_ = 0;
  return ok_;
}

}  // namespace bekci::tsdb
