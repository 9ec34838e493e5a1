// Ten thousand alerts in a burst: how long the pipeline takes, and how long it keeps others waiting. The times are
// printed; what is held against a bound is ten times what a slow machine needs.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "agent/notify/notify_story.h"

namespace bekci::notify::storm_test {
namespace {

using SteadyClock = std::chrono::steady_clock;

double Seconds(SteadyClock::time_point since) {
  return std::chrono::duration<double>(SteadyClock::now() - since).count();
}

class Nobody : public receivers::Integration {
 public:
  std::string_view kind() const override { return "webhook"; }
  receivers::Delivery Deliver(const message::Notification&, base::MonotonicTime) override { return {}; }
};

struct Storm {
  base::SeededRandom random{1};
  Notifier notifier;
  Instant now{{1'700'000'000'000}, {1'000'000'000}};

  explicit Storm(std::vector<std::string> group_by) : notifier(Options(), random, nullptr) {
    routing::AlertmanagerConfig config = TestConfig();
    config.routes[0].group_by = std::move(group_by);
    // Half of the alerts inhibit the other half, by two labels.
    config.inhibit_rules.push_back({"",
                                    {model::Matcher::Equal("severity", "critical")},
                                    {model::Matcher::Equal("severity", "warning")},
                                    {"host", "service"}});
    for (int i = 0; i < 20; ++i) {
      config.inhibit_rules.push_back({"",
                                      {model::Matcher::Equal("alertname", "Source" + std::to_string(i))},
                                      {*model::Matcher::Make(model::MatchType::kRegex, "severity", "warning|info")},
                                      {"host"}});
    }
    NotifierSetup setup;
    setup.config = std::make_shared<const routing::AlertmanagerConfig>(config);
    setup.receivers = {{"hook", {{"webhook", 0, true, std::make_shared<Nobody>()}}}};
    notifier.Start(setup, now);
  }
  static NotifierOptions Options() {
    NotifierOptions options;
    options.start_hold = {};
    return options;
  }
  std::vector<PostedAlert> Alerts(size_t count) const {
    std::vector<PostedAlert> alerts(count);
    for (size_t i = 0; i < count; ++i) {
      const std::string host = "web-" + std::to_string(i / 20);
      alerts[i].labels = {{"alertname", "Latency" + std::to_string(i % 7)},
                          {"host", host},
                          {"service", "s" + std::to_string(i / 2 % 10)},
                          {"severity", i % 2 == 0 ? "critical" : "warning"},
                          {"n", std::to_string(i)}};
      alerts[i].annotations = {{"summary", "too slow on " + host}, {"runbook", "https://wiki.example.test/latency"}};
    }
    return alerts;
  }
  // Steps until nothing is due; returns the longest that one step took.
  double Flush(size_t* sent) {
    double longest = 0;
    for (bool more = true; more;) {
      const auto begin = SteadyClock::now();
      more = notifier.Step(now);
      longest = std::max(longest, Seconds(begin));
      const auto changes = notifier.TakeChanges(now);
      for (const Changes& one : changes) EncodeChanges(one);
      if (!changes.empty()) notifier.Committed(changes.back().sequence, true);
      for (bool any = true; any;) {
        const auto attempts = notifier.TakeAttempts(now);
        any = !attempts.empty();
        for (const Attempt& attempt : attempts) {
          *sent += notifier.Build(*attempt.row).alerts.size();
          notifier.Answer(attempt, {}, {}, now);
        }
      }
    }
    return longest;
  }
};

TEST_CASE("ten thousand alerts in a burst go through grouping and inhibition in well under two seconds") {
  for (const auto& group_by : {std::vector<std::string>{}, {"host"}, {"n"}}) {
    Storm storm(group_by);
    const std::vector<PostedAlert> alerts = storm.Alerts(10'000);
    const auto begin = SteadyClock::now();
    double longest_post = 0;
    for (size_t at = 0; at < alerts.size(); at += 500) {
      const auto piece = SteadyClock::now();
      CHECK(storm.notifier
                .Post({alerts.begin() + static_cast<std::ptrdiff_t>(at),
                       alerts.begin() + static_cast<std::ptrdiff_t>(at + 500)},
                      storm.now)
                .errors.empty());
      longest_post = std::max(longest_post, Seconds(piece));
    }
    const double posted = Seconds(begin);
    storm.now = storm.now + base::seconds(30);
    size_t sent = 0;
    const double longest_step = storm.Flush(&sent);
    const double all = Seconds(begin);
    std::printf(
        "10000 alerts, grouped by %-4s: %.0f ms in all, post %.0f ms (500 alerts at most %.1f), a step at most %.1f "
        "ms\n",
        group_by.empty() ? "-" : group_by[0].c_str(), all * 1e3, posted * 1e3, longest_post * 1e3, longest_step * 1e3);
    CHECK(sent == 5'000);  // the other half is inhibited
    CHECK(all < 20);
    CHECK(longest_step < 1);
    CHECK(longest_post < 1);
  }
}

TEST_CASE("plain re-posts of ten thousand alerts write nothing to the journal") {
  Storm storm({"host"});
  const std::vector<PostedAlert> alerts = storm.Alerts(10'000);
  REQUIRE(storm.notifier.Post(alerts, storm.now).errors.empty());
  storm.notifier.TakeChanges(storm.now);
  storm.now = storm.now + base::seconds(10);
  REQUIRE(storm.notifier.Post(alerts, storm.now).errors.empty());
  CHECK(storm.notifier.TakeChanges(storm.now).empty());
}

}  // namespace
}  // namespace bekci::notify::storm_test
