// SampleLabels: from the labels that a scraped page shows to those that are stored.
//
// In Prometheus' order: the target's labels win and push the page's own aside to exported_<name> (or, with
// honor_labels, give way to them, even to one that the page says is empty); metric relabeling; checks and limits.
//
// Source: Prometheus, scrape (mutateSampleLabels, verifyLabelLimits). Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/model/relabel.h"

namespace bekci::collect {

struct LabelLimits {  // 0: none
  uint64_t labels = 0;
  uint64_t name_length = 0;
  uint64_t value_length = 0;
};

class SampleLabels {
 public:
  struct Options {
    model::Labels target = {};
    bool honor_labels = false;
    std::vector<model::RelabelRule> relabel = {};
    LabelLimits limits = {};
    bool legacy_names = false;  // names must be [a-zA-Z_:][a-zA-Z0-9_:]*
  };
  explicit SampleLabels(Options options) : options_(std::move(options)) {}

  // `shown` are the page's labels without the name; empty values may stand among them. nullopt: dropped by relabeling.
  // Errors, all of which fail the scrape: invalid (no metric name is left, a name that may not be), limit.
  base::Result<std::optional<model::Labels>> Make(std::string_view name, const std::vector<model::Labels::Pair>& shown);

 private:
  void AddTargetLabels(const std::vector<model::Labels::Pair>& shown);
  base::Status Check(const model::Labels& labels) const;

  const Options options_;
  // Scratch, reused from series to series.
  std::vector<model::Labels::Pair> pairs_;
  std::vector<std::string> exported_;  // names made here, which pairs_ point to
};

}  // namespace bekci::collect
