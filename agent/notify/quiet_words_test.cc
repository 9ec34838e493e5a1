#include "agent/notify/quiet_words.h"

#include <doctest/doctest.h>

#include "agent/base/text.h"
#include "agent/notify/notify_story.h"

namespace bekci::notify::quiet_words_test {
namespace {

std::string Words(Story& story, const routing::AlertmanagerConfig& config, const std::string& name) {
  return base::Join(QuietWords(LookForQuiet(story.notifier(), name, story.now()), config), "\n");
}

routing::NamedTimeInterval Always(const std::string& name) {
  routing::NamedTimeInterval interval;
  interval.name = name;
  interval.intervals.emplace_back();
  return interval;
}

TEST_CASE("an alert that is told has no words about its being quiet, nor has one that does not fire") {
  Story story;
  (void)story.Run("0s post alertname=X end=+1h\n1m");
  CHECK(Words(story, TestConfig(), "X").empty());
  CHECK(Words(story, TestConfig(), "Y").empty());
}

TEST_CASE("a silence is told with its id, comment, author and end, once for all alerts of the name") {
  Story story;
  (void)story.Run("0s post alertname=X a=1 end=+1h\n0s post alertname=X a=2 end=+1h\n1m");
  Silence silence;
  silence.matchers = {model::Matcher::Equal("alertname", "X")};
  silence.starts_at = story.now().wall;
  silence.ends_at = story.now().wall + base::hours(1);
  silence.created_by = "ana";
  silence.comment = "deploy";
  const auto id = story.notifier().SetSilence(silence, story.now());
  REQUIRE(id.ok());
  const std::string words = Words(story, TestConfig(), "X");
  CAPTURE(words);
  CHECK(words.starts_with("Silenced by " + *id + " (deploy, ana, until "));
  CHECK(words.find('\n') == std::string::npos);
  CHECK(Words(story, TestConfig(), "Y").empty());
}

TEST_CASE("an inhibited alert names the one that inhibits it") {
  routing::AlertmanagerConfig config = TestConfig();
  routing::InhibitRule rule;
  rule.source = {model::Matcher::Equal("alertname", "Down")};
  rule.target = {model::Matcher::Equal("alertname", "Slow")};
  config.inhibit_rules.push_back(rule);
  Story story(config);
  (void)story.Run("0s post alertname=Down end=+1h\n0s post alertname=Slow end=+1h\n1m");
  CHECK(Words(story, config, "Slow") == "Inhibited by {alertname=\"Down\"}.");
  CHECK(Words(story, config, "Down").empty());
}

TEST_CASE("a muted route names its interval, its receiver, and when it is over") {
  routing::AlertmanagerConfig config = TestConfig();
  config.time_intervals.push_back(Always("forever"));
  config.routes[0].mute_time_intervals = {"forever"};
  Story story(config);
  (void)story.Run("0s post alertname=X end=+1h\n1m");
  CHECK(Words(story, config, "X") == "Muted by time interval forever, towards receiver hook, for more than a week.");
}

TEST_CASE("a thing that keeps many alerts quiet is looked into once, and no more sentences are made than are told") {
  routing::AlertmanagerConfig config = TestConfig();
  config.time_intervals.push_back(Always("forever"));
  config.routes.reserve(2000);
  for (int i = 0; i < 1500; ++i) {
    routing::Route& route = AddRoute(&config, model::Matcher::Equal("alertname", "X"), "r" + std::to_string(i));
    route.mute_time_intervals = {"forever"};
    route.continues = true;
  }
  QuietFacts facts;
  facts.at = {1'700'000'000'000};
  auto alert = std::make_shared<Alert>();
  alert->labels = {{"alertname", "X"}};
  facts.alerts.assign(100, AlertView{});
  for (AlertView& one : facts.alerts) one.alert = alert;
  // Looked for anew for each, an end a week away would take many minutes.
  CHECK(QuietWords(facts, config).size() == kMostQuietWords);
  for (routing::Route& route : config.routes) route.receiver = "one";
  CHECK(QuietWords(facts, config).size() == 1);
}

}  // namespace
}  // namespace bekci::notify::quiet_words_test
