// Vital signs: whether the agent itself is well: what a heartbeat waits for (notify/wiring/pulse.h).
//
// Not whether what it watches is well: a database that is down is an alert's matter. Here it is whether that alert
// could come to pass at all: numbers come in, rules look at them, messages leave.
//
//   collection  the worker answers: a hung one is replaced in time, and only when that did not help is it told
//   rules       each group was evaluated in its last intervals
//   outbox      what is decided reaches the disk, and no message of an escalation has waited for long
//
// Thread rule: pure functions.
#pragma once

#include <span>
#include <vector>

#include "agent/base/clock.h"
#include "agent/collect/collection.h"
#include "agent/notify/metrics.h"
#include "agent/notify/wiring/pulse.h"
#include "agent/ruler/rule_group.h"

namespace bekci::app {

// A disk that takes longer than this for one write is not told apart from one that is gone.
inline constexpr base::Duration kLongestJournalWrite = base::seconds(30);
// So long may a message of an escalation wait for a receiver that does not take it; a command beside its own time.
inline constexpr base::Duration kLongestCall = base::minutes(5);

// Both lists of what is collected; without any there is nothing that could stand still.
std::vector<notify::wiring::Ailment> CollectionAilments(std::span<const collect::InstanceState> instances,
                                                        std::span<const collect::InstanceState> targets,
                                                        const collect::WorkerStats& worker, base::MonotonicTime now);
// A group that was never evaluated is not well yet.
std::vector<notify::wiring::Ailment> RuleAilments(std::span<const ruler::GroupStatus> groups, base::Timestamp now);
// `keeps_state`: what was told is kept on a disk at all.
std::vector<notify::wiring::Ailment> OutboxAilments(const notify::PipelineMetrics& pipeline,
                                                    const notify::JournalMetrics& journal, bool keeps_state);

}  // namespace bekci::app
