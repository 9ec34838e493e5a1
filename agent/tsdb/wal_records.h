// WalRecords: what a record of the write-ahead log says. One commit is one record: a sequence number and sections.
//
// The sections are columns, because a commit is nearly always the same series in the same order at one time: references
// that follow each other cost nothing, one time stands for all, and values keep only their significant bytes. A
// collector's round costs 3 to 5 bytes a sample and is read back at the speed of a copy. Nothing refers to an earlier
// record except the series references, so a lost record costs only itself. FORMAT.md draws every section.
//
// Thread rule: values.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/model/metric_family.h"
#include "agent/model/native_histogram.h"
#include "agent/storage/storage.h"

namespace bekci::tsdb {

// Identifies a series in the head and in its log; never used twice in a directory's life. 0 is none.
using SeriesId = uint64_t;

struct WalFloat {
  SeriesId series = 0;
  int64_t t_ms = 0;
  double value = 0;
};
struct WalHistogram {
  SeriesId series = 0;
  int64_t t_ms = 0;
  std::shared_ptr<const model::NativeHistogram> histogram;
};

// Builds one record. Sections may come in any order and number; series must come before what refers to them.
class WalRecordBuilder {
 public:
  explicit WalRecordBuilder(uint64_t sequence);

  // `owner`: who brought the series, for the limits; may be empty.
  void BeginSeries() { series_.clear(); }
  void AddSeries(SeriesId id, const model::Labels& labels, std::string_view owner);
  void EndSeries();

  void AddFloats(std::span<const WalFloat> floats);
  void AddHistograms(std::span<const WalHistogram> histograms);
  void AddExemplar(SeriesId id, const model::Exemplar& exemplar);
  void AddMetadata(std::string_view metric, const storage::MetricMetadata& metadata);
  // Once the block `ulid` is there (empty: it is), samples before `end_ms` are no longer the log's business.
  void AddBlock(std::string_view ulid, int64_t end_ms);

  bool empty() const { return record_.size() == sizeof(uint64_t); }
  size_t size() const { return record_.size(); }
  std::string Take() { return std::move(record_); }

 private:
  struct SeriesEntry {
    SeriesId id;
    model::Labels labels;
    std::string owner;
  };
  void AddSection(uint8_t type);

  std::string record_;
  std::string section_;  // being built; kept for its capacity
  std::vector<SeriesEntry> series_;
};

// Floats of one commit as columns: series are runs of identifiers that follow each other.
struct WalFloats {
  struct Run {
    SeriesId first = 0;
    uint64_t count = 0;
  };
  std::vector<Run> runs;
  std::vector<int64_t> times;  // one, when it is the same for all
  std::vector<double> values;
};

class WalRecordHandler {
 public:
  virtual ~WalRecordHandler() = default;
  virtual void OnSeries(SeriesId id, const model::Labels& labels, std::string_view owner) = 0;
  virtual void OnFloats(const WalFloats& floats) = 0;
  virtual void OnHistogram(WalHistogram histogram) = 0;
  virtual void OnExemplar(SeriesId id, const model::Exemplar& exemplar) = 0;
  virtual void OnMetadata(std::string_view metric, const storage::MetricMetadata& metadata) = 0;
  virtual void OnBlock(std::string_view ulid, int64_t end_ms) = 0;
};

// The sequence number of a record; 0 when it is too short to have one.
uint64_t WalSequence(std::string_view record);

class WalRecordReader {
 public:
  // Hands each section to `handler`. Sections of a kind we do not know are passed over: a later version wrote them.
  // Errors: corrupt; the sections before were handed over.
  base::Status Read(std::string_view record, WalRecordHandler* handler);

 private:
  base::Status ReadSection(uint8_t type, std::string_view section, WalRecordHandler* handler);
  base::Status ReadSeries(std::string_view section, WalRecordHandler* handler);
  base::Status ReadFloats(std::string_view section, WalRecordHandler* handler);

  WalFloats floats_;
  std::vector<std::string_view> strings_;
};

}  // namespace bekci::tsdb
