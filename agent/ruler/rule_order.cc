#include "agent/ruler/rule_order.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace bekci::ruler {
namespace {

constexpr std::string_view kWrittenByAlerts[] = {kAlertsMetric, kAlertsForStateMetric};

// What has been placed so far, found by name: a group of thousands of rules must not compare each with each.
class Placed {
 public:
  void Add(const Rule& rule, size_t stage) {
    if (rule.alerting()) {
      for (const std::string_view name : kWrittenByAlerts) RaiseTo(&written_, name, stage);
    } else {
      RaiseTo(&written_, rule.text.name, stage);
    }
    for (const auto& of_name : rule.reads) {
      if (of_name.size() == 1 && of_name[0].type() == model::MatchType::kEqual) {
        RaiseTo(&read_, of_name[0].value(), stage);
      } else {
        read_widely_.push_back({&of_name, stage});
      }
    }
  }

  // The first stage in which `rule` may run.
  size_t StageFor(const Rule& rule) const {
    size_t stage = 0;
    for (const auto& of_name : rule.reads) {
      if (of_name.size() == 1 && of_name[0].type() == model::MatchType::kEqual) {
        const auto found = written_.find(of_name[0].value());
        if (found != written_.end()) stage = std::max(stage, found->second + 1);
        continue;
      }
      for (const auto& [name, written] : written_) {
        if (MatchesAll(of_name, name)) stage = std::max(stage, written + 1);
      }
    }
    if (!rule.alerting()) return std::max(stage, NotBefore(rule.text.name));
    for (const std::string_view name : kWrittenByAlerts) stage = std::max(stage, NotBefore(name));
    return stage;
  }

 private:
  using Stages = std::map<std::string, size_t, std::less<>>;

  static void RaiseTo(Stages* stages, std::string_view name, size_t stage) {
    const auto at = stages->try_emplace(std::string(name), 0).first;
    at->second = std::max(at->second, stage);
  }
  static bool MatchesAll(const std::vector<model::Matcher>& of_name, std::string_view name) {
    return std::all_of(of_name.begin(), of_name.end(), [&](const auto& matcher) { return matcher.Matches(name); });
  }
  // The last stage in which somebody reads or writes `name`: who writes it, too, must not come before.
  size_t NotBefore(std::string_view name) const {
    size_t stage = 0;
    for (const Stages* stages : {&read_, &written_}) {
      const auto found = stages->find(name);
      if (found != stages->end()) stage = std::max(stage, found->second);
    }
    for (const auto& [of_name, at] : read_widely_) {
      if (at > stage && MatchesAll(*of_name, name)) stage = at;
    }
    return stage;
  }

  Stages written_;
  Stages read_;
  std::vector<std::pair<const std::vector<model::Matcher>*, size_t>> read_widely_;
};

}  // namespace

std::vector<std::vector<size_t>> StagesOf(std::span<const std::shared_ptr<const Rule>> rules) {
  std::vector<std::vector<size_t>> stages;
  Placed placed;
  for (size_t i = 0; i < rules.size(); ++i) {
    const size_t stage = placed.StageFor(*rules[i]);
    if (stage >= stages.size()) stages.resize(stage + 1);
    stages[stage].push_back(i);
    placed.Add(*rules[i], stage);
  }
  return stages;
}

}  // namespace bekci::ruler
