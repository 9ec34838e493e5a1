#include "agent/notify/inhibitor.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "agent/base/random.h"
#include "agent/model/matcher.h"

namespace bekci::notify::inhibitor_test {
namespace {

AlertPtr Make(const model::Labels& labels, int64_t ends_at, uint64_t version) {
  auto alert = std::make_shared<Alert>();
  alert->labels = labels;
  alert->fingerprint = message::Fingerprint(labels);
  alert->version = version;
  alert->ends_at = {ends_at};
  return alert;
}

// As Alertmanager's documentation says it, over all alerts.
bool InhibitedByAnybody(const std::vector<routing::InhibitRule>& rules, const std::vector<AlertPtr>& alerts,
                        const model::Labels& target, base::Timestamp now) {
  for (const routing::InhibitRule& rule : rules) {
    if (!model::MatchesAll(rule.target, target)) continue;
    for (const AlertPtr& source : alerts) {
      if (source->ResolvedAt(now) || !model::MatchesAll(rule.source, source->labels)) continue;
      bool equal = true;
      for (const std::string& name : rule.equal) equal = equal && source->labels.Get(name) == target.Get(name);
      if (!equal) continue;
      if (model::MatchesAll(rule.source, target) && model::MatchesAll(rule.target, source->labels)) continue;
      return true;
    }
  }
  return false;
}

std::vector<model::Matcher> RandomMatchers(base::Random& random) {
  std::vector<model::Matcher> matchers;
  for (uint64_t i = random.Below(3); i > 0; --i) {
    const std::string name(1, static_cast<char>('a' + random.Below(3)));
    const std::string value = std::to_string(random.Below(3));
    if (random.Below(3) == 0) {
      matchers.push_back(*model::Matcher::Make(model::MatchType::kNotEqual, name, value));
    } else {
      matchers.push_back(model::Matcher::Equal(name, value));
    }
  }
  return matchers;
}

TEST_CASE("the index says what a look at every alert says, for any rules and alerts, as they come, change and end") {
  base::SeededRandom random(11);
  uint64_t version = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<routing::InhibitRule> rules(1 + random.Below(3));
    for (routing::InhibitRule& rule : rules) {
      rule.source = RandomMatchers(random);
      rule.target = RandomMatchers(random);
      for (const char* name : {"a", "b", "c"}) {
        if (random.Below(3) == 0) rule.equal.emplace_back(name);
      }
    }
    Inhibitor inhibitor(rules);
    std::vector<AlertPtr> alerts;
    for (int step = 0; step < 40; ++step) {
      std::vector<model::Labels::Pair> pairs;
      const std::string values[] = {std::to_string(random.Below(3)), std::to_string(random.Below(3)),
                                    std::to_string(random.Below(3))};
      const char* const names[] = {"a", "b", "c"};
      for (size_t i = 0; i < 3; ++i) {
        if (random.Below(4) != 0) pairs.emplace_back(names[i], values[i]);
      }
      const AlertPtr alert =
          Make(model::Labels::FromPairs(pairs), static_cast<int64_t>(random.Below(100)) + 1, ++version);
      AlertPtr known;
      std::erase_if(alerts, [&](const AlertPtr& one) {
        if (one->labels != alert->labels) return false;
        known = one;
        return true;
      });
      if (known != nullptr && random.Below(4) == 0) {
        inhibitor.Update(known, nullptr);
      } else {
        inhibitor.Update(known, alert);
        alerts.push_back(alert);
      }
      const base::Timestamp now{static_cast<int64_t>(random.Below(100))};
      for (const AlertPtr& one : alerts) {
        const bool expected = InhibitedByAnybody(rules, alerts, one->labels, now);
        CHECK(inhibitor.Inhibits(one->labels, now) == expected);
        CHECK(inhibitor.Inhibiting(one->labels, now).empty() == !expected);
      }
    }
  }
}

TEST_CASE("an empty rule inhibits nothing, and no alert inhibits itself") {
  const std::vector<routing::InhibitRule> rules(1);
  Inhibitor inhibitor(rules);
  const AlertPtr alert = Make({{"a", "1"}}, 100, 1);
  inhibitor.Update(nullptr, alert);
  inhibitor.Update(nullptr, Make({{"a", "2"}}, 100, 2));
  CHECK_FALSE(inhibitor.Inhibits(alert->labels, {50}));
}

}  // namespace
}  // namespace bekci::notify::inhibitor_test
