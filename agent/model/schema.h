// Schema and Round: what a collector says every 15 seconds, split into the part that never changes and the numbers.
//
// The names, types, helps and labels of a collector's series are the same round after round; only the values differ.
// So they are stated once, in a Schema, and each round is one flat array of doubles in the schema's order. Everything
// downstream profits: the worker's frames are packed doubles, a text page is literals with numbers between them
// (wire/text_template.h), the store keeps one reference per slot. Measured on 2 200 series: 1 ms a round for naive
// protobuf against 0.003 ms.
//
// A *slot* is one number: a counter, gauge or untyped series has one; a classic histogram one per bucket, then sum,
// then count; a summary one per quantile, then sum, then count. That is also the order in which the text format prints.
// Families are sorted by name and series by labels, so slots are in page order.
//
// What has no fixed shape (native histograms, exemplars, timestamps) travels beside the slots as whole families:
// `extra`. Thread rule: a Schema is immutable once built and shared; a Round is a value.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/model/labels.h"
#include "agent/model/metric_family.h"

namespace bekci::model {

struct SeriesSchema {
  Labels labels;               // without __name__, le and quantile
  std::vector<double> bounds;  // histogram: upper bounds incl. +Inf, rising; summary: quantiles
  uint32_t first_slot = 0;
};

struct FamilySchema {
  std::string name;
  std::string help;
  std::string unit;
  MetricType type = MetricType::kUntyped;
  std::vector<SeriesSchema> series;           // sorted by labels, unique
  std::vector<std::string> label_names = {};  // see MetricFamily
  // No family of series: what a scraped page says about a name whose series stand flat (x_bucket, x_count ... of a
  // histogram x). See Schema::described.
  bool only_described = false;
};

// Slots that one series of `type` with `bounds` takes.
size_t SlotCount(MetricType type, size_t bounds);

class Schema {
 public:
  // One series as it arrived, in the collector's own order.
  struct Arrival {
    uint32_t family;  // index into the families given to Build
    Labels labels;
    std::vector<double> bounds;
  };

  // Sorts and checks. A family whose name stands twice with different types, a series that stands twice, bounds that
  // do not rise: the later one is left out and said in `problems` (one line each); its values are ignored.
  static std::shared_ptr<const Schema> Build(std::vector<FamilySchema> families_without_series,
                                             std::vector<Arrival> arrivals, std::vector<std::string>* problems);

  const std::vector<FamilySchema>& families() const { return families_; }
  // Names with type, help and unit that have no series of their own here; sorted by name. Filled by scrapes, whose
  // families are untyped and without help.
  const std::vector<FamilySchema>& described() const { return described_; }
  size_t slots() const { return slots_; }
  size_t series() const { return series_; }
  size_t arrival_values() const { return slot_of_arrival_.size(); }

  // From the collector's order to slots. `arrival` must hold arrival_values() numbers. O(n), no allocation beyond out.
  void Order(const double* arrival, std::vector<double>* slots) const;

 private:
  static constexpr uint32_t kDropped = UINT32_MAX;
  std::vector<FamilySchema> families_;
  std::vector<FamilySchema> described_;
  std::vector<uint32_t> slot_of_arrival_;  // one per value in arrival order
  size_t slots_ = 0;
  size_t series_ = 0;
};

struct Round {
  std::shared_ptr<const Schema> schema;  // null: a round without slots
  std::vector<double> values;            // schema->slots() numbers
  std::vector<MetricFamily> extra;       // sorted by name; names may also occur in the schema
};

// The general form of a round: for the writers that need it whole (protobuf) and for tests. Sorted by name.
std::vector<MetricFamily> ToFamilies(const Round& round);

}  // namespace bekci::model
