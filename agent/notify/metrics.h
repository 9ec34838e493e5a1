// What the pipeline counts, as plain values: the names and the text are made by whoever shows them.
//
// Beside each the name of the series, without its prefix alertmanager_ or bekci_. Thread rule: values.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/notify/notification_log.h"

namespace bekci::notify {

struct Histogram {
  std::vector<double> bounds;    // upper, ascending, in seconds
  std::vector<uint64_t> counts;  // of each bound alone, and one more beyond the last
  double sum = 0;
  uint64_t count = 0;

  explicit Histogram(std::vector<double> upper_bounds = {})
      : bounds(std::move(upper_bounds)), counts(bounds.size() + 1, 0) {}
  void Observe(base::Duration duration) {
    const double seconds = base::ToSeconds(duration);
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), seconds);
    ++counts[static_cast<size_t>(bound - bounds.begin())];
    sum += seconds;
    ++count;
  }
};

struct IntegrationMetrics {
  IntegrationKey key;
  uint64_t notifications = 0;              // notifications_total
  std::map<std::string, uint64_t> failed;  // notifications_failed_total by reason
  uint64_t requests = 0;                   // notification_requests_total
  uint64_t requests_failed = 0;            // notification_requests_failed_total
  Histogram latency{{1, 5, 10, 15, 20}};   // notification_latency_seconds
  uint64_t dead_letters = 0;               // outbox_dead_letters_total: given up for good
  uint64_t maybe_duplicates = 0;           // outbox_maybe_duplicates_total: sent again without knowing
  size_t queued = 0;                       // outbox_rows, in flight included
  size_t in_flight = 0;
  base::Duration oldest{};       // outbox_oldest_seconds
  base::Duration oldest_call{};  // the same, of messages of escalations alone
  base::Duration longest{};      // that an attempt may take where that is longer than usual; 0: it is not
  bool circuit_open = false;
};

struct PipelineMetrics {
  std::array<uint64_t, 2> received{};       // alerts_received_total, firing and resolved
  uint64_t invalid = 0;                     // alerts_invalid_total
  uint64_t refused = 0;                     // alerts_refused_total: over the limit
  size_t active = 0, suppressed = 0;        // alerts{state}
  uint64_t suppressed_silence = 0;          // notifications_suppressed_total{reason}
  uint64_t suppressed_inhibition = 0;       //
  uint64_t suppressed_mute_interval = 0;    //
  uint64_t suppressed_active_interval = 0;  //
  std::array<size_t, 3> silences{};         // silences{state}, by SilenceState
  uint64_t silence_queries = 0;             // silences_queries_total
  uint64_t log_queries = 0;                 // nflog_queries_total
  uint64_t maintenances = 0;                // silences_ and nflog_maintenance_total
  size_t log_entries = 0;                   //
  size_t groups = 0;                        // dispatcher_aggregation_groups
  size_t receivers = 0, integrations = 0;   //
  size_t inhibition_rules = 0;              //
  uint64_t flushes = 0;                     //
  uint64_t sent_unjournaled = 0;            // outbox_unjournaled_total: sent though the journal could not be written
  uint64_t refused_rows = 0;                // outbox_refused_total: the outbox was full
  size_t incidents = 0;                     //
  Histogram time_to_acknowledge;            // incident_ack_duration_seconds
  Histogram time_to_resolve;                // incident_resolve_duration_seconds
  std::vector<IntegrationMetrics> by_integration;
};

struct JournalMetrics {
  uint64_t writes = 0;
  uint64_t failures = 0;
  uint64_t record_failures = 0;
  uint64_t used_bytes = 0;  // silences_ and nflog_snapshot_size_bytes: they share the file
  uint64_t reserved_bytes = 0;
  uint64_t damaged_places = 0;
  bool healthy = true;
  base::Duration writing_for{};  // how long the write that is under way has taken; 0: none is
  Histogram write_duration{{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5}};
};

}  // namespace bekci::notify
