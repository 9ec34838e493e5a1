// SlotLabels: the series that the slots of a schema are, with the labels under which they are stored.
//
// A slot is one number (model/schema.h): a histogram's bucket is the series x_bucket with its bound in `le`. Labels are
// made only when the store asks for them: when a series is new to it.
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

#include "agent/model/labels.h"
#include "agent/model/schema.h"

namespace bekci::collect {

// `labels` of a series with the labels of its target: a label of the target wins, and the series' own of that name
// moves to exported_<name>, as when Prometheus scrapes without honor_labels. An empty `target` changes nothing.
model::Labels WithTargetLabels(std::string_view metric, const model::Labels& labels, const model::Labels& target);

// Calls f(slot, labels()) for every slot, in order; labels() makes the model::Labels.
template <typename F>
void ForEachSlot(const model::Schema& schema, const model::Labels& target, F&& f);

// ---- the implementation of the template ----

struct SlotName {
  std::string_view family;
  std::string_view suffix;      // "_bucket", "_sum", "_count" or nothing
  std::string_view bound_name;  // "le", "quantile" or nothing
  double bound = 0;
};
SlotName NameOfSlot(const model::FamilySchema& family, const model::SeriesSchema& series, size_t slot_of_series);
model::Labels LabelsOfSlot(const SlotName& name, const model::Labels& labels, const model::Labels& target);

template <typename F>
void ForEachSlot(const model::Schema& schema, const model::Labels& target, F&& f) {
  for (const model::FamilySchema& family : schema.families()) {
    for (const model::SeriesSchema& series : family.series) {
      const size_t count = model::SlotCount(family.type, series.bounds.size());
      for (size_t i = 0; i < count; ++i) {
        f(series.first_slot + i, [&] { return LabelsOfSlot(NameOfSlot(family, series, i), series.labels, target); });
      }
    }
  }
}

}  // namespace bekci::collect
