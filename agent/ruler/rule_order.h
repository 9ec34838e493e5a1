// RuleOrder: which rules of a group may be evaluated together.
//
// Rules of a group run in the order of the file, each seeing what those before it wrote. Where one cannot see another's
// output that order changes nothing, so the group is cut into stages: what one stage writes is stored, in the order of
// the file, before the next begins. A rule that reads what an earlier one writes comes in a later stage; one that reads
// what a later rule writes must not come after it, as it sees what that wrote the time before.
//
// Source: Prometheus' rules/group.go (concurrent evaluation), by the same dependence of names.
// Thread rule: functions without state.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "agent/ruler/rule.h"

namespace bekci::ruler {

// Positions of rules by stage; within a stage in the order of the file.
std::vector<std::vector<size_t>> StagesOf(std::span<const std::shared_ptr<const Rule>> rules);

}  // namespace bekci::ruler
