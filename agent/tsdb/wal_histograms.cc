#include "agent/tsdb/wal_histograms.h"

#include <vector>

#include "agent/tsdb/histogram_layout.h"

namespace bekci::tsdb {
namespace {

constexpr uint8_t kIsFloat = 1;  // above it, two bits of the counter reset hint

void PutSpans(std::string* out, const std::vector<model::BucketSpan>& spans) {
  PutUvarint(out, spans.size());
  for (const model::BucketSpan& span : spans) {
    PutVarint(out, span.offset);
    PutUvarint(out, span.length);
  }
}

void PutDoubles(std::string* out, const std::vector<double>& values) {
  PutUvarint(out, values.size());
  for (const double value : values) PutDouble(out, value);
}

std::vector<model::BucketSpan> TakeSpans(WalBytes* in) {
  std::vector<model::BucketSpan> spans;
  for (size_t left = in->Count(); left > 0 && in->ok(); --left) {
    const auto offset = static_cast<int32_t>(in->Varint());
    spans.push_back({offset, static_cast<uint32_t>(in->Uvarint())});
  }
  return spans;
}

std::vector<double> TakeDoubles(WalBytes* in) {
  std::vector<double> values;
  for (size_t left = in->Count(); left > 0 && in->ok(); --left) values.push_back(in->Double());
  return values;
}

}  // namespace

void WriteWalHistogram(std::string* out, const model::NativeHistogram& histogram) {
  const auto hint = static_cast<uint8_t>(histogram.reset_hint);
  out->push_back(static_cast<char>((histogram.is_float ? kIsFloat : 0) | hint << 1));
  PutVarint(out, histogram.schema);
  for (const double value : {histogram.zero_threshold, histogram.zero_count, histogram.count, histogram.sum}) {
    PutDouble(out, value);
  }
  PutSpans(out, histogram.positive_spans);
  PutSpans(out, histogram.negative_spans);
  PutDoubles(out, histogram.positive_buckets);
  PutDoubles(out, histogram.negative_buckets);
  PutDoubles(out, histogram.custom_values);
}

std::shared_ptr<const model::NativeHistogram> ReadWalHistogram(WalBytes* in) {
  auto histogram = std::make_shared<model::NativeHistogram>();
  const uint8_t flags = in->U8();
  histogram->is_float = (flags & kIsFloat) != 0;
  histogram->reset_hint = static_cast<model::CounterResetHint>((flags >> 1) & 3);
  histogram->schema = static_cast<int32_t>(in->Varint());
  for (double* value : {&histogram->zero_threshold, &histogram->zero_count, &histogram->count, &histogram->sum}) {
    *value = in->Double();
  }
  histogram->positive_spans = TakeSpans(in);
  histogram->negative_spans = TakeSpans(in);
  histogram->positive_buckets = TakeDoubles(in);
  histogram->negative_buckets = TakeDoubles(in);
  histogram->custom_values = TakeDoubles(in);
  if (!in->ok() || !CheckHistogram(*histogram).ok()) return nullptr;
  return histogram;
}

}  // namespace bekci::tsdb
