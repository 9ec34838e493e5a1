// FakeCollection: a Collection for tests of pages. Instances and their rounds are put in by hand; what was asked for is
// kept. Beside it the other parts a page needs.
#pragma once

#include <doctest/doctest.h>
#include <memory>

#include <string>
#include <utility>
#include <vector>

#include "agent/collect/collection.h"
#include "agent/web/own_metrics.h"

namespace bekci::web {

// A round of families given in the general form, as a collector would have filled it.
inline std::shared_ptr<const model::Round> RoundOf(const std::vector<model::MetricFamily>& families) {
  collect::FamilySink sink;
  sink.Begin();
  for (const model::MetricFamily& family : families) sink.AddFamily(family);
  return std::make_shared<const model::Round>(sink.FinishRound());
}

// A family of simple points: {labels, value}.
inline model::MetricFamily FamilyOf(std::string name, model::MetricType type,
                                    std::vector<std::pair<model::Labels, double>> points, std::string help = "Help.") {
  model::MetricFamily family{std::move(name), std::move(help), "", type, {}};
  for (auto& [labels, value] : points) {
    model::Metric metric;
    metric.labels = std::move(labels);
    metric.value = value;
    family.metrics.push_back(std::move(metric));
  }
  return family;
}

inline model::MetricFamily Gauge(std::string name, double value) {
  return FamilyOf(std::move(name), model::MetricType::kGauge, {{model::Labels(), value}});
}

class FakeCollection : public collect::Collection {
 public:
  collect::InstanceState& Add(std::string collector, std::string instance,
                              std::shared_ptr<const model::Round> round = nullptr, base::Status status = {}) {
    collect::InstanceState& state = states_.emplace_back();
    state.config.collector = std::move(collector);
    state.config.instance = std::move(instance);
    state.round = std::move(round);
    state.status = std::move(status);
    state.rounds = 1;
    return state;
  }

  std::vector<collect::InstanceState> States() const override { return states_; }

  base::Result<std::vector<collect::InstanceState>> Collect(const collect::Selection& selection,
                                                            base::MonotonicTime deadline) override {
    asked_.push_back(selection);
    deadlines_.push_back(deadline);
    if (!error_.ok()) return error_;
    std::vector<collect::InstanceState> answer;
    for (const collect::InstanceState& state : states_) {
      const bool that_one =
          state.config.collector == selection.collector && state.config.instance == selection.instance;
      if (selection.collector.empty() || that_one) answer.push_back(state);
    }
    if (answer.empty() && !selection.collector.empty()) return base::NotFound("no instance of that name");
    return answer;
  }

  base::Status Reload(std::vector<collect::InstanceConfig>) override { return base::OkStatus(); }
  base::Status ReloadTargets(std::vector<collect::InstanceConfig>) override { return base::OkStatus(); }
  std::vector<collect::InstanceState> TargetStates() const override { return {}; }
  collect::WorkerStats worker() const override { return worker_; }

  std::vector<collect::InstanceState> states_;
  std::vector<collect::Selection> asked_;
  std::vector<base::MonotonicTime> deadlines_;
  base::Status error_;
  collect::WorkerStats worker_{true, 4711, 1, {{"crash", 0}}, 5 << 20, 0.5};
};

class FakeOwnMetrics : public OwnMetrics {
 public:
  void Collect(std::span<const collect::InstanceState> states, collect::FamilySink& sink) override {
    constexpr collect::MetricSpec kSpec = {"bekci_collector_success", model::MetricType::kGauge, "Whether.",
                                           "collector,instance"};
    for (const collect::InstanceState& state : states) {
      sink.Add(kSpec, {state.config.collector, state.config.instance}, state.status.ok() ? 1 : 0);
    }
  }
};

}  // namespace bekci::web
