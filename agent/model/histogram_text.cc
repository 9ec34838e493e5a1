// Native histograms for people: their text, and what is wrong with one.
#include <cmath>
#include <string>

#include "agent/base/text.h"
#include "agent/model/histogram_arithmetic.h"
#include "agent/model/histogram_buckets.h"

namespace bekci::model {
namespace {

void AppendBucket(std::string* out, const Bucket& bucket) {
  *out += bucket.lower_inclusive ? ", [" : ", (";
  base::AppendDouble(out, bucket.lower);
  *out += ',';
  base::AppendDouble(out, bucket.upper);
  *out += bucket.upper_inclusive ? "]:" : "):";
  base::AppendDouble(out, bucket.count);
}

base::Status ValidateSide(std::string_view side, std::span<const BucketSpan> spans, std::span<const double> counts) {
  uint64_t cells = 0;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (i > 0 && spans[i].offset < 0) {
      return base::Invalid(std::string(side) + " side: span number " + std::to_string(i + 1) + " with offset " +
                           std::to_string(spans[i].offset) + ": overlaps the one before");
    }
    cells += spans[i].length;
  }
  if (cells != counts.size()) {
    return base::Invalid(std::string(side) + " side: spans need " + std::to_string(cells) + " buckets, have " +
                         std::to_string(counts.size()) + " buckets");
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] < 0) {
      return base::Invalid(std::string(side) + " side: bucket number " + std::to_string(i + 1) +
                           " has observation count of " + base::DoubleText(counts[i]));
    }
  }
  return base::OkStatus();
}

base::Status ValidateCustom(const NativeHistogram& h) {
  for (size_t i = 0; i < h.custom_values.size(); ++i) {
    const double bound = h.custom_values[i];
    if (std::isnan(bound) || std::isinf(bound)) {
      return base::Invalid("custom bound number " + std::to_string(i + 1) + " is " + base::DoubleText(bound) +
                           ": bounds are finite");
    }
    if (i > 0 && bound <= h.custom_values[i - 1]) {
      return base::Invalid("custom bound number " + std::to_string(i + 1) + " is " + base::DoubleText(bound) +
                           ", not above the one before: " + base::DoubleText(h.custom_values[i - 1]));
    }
  }
  if (h.zero_count != 0 || h.zero_threshold != 0) {
    return base::Invalid("custom buckets: must have zero count and threshold of 0");
  }
  if (!h.negative_spans.empty() || !h.negative_buckets.empty()) {
    return base::Invalid("custom buckets: must not have negative buckets");
  }
  int64_t last = -1;
  for (const BucketSpan& span : h.positive_spans) last += span.offset + static_cast<int64_t>(span.length);
  const bool below = !h.positive_spans.empty() && h.positive_spans[0].offset < 0;
  if (below || last > static_cast<int64_t>(h.custom_values.size())) {
    return base::Invalid("custom buckets: spans reach outside the " + std::to_string(h.custom_values.size()) +
                         " bounds");
  }
  return base::OkStatus();
}

}  // namespace

base::Status Validate(const NativeHistogram& h) {
  if (UsesCustomBuckets(h)) {
    RETURN_IF_ERROR(ValidateCustom(h));
  } else if (h.schema < kMinExponentialSchema || h.schema > kMaxExponentialSchema) {
    return base::Invalid("histogram has an unknown schema: " + std::to_string(h.schema));
  } else if (!h.custom_values.empty()) {
    return base::Invalid("histogram with exponential schema must not have custom bounds");
  }
  if (h.zero_count < 0 || h.count < 0) return base::Invalid("histogram has a negative count");
  if (!(h.zero_threshold >= 0) || std::isinf(h.zero_threshold)) {
    return base::Invalid("zero threshold is " + base::DoubleText(h.zero_threshold));
  }
  RETURN_IF_ERROR(ValidateSide("negative", h.negative_spans, h.negative_buckets));
  return ValidateSide("positive", h.positive_spans, h.positive_buckets);
}

std::string HistogramText(const NativeHistogram& h) {
  std::string out = "{count:";
  base::AppendDouble(&out, h.count);
  out += ", sum:";
  base::AppendDouble(&out, h.sum);
  const auto append = [&out](const Bucket& bucket) {
    if (bucket.count != 0) AppendBucket(&out, bucket);
    return true;
  };
  ForEachInward(h, false, append);
  if (h.zero_count != 0) AppendBucket(&out, ZeroBucket(h));
  ForEachOutward(h, true, append);
  out += '}';
  return out;
}

}  // namespace bekci::model
