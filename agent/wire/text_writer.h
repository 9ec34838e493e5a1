// TextWriter: the one description of how families look in Prometheus text and in OpenMetrics.
//
// It writes to an Output, which is any class with
//     std::string* Text();         where literal text is appended
//     void Number(double value);   a sample's value goes here
// A page's output prints the number; TextTemplate's notes a hole. So what the writer does never depends on the value of
// a sample, only on names, labels and bounds. Thread rule: one writer per thread; it keeps scratch memory between
// families.
#pragma once

#include <string>

#include "agent/base/text.h"
#include "agent/model/metric_family.h"
#include "agent/wire/classic_histogram.h"
#include "agent/wire/exposition.h"
#include "agent/wire/text_form.h"

namespace bekci::wire {

class StringOutput {
 public:
  explicit StringOutput(std::string* out) : out_(out) {}
  std::string* Text() { return out_; }
  void Number(double value) { base::AppendDouble(out_, value); }

 private:
  std::string* out_;
};

template <typename Output>
class TextWriter {
 public:
  TextWriter(const Negotiated& as, Output* out) : as_(as), out_(*out) {}

  // Header and series; nothing for a family without metrics or without a name, which no reader would accept.
  void Family(const model::MetricFamily& family) {
    if (family.metrics.empty() || family.name.empty()) return;
    Begin(family);
    Header(family);
    Series(family);
  }

  // The two halves, for callers that keep them apart; Begin comes first.
  void Begin(const model::MetricFamily& family) { form_ = TextFormOf(family, as_); }
  void Header(const model::MetricFamily& family);
  void Series(const model::MetricFamily& family);

 private:
  bool open_metrics() const { return as_.format == Format::kOpenMetrics; }
  void Histogram(const model::Metric& metric);
  void Summary(const model::Metric& metric);
  void Line(std::string_view suffix, std::string_view extra, double value, const model::Metric& metric,
            const model::Exemplar* exemplar = nullptr);
  void Created(const model::Metric& metric);
  void WriteExemplar(const model::Exemplar& exemplar);

  const Negotiated as_;
  Output& out_;
  TextForm form_;
  std::string labels_;  // of the current metric
  std::string extra_;   // le or quantile
  ClassicBuckets buckets_;
};

template <typename Output>
void TextWriter<Output>::Header(const model::MetricFamily& family) {
  std::string* text = out_.Text();
  if (!family.help.empty()) {
    text->append("# HELP ").append(form_.header_name).push_back(' ');
    AppendEscapedText(family.help, open_metrics(), text);
    text->push_back('\n');
  }
  text->append("# TYPE ").append(form_.header_name).append(" ").append(form_.type_word).push_back('\n');
  if (!form_.unit.empty()) text->append("# UNIT ").append(form_.header_name).append(" ").append(form_.unit + "\n");
}

template <typename Output>
void TextWriter<Output>::Series(const model::MetricFamily& family) {
  for (const model::Metric& metric : family.metrics) {
    labels_.clear();
    AppendLabelText(metric.labels, family.label_names, as_, form_.shape, &labels_);
    switch (form_.shape) {
      case Shape::kValue:
        Line("", "", metric.value, metric, metric.exemplars.empty() ? nullptr : &metric.exemplars.front());
        break;
      case Shape::kHistogram:
        Histogram(metric);
        break;
      case Shape::kSummary:
        Summary(metric);
        break;
    }
    Created(metric);
  }
}

template <typename Output>
void TextWriter<Output>::Histogram(const model::Metric& metric) {
  buckets_.Fill(metric);
  for (size_t i = 0; i < buckets_.points().size(); ++i) {
    const model::BoundValue& bucket = buckets_.points()[i];
    extra_ = "le=\"";
    AppendBound(bucket.bound, as_.format, &extra_);
    extra_.push_back('"');
    Line("_bucket", extra_, bucket.value, metric, buckets_.ExemplarOf(i));
  }
  Line(form_.sum_suffix, "", buckets_.sum(), metric);
  Line(form_.count_suffix, "", buckets_.count(), metric);
}

template <typename Output>
void TextWriter<Output>::Summary(const model::Metric& metric) {
  for (const model::BoundValue& quantile : metric.quantiles) {
    extra_ = "quantile=\"";
    AppendBound(quantile.bound, as_.format, &extra_);
    extra_.push_back('"');
    Line("", extra_, quantile.value, metric);
  }
  Line("_sum", "", metric.sum, metric);
  Line("_count", "", metric.count, metric);
}

template <typename Output>
void TextWriter<Output>::Line(std::string_view suffix, std::string_view extra, double value,
                              const model::Metric& metric, const model::Exemplar* exemplar) {
  AppendSeriesStart(form_.series_name, suffix, labels_, extra, out_.Text());
  out_.Number(value);
  if (metric.timestamp) {
    out_.Text()->push_back(' ');
    AppendTimestamp(*metric.timestamp, as_.format, out_.Text());
  }
  if (exemplar && form_.exemplars) WriteExemplar(*exemplar);
  out_.Text()->push_back('\n');
}

template <typename Output>
void TextWriter<Output>::WriteExemplar(const model::Exemplar& exemplar) {
  std::string* text = out_.Text();
  text->append(" # {");
  AppendLabelText(exemplar.labels, {}, as_, Shape::kValue, text);
  text->append("} ");
  base::AppendDouble(text, exemplar.value);
  if (!exemplar.timestamp) return;
  text->push_back(' ');
  AppendTimestamp(*exemplar.timestamp, as_.format, text);
}

template <typename Output>
void TextWriter<Output>::Created(const model::Metric& metric) {
  if (!metric.created || form_.created_name.empty()) return;
  std::string* text = out_.Text();
  AppendSeriesStart(form_.created_name, "", labels_, "", text);
  AppendTimestamp(*metric.created, as_.format, text);
  text->push_back('\n');
}

}  // namespace bekci::wire
