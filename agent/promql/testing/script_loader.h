// Loads what a script's `load` says into a store, as if Prometheus' own had taken it: counter reset hints of histograms
// are derived anew. The first histogram of a series, one after a reset or of another layout reads `unknown`, one that
// continues reads `not_reset`, gauges stay gauges.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <map>

#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/promql/columns.h"
#include "agent/promql/testing/script.h"
#include "agent/storage/storage.h"

namespace bekci::promql::testing {

class ScriptLoader {
 public:
  explicit ScriptLoader(storage::Appendable& store) : store_(store) {}
  // Errors: as the store's appender, with the series in front; nothing is loaded then.
  base::Status Load(const LoadCommand& load);
  // The store was emptied.
  void Forget() { newest_.clear(); }

 private:
  base::Status AppendSeries(const LoadedSeries& loaded, int64_t step_ms, storage::Appender* appender);
  base::Status AppendHistogram(const model::Labels& labels, int64_t t_ms, const HistogramPtr& histogram,
                               storage::Appender* appender);

  storage::Appendable& store_;
  std::map<model::Labels, HistogramPtr> newest_;  // null where the newest sample is no histogram
};

}  // namespace bekci::promql::testing
