// Loads what a script's `load` says into a store.
//
// Thread rule: functions without state.
#pragma once

#include "agent/base/status.h"
#include "agent/promql/testing/script.h"
#include "agent/storage/storage.h"

namespace bekci::promql::testing {

// Errors: as the store's appender, with the series in front; nothing is loaded then.
base::Status LoadSeries(const LoadCommand& load, storage::Appendable& store);

}  // namespace bekci::promql::testing
