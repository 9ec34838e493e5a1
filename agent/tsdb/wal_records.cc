#include "agent/tsdb/wal_records.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "agent/tsdb/wal_bytes.h"
#include "agent/tsdb/wal_histograms.h"

namespace bekci::tsdb {
namespace {

enum Section : uint8_t { kSeries = 1, kFloats = 2, kHistograms = 3, kExemplars = 4, kMetadata = 5, kBlock = 6 };
constexpr uint8_t kOneTime = 1;  // flag of kFloats: a single time for all

// Gives each distinct string of a section a number and remembers their order.
class StringTable {
 public:
  uint64_t Number(std::string_view text) {
    const auto [entry, added] = numbers_.try_emplace(text, numbers_.size());
    if (added) strings_.push_back(text);
    return entry->second;
  }
  void WriteTo(std::string* out) const {
    PutUvarint(out, strings_.size());
    for (const std::string_view text : strings_) PutString(out, text);
  }

 private:
  std::unordered_map<std::string_view, uint64_t> numbers_;
  std::vector<std::string_view> strings_;
};

void PutRuns(std::string* out, std::span<const WalFloat> floats) {
  std::string runs;
  uint64_t count = 0;
  SeriesId expected = 0;
  for (size_t i = 0; i < floats.size(); ++count) {
    size_t end = i + 1;
    while (end < floats.size() && floats[end].series == floats[end - 1].series + 1) ++end;
    PutVarint(&runs, static_cast<int64_t>(floats[i].series - expected));
    PutUvarint(&runs, end - i);
    expected = floats[end - 1].series + 1;
    i = end;
  }
  PutUvarint(out, count);
  out->append(runs);
}

void PutTimes(std::string* out, std::span<const WalFloat> floats) {
  const int64_t base = floats.front().t_ms;
  const bool one =
      std::all_of(floats.begin(), floats.end(), [base](const WalFloat& sample) { return sample.t_ms == base; });
  out->push_back(static_cast<char>(one ? kOneTime : 0));
  PutVarint(out, base);
  if (one) return;
  for (const WalFloat& sample : floats) {
    PutVarint(out, static_cast<int64_t>(static_cast<uint64_t>(sample.t_ms) - static_cast<uint64_t>(base)));
  }
}

// First all lengths, two to a byte, then all significant bytes.
void PutValues(std::string* out, std::span<const WalFloat> floats) {
  const size_t lengths = out->size();
  out->append((floats.size() + 1) / 2, '\0');
  for (size_t i = 0; i < floats.size(); ++i) {
    const auto bits = std::bit_cast<uint64_t>(floats[i].value);
    const unsigned count = SignificantBytes(bits);
    char& both = (*out)[lengths + i / 2];
    both = static_cast<char>(static_cast<uint8_t>(both) | count << (i % 2 * 4));
    PutSignificant(out, bits, count);
  }
}

base::Status Damaged(std::string_view what) {
  return base::Corrupt("write-ahead log: " + std::string(what) + " that cannot be read");
}

base::Status ReadRuns(WalBytes* in, uint64_t total, std::vector<WalFloats::Run>* runs) {
  runs->clear();
  SeriesId expected = 0;
  uint64_t covered = 0;
  for (size_t left = in->Count(); left > 0; --left) {
    const SeriesId first = expected + static_cast<uint64_t>(in->Varint());
    const uint64_t count = in->Uvarint();
    if (count > total - covered) return Damaged("references");
    runs->push_back({first, count});
    covered += count;
    expected = first + count;
  }
  return in->ok() && covered == total ? base::OkStatus() : Damaged("references");
}

base::Status ReadTimes(WalBytes* in, uint64_t total, std::vector<int64_t>* times) {
  times->clear();
  const uint8_t flags = in->U8();
  const int64_t base = in->Varint();
  if ((flags & kOneTime) != 0) {
    times->push_back(base);
    return base::OkStatus();
  }
  times->reserve(total);
  for (uint64_t i = 0; i < total && in->ok(); ++i) {
    times->push_back(static_cast<int64_t>(static_cast<uint64_t>(base) + static_cast<uint64_t>(in->Varint())));
  }
  return in->ok() ? base::OkStatus() : Damaged("times");
}

// The lengths are added up beforehand, so that the loop over the values need not ask where the bytes end.
base::Status ReadValues(WalBytes* in, uint64_t total, std::vector<double>* values) {
  const std::string_view lengths = in->Bytes((total + 1) / 2);
  if (!in->ok()) return Damaged("values");
  const auto length = [lengths](uint64_t i) {
    return static_cast<unsigned>(static_cast<uint8_t>(lengths[i / 2]) >> (i % 2 * 4)) & 0xf;
  };
  uint64_t bytes = 0;
  bool valid = true;
  for (uint64_t i = 0; i < total; ++i) {
    bytes += length(i);
    valid = valid && length(i) <= 8;
  }
  const std::string_view packed = in->Bytes(bytes);
  if (!in->ok() || !valid) return Damaged("values");
  values->resize(total);
  // A whole word is loaded for each value where there is one, and what does not belong to it is shifted out.
  const char* at = packed.data();
  const char* const last_word = packed.data() + (packed.size() < 8 ? 0 : packed.size() - 7);
  for (uint64_t i = 0; i < total; ++i) {
    const unsigned count = length(i);
    uint64_t bits = 0;
    if (at < last_word) {
      bits = count == 0 ? 0 : LoadLittle<uint64_t>(at) << (64 - 8 * count);
    } else {
      for (unsigned k = 0; k < count; ++k) bits = bits >> 8 | static_cast<uint64_t>(static_cast<uint8_t>(at[k])) << 56;
    }
    at += count;
    (*values)[i] = std::bit_cast<double>(bits);
  }
  return base::OkStatus();
}

base::Status ReadHistograms(std::string_view section, WalRecordHandler* handler) {
  WalBytes in(section);
  SeriesId id = 0;
  for (size_t left = in.Count(); left > 0; --left) {
    id += static_cast<uint64_t>(in.Varint());
    WalHistogram sample{id, in.Varint(), ReadWalHistogram(&in)};
    if (!in.ok() || sample.histogram == nullptr) return Damaged("a histogram");
    handler->OnHistogram(std::move(sample));
  }
  return in.ok() ? base::OkStatus() : Damaged("a histogram");
}

base::Status ReadExemplar(std::string_view section, WalRecordHandler* handler) {
  WalBytes in(section);
  const SeriesId id = in.Uvarint();
  model::Exemplar exemplar;
  if (in.U8() != 0) exemplar.timestamp = base::Timestamp{in.Varint()};
  exemplar.value = in.Double();
  std::vector<model::Labels::Pair> pairs;
  for (size_t left = in.Count(); left > 0 && in.ok(); --left) {
    const std::string_view name = in.String();
    pairs.emplace_back(name, in.String());
  }
  if (!in.ok()) return Damaged("an exemplar");
  exemplar.labels = model::Labels::FromPairs(std::move(pairs));
  handler->OnExemplar(id, exemplar);
  return base::OkStatus();
}

base::Status ReadMetadata(std::string_view section, WalRecordHandler* handler) {
  WalBytes in(section);
  const std::string_view metric = in.String();
  storage::MetricMetadata metadata;
  const uint8_t type = in.U8();
  metadata.help = in.String();
  metadata.unit = in.String();
  if (!in.ok() || type > static_cast<uint8_t>(model::MetricType::kStateset)) return Damaged("metadata");
  metadata.type = static_cast<model::MetricType>(type);
  handler->OnMetadata(metric, metadata);
  return base::OkStatus();
}

base::Status ReadBlock(std::string_view section, WalRecordHandler* handler) {
  WalBytes in(section);
  const std::string_view ulid = in.String();
  const int64_t end_ms = in.Varint();
  if (!in.ok()) return Damaged("the name of a block");
  handler->OnBlock(ulid, end_ms);
  return base::OkStatus();
}

}  // namespace

WalRecordBuilder::WalRecordBuilder(uint64_t sequence) {
  PutLittle<uint64_t>(&record_, sequence);
}

void WalRecordBuilder::AddSection(uint8_t type) {
  record_.push_back(static_cast<char>(type));
  PutString(&record_, section_);
  section_.clear();
}

void WalRecordBuilder::AddSeries(SeriesId id, const model::Labels& labels, std::string_view owner) {
  series_.push_back({id, labels, std::string(owner)});
}

void WalRecordBuilder::EndSeries() {
  if (series_.empty()) return;
  StringTable strings;
  std::string entries;
  SeriesId before = 0;
  for (const SeriesEntry& entry : series_) {
    PutVarint(&entries, static_cast<int64_t>(entry.id - before));
    before = entry.id;
    PutUvarint(&entries, strings.Number(entry.owner));
    PutUvarint(&entries, entry.labels.count());
    for (const auto& [name, value] : entry.labels) {
      PutUvarint(&entries, strings.Number(name));
      PutUvarint(&entries, strings.Number(value));
    }
  }
  strings.WriteTo(&section_);
  PutUvarint(&section_, series_.size());
  section_ += entries;
  AddSection(kSeries);
  series_.clear();
}

void WalRecordBuilder::AddFloats(std::span<const WalFloat> floats) {
  if (floats.empty()) return;
  PutUvarint(&section_, floats.size());
  PutRuns(&section_, floats);
  PutTimes(&section_, floats);
  PutValues(&section_, floats);
  AddSection(kFloats);
}

void WalRecordBuilder::AddHistograms(std::span<const WalHistogram> histograms) {
  if (histograms.empty()) return;
  PutUvarint(&section_, histograms.size());
  SeriesId before = 0;
  for (const WalHistogram& sample : histograms) {
    PutVarint(&section_, static_cast<int64_t>(sample.series - before));
    before = sample.series;
    PutVarint(&section_, sample.t_ms);
    WriteWalHistogram(&section_, *sample.histogram);
  }
  AddSection(kHistograms);
}

void WalRecordBuilder::AddExemplar(SeriesId id, const model::Exemplar& exemplar) {
  PutUvarint(&section_, id);
  section_.push_back(exemplar.timestamp.has_value() ? 1 : 0);
  if (exemplar.timestamp.has_value()) PutVarint(&section_, exemplar.timestamp->ms);
  PutDouble(&section_, exemplar.value);
  PutUvarint(&section_, exemplar.labels.count());
  for (const auto& [name, value] : exemplar.labels) {
    PutString(&section_, name);
    PutString(&section_, value);
  }
  AddSection(kExemplars);
}

void WalRecordBuilder::AddMetadata(std::string_view metric, const storage::MetricMetadata& metadata) {
  PutString(&section_, metric);
  section_.push_back(static_cast<char>(metadata.type));
  PutString(&section_, metadata.help);
  PutString(&section_, metadata.unit);
  AddSection(kMetadata);
}

void WalRecordBuilder::AddBlock(std::string_view ulid, int64_t end_ms) {
  PutString(&section_, ulid);
  PutVarint(&section_, end_ms);
  AddSection(kBlock);
}

uint64_t WalSequence(std::string_view record) {
  return WalBytes(record).Little<uint64_t>();
}

base::Status WalRecordReader::Read(std::string_view record, WalRecordHandler* handler) {
  WalBytes in(record);
  in.Little<uint64_t>();
  while (in.ok() && !in.rest().empty()) {
    const uint8_t type = in.U8();
    const std::string_view section = in.String();
    if (!in.ok()) break;
    RETURN_IF_ERROR(ReadSection(type, section, handler));
  }
  return in.ok() ? base::OkStatus() : Damaged("a record");
}

base::Status WalRecordReader::ReadSection(uint8_t type, std::string_view section, WalRecordHandler* handler) {
  switch (type) {
    case kSeries:
      return ReadSeries(section, handler);
    case kFloats:
      return ReadFloats(section, handler);
    case kHistograms:
      return ReadHistograms(section, handler);
    case kExemplars:
      return ReadExemplar(section, handler);
    case kMetadata:
      return ReadMetadata(section, handler);
    case kBlock:
      return ReadBlock(section, handler);
    default:
      return base::OkStatus();
  }
}

base::Status WalRecordReader::ReadSeries(std::string_view section, WalRecordHandler* handler) {
  WalBytes in(section);
  strings_.clear();
  for (size_t left = in.Count(); left > 0 && in.ok(); --left) strings_.push_back(in.String());
  const auto string = [&](uint64_t number) { return number < strings_.size() ? strings_[number] : std::string_view(); };
  SeriesId id = 0;
  std::vector<model::Labels::Pair> pairs;
  for (size_t left = in.Count(); left > 0; --left) {
    id += static_cast<uint64_t>(in.Varint());
    const std::string_view owner = string(in.Uvarint());
    pairs.clear();
    for (size_t labels = in.Count(); labels > 0 && in.ok(); --labels) {
      const std::string_view name = string(in.Uvarint());
      pairs.emplace_back(name, string(in.Uvarint()));
    }
    if (!in.ok()) return Damaged("a series");
    handler->OnSeries(id, model::Labels::FromPairs(pairs), owner);
  }
  return in.ok() ? base::OkStatus() : Damaged("a series");
}

base::Status WalRecordReader::ReadFloats(std::string_view section, WalRecordHandler* handler) {
  WalBytes in(section);
  const uint64_t total = in.Uvarint();
  if (total > section.size() * 2) return Damaged("a number of samples");  // each takes half a byte at least
  RETURN_IF_ERROR(ReadRuns(&in, total, &floats_.runs));
  RETURN_IF_ERROR(ReadTimes(&in, total, &floats_.times));
  RETURN_IF_ERROR(ReadValues(&in, total, &floats_.values));
  handler->OnFloats(floats_);
  return base::OkStatus();
}

}  // namespace bekci::tsdb
