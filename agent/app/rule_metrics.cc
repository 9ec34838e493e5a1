#include "agent/app/rule_metrics.h"

#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/summary.h>

#include <string>

namespace bekci::app {
namespace {

using collect::MetricSpec;
using model::MetricType;
using ruler::GroupStatus;

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;

// A figure of a group: its name and where it is.
struct GroupFigure {
  MetricSpec spec;
  double (*value)(const GroupStatus& group);
};

constexpr GroupFigure kGroupFigures[] = {
    {{"prometheus_rule_evaluations_total", kCounter, "The total number of rule evaluations.", "rule_group"},
     [](const GroupStatus& g) { return static_cast<double>(g.evaluations); }},
    {{"prometheus_rule_evaluation_failures_total", kCounter, "The total number of rule evaluation failures.",
      "rule_group"},
     [](const GroupStatus& g) { return static_cast<double>(g.failures); }},
    {{"prometheus_rule_group_interval_seconds", kGauge, "The interval of a rule group.", "rule_group"},
     [](const GroupStatus& g) { return base::ToSeconds(g.interval); }},
    {{"prometheus_rule_group_iterations_total", kCounter,
      "The total number of scheduled rule group evaluations, whether executed or missed.", "rule_group"},
     [](const GroupStatus& g) { return static_cast<double>(g.iterations); }},
    {{"prometheus_rule_group_iterations_missed_total", kCounter,
      "The total number of rule group evaluations missed due to slow rule group evaluation.", "rule_group"},
     [](const GroupStatus& g) { return static_cast<double>(g.missed); }},
    {{"prometheus_rule_group_last_duration_seconds", kGauge, "The duration of the last rule group evaluation.",
      "rule_group"},
     [](const GroupStatus& g) { return base::ToSeconds(g.duration); }},
    {{"prometheus_rule_group_last_rule_duration_sum_seconds", kGauge,
      "The sum of time in seconds it took to evaluate each rule in the group regardless of concurrency.", "rule_group"},
     [](const GroupStatus& g) { return base::ToSeconds(g.rule_duration_sum); }},
    {{"prometheus_rule_group_last_restore_duration_seconds", kGauge,
      "The duration of the last alert rules alerts restoration using the alert journal.", "rule_group"},
     [](const GroupStatus& g) { return base::ToSeconds(g.restore_duration); }},
    {{"prometheus_rule_group_last_evaluation_timestamp_seconds", kGauge,
      "The timestamp of the last rule group evaluation in seconds.", "rule_group"},
     [](const GroupStatus& g) { return static_cast<double>(g.last_evaluation.ms) / 1000; }},
    {{"prometheus_rule_group_last_evaluation_samples", kGauge,
      "The number of samples returned during the last rule group evaluation.", "rule_group"},
     [](const GroupStatus& g) { return static_cast<double>(g.samples); }},
    {{"prometheus_rule_group_rules", kGauge, "The number of rules.", "rule_group"},
     [](const GroupStatus& g) { return static_cast<double>(g.rule_count); }},
};

constexpr MetricSpec kExpansions = {"prometheus_template_text_expansions_total", kCounter,
                                    "The total number of template text expansions."};
constexpr MetricSpec kExpansionFailures = {"prometheus_template_text_expansion_failures_total", kCounter,
                                           "The total number of template text expansion failures."};
constexpr MetricSpec kAlerts = {"bekci_alerts", kGauge, "Alerts of all rules, by state.", "state"};
constexpr MetricSpec kJournalHealthy = {"bekci_alert_journal_healthy", kGauge,
                                        "Whether the last write to the alert journal reached the disk."};
constexpr MetricSpec kJournalBatches = {"bekci_alert_journal_batches_total", kCounter,
                                        "Evaluations that were written to the alert journal."};
constexpr MetricSpec kJournalSyncs = {"bekci_alert_journal_syncs_total", kCounter,
                                      "Times the alert journal waited for the disk."};
constexpr MetricSpec kJournalFailures = {
    "bekci_alert_journal_failures_total", kCounter,
    "Evaluations that were not on the disk when they had their effect; a restart would have forgotten them."};
constexpr MetricSpec kJournalBytes = {"bekci_alert_journal_bytes", kGauge,
                                      "Bytes of the alert journal: in use, and reserved on the disk.", "part"};
constexpr MetricSpec kJournalDamage = {"bekci_alert_journal_damaged_places", kGauge,
                                       "Damaged places that were found in the alert journal when it was opened."};

prometheus::Summary& MakeSummary(prometheus::Registry& registry, const char* name, const char* help,
                                 const prometheus::Summary::Quantiles& quantiles) {
  return prometheus::BuildSummary().Name(name).Help(help).Register(registry).Add({}, quantiles,
                                                                                 std::chrono::minutes(10));
}

prometheus::Histogram& MakeHistogram(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add(
      {}, prometheus::Histogram::BucketBoundaries{0.01, 0.1, 1, 10});
}

void WriteAlerts(std::span<const GroupStatus> groups, collect::FamilySink& sink) {
  size_t pending = 0;
  size_t firing = 0;
  for (const GroupStatus& group : groups) {
    pending += group.pending;
    firing += group.firing;
  }
  sink.Add(kAlerts, {"firing"}, static_cast<double>(firing));
  sink.Add(kAlerts, {"pending"}, static_cast<double>(pending));
}

}  // namespace

RuleTimes::RuleTimes(prometheus::Registry& registry)
    : rule_summary_(MakeSummary(registry, "prometheus_rule_evaluation_duration_seconds",
                                "The duration for a rule to execute.", {{0.5, 0.05}, {0.9, 0.01}, {0.99, 0.001}})),
      group_summary_(MakeSummary(registry, "prometheus_rule_group_duration_seconds",
                                 "The duration of rule group evaluations.",
                                 {{0.01, 0.001}, {0.05, 0.005}, {0.5, 0.05}, {0.9, 0.01}, {0.99, 0.001}})),
      rule_histogram_(MakeHistogram(registry, "prometheus_rule_evaluation_duration_histogram_seconds",
                                    "The duration for a rule to execute.")),
      group_histogram_(MakeHistogram(registry, "prometheus_rule_group_duration_histogram_seconds",
                                     "The duration of rule group evaluations.")) {}

void RuleTimes::ObserveRule(base::Duration time) {
  rule_summary_.Observe(base::ToSeconds(time));
  rule_histogram_.Observe(base::ToSeconds(time));
}

void RuleTimes::ObserveGroup(base::Duration time) {
  group_summary_.Observe(base::ToSeconds(time));
  group_histogram_.Observe(base::ToSeconds(time));
}

void WriteRuleMetrics(std::span<const GroupStatus> groups, const ruler::TemplateCounters& templates,
                      const ruler::JournalStats& journal, collect::FamilySink& sink) {
  for (const GroupFigure& figure : kGroupFigures) {
    for (const GroupStatus& group : groups) sink.Add(figure.spec, {group.file + ";" + group.name}, figure.value(group));
  }
  sink.Add(kExpansions, static_cast<double>(templates.expansions.load(std::memory_order_relaxed)));
  sink.Add(kExpansionFailures, static_cast<double>(templates.failures.load(std::memory_order_relaxed)));
  WriteAlerts(groups, sink);
  sink.Add(kJournalHealthy, journal.healthy ? 1 : 0);
  sink.Add(kJournalBatches, static_cast<double>(journal.batches));
  sink.Add(kJournalSyncs, static_cast<double>(journal.syncs));
  sink.Add(kJournalFailures, static_cast<double>(journal.failures));
  sink.Add(kJournalBytes, {"used"}, static_cast<double>(journal.used_bytes));
  sink.Add(kJournalBytes, {"reserved"}, static_cast<double>(journal.reserved_bytes));
  sink.Add(kJournalDamage, static_cast<double>(journal.damaged_places));
}

}  // namespace bekci::app
