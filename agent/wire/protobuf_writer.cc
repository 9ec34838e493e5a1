#include "agent/wire/protobuf_writer.h"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <cmath>

#include "agent/wire/classic_histogram.h"
#include "agent/wire/family_shape.h"
#include "agent/wire/utf8.h"
#include "proto/metrics.pb.h"

namespace bekci::wire {
namespace {

namespace pb = io::prometheus::client;
using model::MetricType;

constexpr double kTwo63 = 9223372036854775808.0;

bool IsWhole(double value) {
  return value >= 0 && !std::signbit(value) && value < kTwo63 && value == std::floor(value);
}
bool AllWhole(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), IsWhole);
}

// For fields that have no float form (a summary's count): the nearest number that fits.
uint64_t ToCount(double value) {
  if (!(value > 0)) return 0;
  return value < kTwo63 ? static_cast<uint64_t>(value) : static_cast<uint64_t>(INT64_MAX);
}

void SetText(std::string_view text, std::string* field) {
  field->clear();
  AppendValidUtf8(text, field);
}

void SetTimestamp(base::Timestamp from, pb::Timestamp* to) {
  int64_t seconds = from.ms / 1000;
  int64_t ms = from.ms % 1000;
  if (ms < 0) {
    ms += 1000;
    --seconds;
  }
  to->set_seconds(seconds);
  to->set_nanos(static_cast<int32_t>(ms * 1'000'000));
}

// Integer histograms hold whole numbers; one that does not is sent as a float histogram rather than rounded.
bool FitsIntegers(const model::NativeHistogram& native) {
  return !native.is_float && IsWhole(native.count) && IsWhole(native.zero_count) && AllWhole(native.positive_buckets) &&
         AllWhole(native.negative_buckets);
}

pb::MetricType TypeOf(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return pb::COUNTER;
    case MetricType::kGauge:
    case MetricType::kInfo:
    case MetricType::kStateset:
      return pb::GAUGE;
    case MetricType::kHistogram:
      return pb::HISTOGRAM;
    case MetricType::kGaugeHistogram:
      return pb::GAUGE_HISTOGRAM;
    case MetricType::kSummary:
      return pb::SUMMARY;
    case MetricType::kUntyped:
      break;
  }
  return pb::UNTYPED;
}

template <typename Spans>
void SetSpans(const std::vector<model::BucketSpan>& from, Spans* to) {
  for (const model::BucketSpan& span : from) {
    pb::BucketSpan* out = to->Add();
    out->set_offset(span.offset);
    out->set_length(span.length);
  }
}

template <typename Deltas>
void SetDeltas(const std::vector<double>& buckets, Deltas* to) {
  int64_t before = 0;
  for (const double bucket : buckets) {
    const auto count = static_cast<int64_t>(bucket);
    to->Add(count - before);
    before = count;
  }
}

void EncodeNative(const model::NativeHistogram& native, pb::Histogram* to) {
  to->set_schema(native.schema);
  to->set_zero_threshold(native.zero_threshold);
  SetSpans(native.positive_spans, to->mutable_positive_span());
  SetSpans(native.negative_spans, to->mutable_negative_span());
  if (FitsIntegers(native)) {
    to->set_sample_count(static_cast<uint64_t>(native.count));
    to->set_zero_count(static_cast<uint64_t>(native.zero_count));
    SetDeltas(native.positive_buckets, to->mutable_positive_delta());
    SetDeltas(native.negative_buckets, to->mutable_negative_delta());
  } else {
    to->set_sample_count_float(native.count);
    to->set_zero_count_float(native.zero_count);
    to->mutable_positive_count()->Add(native.positive_buckets.begin(), native.positive_buckets.end());
    to->mutable_negative_count()->Add(native.negative_buckets.begin(), native.negative_buckets.end());
  }
  // An empty span marks a native histogram that would otherwise look like a classic one without buckets.
  const bool bare = native.positive_spans.empty() && native.negative_spans.empty();
  if (bare && !(native.zero_threshold > 0) && !(native.zero_count > 0)) {
    pb::BucketSpan* marker = to->add_positive_span();
    marker->set_offset(0);
    marker->set_length(0);
  }
}

class FamilyEncoder {
 public:
  explicit FamilyEncoder(Escaping escaping) : escaping_(escaping) {}

  const pb::MetricFamily& Encode(const model::MetricFamily& family);

 private:
  void EncodeMetric(const model::MetricFamily& family, const model::Metric& metric, pb::Metric* to);
  void EncodeCounter(const model::Metric& metric, pb::Counter* to);
  void EncodeSummary(const model::Metric& metric, pb::Summary* to);
  void EncodeHistogram(const model::Metric& metric, pb::Histogram* to);
  void EncodeBuckets(const model::Metric& metric, pb::Histogram* to);
  void SetExemplar(const model::Exemplar& from, pb::Exemplar* to);
  template <typename Message>  // pb::Metric or pb::Exemplar
  void SetLabels(const model::Labels& labels, const std::vector<std::string>& names, Shape shape, Message* to);

  const Escaping escaping_;
  pb::MetricFamily message_;  // reused: its sub-messages keep their memory
  ClassicBuckets buckets_;
};

const pb::MetricFamily& FamilyEncoder::Encode(const model::MetricFamily& family) {
  message_.Clear();
  message_.set_name(EscapeName(family.name, escaping_, true));
  if (!family.help.empty()) SetText(family.help, message_.mutable_help());
  if (!family.unit.empty()) SetText(family.unit, message_.mutable_unit());
  message_.set_type(TypeOf(family.type));
  for (const model::Metric& metric : family.metrics) EncodeMetric(family, metric, message_.add_metric());
  return message_;
}

void FamilyEncoder::EncodeMetric(const model::MetricFamily& family, const model::Metric& metric, pb::Metric* to) {
  SetLabels(metric.labels, family.label_names, ShapeOf(family.type), to);
  if (metric.timestamp) to->set_timestamp_ms(metric.timestamp->ms);
  switch (TypeOf(family.type)) {
    case pb::COUNTER:
      EncodeCounter(metric, to->mutable_counter());
      break;
    case pb::GAUGE:
      to->mutable_gauge()->set_value(metric.value);
      break;
    case pb::SUMMARY:
      EncodeSummary(metric, to->mutable_summary());
      break;
    case pb::UNTYPED:
      to->mutable_untyped()->set_value(metric.value);
      break;
    case pb::HISTOGRAM:
    case pb::GAUGE_HISTOGRAM:
      EncodeHistogram(metric, to->mutable_histogram());
      break;
  }
}

void FamilyEncoder::EncodeCounter(const model::Metric& metric, pb::Counter* to) {
  to->set_value(metric.value);
  if (!metric.exemplars.empty()) SetExemplar(metric.exemplars.front(), to->mutable_exemplar());
  if (metric.created) SetTimestamp(*metric.created, to->mutable_created_timestamp());
}

void FamilyEncoder::EncodeSummary(const model::Metric& metric, pb::Summary* to) {
  to->set_sample_count(ToCount(metric.count));
  to->set_sample_sum(metric.sum);
  for (const model::BoundValue& quantile : metric.quantiles) {
    pb::Quantile* out = to->add_quantile();
    out->set_quantile(quantile.bound);
    out->set_value(quantile.value);
  }
  if (metric.created) SetTimestamp(*metric.created, to->mutable_created_timestamp());
}

void FamilyEncoder::EncodeHistogram(const model::Metric& metric, pb::Histogram* to) {
  const bool native = metric.native && metric.native->schema != model::kCustomBucketsSchema;
  if (native) {
    EncodeNative(*metric.native, to);
    to->set_sample_sum(metric.native->sum);
  }
  if (!native || !metric.buckets.empty()) EncodeBuckets(metric, to);
  if (native && metric.exemplar_bounds.empty()) {
    for (const model::Exemplar& exemplar : metric.exemplars) SetExemplar(exemplar, to->add_exemplars());
  }
  if (metric.created) SetTimestamp(*metric.created, to->mutable_created_timestamp());
}

void FamilyEncoder::EncodeBuckets(const model::Metric& metric, pb::Histogram* to) {
  buckets_.Fill(metric);
  for (size_t i = 0; i < buckets_.points().size(); ++i) {
    const model::BoundValue& point = buckets_.points()[i];
    pb::Bucket* out = to->add_bucket();
    out->set_upper_bound(point.bound);
    if (IsWhole(point.value)) {
      out->set_cumulative_count(static_cast<uint64_t>(point.value));
    } else {
      out->set_cumulative_count_float(point.value);
    }
    if (const model::Exemplar* exemplar = buckets_.ExemplarOf(i)) SetExemplar(*exemplar, out->mutable_exemplar());
  }
  if (to->has_sample_sum()) return;  // the native form said sum and count
  to->set_sample_sum(buckets_.sum());
  if (IsWhole(buckets_.count())) {
    to->set_sample_count(static_cast<uint64_t>(buckets_.count()));
  } else {
    to->set_sample_count_float(buckets_.count());
  }
}

void FamilyEncoder::SetExemplar(const model::Exemplar& from, pb::Exemplar* to) {
  SetLabels(from.labels, {}, Shape::kValue, to);
  to->set_value(from.value);
  if (from.timestamp) SetTimestamp(*from.timestamp, to->mutable_timestamp());
}

template <typename Message>
void FamilyEncoder::SetLabels(const model::Labels& labels, const std::vector<std::string>& names, Shape shape,
                              Message* to) {
  model::ForEachLabel(labels, names, [&](std::string_view name, std::string_view value) {
    if (IsFormatLabel(shape, name)) return;
    pb::LabelPair* pair = to->add_label();
    pair->set_name(EscapeName(name, escaping_, false));
    SetText(value, pair->mutable_value());
  });
}

}  // namespace

void WriteProtobuf(std::span<const model::MetricFamily> families, Escaping escaping, std::string* out) {
  FamilyEncoder encoder(escaping);
  for (const model::MetricFamily& family : families) {
    if (family.metrics.empty() || family.name.empty()) continue;
    const pb::MetricFamily& message = encoder.Encode(family);
    uint8_t length[10];
    const uint8_t* end = google::protobuf::io::CodedOutputStream::WriteVarint64ToArray(message.ByteSizeLong(), length);
    out->append(reinterpret_cast<const char*>(length), static_cast<size_t>(end - length));
    // A family above protobuf's own 2 GiB limit cannot be: the series caps end far below.
    BEKCI_CHECK(message.AppendToString(out));
  }
}

}  // namespace bekci::wire
