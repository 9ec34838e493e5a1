#include "agent/app/notify_metrics.h"

#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/notify/receivers/digest.h"
#include "agent/notify/receivers/make_integration.h"
#include "agent/notify/silences.h"

namespace bekci::app {
namespace {

using collect::FamilySink;
using collect::MetricSpec;
using model::MetricType;
using notify::IntegrationMetrics;
using notify::JournalMetrics;
using notify::PipelineMetrics;

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;
constexpr MetricType kHistogram = MetricType::kHistogram;

template <typename T>
double D(T value) {
  return static_cast<double>(value);
}

struct PipelineFigure {
  MetricSpec spec;
  double (*value)(const PipelineMetrics& metrics);
};
constexpr PipelineFigure kPipeline[] = {
    {{"bekci_alerts_refused_total", kCounter, "Alerts that were refused because there were too many."},
     [](const PipelineMetrics& m) { return D(m.refused); }},
    {{"bekci_silences_queries_total", kCounter, "How many silence queries were received."},
     [](const PipelineMetrics& m) { return D(m.silence_queries); }},
    {{"bekci_nflog_queries_total", kCounter, "Number of notification log queries that were received."},
     [](const PipelineMetrics& m) { return D(m.log_queries); }},
    {{"bekci_nflog_entries", kGauge, "Entries of the notification log."},
     [](const PipelineMetrics& m) { return D(m.log_entries); }},
    {{"bekci_notify_maintenance_total", kCounter, "Times that silences and the notification log were tidied."},
     [](const PipelineMetrics& m) { return D(m.maintenances); }},
    {{"bekci_dispatcher_aggregation_groups", kGauge, "Number of active aggregation groups."},
     [](const PipelineMetrics& m) { return D(m.groups); }},
    {{"bekci_dispatcher_flushes_total", kCounter, "Flushes of groups."},
     [](const PipelineMetrics& m) { return D(m.flushes); }},
    {{"bekci_receivers", kGauge, "Number of configured receivers."},
     [](const PipelineMetrics& m) { return D(m.receivers); }},
    {{"bekci_integrations", kGauge, "Number of configured integrations."},
     [](const PipelineMetrics& m) { return D(m.integrations); }},
    {{"bekci_inhibition_rules", kGauge, "Number of configured inhibition rules."},
     [](const PipelineMetrics& m) { return D(m.inhibition_rules); }},
    {{"bekci_outbox_unjournaled_total", kCounter, "Messages that were sent although the journal could not be written."},
     [](const PipelineMetrics& m) { return D(m.sent_unjournaled); }},
    {{"bekci_outbox_refused_total", kCounter, "Messages that found the outbox full."},
     [](const PipelineMetrics& m) { return D(m.refused_rows); }},
    {{"bekci_incidents", kGauge, "Incidents that are kept."}, [](const PipelineMetrics& m) { return D(m.incidents); }},
};

constexpr MetricSpec kReceived = {"bekci_alerts_received_total", kCounter, "The total number of received alerts.",
                                  "status,version"};
constexpr MetricSpec kInvalid = {"bekci_alerts_invalid_total", kCounter,
                                 "The total number of received alerts that were invalid.", "version"};
constexpr MetricSpec kAlerts = {"bekci_notify_alerts", kGauge, "How many alerts by state.", "state"};
constexpr MetricSpec kSilences = {"bekci_silences", kGauge, "How many silences by state.", "state"};
constexpr MetricSpec kSuppressed = {
    "bekci_notifications_suppressed_total", kCounter,
    "The total number of notifications suppressed for being silenced, inhibited, outside "
    "of active time intervals or within muted time intervals.",
    "reason"};
constexpr MetricSpec kAckDuration = {"bekci_incident_ack_duration_seconds", kHistogram,
                                     "Time from an alert's firing to its acknowledgement."};
constexpr MetricSpec kResolveDuration = {"bekci_incident_resolve_duration_seconds", kHistogram,
                                         "Time from an alert's firing to its end."};
constexpr MetricSpec kLatency = {"bekci_notification_latency_seconds", kHistogram,
                                 "The latency of notifications in seconds.", "integration"};
constexpr MetricSpec kFailed = {"bekci_notifications_failed_total", kCounter,
                                "The total number of failed notifications.", "integration,reason"};

struct IntegrationFigure {
  MetricSpec spec;
  double (*value)(const IntegrationMetrics& metrics);
};
constexpr IntegrationFigure kByKind[] = {
    {{"bekci_notifications_total", kCounter, "The total number of attempted notifications.", "integration"},
     [](const IntegrationMetrics& m) { return D(m.notifications); }},
    {{"bekci_notification_requests_total", kCounter, "The total number of attempted notification requests.",
      "integration"},
     [](const IntegrationMetrics& m) { return D(m.requests); }},
    {{"bekci_notification_requests_failed_total", kCounter, "The total number of failed notification requests.",
      "integration"},
     [](const IntegrationMetrics& m) { return D(m.requests_failed); }},
};
constexpr IntegrationFigure kByReceiver[] = {
    {{"bekci_outbox_rows", kGauge, "Messages that wait or are under way.", "receiver,integration"},
     [](const IntegrationMetrics& m) { return D(m.queued); }},
    {{"bekci_outbox_oldest_seconds", kGauge, "How long the oldest message has waited.", "receiver,integration"},
     [](const IntegrationMetrics& m) { return base::ToSeconds(m.oldest); }},
    {{"bekci_outbox_dead_letters_total", kCounter, "Messages that were given up for good.", "receiver,integration"},
     [](const IntegrationMetrics& m) { return D(m.dead_letters); }},
    {{"bekci_outbox_maybe_duplicates_total", kCounter,
      "Messages that were sent again without knowing whether they had "
      "arrived.",
      "receiver,integration"},
     [](const IntegrationMetrics& m) { return D(m.maybe_duplicates); }},
    {{"bekci_outbox_circuit_open", kGauge, "Whether a receiver fails so often that it is only tried now and then.",
      "receiver,integration"},
     [](const IntegrationMetrics& m) { return m.circuit_open ? 1.0 : 0.0; }},
};

constexpr MetricSpec kWriteDuration = {"bekci_notify_journal_write_duration_seconds", kHistogram,
                                       "How long writes of the notification journal took until the disk had them."};
constexpr MetricSpec kConfigHash = {"bekci_notify_config_hash", kGauge, "Hash of the loaded alertmanager.yml."};

constexpr std::string_view kReasons[] = {
    "clientError", "serverError", "authError", "rateLimited", "contextCanceled", "contextDeadlineExceeded", "other"};

struct JournalFigure {
  MetricSpec spec;
  double (*value)(const JournalMetrics& metrics);
};
constexpr JournalFigure kJournal[] = {
    {{"bekci_notify_journal_healthy", kGauge, "Whether the last write of the notification journal reached the disk."},
     [](const JournalMetrics& m) { return m.healthy ? 1.0 : 0.0; }},
    {{"bekci_notify_journal_writes_total", kCounter, "Writes of the notification journal."},
     [](const JournalMetrics& m) { return D(m.writes); }},
    {{"bekci_notify_journal_failures_total", kCounter, "Writes of the notification journal that failed."},
     [](const JournalMetrics& m) { return D(m.failures); }},
    {{"bekci_notify_journal_record_failures_total", kCounter, "Writes of incidents' records that failed."},
     [](const JournalMetrics& m) { return D(m.record_failures); }},
    {{"bekci_notify_journal_used_bytes", kGauge, "Bytes of the notification journal in use."},
     [](const JournalMetrics& m) { return D(m.used_bytes); }},
    {{"bekci_notify_journal_reserved_bytes", kGauge, "Bytes of the notification journal reserved on the disk."},
     [](const JournalMetrics& m) { return D(m.reserved_bytes); }},
    {{"bekci_notify_journal_damaged_places", kGauge,
      "Damaged places that were found in the notification journal when it was opened."},
     [](const JournalMetrics& m) { return D(m.damaged_places); }},
};

// `counts` are those of each bucket alone, one more than `bounds`.
void WriteHistogram(const MetricSpec& spec, FamilySink::Values labels, std::span<const double> bounds,
                    std::span<const uint64_t> counts, double sum, FamilySink& sink) {
  std::vector<model::BoundValue> buckets;
  double total = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    total += D(counts[i]);
    buckets.push_back({i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity(), total});
  }
  sink.AddHistogram(spec, labels, buckets, sum, total);
}

void WriteHistogram(const MetricSpec& spec, FamilySink::Values labels, const notify::Histogram& histogram,
                    FamilySink& sink) {
  WriteHistogram(spec, labels, histogram.bounds, histogram.counts, histogram.sum, sink);
}

// Those of all receivers together, for every kind there is: at 0 before anything was sent.
std::map<std::string, IntegrationMetrics, std::less<>> SumByKind(const PipelineMetrics& metrics) {
  std::map<std::string, IntegrationMetrics, std::less<>> kinds;
  for (const std::string_view kind : notify::receivers::IntegrationKinds()) kinds[std::string(kind)];
  for (const IntegrationMetrics& one : metrics.by_integration) {
    IntegrationMetrics& kind = kinds[one.key.kind];
    kind.notifications += one.notifications;
    kind.requests += one.requests;
    kind.requests_failed += one.requests_failed;
    for (const auto& [reason, count] : one.failed) kind.failed[reason] += count;
    for (size_t i = 0; i < kind.latency.counts.size(); ++i) kind.latency.counts[i] += one.latency.counts[i];
    kind.latency.sum += one.latency.sum;
  }
  return kinds;
}

void WriteIntegrations(const PipelineMetrics& metrics, FamilySink& sink) {
  const auto kinds = SumByKind(metrics);
  for (const IntegrationFigure& figure : kByKind) {
    for (const auto& [kind, one] : kinds) sink.Add(figure.spec, {kind}, figure.value(one));
  }
  for (const auto& [kind, one] : kinds) {
    for (const std::string_view reason : kReasons) {
      const auto found = one.failed.find(std::string(reason));
      sink.Add(kFailed, {kind, reason}, found == one.failed.end() ? 0.0 : D(found->second));
    }
  }
  for (const auto& [kind, one] : kinds) WriteHistogram(kLatency, {kind}, one.latency, sink);
  for (const IntegrationFigure& figure : kByReceiver) {
    for (const IntegrationMetrics& one : metrics.by_integration) {
      sink.Add(figure.spec, {one.key.receiver, one.key.kind + "/" + std::to_string(one.key.index)}, figure.value(one));
    }
  }
}

}  // namespace

void WritePipelineMetrics(const PipelineMetrics& metrics, const JournalMetrics& journal, FamilySink& sink) {
  sink.Add(kReceived, {"firing", "v2"}, D(metrics.received[0]));
  sink.Add(kReceived, {"resolved", "v2"}, D(metrics.received[1]));
  sink.Add(kInvalid, {"v2"}, D(metrics.invalid));
  sink.Add(kAlerts, {"active"}, D(metrics.active));
  sink.Add(kAlerts, {"suppressed"}, D(metrics.suppressed));
  sink.Add(kAlerts, {"unprocessed"}, 0);
  for (size_t state = 0; state < metrics.silences.size(); ++state) {
    sink.Add(kSilences, {notify::SilenceStateName(static_cast<notify::SilenceState>(state))},
             D(metrics.silences[state]));
  }
  sink.Add(kSuppressed, {"silence"}, D(metrics.suppressed_silence));
  sink.Add(kSuppressed, {"inhibition"}, D(metrics.suppressed_inhibition));
  sink.Add(kSuppressed, {"mute_time_interval"}, D(metrics.suppressed_mute_interval));
  sink.Add(kSuppressed, {"active_time_interval"}, D(metrics.suppressed_active_interval));
  for (const PipelineFigure& figure : kPipeline) sink.Add(figure.spec, figure.value(metrics));
  WriteIntegrations(metrics, sink);
  WriteHistogram(kAckDuration, {}, metrics.time_to_acknowledge, sink);
  WriteHistogram(kResolveDuration, {}, metrics.time_to_resolve, sink);
  for (const JournalFigure& figure : kJournal) sink.Add(figure.spec, figure.value(journal));
  WriteHistogram(kWriteDuration, {}, journal.write_duration, sink);
}

void WriteConfigHash(std::string_view config_text, FamilySink& sink) {
  // 48 bits, as Alertmanager has it: what a float64 holds whole.
  const std::string digest = notify::receivers::Sha256(config_text);
  uint64_t hash = 0;
  for (size_t i = 0; i < 6; ++i) hash = hash << 8 | static_cast<unsigned char>(digest[i]);
  sink.Add(kConfigHash, D(hash));
}

namespace {

using EscalationMetrics = notify::escalation::EscalationMetrics;

struct KeyedFigure {
  MetricSpec spec;
  EscalationMetrics::Counters EscalationMetrics::*counters;
};
constexpr KeyedFigure kKeyed[] = {
    {{"bekci_escalation_incidents", kGauge, "Incidents by policy and state.", "policy,state"},
     &EscalationMetrics::incidents},
    {{"bekci_escalation_level_entered_total", kCounter, "Levels that were entered.", "policy,level,cause"},
     &EscalationMetrics::level_entered},
    {{"bekci_escalation_deliveries_total", kCounter, "Messages of levels by what became of them.",
      "level,integration,result"},
     &EscalationMetrics::deliveries},
    {{"bekci_escalation_hook_runs_total", kCounter, "Runs of hooks.", "receiver,result"},
     &EscalationMetrics::hook_runs},
};
struct NamedFigure {
  MetricSpec spec;
  std::map<std::string, uint64_t> EscalationMetrics::*counters;
};
constexpr NamedFigure kNamed[] = {
    {{"bekci_escalation_level", kGauge, "The highest level that is active.", "policy"}, &EscalationMetrics::levels},
    {{"bekci_escalation_ack_target_missed_total", kCounter, "Incidents that nobody acknowledged in time.", "policy"},
     &EscalationMetrics::ack_target_missed},
    {{"bekci_escalation_acks_total", kCounter, "Acknowledgements.", "via"}, &EscalationMetrics::acks},
};
struct DurationFigure {
  MetricSpec spec;
  std::map<std::string, notify::escalation::Histogram> EscalationMetrics::*histograms;
};
constexpr DurationFigure kDurations[] = {
    {{"bekci_escalation_ack_duration_seconds", kHistogram, "Time from an incident's opening to its acknowledgement.",
      "policy"},
     &EscalationMetrics::ack_duration},
    {{"bekci_escalation_resolve_duration_seconds", kHistogram, "Time from an incident's opening to its end.", "policy"},
     &EscalationMetrics::resolve_duration},
};
constexpr MetricSpec kExhausted = {"bekci_escalation_exhausted_total", kCounter,
                                   "Incidents whose ladder ended without an answer."};
constexpr MetricSpec kUnreadable = {"bekci_escalation_unreadable_records_total", kCounter,
                                    "Records of incidents that could not be read at the start."};
constexpr MetricSpec kLateness = {"bekci_escalation_level_lateness_seconds", kHistogram,
                                  "Time from when a level was due to when it was entered."};

}  // namespace

void WriteEscalationMetrics(const EscalationMetrics& metrics, FamilySink& sink) {
  for (const KeyedFigure& figure : kKeyed) {
    for (const auto& [key, count] : metrics.*figure.counters) {
      const std::vector<std::string_view> labels(key.begin(), key.end());
      sink.Add(figure.spec, labels, D(count));
    }
  }
  for (const NamedFigure& figure : kNamed) {
    for (const auto& [name, count] : metrics.*figure.counters) sink.Add(figure.spec, {name}, D(count));
  }
  for (const DurationFigure& figure : kDurations) {
    for (const auto& [policy, histogram] : metrics.*figure.histograms) {
      WriteHistogram(figure.spec, {policy}, histogram.bounds(), histogram.counts(), histogram.sum(), sink);
    }
  }
  sink.Add(kExhausted, D(metrics.exhausted));
  sink.Add(kUnreadable, D(metrics.unreadable_records));
  const notify::escalation::Histogram& lateness = metrics.level_lateness;
  WriteHistogram(kLateness, {}, lateness.bounds(), lateness.counts(), lateness.sum(), sink);
}

void WriteForwardingMetrics(std::span<const notify::forwarding::SenderStats> senders, FamilySink& sink) {
  using Stats = notify::forwarding::SenderStats;
  struct Figure {
    MetricSpec spec;
    double (*value)(const Stats& stats);
  };
  static constexpr Figure kFigures[] = {
      {{"prometheus_notifications_sent_total", kCounter, "Total number of alerts sent.", "alertmanager"},
       [](const Stats& s) { return D(s.sent); }},
      {{"prometheus_notifications_errors_total", kCounter, "Total number of sent alerts affected by errors.",
        "alertmanager"},
       [](const Stats& s) { return D(s.errors); }},
      {{"prometheus_notifications_dropped_total", kCounter,
        "Total number of alerts dropped due to errors when sending to Alertmanager.", "alertmanager"},
       [](const Stats& s) { return D(s.dropped); }},
      {{"prometheus_notifications_queue_length", kGauge, "The number of alert notifications in the queue.",
        "alertmanager"},
       [](const Stats& s) { return D(s.waiting); }},
      {{"prometheus_notifications_queue_capacity", kGauge, "The capacity of the alert notifications queue.",
        "alertmanager"},
       [](const Stats&) { return D(notify::forwarding::kCapacity); }},
  };
  constexpr MetricSpec kDiscovered = {"prometheus_notifications_alertmanagers_discovered", kGauge,
                                      "The number of alertmanagers discovered and active."};
  constexpr MetricSpec kSeconds = {"prometheus_notifications_latency_seconds", MetricType::kSummary,
                                   "Latency quantiles for sending alert notifications.", "alertmanager"};
  sink.Add(kDiscovered, D(senders.size()));
  for (const Figure& figure : kFigures) {
    for (const Stats& sender : senders) sink.Add(figure.spec, {sender.url}, figure.value(sender));
  }
  for (const Stats& sender : senders) {
    sink.AddSummary(kSeconds, {sender.url}, {}, sender.seconds, D(sender.requests));
  }
}

}  // namespace bekci::app
