#include "agent/promql/annotations.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>

#include "agent/base/text.h"
#include "agent/promql/parser.h"

namespace bekci::promql {
namespace {

std::string Rfc3339(int64_t t_ms) {
  const time_t seconds = static_cast<time_t>(t_ms / 1000 - (t_ms % 1000 < 0 ? 1 : 0));
  tm parts{};
  char text[40];
  if (gmtime_r(&seconds, &parts) == nullptr || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
    return std::to_string(t_ms);
  }
  return text;
}

std::string FiguresText(const AnnotationFigures& figures) {
  switch (figures.form) {
    case AnnotationFigures::Form::kNone:
      return {};
    case AnnotationFigures::Form::kOccurrences:
      return figures.count > 1 ? " (" + std::to_string(figures.count) + " occurrences)" : std::string();
    case AnnotationFigures::Form::kMonotonicity:
      break;
  }
  char difference[32];
  snprintf(difference, sizeof difference, "%.2g", figures.max_difference);
  std::string text = ", from buckets " + base::DoubleText(figures.lowest_bucket) + " to " +
                     base::DoubleText(figures.highest_bucket) + ", with a max diff of " + difference + ", over " +
                     std::to_string(figures.count) + " samples from " + Rfc3339(figures.first_ms);
  return text + " to " + Rfc3339(figures.last_ms);
}

void MergeFigures(const AnnotationFigures& from, AnnotationFigures* into) {
  into->count += from.count;
  into->first_ms = std::min(into->first_ms, from.first_ms);
  into->last_ms = std::max(into->last_ms, from.last_ms);
  into->lowest_bucket = std::min(into->lowest_bucket, from.lowest_bucket);
  into->highest_bucket = std::max(into->highest_bucket, from.highest_bucket);
  into->max_difference = std::max(into->max_difference, from.max_difference);
}

}  // namespace

void Annotations::Add(AnnotationKind kind, std::string text, PositionRange position, const AnnotationFigures& figures) {
  const auto [entry, inserted] =
      entries_.try_emplace(Key(kind, position.start, position.end, std::move(text)), figures);
  if (!inserted && figures.form != AnnotationFigures::Form::kNone) MergeFigures(figures, &entry->second);
}

void Annotations::AddPlain(std::string text) {
  if (std::find(plain_.begin(), plain_.end(), text) == plain_.end()) plain_.push_back(std::move(text));
}

void Annotations::Merge(const Annotations& other) {
  for (const auto& [key, figures] : other.entries_) {
    const auto& [kind, start, end, text] = key;
    Add(kind, text, {start, end}, figures);
  }
  for (const std::string& text : other.plain_) AddPlain(text);
}

std::vector<std::string> Annotations::Texts(AnnotationKind kind, std::string_view query, size_t limit) const {
  std::vector<std::string> texts;
  const bool warning = kind == AnnotationKind::kWarning;
  if (warning) texts = plain_;
  for (const auto& [key, figures] : entries_) {
    const auto& [its_kind, start, end, text] = key;
    if (its_kind != kind) continue;
    texts.push_back((warning ? "PromQL warning: " : "PromQL info: ") + text + FiguresText(figures) + " (" +
                    PositionText(query, start) + ")");
  }
  if (limit != 0 && texts.size() > limit) {
    const size_t omitted = texts.size() - limit;
    texts.resize(limit);
    texts.push_back(std::to_string(omitted) + " more " + (warning ? "warning" : "info") + " annotations omitted");
  }
  return texts;
}

}  // namespace bekci::promql
