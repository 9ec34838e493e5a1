// RulePages: the pages about what is judged: /alerts, /why and /slo.
//
// They show what the API says, for people. What they need of the rest of the agent comes through RulePageSources.
// Thread rule: handlers are called from several threads at once.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/promql/engine.h"
#include "agent/ruler/rule_group.h"
#include "agent/ruler/slo/budget.h"
#include "agent/storage/storage.h"
#include "agent/web/page_frame.h"
#include "agent/web/route.h"

namespace bekci::web {

// Everything outlives the pages. Functions that are empty: there is nothing of that sort.
struct RulePageSources {
  PageFrame frame;
  promql::Engine& engine;
  storage::Queryable& store;
  base::Clock& clock;
  std::function<std::vector<ruler::GroupStatus>(ruler::Detail)> rule_groups = nullptr;  // sorted by file, then name
  std::function<std::vector<ruler::slo::BudgetReport>()> objectives = nullptr;
  // What keeps alerts of a name from being told now, in sentences.
  std::function<std::vector<std::string>(const std::string& alert_name)> quiet_words = nullptr;
};

class RulePages {
 public:
  explicit RulePages(RulePageSources sources) : sources_(std::move(sources)) {}

  // Rows for the site's table. `this` outlives them.
  std::vector<Route> Routes();

 private:
  net::HttpResponse Alerts() const;
  net::HttpResponse Why(const net::HttpRequest& request) const;
  net::HttpResponse Objectives() const;
  std::vector<ruler::GroupStatus> Groups() const {
    return sources_.rule_groups ? sources_.rule_groups(ruler::Detail::kRules) : std::vector<ruler::GroupStatus>();
  }

  const RulePageSources sources_;
};

}  // namespace bekci::web
