// Inhibitor: alerts that make others pointless: while a source of a rule fires, its targets are not told.
//
// Every rule keeps the alerts that match its source side, by the values of its `equal` labels, ordered by how long they
// hold; so the check of a target looks at one entry, however many alerts there are. An alert that matches both sides is
// never inhibited by another one that does (that prevents alerts from inhibiting each other or themselves), so sources
// that match the target side too are kept apart.
//
// Sources count even when silenced or themselves inhibited. Where Alertmanager 0.34 indexes one source for each tuple
// of values, all are kept here. Source: Alertmanager, inhibit. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/notify/alert.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify {

class Inhibitor {
 public:
  // `rules` must outlive it.
  explicit Inhibitor(const std::vector<routing::InhibitRule>& rules);

  // A new version of an alert, or (gone) none of it any more. `known` is the version before, or null.
  void Update(const AlertPtr& known, const AlertPtr& alert);
  // The fingerprints of firing alerts that inhibit one with these labels at `now`: one of each rule that applies, none
  // twice; empty when it is free.
  std::vector<uint64_t> Inhibiting(const model::Labels& labels, base::Timestamp now) const;
  bool Inhibits(const model::Labels& labels, base::Timestamp now) const;
  size_t rules() const { return rules_.size(); }

 private:
  using Order = std::pair<base::Timestamp, uint64_t>;  // end, version
  struct Sources {
    std::map<Order, AlertPtr> one_sided;
    std::map<Order, AlertPtr> two_sided;  // they match the target side too
  };
  struct Rule {
    const routing::InhibitRule* text = nullptr;
    std::unordered_map<std::string, Sources> sources;  // by the values of `equal`
  };
  static std::string EqualKey(const routing::InhibitRule& rule, const model::Labels& labels);
  static const Alert* FindSource(const Rule& rule, const model::Labels& labels, base::Timestamp now);

  std::vector<Rule> rules_;
};

}  // namespace bekci::notify
