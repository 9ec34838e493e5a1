#include "agent/web/api_result.h"

#include "agent/model/histogram_buckets.h"

namespace bekci::web {
namespace {

// Points are what answers consist of: [time,"value"] is written without looking at commas.
void AppendPoint(std::string* out, int64_t t_ms, double value) {
  char text[2 * wire::kMaxJsonValue + 4];
  char* end = text;
  *end++ = '[';
  end = wire::WriteJsonTime(end, t_ms);
  *end++ = ',';
  end = wire::WriteJsonValue(end, value);
  *end++ = ']';
  out->append(text, static_cast<size_t>(end - text));
}

void WriteHistogramPoint(wire::JsonWriter* json, int64_t t_ms, const model::NativeHistogram& histogram) {
  json->BeginArray();
  wire::AppendJsonTime(&json->out(), t_ms);
  WriteHistogram(json, histogram);
  json->EndArray();
}

void WriteElement(wire::JsonWriter* json, const promql::VectorElement& element) {
  json->BeginObject();
  json->Key("metric");
  WriteLabels(json, element.labels);
  if (element.histogram != nullptr) {
    json->Key("histogram");
    WriteHistogramPoint(json, element.t_ms, *element.histogram);
  } else {
    json->Key("value");
    AppendPoint(&json->out(), element.t_ms, element.value);
  }
  json->EndObject();
}

void WriteFloats(std::string* out, const storage::Samples& samples) {
  for (size_t i = 0; i < samples.times.size(); ++i) {
    if (i > 0) *out += ',';
    AppendPoint(out, samples.times[i], samples.values[i]);
  }
}

void WriteSeries(wire::JsonWriter* json, const promql::MatrixSeries& series) {
  json->BeginObject();
  json->Key("metric");
  WriteLabels(json, series.labels);
  const storage::Samples& samples = series.samples;
  if (!samples.times.empty()) {
    json->Key("values");
    json->BeginArray();
    WriteFloats(&json->out(), samples);
    json->EndArray();
  }
  if (!samples.histogram_times.empty()) {
    json->Key("histograms");
    json->BeginArray();
    for (size_t i = 0; i < samples.histogram_times.size(); ++i) {
      WriteHistogramPoint(json, samples.histogram_times[i], *samples.histograms[i]);
    }
    json->EndArray();
  }
  json->EndObject();
}

bool WriteValue(ApiAnswer* answer, const promql::Value& value) {
  wire::JsonWriter& json = answer->json();
  if (const auto* scalar = std::get_if<promql::Scalar>(&value)) {
    AppendPoint(&json.out(), scalar->t_ms, scalar->value);
    return true;
  }
  json.BeginArray();
  if (const auto* string = std::get_if<promql::String>(&value)) {
    wire::AppendJsonTime(&json.out(), string->t_ms);
    json.String(string->text);
  } else if (const auto* vector = std::get_if<promql::Vector>(&value)) {
    for (const promql::VectorElement& element : *vector) {
      WriteElement(&json, element);
      if (answer->too_large()) return false;
    }
  } else if (const auto* matrix = std::get_if<promql::Matrix>(&value)) {
    for (const promql::MatrixSeries& series : *matrix) {
      WriteSeries(&json, series);
      if (answer->too_large()) return false;
    }
  }
  json.EndArray();
  return true;
}

void WriteSeconds(wire::JsonWriter* json, std::string_view name, double seconds) {
  json->Key(name);
  json->Number(seconds);
}

void WriteStats(wire::JsonWriter* json, const promql::QueryStats& stats) {
  json->BeginObject();
  json->Key("timings");
  json->BeginObject();
  WriteSeconds(json, "evalTotalTime", stats.eval_seconds);
  WriteSeconds(json, "resultSortTime", stats.sort_seconds);
  WriteSeconds(json, "queryPreparationTime", stats.prepare_seconds);
  WriteSeconds(json, "innerEvalTime", stats.inner_seconds);
  WriteSeconds(json, "execQueueTime", stats.queue_seconds);
  WriteSeconds(json, "execTotalTime", stats.eval_seconds + stats.queue_seconds);
  json->EndObject();
  json->Key("samples");
  json->BeginObject();
  if (stats.per_step) {
    json->Key("totalQueryableSamplesPerStep");
    json->BeginArray();
    for (size_t i = 0; i < stats.samples_per_step.size(); ++i) {
      json->BeginArray();
      wire::AppendJsonTime(&json->out(), stats.start_ms + static_cast<int64_t>(i) * stats.step_ms);
      json->Int(stats.samples_per_step[i]);
      json->EndArray();
    }
    json->EndArray();
  }
  json->Member("totalQueryableSamples", stats.total_samples);
  json->Member("peakSamples", stats.peak_samples);
  json->EndObject();
  json->EndObject();
}

int Boundaries(const model::Bucket& bucket) {
  if (bucket.lower_inclusive) return bucket.upper_inclusive ? 3 : 1;
  return bucket.upper_inclusive ? 0 : 2;
}

}  // namespace

void WriteHistogram(wire::JsonWriter* json, const model::NativeHistogram& histogram) {
  const auto value = [&](double number) {
    if (json->out().back() != ':') json->out() += ',';
    wire::AppendJsonValue(&json->out(), number);
  };
  json->BeginObject();
  json->Key("count");
  value(histogram.count);
  json->Key("sum");
  value(histogram.sum);
  bool any = false;
  model::ForEachBucket(histogram, [&](const model::Bucket& bucket) {
    if (bucket.count == 0) return true;
    if (!any) {
      json->Key("buckets");
      json->BeginArray();
    }
    any = true;
    json->BeginArray();
    json->Int(Boundaries(bucket));
    value(bucket.lower);
    value(bucket.upper);
    value(bucket.count);
    json->EndArray();
    return true;
  });
  if (any) json->EndArray();
  json->EndObject();
}

bool WriteResult(ApiAnswer* answer, const promql::Value& value, const promql::QueryStats* stats) {
  wire::JsonWriter& json = answer->json();
  json.BeginObject();
  json.Member("resultType", promql::ValueTypeName(promql::TypeOf(value)));
  json.Key("result");
  if (!WriteValue(answer, value)) return false;
  if (stats != nullptr) {
    json.Key("stats");
    WriteStats(&json, *stats);
  }
  json.EndObject();
  return true;
}

}  // namespace bekci::web
