// What the function `query` of a rule's template asks: an instant query of the store.
//
// Thread rule: any thread.
#pragma once

#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/promql/engine.h"
#include "agent/storage/storage.h"
#include "agent/template/rule_template.h"

namespace bekci::ruler {

// Errors: the query's; invalid where it gives neither a vector nor a scalar.
base::Result<std::vector<templates::QueriedSample>> QueryForTemplate(promql::Engine& engine, storage::Queryable& store,
                                                                     const std::string& expr, base::Timestamp at);

}  // namespace bekci::ruler
