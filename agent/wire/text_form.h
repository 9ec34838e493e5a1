// What the text formats say about a family besides its numbers: names, type words, label text. Shared by every use of
// TextWriter; nothing here depends on a sample's value.
//
// Rules that a reader of the page sees:
// - A series has the same name in text and OpenMetrics: the family's name in the model plus the type's suffixes. Names
//   are escaped first and suffixes put behind, as client_golang does.
// - OpenMetrics: a counter called x_total is the family x. A counter without _total cannot be one there and becomes
//   unknown (client_golang's rule). An info called x_info is the family x; without the suffix it becomes a gauge.
//   UNIT is written only where the family's name ends in it: Prometheus refuses the page otherwise.
// - Text knows no info and stateset (gauge there), and no gauge histogram: that one is written as a histogram, which
// keeps
//   its buckets usable; its sum and count then are called _sum and _count, as in protobuf, where OpenMetrics says
//   _gsum.
// - Labels that the format itself writes (le, quantile, __name__) are left out of a metric's own labels.
// Source: Prometheus exposition formats; OpenMetrics 1.0.0. Thread rule: values.
#pragma once

#include <string>
#include <string_view>

#include "agent/model/metric_family.h"
#include "agent/wire/exposition.h"
#include "agent/wire/family_shape.h"

namespace bekci::wire {

struct TextForm {
  Shape shape = Shape::kValue;
  std::string series_name;  // escaped; suffixes go behind it
  std::string header_name;  // escaped and, if need be, quoted: the name in HELP, TYPE, UNIT
  std::string unit;         // empty: no UNIT line
  std::string_view type_word;
  std::string_view sum_suffix = "_sum";
  std::string_view count_suffix = "_count";
  std::string created_name;  // escaped name of the _created series; empty: not written in this format
  bool exemplars = false;    // may be written
};

TextForm TextFormOf(const model::MetricFamily& family, const Negotiated& as);

// a="b",c="d" with names and values escaped; without braces. `names`: see MetricFamily::label_names.
void AppendLabelText(const model::Labels& labels, const std::vector<std::string>& names, const Negotiated& as,
                     Shape shape, std::string* out);
// name_suffix{labels,extra} and the blank behind it; names that need it go quoted into the braces.
void AppendSeriesStart(std::string_view name, std::string_view suffix, std::string_view labels, std::string_view extra,
                       std::string* out);
// Label values and, in OpenMetrics, help: \\ \" and line feed; text leaves the quotes in help alone.
void AppendEscapedText(std::string_view text, bool escape_quotes, std::string* out);
// A value of le or quantile: OpenMetrics wants the canonical form, 1.0 where text has 1.
void AppendBound(double bound, Format format, std::string* out);
// Milliseconds in text, exact decimal seconds in OpenMetrics.
void AppendTimestamp(base::Timestamp timestamp, Format format, std::string* out);

}  // namespace bekci::wire
