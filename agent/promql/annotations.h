// Annotations: what a query's answer carries beside its value: warnings (the answer may be wrong) and infos (the query
// may not say what was meant), each with the place in the query's text that it is about.
//
// Equal texts at one place are one annotation, however many series and steps caused it. A few texts end in figures that
// grow with every cause (how many samples, from when to when); those are merged by their beginning, and the figures are
// printed at the end.
//
// Source: Prometheus' util/annotations. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "agent/promql/ast.h"

namespace bekci::promql {

enum class AnnotationKind : unsigned char { kWarning, kInfo };

// Figures printed after the text, added up over all causes.
struct AnnotationFigures {
  enum class Form : unsigned char {
    kNone,
    kOccurrences,   // " (N occurrences)", nothing for one
    kMonotonicity,  // ", from buckets %g to %g, with a max diff of %.2g, over N samples from TIME to TIME"
  };
  Form form = Form::kNone;
  int64_t count = 1;
  int64_t first_ms = 0;  // evaluation times
  int64_t last_ms = 0;
  double lowest_bucket = 0;
  double highest_bucket = 0;
  double max_difference = 0;
};

class Annotations {
 public:
  void Warn(std::string text, PositionRange position) { Add(AnnotationKind::kWarning, std::move(text), position, {}); }
  void Info(std::string text, PositionRange position) { Add(AnnotationKind::kInfo, std::move(text), position, {}); }
  // `text` without "PromQL warning: " and without the figures.
  void Add(AnnotationKind kind, std::string text, PositionRange position, const AnnotationFigures& figures);
  // A warning that is printed as it is, without prefix or position: what a store says.
  void AddPlain(std::string text);
  void Merge(const Annotations& other);

  bool empty() const { return entries_.empty() && plain_.empty(); }
  // As the HTTP API prints them: "PromQL warning: TEXT (line:column)", in the order of their places. `limit` 0: all;
  // else the last line says how many more there are.
  std::vector<std::string> Texts(AnnotationKind kind, std::string_view query, size_t limit = 0) const;

 private:
  // Place first, so that printing is in the order of the query.
  using Key = std::tuple<AnnotationKind, uint32_t, uint32_t, std::string>;
  std::map<Key, AnnotationFigures> entries_;
  std::vector<std::string> plain_;
};

}  // namespace bekci::promql
