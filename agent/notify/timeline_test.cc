#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "agent/notify/notify_story.h"

namespace bekci::notify::timeline_test {
namespace {

// Lines that doctest can print.
std::string Lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}
using Sends = std::vector<std::string>;

routing::AlertmanagerConfig GroupedBy(std::vector<std::string> names) {
  routing::AlertmanagerConfig config = TestConfig();
  config.routes[0].group_by = std::move(names);
  return config;
}

TEST_CASE("a group is told group_wait after its first alert, with all that came meanwhile, and then every interval") {
  Story story;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+1h
                     10s post a=2 end=+1h
                     1m post a=3 end=+1h
                     20m)")) == Lines(Sends{"30s hook firing 1,2", "5m30s hook firing 1,2,3"}));
}

TEST_CASE("an alert that is older than group_wait when its group begins waits for nothing") {
  Story story;
  CHECK(Lines(story.Run(R"(0s post a=1 start=-1m end=+1h
                     1m)")) == Lines(Sends{"0s hook firing 1"}));
}

TEST_CASE("alerts are told together by the labels of group_by, and a label that is missing is one value") {
  Story story(GroupedBy({"g"}));
  CHECK(Lines(story.Run(R"(0s post a=1 g=x end=+1h
                     0s post a=2 g=x end=+1h
                     1s post a=3 end=+1h
                     1m)")) == Lines(Sends{"30s hook firing 1,2", "31s hook firing 3"}));
}

TEST_CASE("resolved is told at the next tick, once, and then the alert is forgotten") {
  Story story;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+1h
                     0s post a=2 end=+1h
                     1m post a=1 resolved
                     6m post a=2 resolved
                     1h)")) ==
        Lines(Sends{"30s hook firing 1,2", "5m30s hook firing 1!,2", "10m30s hook resolved 2!"}));
  CHECK(story.notifier().Groups(story.now()).empty());
}

TEST_CASE("the alerts of one group that fire can be had without the others") {
  Story story;
  (void)story.Run(R"(0s post a=1 end=+1h
                     0s post a=2 end=+1h
                     1m post a=1 resolved
                     2m)");
  const auto groups = story.notifier().Groups(story.now());
  REQUIRE(groups.size() == 1);
  const auto firing = story.notifier().FiringIn(groups[0].key, story.now());
  REQUIRE(firing.size() == 1);
  CHECK(firing[0]->labels.Get("a") == "2");
  CHECK(story.notifier().FiringIn("{}/another", story.now()).empty());
}

TEST_CASE("an alert without an end resolves by the clock, resolve_timeout after its last post") {
  Story story;
  CHECK(Lines(story.Run(R"(0s post a=1
                     4m post a=1
                     20m)")) == Lines(Sends{"30s hook firing 1", "10m30s hook resolved 1!"}));
}

TEST_CASE("an end far ahead outlasts later posts without one") {
  Story story;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+1h
                     1m post a=1
                     50m)")) == Lines(Sends{"30s hook firing 1"}));
}

TEST_CASE("what fires again after its end is a new alert, told as such") {
  Story story;
  story.show_reasons = true;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+1h
                     1m post a=1 resolved
                     2m post a=1 end=+1h
                     11m post a=1 resolved
                     20m)")) ==
        Lines(Sends{"30s hook firing 1 (first notification)", "15m30s hook resolved 1! (all alerts resolved)"}));
}

TEST_CASE("a reminder comes at the first tick at which repeat_interval has passed") {
  routing::AlertmanagerConfig config = TestConfig();
  config.routes[0].repeat_interval = base::minutes(15);
  Story story(config);
  story.show_reasons = true;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+10h
                     40m)")) ==
        Lines(Sends{"30s hook firing 1 (first notification)", "15m30s hook firing 1 (repeat interval elapsed)",
                    "30m30s hook firing 1 (repeat interval elapsed)"}));
}

TEST_CASE("without send_resolved nothing is said of the end, and what fires again is new") {
  Story story;
  story.send_resolved = false;
  story.show_reasons = true;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+10h
                     0s post a=2 end=+10h
                     1m post a=1 resolved
                     6m post a=2 resolved
                     20m post a=2 end=+10h
                     30m)")) ==
        Lines(Sends{"30s hook firing 1,2 (first notification)", "20m30s hook firing 2 (first notification)"}));
}

TEST_CASE("what fires and ends between two ticks is told as resolved to those who were told of the group") {
  Story story;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+10h
                     1m post a=2 end=+10h
                     2m post a=2 resolved
                     20m)")) == Lines(Sends{"30s hook firing 1", "5m30s hook firing 1,2!"}));
}

TEST_CASE("what fires and ends before the first tick is never told") {
  Story story;
  CHECK(story
            .Run(R"(0s post a=1 end=+10h
                     20s post a=1 resolved
                     20m)")
            .empty());
}

TEST_CASE("a silence keeps an alert quiet, and its end brings it at the next tick") {
  Story story;
  CHECK(Lines(story.Run(R"(0s silence s 10m a=1
                     0s post a=1 end=+10h
                     0s post a=2 end=+10h
                     20m)")) == Lines(Sends{"30s hook firing 2", "10m30s hook firing 1,2"}));
}

TEST_CASE("an alert that is silenced after it was told, and ends while it is, is not told of again") {
  Story story;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+10h
                     1m silence s 1h a=1
                     2m post a=1 resolved
                     2h)")) == Lines(Sends{"30s hook firing 1"}));
}

TEST_CASE("silencing a part of a group tells nobody that this part is over") {
  Story story;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+10h
                     0s post a=2 end=+10h
                     1m silence s 1h a=1
                     30m unsilence s
                     40m)")) == Lines(Sends{"30s hook firing 1,2"}));
}

TEST_CASE(
    "an inhibited alert is quiet while its source fires, silenced or not, and a missing label equals a missing one") {
  routing::AlertmanagerConfig config = TestConfig();
  config.inhibit_rules.push_back(
      {"", {model::Matcher::Equal("s", "big")}, {model::Matcher::Equal("s", "small")}, {"cluster"}});
  Story story(config);
  CHECK(Lines(story.Run(R"(0s silence q 1h a=1
                     0s post a=1 s=big end=+10h
                     0s post a=2 s=small end=+10h
                     0s post a=3 s=small cluster=x end=+10h
                     6m post a=1 s=big resolved
                     20m)")) == Lines(Sends{"30s hook firing 3", "10m30s hook firing 2,3"}));
}

TEST_CASE("a mute time keeps a route quiet, is not inherited by its children, and its end brings what is pending") {
  routing::AlertmanagerConfig config = TestConfig();
  // The story begins at 22:13:20 UTC.
  routing::NamedTimeInterval interval;
  interval.name = "evening";
  interval.intervals.emplace_back().times = {{22 * 60, 22 * 60 + 20}};
  config.time_intervals.push_back(interval);
  routing::Route& muted = AddRoute(&config, model::Matcher::Equal("m", "1"), "quiet");
  muted.mute_time_intervals = {"evening"};
  routing::Route child = muted;
  child.index = config.routes.size();
  child.parent = 1;
  child.matchers = {model::Matcher::Equal("c", "1")};
  child.receiver = "child";
  child.key += "/{c=\"1\"}";
  child.mute_time_intervals.clear();
  config.routes[1].children.push_back(child.index);
  config.routes.push_back(child);
  Story story(config);
  CHECK(Lines(story.Run(R"(0s post a=1 m=1 end=+10h
                     0s post a=2 m=1 c=1 end=+10h
                     0s post a=3 m=1 end=+1m
                     20m)")) == Lines(Sends{"30s child firing 2", "10m30s quiet firing 1"}));
  const PipelineMetrics metrics = story.notifier().Metrics(story.now());
  CHECK(metrics.suppressed_mute_interval == 4);
}

TEST_CASE("routes with continue are told each, also twice the same receiver") {
  routing::AlertmanagerConfig config = TestConfig();
  AddRoute(&config, model::Matcher::Equal("a", "1"), "one").continues = true;
  AddRoute(&config, model::Matcher::Equal("b", "1"), "two");
  Story story(config);
  CHECK(Lines(story.Run(R"(0s post a=1 b=1 end=+10h
                     1m)")) == Lines(Sends{"30s one firing 1", "30s two firing 1"}));
}

TEST_CASE("what could not be delivered is tried again, later alerts join it, and it is told once") {
  Story story;
  const Sends sends = story.Run(R"(0s post a=1 end=+10h
                                   0s fail hook 3
                                   20m)");
  REQUIRE(sends.size() == 4);
  CHECK(sends[0] == "30s hook firing 1");
  CHECK(story.delivery_ids()[0] == story.delivery_ids()[3]);  // the other side can tell that it is the same
  const PipelineMetrics metrics = story.notifier().Metrics(story.now());
  REQUIRE(metrics.by_integration.size() == 1);
  CHECK(metrics.by_integration[0].notifications == 1);
  CHECK(metrics.by_integration[0].requests == 4);
  CHECK(metrics.by_integration[0].requests_failed == 3);
  CHECK(metrics.by_integration[0].failed.empty());
}

TEST_CASE("a message that was refused for good is tried again with the next tick, not before") {
  Story story;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+10h
                     0s reject hook
                     20m)")) == Lines(Sends{"30s hook firing 1", "5m30s hook firing 1"}));
  CHECK(story.notifier().Metrics(story.now()).by_integration[0].failed.at("serverError") == 1);
}

TEST_CASE("while a message is under way the group's news wait for its answer, and come right after it") {
  Story story;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+10h
                     20s hang hook
                     1m post a=2 end=+10h
                     7m answer hook
                     20m)")) == Lines(Sends{"30s hook firing 1", "7m hook firing 1,2"}));
}

TEST_CASE("what waits and has nothing to say any more is dropped") {
  Story story;
  const Sends sends = story.Run(R"(0s post a=1 end=+1m
                                   0s fail hook 99
                                   20m)");
  CHECK(story.notifier().outbox().size() == 0);
  for (const std::string& line : sends) CHECK(line.find("resolved") == std::string::npos);
}

TEST_CASE("a group whose telling failed keeps what was resolved until it has been told") {
  Story story;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+10h
                     1m post a=1 resolved
                     1m reject hook
                     20m)")) == Lines(Sends{"30s hook firing 1", "5m30s hook resolved 1!", "10m30s hook resolved 1!"}));
}

TEST_CASE("a reload flushes what is old at once, and says nothing again that was said") {
  Story story;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+10h
                     1m reload
                     2m post a=2 end=+10h
                     20m)")) == Lines(Sends{"30s hook firing 1", "6m hook firing 1,2"}));
}

TEST_CASE("a restart says nothing again, keeps what is silenced, and concludes nothing before the grace has passed") {
  Story story;
  CHECK(Lines(story.Run(R"(0s silence s 1h a=2
                     0s post a=1
                     0s post a=2
                     4m kill
                     5m30s post a=1 end=+10h
                     20m)")) == Lines(Sends{"30s hook firing 1"}));
  Story lonely;
  // Nobody renews the alert: it holds until two minutes after the start, and is told as resolved at the tick after.
  CHECK(Lines(lonely.Run(R"(0s post a=1
                      4m kill
                      20m)")) == Lines(Sends{"30s hook firing 1", "9m hook resolved 1!"}));
}

TEST_CASE("an alert that ended before a restart and was not told of is told of after it") {
  Story story;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+10h
                     1m post a=1 resolved
                     2m crash
                     20m)")) == Lines(Sends{"30s hook firing 1", "2m hook resolved 1!"}));
}

TEST_CASE("what had no answer when the process died goes out again under the same name; what was answered never") {
  Story story;
  CHECK(Lines(story.Run(R"(0s post a=1 end=+10h
                     20s hang hook
                     1m crash
                     1m answer hook
                     2m crash
                     20m)")) == Lines(Sends{"30s hook firing 1", "1m hook firing 1"}));
  REQUIRE(story.delivery_ids().size() == 2);
  CHECK(story.delivery_ids()[0] == story.delivery_ids()[1]);
}

TEST_CASE("groups wait after a start until the rules have spoken") {
  Story story;
  story.options.start_hold = base::seconds(60);
  CHECK(story
            .Run(R"(0s post a=1 start=-1h end=+10h
                     59s)")
            .empty());
  story.notifier().ReleaseHold();
  CHECK(Lines(story.Run("59s")) == Lines(Sends{"59s hook firing 1"}));
  Story silent;
  silent.options.start_hold = base::seconds(60);
  CHECK(Lines(silent.Run(R"(0s post a=1 start=-1h end=+10h
                      2m)")) == Lines(Sends{"1m hook firing 1"}));
}

TEST_CASE("a disk that takes nothing keeps no message back, and each is counted") {
  Story story;
  story.StartProcess();
  story.disk().set_plan({.fail_at = 1, .keep_failing = true});
  CHECK(Lines(story.Run(R"(0s post a=1 end=+10h
                     20m)")) == Lines(Sends{"30s hook firing 1"}));
  CHECK(story.notifier().Metrics(story.now()).sent_unjournaled == 1);
  story.disk().set_plan({});
  CHECK(Lines(story.Run(R"(21m post a=2 end=+10h
                     21m30s kill
                     22m)")) == Lines(Sends{"21m30s hook firing 1,2"}));
}

}  // namespace
}  // namespace bekci::notify::timeline_test
