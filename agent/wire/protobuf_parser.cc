// Reader of the protobuf exposition format.
//
// A family is walked by hand and its metrics are decoded one by one into the same message, so memory grows with what is
// kept, not with what a hostile page announces; a family's type may stand behind its metrics, hence two walks.
//
// As tolerant as Prometheus' own parser: a metric without the part that its type needs counts as zero, unknown fields
// are passed over, a missing +Inf bucket is added. Refused: names that are empty or not UTF-8, a label twice, native
// histograms whose spans and buckets do not agree.
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <unordered_map>

#include "agent/base/text.h"
#include "agent/wire/exposition.h"
#include "proto/metrics.pb.h"

namespace bekci::wire {
namespace {

namespace pb = io::prometheus::client;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using model::MetricType;

constexpr size_t kMaxMetricBytes = 4 << 20;  // a histogram of 160 000 buckets; decoding takes about 20 times that
constexpr double kInfinity = std::numeric_limits<double>::infinity();

MetricType TypeOf(uint64_t type, bool* known) {
  *known = true;
  switch (type) {
    case pb::COUNTER:
      return MetricType::kCounter;
    case pb::GAUGE:
      return MetricType::kGauge;
    case pb::SUMMARY:
      return MetricType::kSummary;
    case pb::UNTYPED:
      return MetricType::kUntyped;
    case pb::HISTOGRAM:
      return MetricType::kHistogram;
    case pb::GAUGE_HISTOGRAM:
      return MetricType::kGaugeHistogram;
    default:
      *known = false;
      return MetricType::kUntyped;
  }
}

// Values beyond what milliseconds hold are cut to the range: they mean nothing, and must not overflow.
base::Timestamp ToTimestamp(const pb::Timestamp& from) {
  constexpr int64_t kMaxSeconds = std::numeric_limits<int64_t>::max() / 1000;
  const int64_t seconds = std::clamp(from.seconds(), -kMaxSeconds, kMaxSeconds);
  int64_t ms;
  if (__builtin_add_overflow(seconds * 1000, from.nanos() / 1'000'000, &ms)) ms = seconds * 1000;
  return {ms};
}

template <typename Pairs>
base::Status ReadLabels(const Pairs& from, size_t max_bytes, model::Labels* to) {
  std::vector<model::Labels::Pair> pairs;
  pairs.reserve(static_cast<size_t>(from.size()));
  size_t bytes = 0;
  for (const pb::LabelPair& pair : from) {
    if (pair.name().empty()) return base::Invalid("a label has no name");
    if (pair.name() == model::kMetricName) return base::Invalid("a label is called __name__");
    if (!base::IsValidUtf8(pair.name()) || !base::IsValidUtf8(pair.value())) {
      return base::Invalid("label " + base::Quoted(pair.name()) + " is not valid UTF-8");
    }
    bytes += pair.name().size() + pair.value().size();
    pairs.emplace_back(pair.name(), pair.value());
  }
  if (bytes > max_bytes) return base::LimitReached("labels of one series pass " + std::to_string(max_bytes) + " bytes");
  std::sort(pairs.begin(), pairs.end());
  for (size_t i = 1; i < pairs.size(); ++i) {
    if (pairs[i].first == pairs[i - 1].first) {
      return base::Invalid("label " + base::Quoted(pairs[i].first) + " stands twice in one series");
    }
  }
  *to = model::Labels::FromPairs(std::move(pairs));
  return {};
}

base::Status ReadExemplar(const pb::Exemplar& from, size_t max_bytes, std::vector<model::Exemplar>* to) {
  model::Exemplar exemplar;
  RETURN_IF_ERROR(ReadLabels(from.label(), max_bytes, &exemplar.labels));
  exemplar.value = from.value();
  if (from.has_timestamp()) exemplar.timestamp = ToTimestamp(from.timestamp());
  to->push_back(std::move(exemplar));
  return {};
}

bool IsNative(const pb::Histogram& from) {
  return from.positive_span_size() > 0 || from.negative_span_size() > 0 || from.positive_delta_size() > 0 ||
         from.negative_delta_size() > 0 || from.positive_count_size() > 0 || from.negative_count_size() > 0 ||
         from.zero_threshold() > 0 || from.zero_count() > 0 || from.zero_count_float() > 0;
}

// One side of a native histogram. `spans` and the buckets are checked against each other before anything is sized.
template <typename Spans, typename Deltas, typename Counts>
base::Status ReadSide(const Spans& spans, const Deltas& deltas, const Counts& counts, bool is_float,
                      std::vector<model::BucketSpan>* to_spans, std::vector<double>* to_buckets) {
  uint64_t populated = 0;
  for (const pb::BucketSpan& span : spans) {
    if (!to_spans->empty() && span.offset() < 0) {
      return base::Invalid("a native histogram's span reaches back (offset " + std::to_string(span.offset()) + ")");
    }
    populated += span.length();
    to_spans->push_back({span.offset(), span.length()});
  }
  const auto buckets = static_cast<uint64_t>(is_float ? counts.size() : deltas.size());
  if (populated != buckets) {
    return base::Invalid("a native histogram's spans announce " + std::to_string(populated) + " buckets, there are " +
                         std::to_string(buckets));
  }
  if (is_float) {
    to_buckets->assign(counts.begin(), counts.end());
    return {};
  }
  int64_t count = 0;
  to_buckets->reserve(buckets);
  for (const int64_t delta : deltas) {
    if (__builtin_add_overflow(count, delta, &count) || count < 0) {
      return base::Invalid("a native histogram has a bucket below zero");
    }
    to_buckets->push_back(static_cast<double>(count));
  }
  return {};
}

base::Status ReadNative(const pb::Histogram& from, MetricType type, model::NativeHistogram* to) {
  if (from.schema() < -4 || from.schema() > 8) {
    return base::Invalid("a native histogram has schema " + std::to_string(from.schema()) + ", expected -4 to 8");
  }
  to->schema = from.schema();
  to->is_float = from.has_sample_count_float() || from.has_zero_count_float() || from.positive_count_size() > 0 ||
                 from.negative_count_size() > 0;
  if (type == MetricType::kGaugeHistogram) to->reset_hint = model::CounterResetHint::kGauge;
  to->zero_threshold = from.zero_threshold();
  to->zero_count = to->is_float ? from.zero_count_float() : static_cast<double>(from.zero_count());
  to->sum = from.sample_sum();
  RETURN_IF_ERROR(ReadSide(from.positive_span(), from.positive_delta(), from.positive_count(), to->is_float,
                           &to->positive_spans, &to->positive_buckets));
  RETURN_IF_ERROR(ReadSide(from.negative_span(), from.negative_delta(), from.negative_count(), to->is_float,
                           &to->negative_spans, &to->negative_buckets));
  // A lone empty span only says "native" and is not part of the histogram.
  const model::BucketSpan marker{};
  if (to->positive_spans.size() == 1 && to->positive_spans[0] == marker) to->positive_spans.clear();
  return {};
}

base::Status ReadBuckets(const pb::Histogram& from, size_t max_label_bytes, model::Metric* to) {
  std::vector<const pb::Bucket*> buckets;
  buckets.reserve(static_cast<size_t>(from.bucket_size()) + 1);
  for (const pb::Bucket& bucket : from.bucket()) {
    if (bucket.upper_bound() != bucket.upper_bound()) return base::Invalid("a histogram bucket's bound is NaN");
    buckets.push_back(&bucket);
  }
  std::stable_sort(buckets.begin(), buckets.end(),
                   [](const pb::Bucket* a, const pb::Bucket* b) { return a->upper_bound() < b->upper_bound(); });
  for (const pb::Bucket* bucket : buckets) {
    const double bound = bucket->upper_bound();
    if (!to->buckets.empty() && to->buckets.back().bound == bound) {
      return base::Invalid("histogram bucket " + base::DoubleText(bound) + " stands twice");
    }
    to->buckets.push_back({bound, bucket->has_cumulative_count_float()
                                      ? bucket->cumulative_count_float()
                                      : static_cast<double>(bucket->cumulative_count())});
    if (!bucket->has_exemplar()) continue;
    RETURN_IF_ERROR(ReadExemplar(bucket->exemplar(), max_label_bytes, &to->exemplars));
    to->exemplar_bounds.push_back(bound);
  }
  if (to->buckets.empty() || to->buckets.back().bound != kInfinity) to->buckets.push_back({kInfinity, to->count});
  return {};
}

base::Status ReadHistogram(const pb::Histogram& from, MetricType type, size_t max_label_bytes, model::Metric* to) {
  to->count = from.has_sample_count_float() ? from.sample_count_float() : static_cast<double>(from.sample_count());
  to->sum = from.sample_sum();
  if (from.has_created_timestamp()) to->created = ToTimestamp(from.created_timestamp());
  if (IsNative(from)) {
    to->native.emplace();
    to->native->count = to->count;
    RETURN_IF_ERROR(ReadNative(from, type, &*to->native));
  }
  if (!to->native || from.bucket_size() > 0) RETURN_IF_ERROR(ReadBuckets(from, max_label_bytes, to));
  // A histogram of both forms usually repeats its exemplars; those of the buckets say more.
  if (!to->native || !to->exemplars.empty()) return {};
  for (const pb::Exemplar& exemplar : from.exemplars()) {
    RETURN_IF_ERROR(ReadExemplar(exemplar, max_label_bytes, &to->exemplars));
  }
  return {};
}

base::Status ReadCounter(const pb::Counter& from, size_t max_label_bytes, model::Metric* to) {
  to->value = from.value();
  if (from.has_created_timestamp()) to->created = ToTimestamp(from.created_timestamp());
  return from.has_exemplar() ? ReadExemplar(from.exemplar(), max_label_bytes, &to->exemplars) : base::OkStatus();
}

void ReadSummary(const pb::Summary& from, model::Metric* to) {
  to->count = static_cast<double>(from.sample_count());
  to->sum = from.sample_sum();
  if (from.has_created_timestamp()) to->created = ToTimestamp(from.created_timestamp());
  for (const pb::Quantile& quantile : from.quantile()) to->quantiles.push_back({quantile.quantile(), quantile.value()});
}

base::Status ReadMetric(const pb::Metric& from, MetricType type, size_t max_label_bytes, model::Metric* to) {
  RETURN_IF_ERROR(ReadLabels(from.label(), max_label_bytes, &to->labels));
  if (from.has_timestamp_ms()) to->timestamp = base::Timestamp{from.timestamp_ms()};
  switch (type) {
    case MetricType::kCounter:
      return ReadCounter(from.counter(), max_label_bytes, to);
    case MetricType::kGauge:
      to->value = from.gauge().value();
      return {};
    case MetricType::kSummary:
      ReadSummary(from.summary(), to);
      return {};
    case MetricType::kHistogram:
    case MetricType::kGaugeHistogram:
      return ReadHistogram(from.histogram(), type, max_label_bytes, to);
    default:
      to->value = from.untyped().value();
      return {};
  }
}

// The fields of one MetricFamily message, each as it lies in the bytes.
class FamilyReader {
 public:
  FamilyReader(std::string_view bytes, const ParseOptions& options) : bytes_(bytes), options_(options) {}

  // Both walks. `*series` counts on through the page.
  base::Status Read(size_t* series, model::MetricFamily* to);

 private:
  base::Status ReadHead(model::MetricFamily* to);
  base::Status ReadMetrics(size_t* series, model::MetricFamily* to);
  // Calls field(number, bytes or varint) for each known field.
  template <typename OnField>
  base::Status Walk(OnField field);

  std::string_view bytes_;
  const ParseOptions& options_;
  pb::Metric message_;
};

template <typename OnField>
base::Status FamilyReader::Walk(OnField on_field) {
  const auto* const begin = reinterpret_cast<const uint8_t*>(bytes_.data());
  CodedInputStream in(begin, static_cast<int>(bytes_.size()));
  while (const uint32_t tag = in.ReadTag()) {
    const int number = WireFormatLite::GetTagFieldNumber(tag);
    const auto wire_type = WireFormatLite::GetTagWireType(tag);
    if (number >= 1 && number <= 5 && number != 3 && wire_type == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      uint32_t length;
      const auto left = [&] { return bytes_.size() - static_cast<size_t>(in.CurrentPosition()); };
      if (!in.ReadVarint32(&length) || length > left()) return base::Invalid("a field reaches past the end");
      RETURN_IF_ERROR(on_field(number, bytes_.substr(static_cast<size_t>(in.CurrentPosition()), length), 0));
      in.Skip(static_cast<int>(length));
    } else if (number == 3 && wire_type == WireFormatLite::WIRETYPE_VARINT) {
      uint64_t value;
      if (!in.ReadVarint64(&value)) return base::Invalid("a field reaches past the end");
      RETURN_IF_ERROR(on_field(number, std::string_view(), value));
    } else if (!WireFormatLite::SkipField(&in, tag)) {
      return base::Invalid("field " + std::to_string(number) + " cannot be read");
    }
  }
  if (!in.ConsumedEntireMessage()) return base::Invalid("a field tag cannot be read");
  return {};
}

base::Status FamilyReader::ReadHead(model::MetricFamily* to) {
  uint64_t type = pb::COUNTER;  // the default of proto2: the first value
  RETURN_IF_ERROR(Walk([&](int number, std::string_view text, uint64_t value) -> base::Status {
    if (number == pb::MetricFamily::kTypeFieldNumber) type = value;
    if (number == pb::MetricFamily::kTypeFieldNumber || number == pb::MetricFamily::kMetricFieldNumber) return {};
    if (!base::IsValidUtf8(text)) return base::Invalid("name, help or unit is not valid UTF-8");
    (number == pb::MetricFamily::kNameFieldNumber   ? to->name
     : number == pb::MetricFamily::kHelpFieldNumber ? to->help
                                                    : to->unit) = text;
    return {};
  }));
  if (to->name.empty()) return base::Invalid("the family has no name");
  bool known;
  to->type = TypeOf(type, &known);
  if (!known) return base::Invalid("unknown metric type " + std::to_string(type));
  return {};
}

base::Status FamilyReader::ReadMetrics(size_t* series, model::MetricFamily* to) {
  return Walk([&](int number, std::string_view bytes, uint64_t) -> base::Status {
    if (number != pb::MetricFamily::kMetricFieldNumber) return {};
    if (++*series > options_.max_series) {
      return base::LimitReached("more than " + std::to_string(options_.max_series) + " series");
    }
    if (bytes.size() > kMaxMetricBytes) return base::LimitReached("one metric takes more than 4 MiB");
    if (!message_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return base::Invalid("metric " + std::to_string(to->metrics.size() + 1) + " is not a valid message");
    }
    return ReadMetric(message_, to->type, options_.max_label_bytes, &to->metrics.emplace_back())
        .WithContext("metric " + std::to_string(to->metrics.size()));
  });
}

base::Status FamilyReader::Read(size_t* series, model::MetricFamily* to) {
  RETURN_IF_ERROR(ReadHead(to));
  return ReadMetrics(series, to).WithContext(base::Quoted(to->name));
}

// A family that comes in several pieces becomes one; what the first piece says about it counts.
void Gather(model::MetricFamily family, std::unordered_map<std::string, size_t>* by_name_and_type,
            std::vector<model::MetricFamily>* families) {
  std::string key = family.name;
  key.push_back(static_cast<char>('0' + static_cast<int>(family.type)));
  const auto [at, is_new] = by_name_and_type->try_emplace(std::move(key), families->size());
  if (is_new) {
    families->push_back(std::move(family));
    return;
  }
  std::vector<model::Metric>& metrics = (*families)[at->second].metrics;
  metrics.insert(metrics.end(), std::make_move_iterator(family.metrics.begin()),
                 std::make_move_iterator(family.metrics.end()));
}

}  // namespace

base::Result<std::vector<model::MetricFamily>> ParseProtobuf(std::string_view bytes, const ParseOptions& options) {
  std::vector<model::MetricFamily> families;
  std::unordered_map<std::string, size_t> by_name_and_type;
  size_t series = 0;
  size_t count = 0;
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    return base::LimitReached("a protobuf page above 2 GiB");
  }
  for (size_t at = 0; at < bytes.size();) {
    const std::string where = "family " + std::to_string(++count) + " at byte " + std::to_string(at);
    CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()) + at, static_cast<int>(bytes.size() - at));
    uint32_t length;
    if (!in.ReadVarint32(&length)) return base::Invalid(where + ": expected a length");
    at += static_cast<size_t>(in.CurrentPosition());
    if (length > bytes.size() - at) {
      return base::Invalid(where + ": announces " + std::to_string(length) + " bytes, only " +
                           std::to_string(bytes.size() - at) + " are left");
    }
    model::MetricFamily family;
    RETURN_IF_ERROR(FamilyReader(bytes.substr(at, length), options).Read(&series, &family).WithContext(where));
    at += length;
    if (!family.metrics.empty()) Gather(std::move(family), &by_name_and_type, &families);
  }
  return families;
}

}  // namespace bekci::wire
