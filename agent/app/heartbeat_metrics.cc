#include "agent/app/heartbeat_metrics.h"

namespace bekci::app {
namespace {

using collect::MetricSpec;
using model::MetricType;
using notify::wiring::PulseStats;

constexpr MetricSpec kSent = {"bekci_heartbeat_sent_total", MetricType::kCounter, "Beats that arrived.", "receiver"};
constexpr MetricSpec kFailed = {"bekci_heartbeat_failed_total", MetricType::kCounter, "Beats that did not arrive.",
                                "receiver"};
constexpr MetricSpec kWithheld = {"bekci_heartbeat_withheld_total", MetricType::kCounter,
                                  "Beats that were not sent because a part of the agent was not well.",
                                  "receiver,reason"};
constexpr MetricSpec kLast = {"bekci_heartbeat_last_success_timestamp_seconds", MetricType::kGauge,
                              "When a beat arrived last; 0: none did since the start.", "receiver"};

}  // namespace

void WriteHeartbeatMetrics(std::span<const PulseStats> heartbeats, collect::FamilySink& sink) {
  for (const PulseStats& one : heartbeats) sink.Add(kSent, {one.name}, static_cast<double>(one.sent));
  for (const PulseStats& one : heartbeats) sink.Add(kFailed, {one.name}, static_cast<double>(one.failed));
  for (const PulseStats& one : heartbeats) {
    for (const auto& [reason, count] : one.withheld) {
      sink.Add(kWithheld, {one.name, reason}, static_cast<double>(count));
    }
  }
  for (const PulseStats& one : heartbeats) {
    sink.Add(kLast, {one.name}, static_cast<double>(one.last_success.ms) / 1000);
  }
}

}  // namespace bekci::app
