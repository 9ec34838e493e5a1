#include "agent/notify/escalation/simulate.h"

#include <doctest/doctest.h>

#include "agent/notify/escalation/timeline_script_test.h"

namespace bekci::notify::escalation {
namespace {

Simulation Of(const model::Labels& labels) {
  Simulation simulation;
  SimulatedGroup group;
  group.key = "{}:{}";
  group.alerts = {labels};
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

}  // namespace
}  // namespace bekci::notify::escalation
