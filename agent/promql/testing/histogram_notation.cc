#include "agent/promql/testing/histogram_notation.h"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "agent/base/text.h"

namespace bekci::promql::testing {
namespace {

using model::CounterResetHint;
using model::NativeHistogram;

// What a key's value is and where it goes.
struct NumberKey {
  std::string_view name;
  double NativeHistogram::*field;
};
constexpr NumberKey kNumberKeys[] = {{"sum", &NativeHistogram::sum},
                                     {"count", &NativeHistogram::count},
                                     {"z_bucket", &NativeHistogram::zero_count},
                                     {"z_bucket_w", &NativeHistogram::zero_threshold}};
struct ListKey {
  std::string_view name;
  std::vector<double> NativeHistogram::*field;
};
constexpr ListKey kListKeys[] = {{"buckets", &NativeHistogram::positive_buckets},
                                 {"n_buckets", &NativeHistogram::negative_buckets},
                                 {"custom_values", &NativeHistogram::custom_values}};
struct HintName {
  std::string_view name;
  CounterResetHint hint;
};
constexpr HintName kHintNames[] = {{"unknown", CounterResetHint::kUnknown},
                                   {"reset", CounterResetHint::kYes},
                                   {"not_reset", CounterResetHint::kNo},
                                   {"gauge", CounterResetHint::kGauge}};

constexpr std::string_view kBlanks = " \t";

void SkipBlanks(std::string_view* rest) {
  const size_t at = rest->find_first_not_of(kBlanks);
  rest->remove_prefix(at == std::string_view::npos ? rest->size() : at);
}

std::string_view TakeUntil(std::string_view* rest, std::string_view stops) {
  const size_t at = std::min(rest->find_first_of(stops), rest->size());
  const std::string_view taken = rest->substr(0, at);
  rest->remove_prefix(at);
  return taken;
}

class Reader {
 public:
  explicit Reader(std::string_view* rest) : rest_(*rest), out_(rest) {}

  base::Result<HistogramNotation> Read() {
    if (!rest_.starts_with("{{")) return Bad("expected {{");
    rest_.remove_prefix(2);
    for (SkipBlanks(&rest_); !rest_.starts_with("}}"); SkipBlanks(&rest_)) {
      const std::string_view key = TakeUntil(&rest_, ": \t}");
      if (key.empty() || !rest_.starts_with(":")) return Bad("expected key:value");
      rest_.remove_prefix(1);
      for (const std::string_view seen : seen_) {
        if (seen == key) return Bad("duplicate key " + base::Quoted(key));
      }
      seen_.push_back(key);
      RETURN_IF_ERROR(ReadValue(key));
    }
    rest_.remove_prefix(2);
    RETURN_IF_ERROR(Finish());
    *out_ = rest_;
    return std::move(result_);
  }

 private:
  base::Status Bad(std::string_view why) const {
    return base::Invalid("bad histogram: " + std::string(why) + " at " + base::Quoted(rest_.substr(0, 40)));
  }

  base::Status ReadValue(std::string_view key) {
    for (const NumberKey& number : kNumberKeys) {
      if (number.name == key) return ReadNumber(&(result_.histogram.*number.field));
    }
    for (const ListKey& list : kListKeys) {
      if (list.name == key) return ReadList(&(result_.histogram.*list.field));
    }
    if (key == "schema") return ReadInteger(&result_.histogram.schema);
    if (key == "offset") return ReadInteger(&offset_);
    if (key == "n_offset") return ReadInteger(&negative_offset_);
    if (key == "counter_reset_hint") return ReadHint();
    return Bad("unknown key " + base::Quoted(key));
  }

  base::Status ReadNumber(double* out) {
    const auto number = base::ParseDouble(TakeUntil(&rest_, " \t}]"));
    if (!number) return Bad("expected a number");
    *out = *number;
    return base::OkStatus();
  }

  base::Status ReadInteger(int32_t* out) {
    const auto number = base::ParseInt(TakeUntil(&rest_, " \t}"));
    if (!number || *number < INT32_MIN || *number > INT32_MAX) return Bad("expected an integer");
    *out = static_cast<int32_t>(*number);
    return base::OkStatus();
  }

  base::Status ReadList(std::vector<double>* out) {
    if (!rest_.starts_with("[")) return Bad("expected [");
    rest_.remove_prefix(1);
    for (SkipBlanks(&rest_); !rest_.starts_with("]"); SkipBlanks(&rest_)) {
      RETURN_IF_ERROR(ReadNumber(&out->emplace_back()));
    }
    rest_.remove_prefix(1);
    return base::OkStatus();
  }

  base::Status ReadHint() {
    const std::string_view name = TakeUntil(&rest_, " \t}");
    for (const HintName& hint : kHintNames) {
      if (hint.name != name) continue;
      result_.histogram.reset_hint = hint.hint;
      result_.has_hint = true;
      return base::OkStatus();
    }
    return Bad("unknown counter_reset_hint " + base::Quoted(name));
  }

  base::Status Finish() {
    NativeHistogram& h = result_.histogram;
    h.is_float = true;
    if (h.schema != model::kCustomBucketsSchema && (h.schema < -4 || h.schema > 8)) return Bad("bad schema");
    const auto span = [](int32_t offset, const std::vector<double>& buckets) {
      return model::BucketSpan{offset, static_cast<uint32_t>(buckets.size())};
    };
    if (!h.positive_buckets.empty()) h.positive_spans = {span(offset_, h.positive_buckets)};
    if (!h.negative_buckets.empty()) h.negative_spans = {span(negative_offset_, h.negative_buckets)};
    return base::OkStatus();
  }

  std::string_view rest_;
  std::string_view* out_;
  HistogramNotation result_;
  std::vector<std::string_view> seen_;
  int32_t offset_ = 0;
  int32_t negative_offset_ = 0;
};

void AppendList(std::string* out, std::string_view key, const std::vector<double>& list) {
  if (list.empty()) return;
  *out += ' ';
  *out += key;
  *out += ":[";
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) *out += ' ';
    base::AppendDouble(out, list[i]);
  }
  *out += ']';
}

// Spans joined by zeros; the notation has one run of buckets a side.
void AppendBuckets(std::string* out, std::string_view prefix, const std::vector<model::BucketSpan>& spans,
                   const std::vector<double>& buckets) {
  if (spans.empty() || buckets.empty()) return;
  std::vector<double> joined;
  size_t next = 0;
  for (size_t i = 0; i < spans.size(); ++i) {
    // Gaps may be as wide as an index; a report need not show them in full.
    if (i > 0) joined.resize(joined.size() + static_cast<size_t>(std::clamp(spans[i].offset, 0, 1000)), 0);
    for (uint32_t n = 0; n < spans[i].length && next < buckets.size(); ++n) joined.push_back(buckets[next++]);
  }
  *out += ' ';
  *out += prefix;
  *out += "offset:";
  base::AppendInt(out, spans[0].offset);
  AppendList(out, std::string(prefix) + "buckets", joined);
}

}  // namespace

base::Result<HistogramNotation> TakeHistogram(std::string_view* rest) {
  return Reader(rest).Read();
}

std::string HistogramText(const NativeHistogram& histogram) {
  std::string out = "{{schema:";
  base::AppendInt(&out, histogram.schema);
  for (const NumberKey& number : kNumberKeys) {
    out += ' ';
    out += number.name;
    out += ':';
    base::AppendDouble(&out, histogram.*number.field);
  }
  for (const HintName& hint : kHintNames) {
    if (hint.hint == histogram.reset_hint) out += " counter_reset_hint:" + std::string(hint.name);
  }
  AppendList(&out, "custom_values", histogram.custom_values);
  AppendBuckets(&out, "", histogram.positive_spans, histogram.positive_buckets);
  AppendBuckets(&out, "n_", histogram.negative_spans, histogram.negative_buckets);
  return out + "}}";
}

}  // namespace bekci::promql::testing
