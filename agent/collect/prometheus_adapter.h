// Any prometheus::Collectable (a prometheus-cpp Registry, or somebody's own) as families of a sink.
//
// What prometheus-cpp lacks (native histograms, exemplars, units) stays empty. A histogram without its +Inf bucket gets
// one, as the text writer of prometheus-cpp does. Points with timestamps are kept with them.
//
// Thread rule: that of the Collectable; its Collect is called once.
#pragma once

#include "agent/base/status.h"
#include "agent/collect/family_sink.h"

namespace prometheus {
class Collectable;
}

namespace bekci::collect {

// Errors: internal, when the Collectable throws; nothing was added then.
base::Status AddCollectable(const prometheus::Collectable& collectable, FamilySink& sink);

}  // namespace bekci::collect
