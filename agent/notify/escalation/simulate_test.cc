#include "agent/notify/escalation/simulate.h"

#include <doctest/doctest.h>

#include "agent/notify/escalation/timeline_script_test.h"

namespace bekci::notify::escalation::simulate_test {
namespace {

Simulation Of(const model::Labels& labels) {
  Simulation simulation;
  SimulatedGroup group;
  group.key = "{}:{}";
  group.alerts.push_back({.labels = labels, .from = {}, .until = {}, .acknowledged = {}});
  group.receiver = "chat";
  group.wait = base::seconds(30);
  group.interval = base::minutes(5);
  group.repeat = base::hours(4);
  simulation.groups = {group};
  simulation.begin = {*ParseLocalTime("2026-01-05T22:10") * 1000};
  simulation.length = base::hours(10);
  return simulation;
}

std::string Simulated(const Simulation& simulation) {
  const auto config = LoadTestConfig(TestFile("escalation.yml"), "escalation.yml");
  REQUIRE(config.ok());
  return Simulate(*config, simulation);
}

TEST_CASE("a simulation says who is told when, how, and what would stop it") {
  CHECK(Simulated(Of({{"severity", "high"}})) == TestFile("simulated-high.txt"));
}

TEST_CASE("a simulation with an acknowledgement and a resolution shows what comes of them") {
  Simulation simulation = Of({{"class", "data_corruption"}});
  simulation.acknowledged_after = base::minutes(7);
  simulation.resolved_after = base::minutes(40);
  simulation.lists_repeats = true;
  CHECK(Simulated(simulation) == TestFile("simulated-corruption.txt"));
}

TEST_CASE("alerts that do not escalate are told so, with the reason") {
  const std::string none = Simulated(Of({{"severity", "critical"}, {"escalate", "never"}}));
  CHECK(none.find("does not escalate (escalation.yml:48, escalate=\"never\")") != std::string::npos);
  CHECK(none.find("nothing, within 10h") != std::string::npos);
  CHECK(Simulated(Of({{"severity", "strange"}})).find("no entry of escalations matches") != std::string::npos);
}

TEST_CASE("a muted route pauses the incident until it speaks again") {
  Simulation simulation = Of({{"severity", "critical"}});
  simulation.length = base::hours(1);
  const base::Timestamp begin = simulation.begin;
  simulation.groups[0].is_muted = [begin](base::Timestamp at) {
    return at - begin > base::minutes(8) && at - begin < base::minutes(18);
  };
  const std::string text = Simulated(simulation);
  CHECK(text.find("10m30s      Mon 2026-01-05 22:20:30  paused") != std::string::npos);
  CHECK(text.find("20m30s      Mon 2026-01-05 22:30:30  goes on") != std::string::npos);
}

TEST_CASE(
    "a record of a night is played again: each line says of which alert, ends and acknowledgements as they were") {
  Simulation simulation = Of({{"severity", "critical"}});
  simulation.names_groups = true;
  simulation.length = base::hours(3);
  simulation.groups[0].labels = {{"alertname", "A"}};
  simulation.groups[0].key = "{}:{alertname=\"A\"}";
  simulation.groups[0].alerts[0].until = base::minutes(9);
  SimulatedGroup second = simulation.groups[0];
  second.labels = {{"alertname", "B"}};
  second.key = "{}:{alertname=\"B\"}";
  second.alerts[0].from = base::minutes(20);
  second.alerts[0].until = base::minutes(50);
  second.alerts[0].acknowledged = base::minutes(24);
  simulation.groups.push_back(second);
  const std::string text = Simulated(simulation);
  for (const char* const line :
       {"0s          Mon 2026-01-05 22:10:00  A      fires", "30s         Mon 2026-01-05 22:10:30  A      L1 team",
        "5m30s       Mon 2026-01-05 22:15:30  A      L2 cross-team", "9m          Mon 2026-01-05 22:19:00  A      over",
        "9m          Mon 2026-01-05 22:19:00  A      told that it is over",
        "20m         Mon 2026-01-05 22:30:00  B      fires", "20m30s      Mon 2026-01-05 22:30:30  B      L1 team",
        "24m         Mon 2026-01-05 22:34:00  B      acknowledged",
        "50m         Mon 2026-01-05 23:00:00  B      told that it is over"}) {
    CAPTURE(line);
    CAPTURE(text);
    CHECK(text.find(line) != std::string::npos);
  }
  CHECK(text.find("B      L2") == std::string::npos);
}

TEST_CASE("a group that was empty waits again before its first notification") {
  Simulation simulation = Of({{"severity", "critical"}});
  simulation.length = base::hours(1);
  simulation.groups[0].alerts[0].until = base::seconds(20);
  simulation.groups[0].alerts.push_back(
      {.labels = {{"severity", "critical"}}, .from = base::minutes(30), .until = {}, .acknowledged = {}});
  const std::string text = Simulated(simulation);
  CHECK(text.find("22:10:30") == std::string::npos);
  CHECK(text.find("30m30s      Mon 2026-01-05 22:40:30  L1 team") != std::string::npos);
}

}  // namespace
}  // namespace bekci::notify::escalation::simulate_test
