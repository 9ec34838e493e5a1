#include "agent/app/vital_signs.h"

#include <doctest/doctest.h>

namespace bekci::app::vital_signs_test {
namespace {

using notify::wiring::Ailment;

constexpr base::Timestamp kNow = {1'700'000'000'000};
constexpr base::MonotonicTime kSteady = {1'000'000'000'000};

collect::InstanceState Instance(base::Duration interval) {
  collect::InstanceState state;
  state.config.interval = interval;
  state.config.deadline = base::seconds(5);
  return state;
}

size_t Collecting(base::Duration silent) {
  const collect::InstanceState instances[] = {Instance(base::minutes(5)), Instance(base::seconds(15))};
  collect::WorkerStats worker;
  worker.last_answer = kSteady - silent;
  return CollectionAilments(instances, {}, worker, kSteady).size();
}

TEST_CASE("collection is well while the worker answers, and a hung one that is replaced in time does not count") {
  CHECK(Collecting(base::seconds(15)) == 0);
  CHECK(Collecting(base::seconds(60)) == 0);
  CHECK(Collecting(base::seconds(61)) == 1);
}

TEST_CASE("targets count as collected things, and where nothing is collected nothing can stand still") {
  const collect::InstanceState targets[] = {Instance(base::seconds(1))};
  collect::WorkerStats worker;
  CHECK(CollectionAilments({}, {}, worker, kSteady).empty());
  const auto never = CollectionAilments({}, targets, worker, kSteady);
  REQUIRE(never.size() == 1);
  CHECK(never[0].part == "collection");
  worker.last_answer = kSteady - base::seconds(18);
  CHECK(CollectionAilments({}, targets, worker, kSteady).empty());
  worker.last_answer = kSteady - base::seconds(19);
  CHECK(CollectionAilments({}, targets, worker, kSteady).at(0).text.find("for 19") != std::string::npos);
}

ruler::GroupStatus Group(const std::string& name, base::Duration since) {
  ruler::GroupStatus group;
  group.file = "/etc/node.yml";
  group.name = name;
  group.interval = base::minutes(1);
  group.last_evaluation = kNow - since;
  return group;
}

TEST_CASE("a rule group that was not evaluated in its last three intervals, or never, is not well") {
  std::vector<ruler::GroupStatus> groups = {Group("a", base::minutes(3))};
  CHECK(RuleAilments(groups, kNow).empty());
  groups.push_back(Group("b", base::seconds(181)));
  REQUIRE(RuleAilments(groups, kNow).size() == 1);
  CHECK(RuleAilments(groups, kNow)[0].text == "rule group b (/etc/node.yml): not evaluated for 3m1s");
  groups[0].last_evaluation = {};
  CHECK(RuleAilments(groups, kNow)[0].text == "rule group a (/etc/node.yml): not evaluated yet");
  groups.assign(50, Group("c", base::hours(1)));
  REQUIRE(RuleAilments(groups, kNow).size() == 4);
  CHECK(RuleAilments(groups, kNow)[3].text == "and 47 more groups");
}

TEST_CASE("the outbox is well while its journal is written and no message of an escalation waits for long") {
  notify::PipelineMetrics pipeline;
  notify::JournalMetrics journal;
  CHECK(OutboxAilments(pipeline, journal, true).empty());
  CHECK(OutboxAilments(pipeline, journal, false).size() == 1);
  notify::IntegrationMetrics& one = pipeline.by_integration.emplace_back();
  one.key.receiver = "team";
  one.key.kind = "webhook";
  one.oldest = base::hours(1);  // a chat that is down is no reason
  one.oldest_call = base::minutes(5);
  journal.writing_for = base::seconds(30);
  CHECK(OutboxAilments(pipeline, journal, true).empty());
  one.oldest_call = base::minutes(6);
  journal.writing_for = base::seconds(31);
  journal.healthy = false;
  const std::vector<Ailment> all = OutboxAilments(pipeline, journal, true);
  REQUIRE(all.size() == 3);
  for (const Ailment& ailment : all) CHECK(ailment.part == "outbox");
  CHECK(all[2].text == "a message of an escalation to receiver team (webhook) has waited for 6m");
}

TEST_CASE("a command that runs for its own time is no message that waits, one that runs for longer is") {
  notify::PipelineMetrics pipeline;
  notify::IntegrationMetrics& one = pipeline.by_integration.emplace_back();
  one.key.kind = "hook";
  one.longest = base::minutes(10);
  one.oldest_call = base::minutes(11);
  CHECK(OutboxAilments(pipeline, {}, true).empty());
  one.oldest_call = base::minutes(16);
  CHECK(OutboxAilments(pipeline, {}, true).size() == 1);
}

}  // namespace
}  // namespace bekci::app::vital_signs_test
