// What notifications say about themselves: Alertmanager's metrics under our namespace, Prometheus' about alerts that
// are handed to other Alertmanagers, and those of escalations.
//
// Thread rule: functions without state.
#pragma once

#include <span>

#include "agent/collect/family_sink.h"
#include "agent/notify/escalation/escalation_metrics.h"
#include "agent/notify/forwarding/sender.h"
#include "agent/notify/metrics.h"

namespace bekci::app {

void WritePipelineMetrics(const notify::PipelineMetrics& pipeline, const notify::JournalMetrics& journal,
                          collect::FamilySink& sink);
void WriteEscalationMetrics(const notify::escalation::EscalationMetrics& metrics, collect::FamilySink& sink);
void WriteForwardingMetrics(std::span<const notify::forwarding::SenderStats> senders, collect::FamilySink& sink);

}  // namespace bekci::app
