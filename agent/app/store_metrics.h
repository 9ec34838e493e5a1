// StoreMetrics: what the store says about itself, under Prometheus' names where Prometheus has one.
//
// Thread rule: pure functions.
#pragma once

#include "agent/collect/family_sink.h"
#include "agent/collect/round_appender.h"
#include "agent/tsdb/database.h"

namespace bekci::app {

// `database` may be null: it is not open yet.
void WriteStoreMetrics(const tsdb::Database* database, const collect::RefusedSamples& refused,
                       collect::FamilySink& sink);

}  // namespace bekci::app
