#include "agent/wire/text_form.h"

#include <cmath>

#include "agent/base/text.h"
#include "agent/wire/utf8.h"

namespace bekci::wire {
namespace {

using model::MetricType;

constexpr std::string_view kTotal = "_total";
constexpr std::string_view kInfo = "_info";

bool HasSuffix(std::string_view name, std::string_view suffix) {
  return name.size() > suffix.size() && name.ends_with(suffix);
}

bool EndsInUnit(std::string_view name, std::string_view unit) {
  return HasSuffix(name, unit) && name.size() > unit.size() + 1 && name[name.size() - unit.size() - 1] == '_';
}

void AppendQuoted(std::string_view name, std::string* out) {
  out->push_back('"');
  AppendEscapedText(name, true, out);
  out->push_back('"');
}

std::string HeaderName(std::string_view name) {
  if (model::IsLegacyMetricName(name)) return std::string(name);
  std::string quoted;
  AppendQuoted(name, &quoted);
  return quoted;
}

// Quoted names need a version that has them; Negotiate never asks for more, a hand-made Negotiated may.
Escaping EffectiveEscaping(const Negotiated& as) {
  return as.escaping == Escaping::kAllowUtf8 && as.version != "1.0.0" ? Escaping::kUnderscores : as.escaping;
}

std::string_view TextTypeWord(MetricType type) {
  switch (type) {
    case MetricType::kUntyped:
      return "untyped";
    case MetricType::kInfo:
    case MetricType::kStateset:
      return "gauge";
    case MetricType::kGaugeHistogram:
      return "histogram";
    default:
      return model::MetricTypeName(type);
  }
}

// Fills what OpenMetrics has beyond text; `name` is the family's name there.
void FillOpenMetrics(const model::MetricFamily& family, std::string_view name, TextForm* form) {
  MetricType type = family.type;
  if (type == MetricType::kCounter) {
    if (HasSuffix(name, kTotal)) {
      name.remove_suffix(kTotal.size());
    } else {
      type = MetricType::kUntyped;
    }
  } else if (type == MetricType::kInfo) {
    if (HasSuffix(name, kInfo)) {
      name.remove_suffix(kInfo.size());
    } else {
      type = MetricType::kGauge;
    }
  } else if (type == MetricType::kGaugeHistogram) {
    form->sum_suffix = "_gsum";
    form->count_suffix = "_gcount";
  }
  form->type_word = type == MetricType::kUntyped ? "unknown" : model::MetricTypeName(type);
  form->header_name = HeaderName(name);
  if (!family.unit.empty() && EndsInUnit(name, family.unit)) form->unit = family.unit;
  form->exemplars = type == MetricType::kCounter || form->shape == Shape::kHistogram;
  if (type == MetricType::kCounter || type == MetricType::kHistogram || type == MetricType::kSummary) {
    form->created_name = std::string(name) + "_created";
  }
}

}  // namespace

TextForm TextFormOf(const model::MetricFamily& family, const Negotiated& as) {
  TextForm form;
  form.shape = ShapeOf(family.type);
  form.series_name = EscapeName(family.name, EffectiveEscaping(as), true);
  if (as.format == Format::kOpenMetrics) {
    FillOpenMetrics(family, form.series_name, &form);
  } else {
    form.type_word = TextTypeWord(family.type);
    form.header_name = HeaderName(form.series_name);
  }
  return form;
}

void AppendLabelText(const model::Labels& labels, const std::vector<std::string>& names, const Negotiated& as,
                     Shape shape, std::string* out) {
  const Escaping escaping = EffectiveEscaping(as);
  bool first = true;
  model::ForEachLabel(labels, names, [&](std::string_view name, std::string_view value) {
    if (IsFormatLabel(shape, name)) return;
    if (!first) out->push_back(',');
    first = false;
    // The usual name is written without a copy; dots rewrites even those.
    if (escaping != Escaping::kDots && model::IsLegacyLabelName(name)) {
      out->append(name);
    } else if (const std::string escaped = EscapeName(name, escaping, false); model::IsLegacyLabelName(escaped)) {
      out->append(escaped);
    } else {
      AppendQuoted(escaped, out);
    }
    out->append("=\"");
    AppendEscapedText(value, true, out);
    out->push_back('"');
  });
}

void AppendSeriesStart(std::string_view name, std::string_view suffix, std::string_view labels, std::string_view extra,
                       std::string* out) {
  const bool bare = model::IsLegacyMetricName(name);
  if (bare) {
    out->append(name).append(suffix);
    if (labels.empty() && extra.empty()) {
      out->push_back(' ');
      return;
    }
    out->push_back('{');
  } else {
    out->append("{\"");
    AppendEscapedText(name, true, out);
    out->append(suffix).push_back('"');
    if (!labels.empty() || !extra.empty()) out->push_back(',');
  }
  out->append(labels);
  if (!labels.empty() && !extra.empty()) out->push_back(',');
  out->append(extra).append("} ");
}

void AppendEscapedText(std::string_view text, bool escape_quotes, std::string* out) {
  const bool valid = base::IsValidUtf8(text);
  const std::string_view special = escape_quotes ? "\\\n\"" : "\\\n";
  if (valid && text.find_first_of(special) == std::string_view::npos) {
    out->append(text);
    return;
  }
  std::string repaired;
  if (!valid) {
    AppendValidUtf8(text, &repaired);
    text = repaired;
  }
  for (const char c : text) {
    if (c == '\n') {
      out->append("\\n");
      continue;
    }
    if (c == '\\' || (c == '"' && escape_quotes)) out->push_back('\\');
    out->push_back(c);
  }
}

void AppendBound(double bound, Format format, std::string* out) {
  const size_t begin = out->size();
  base::AppendDouble(out, bound);
  if (format != Format::kOpenMetrics || !std::isfinite(bound)) return;
  if (out->find_first_of(".e", begin) == std::string::npos) out->append(".0");
}

void AppendTimestamp(base::Timestamp timestamp, Format format, std::string* out) {
  if (format != Format::kOpenMetrics) return base::AppendInt(out, timestamp.ms);
  // By digits, not as a double: 1e15 seconds and a millisecond stay exact.
  if (timestamp.ms < 0) out->push_back('-');
  const uint64_t ms = timestamp.ms < 0 ? 0 - static_cast<uint64_t>(timestamp.ms) : static_cast<uint64_t>(timestamp.ms);
  base::AppendInt(out, static_cast<int64_t>(ms / 1000));
  const auto rest = static_cast<unsigned>(ms % 1000);
  if (rest == 0) return;
  out->push_back('.');
  out->push_back(static_cast<char>('0' + rest / 100));
  if (rest % 100 == 0) return;
  out->push_back(static_cast<char>('0' + rest / 10 % 10));
  if (rest % 10 != 0) out->push_back(static_cast<char>('0' + rest % 10));
}

}  // namespace bekci::wire
