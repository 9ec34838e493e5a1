// The abstract store: who writes samples sees an Appender, who reads them a Querier. tsdb implements both; promql, web
// and remote know only this, so that tests and other stores can stand in its place.
//
// The idea is Prometheus' storage interfaces; the difference is that series are read as columns (samples.h).
//
// Times are milliseconds since the Unix epoch and ranges closed at both ends, [min_ms, max_ms].
// Thread rule: Queryable and Appendable from any thread; a Querier, its series and an Appender by one thread at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/model/matcher.h"
#include "agent/model/metric_family.h"
#include "agent/model/native_histogram.h"
#include "agent/storage/samples.h"

namespace bekci::storage {

// ---- reading ----

class Series {
 public:
  virtual ~Series() = default;
  virtual const model::Labels& labels() const = 0;
  // Clears `out` and reads the samples in [min_ms, max_ms]. Errors: corrupt, unavailable; what was read stands in out.
  virtual base::Status Read(int64_t min_ms, int64_t max_ms, Samples* out) const = 0;
};
using SeriesList = std::vector<std::unique_ptr<const Series>>;

// What a reader will do with the answer, so that a store may spare work. All optional.
struct SelectHints {
  bool sorted = true;        // by labels
  size_t limit = 0;          // at most so many series; 0: all
  bool only_labels = false;  // Read will not be called
};

class Querier {
 public:
  virtual ~Querier() = default;
  // Series that match and may have samples in the querier's range. The list and its series must not outlive the
  // querier. Damage in one place is a warning (see warnings()) and costs only that place.
  virtual base::Result<SeriesList> Select(std::span<const model::Matcher> matchers, const SelectHints& hints) = 0;
  // Sorted, unique; of series that meet all matchers (none given: of all series).
  virtual base::Result<std::vector<std::string>> LabelNames(std::span<const model::Matcher> matchers) = 0;
  virtual base::Result<std::vector<std::string>> LabelValues(std::string_view name,
                                                             std::span<const model::Matcher> matchers) = 0;
  // What went wrong without failing the calls so far, one line each.
  virtual std::vector<std::string> warnings() const { return {}; }
};

class Queryable {
 public:
  virtual ~Queryable() = default;
  // A consistent view: what was committed before the call is seen, nothing that is committed later.
  virtual base::Result<std::unique_ptr<Querier>> OpenQuerier(int64_t min_ms, int64_t max_ms) = 0;
};

// ---- exemplars and metadata ----

struct ExemplarSeries {
  model::Labels labels;
  std::vector<model::Exemplar> exemplars;  // by time
};

class ExemplarQueryable {
 public:
  virtual ~ExemplarQueryable() = default;
  // Series that meet all matchers of at least one of the lists, sorted by labels.
  virtual base::Result<std::vector<ExemplarSeries>> SelectExemplars(
      int64_t min_ms, int64_t max_ms, std::span<const std::vector<model::Matcher>> selectors) = 0;
};

struct MetricMetadata {
  model::MetricType type = model::MetricType::kUntyped;
  std::string help;
  std::string unit;
  friend bool operator==(const MetricMetadata&, const MetricMetadata&) = default;
};

class MetadataQueryable {
 public:
  virtual ~MetadataQueryable() = default;
  // By metric name, sorted: of all metrics, or of `metric` alone. `limit` 0: all.
  virtual std::vector<std::pair<std::string, MetricMetadata>> Metadata(std::string_view metric, size_t limit) const = 0;
};

// ---- writing ----

// Names a series of the store that gave it; 0 is none, and the largest is never given. It may go stale (the series was
// dropped): an Appender then falls back to the labels.
using SeriesRef = uint64_t;

enum class Refusal : unsigned char {
  kInvalid,      // labels that are none, a histogram that contradicts itself
  kGone,         // the reference went stale and there were no labels
  kOutOfOrder,   // older than the newest of its series
  kOutOfBounds,  // too old, or too far in the future, for the store
  kDuplicate,    // the same time with another value
  kLimit,        // a cardinality limit: the series is new
};

class Appender {
 public:
  virtual ~Appender() = default;  // without Commit: nothing was appended

  // One sample. `ref` (0: unknown) spares looking up the labels, which may then be empty: a reference that went stale
  // is answered with not_found. Returns the reference for the next time. Errors, all of which leave the rest of the
  // batch alone: out_of_order, invalid, limit; refusal() has the reason. The same value at the same time again is OK
  // and changes nothing.
  virtual base::Result<SeriesRef> Append(SeriesRef ref, const model::Labels& labels, int64_t t_ms, double value) = 0;
  virtual base::Result<SeriesRef> AppendHistogram(SeriesRef ref, const model::Labels& labels, int64_t t_ms,
                                                  std::shared_ptr<const model::NativeHistogram> histogram) = 0;
  // Why the last Append or AppendHistogram that failed did so.
  virtual Refusal refusal() const { return Refusal::kInvalid; }
  // For series that were refused for a limit: whether any new series would be refused now, too; then `samples` more are
  // counted as refused. So who remembers them need not look each up by its labels, round after round. False: there is
  // room, append them again.
  virtual bool StillRefused(uint64_t /*samples*/) { return false; }
  // Start timestamp (created) of the samples appended next; 0: unknown. A store may ignore it.
  virtual void SetStart(int64_t /*start_ms*/) {}
  virtual base::Status AppendExemplar(SeriesRef ref, const model::Exemplar& exemplar) = 0;
  // What HELP, TYPE and UNIT lines say of a metric family; the latest word counts. A store may ignore it.
  virtual void SetMetadata(std::string_view /*metric*/, const MetricMetadata& /*metadata*/) {}
  // Makes the batch visible, all at once, and durable as the store promises. After an error of the disk the samples are
  // visible all the same (the store goes on in memory) and the error says what is not durable. The appender is then
  // empty and may be used again.
  virtual base::Status Commit() = 0;
};

class Appendable {
 public:
  virtual ~Appendable() = default;
  virtual std::unique_ptr<Appender> NewAppender() = 0;
  // The series it makes count against the cardinality limit of `source`: a collector or a scrape job, by name.
  virtual std::unique_ptr<Appender> NewAppenderFor(std::string_view /*source*/) { return NewAppender(); }
};

}  // namespace bekci::storage
