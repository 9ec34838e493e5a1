// What notifications say about themselves: Alertmanager's metrics under our namespace, Prometheus' about alerts that
// are handed to other Alertmanagers, and those of escalations.
//
// Of Alertmanager's own families there are not, because nothing here is what they measure: `*_gossip_*`, `cluster_*`
// (there is no cluster); `nflog_*` and `silences_snapshot_*`, `*_gc_*` (both live in one journal that is appended to:
// bekci_notify_journal_*); `*_query_duration_seconds`, `*_query_errors_total` (a query is a look-up in memory that
// cannot fail); `dispatcher_alert_processing_duration_seconds` (an alert is in its groups when its post is answered:
// bekci_http_request_duration_seconds); `http_requests_in_flight`, `http_concurrency_limit_exceeded_total` (the gate's:
// bekci_http_*). `marked_alerts` is bekci_notify_alerts.
//
// Thread rule: functions without state.
#pragma once

#include <span>
#include <string_view>

#include "agent/collect/family_sink.h"
#include "agent/notify/escalation/escalation_metrics.h"
#include "agent/notify/forwarding/sender.h"
#include "agent/notify/metrics.h"

namespace bekci::app {

void WritePipelineMetrics(const notify::PipelineMetrics& pipeline, const notify::JournalMetrics& journal,
                          collect::FamilySink& sink);
// `config_text` is alertmanager.yml: its hash tells whether several hosts have the same.
void WriteConfigHash(std::string_view config_text, collect::FamilySink& sink);
void WriteEscalationMetrics(const notify::escalation::EscalationMetrics& metrics, collect::FamilySink& sink);
void WriteForwardingMetrics(std::span<const notify::forwarding::SenderStats> senders, collect::FamilySink& sink);

}  // namespace bekci::app
