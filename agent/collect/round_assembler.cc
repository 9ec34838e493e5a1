#include "agent/collect/round_assembler.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "agent/collect/worker_protocol.h"
#include "proto/worker.pb.h"

namespace bekci::collect {
namespace {

// Series with a quarter of a kilobyte of labels are already unusual, a dozen buckets too; these are bounds against an
// enemy, not budgets.
constexpr uint64_t kBytesPerSeries = 1024;
constexpr uint64_t kValuesPerSeries = 16;
constexpr uint64_t kFloorSeries = 1024;  // small max_series still leave room for a few wide series

// By labels, then time; the first of two equal points stays.
void SortAndUnite(std::vector<model::Metric>* metrics) {
  auto key = [](const model::Metric& m) { return m.timestamp ? m.timestamp->ms : INT64_MIN; };
  std::stable_sort(metrics->begin(), metrics->end(), [&key](const model::Metric& a, const model::Metric& b) {
    return a.labels != b.labels ? a.labels < b.labels : key(a) < key(b);
  });
  metrics->erase(std::unique(metrics->begin(), metrics->end(),
                             [&key](const model::Metric& a, const model::Metric& b) {
                               return a.labels == b.labels && key(a) == key(b);
                             }),
                 metrics->end());
}

}  // namespace

RoundAssembler::RoundAssembler(uint64_t max_series)
    : max_series_(max_series),
      max_bytes_(kBytesPerSeries * std::max(max_series, kFloorSeries)),
      max_values_(kValuesPerSeries * std::max(max_series, kFloorSeries)) {}

base::Status RoundAssembler::Enter(uint64_t id) {
  if (id == 0) return base::Corrupt("a frame of no collection");
  if (id_ == 0) id_ = id;
  if (id_ != id) return base::Corrupt("frames of two collections of one instance are mixed");
  return base::OkStatus();
}

bool RoundAssembler::Admit(size_t bytes, size_t series, size_t bounds) {
  bytes_ += bytes;
  series_ += series;
  bounds_ += bounds;
  if (series_ > max_series_ || bytes_ > max_bytes_ || bounds_ > max_values_) over_limit_ = true;
  return !over_limit_;
}

base::Status RoundAssembler::OnSchema(const worker::Schema& schema) {
  RETURN_IF_ERROR(Enter(schema.id()));
  if (schema.stream() > kFilteredStreams) return base::Corrupt("an unknown stream");
  if (schema.schema_id() == 0) return base::Corrupt("a schema without an id");
  if (new_schema_ && (schema.stream() != stream_ || schema.schema_id() != schema_id_)) {
    return base::Corrupt("two schemas in one round");
  }
  new_schema_ = true;
  stream_ = schema.stream();
  schema_id_ = schema.schema_id();
  size_t bounds = 0;
  for (const worker::Series& series : schema.series()) bounds += static_cast<size_t>(series.bounds_size());
  if (!Admit(schema.ByteSizeLong(), static_cast<size_t>(schema.series_size()), bounds)) return base::OkStatus();
  for (const worker::Family& family : schema.families()) {
    ASSIGN_OR_RETURN(families_.emplace_back(), DecodeFamily(family));
  }
  for (const worker::Series& series : schema.series()) {
    ASSIGN_OR_RETURN(arrivals_.emplace_back(), DecodeSeries(series, families_.size()));
  }
  return base::OkStatus();
}

base::Status RoundAssembler::OnValues(const worker::Values& values) {
  RETURN_IF_ERROR(Enter(values.id()));
  const std::string& data = values.data();
  if (data.size() % sizeof(double) != 0) return base::Corrupt("values that are not whole numbers of bytes");
  const size_t count = data.size() / sizeof(double);
  if (!Admit(0, 0, 0)) return base::OkStatus();
  if (values_.size() + count > max_values_) {
    over_limit_ = true;
    return base::OkStatus();
  }
  const size_t at = values_.size();
  values_.resize(at + count);
  if (count > 0) std::memcpy(values_.data() + at, data.data(), data.size());
  return base::OkStatus();
}

base::Status RoundAssembler::OnExtra(const worker::Extra& extra) {
  RETURN_IF_ERROR(Enter(extra.id()));
  size_t series = 0;
  for (const worker::Extra::ExtraFamily& family : extra.families())
    series += static_cast<size_t>(family.metrics_size());
  if (!Admit(extra.ByteSizeLong(), series, 0)) return base::OkStatus();
  for (const worker::Extra::ExtraFamily& given : extra.families()) {
    ASSIGN_OR_RETURN(model::FamilySchema head, DecodeFamily(given.family()));
    if (extra_.empty() || extra_.back().name != head.name || extra_.back().type != head.type) {
      extra_.push_back({std::move(head.name),
                        std::move(head.help),
                        std::move(head.unit),
                        head.type,
                        {},
                        std::move(head.label_names)});
    }
    for (const worker::Metric& metric : given.metrics()) {
      ASSIGN_OR_RETURN(extra_.back().metrics.emplace_back(), DecodeMetric(metric));
    }
  }
  return base::OkStatus();
}

base::Status RoundAssembler::FinishSchema(const worker::Done& done, std::vector<std::string>* problems) {
  if (!new_schema_) return base::OkStatus();
  if (done.stream() != stream_ || done.schema_id() != schema_id_) return base::Corrupt("a schema that was not used");
  streams_[stream_] = {schema_id_, model::Schema::Build(std::move(families_), std::move(arrivals_), problems)};
  return base::OkStatus();
}

base::Status RoundAssembler::LimitStatus() const {
  if (series_ > max_series_) {
    return base::LimitReached(std::to_string(series_) + " series, allowed are " + std::to_string(max_series_) +
                              " (max_series)");
  }
  return base::LimitReached("a round too large for " + std::to_string(max_series_) + " series (max_series)");
}

base::Result<RoundAssembler::Finished> RoundAssembler::OnDone(const worker::Done& done) {
  Finished finished;
  finished.id = done.id();
  if (done.refused()) {
    finished.status = DecodeStatus(done.code(), done.message());
    return finished;
  }
  RETURN_IF_ERROR(Enter(done.id()));
  finished.duration = base::nanoseconds(std::max<int64_t>(done.duration_ns(), 0));
  if (done.has_scrape()) {
    const worker::Scrape& scrape = done.scrape();
    finished.counts = {scrape.scraped(), scrape.kept(), scrape.added(), scrape.body_bytes()};
  }
  if (over_limit_) {
    finished.status = LimitStatus();
    if (new_schema_) streams_.erase(stream_);
    Clear();
    return finished;
  }
  RETURN_IF_ERROR(FinishSchema(done, &finished.problems));
  auto round = std::make_shared<model::Round>();
  if (done.schema_id() != 0) {
    const auto stream = streams_.find(done.stream());
    if (stream == streams_.end() || stream->second.schema_id != done.schema_id()) {
      return base::Corrupt("values of a schema that was never sent");
    }
    round->schema = stream->second.schema;
    if (values_.size() != round->schema->arrival_values()) return base::Corrupt("values that do not fit their schema");
    round->schema->Order(values_.data(), &round->values);
  } else if (!values_.empty()) {
    return base::Corrupt("values without a schema");
  }
  TakeExtra(round.get());
  finished.status = DecodeStatus(done.code(), done.message());
  if (finished.status.ok() || !round->values.empty() || !round->extra.empty()) finished.round = std::move(round);
  Clear();
  return finished;
}

void RoundAssembler::TakeExtra(model::Round* round) {
  if (extra_.empty()) return;
  std::stable_sort(extra_.begin(), extra_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (model::MetricFamily& family : extra_) {
    if (family.metrics.empty()) continue;
    if (!round->extra.empty() && round->extra.back().name == family.name) {
      if (round->extra.back().type != family.type) continue;  // one name has one type: the first stays
      auto& metrics = round->extra.back().metrics;
      std::move(family.metrics.begin(), family.metrics.end(), std::back_inserter(metrics));
    } else {
      round->extra.push_back(std::move(family));
    }
  }
  for (model::MetricFamily& family : round->extra) SortAndUnite(&family.metrics);
}

void RoundAssembler::Clear() {
  id_ = bytes_ = series_ = bounds_ = schema_id_ = 0;
  stream_ = 0;
  over_limit_ = new_schema_ = false;
  std::vector<model::FamilySchema>().swap(families_);
  std::vector<model::Schema::Arrival>().swap(arrivals_);
  values_.clear();
  extra_.clear();
}

}  // namespace bekci::collect
