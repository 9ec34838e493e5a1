// EscalationMetrics: what the engine counted since the process began, and how things stand, for whoever exposes it.
//
// The names are those of escalation.md section 7; each member says its name behind bekci_escalation_ and the labels of
// its keys in order. Thread rule: values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"

namespace bekci::notify::escalation {

class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}
  void Observe(double value);

  const std::vector<double>& bounds() const { return bounds_; }    // upper, inclusive
  const std::vector<uint64_t>& counts() const { return counts_; }  // of each bucket alone; the last is +Inf
  double sum() const { return sum_; }
  uint64_t count() const { return count_; }

 private:
  std::vector<double> bounds_;
  std::vector<uint64_t> counts_;
  double sum_ = 0;
  uint64_t count_ = 0;
};

Histogram AckHistogram();       // bounds for times to acknowledge and to resolve
Histogram LatenessHistogram();  // bounds around the second within which a level must be entered

struct EscalationMetrics {
  using Key = std::vector<std::string>;
  using Counters = std::map<Key, uint64_t>;

  Counters level_entered;                             // level_entered_total{policy,level,cause}
  std::map<std::string, Histogram> ack_duration;      // ack_duration_seconds{policy}
  std::map<std::string, Histogram> resolve_duration;  // resolve_duration_seconds{policy}
  std::map<std::string, uint64_t> ack_target_missed;  // ack_target_missed_total{policy}
  std::map<std::string, uint64_t> acks;               // acks_total{via}
  Counters deliveries;                                // deliveries_total{level,integration,result}
  uint64_t exhausted = 0;                             // exhausted_total
  Counters hook_runs;                                 // hook_runs_total{receiver,result}
  Histogram level_lateness = LatenessHistogram();     // level_lateness_seconds
  uint64_t unreadable_records = 0;                    // unreadable_records_total: of the journal, at the last start

  // How things stand: gauges.
  Counters incidents;                      // incidents{policy,state}
  std::map<std::string, uint64_t> levels;  // level{policy}: the place of the highest active one, from 1; 0 none
};

}  // namespace bekci::notify::escalation
