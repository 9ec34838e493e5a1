// RuleService: the part of the agent that judges: the ruler, its journal, the error budgets, and an engine of its own,
// so that no user's query stands in the way of an alert.
//
// Rules are loaded with the configuration and run from when the store is open; the journal is opened then, in the same
// directory. A journal that cannot be opened stops nobody: alerts are judged all the same and the log says what a
// restart would forget.
// Thread rule: any thread; start and end by one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/app/settings.h"
#include "agent/app/slo_service.h"
#include "agent/app/store.h"
#include "agent/app/store_view.h"
#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/collect/family_sink.h"
#include "agent/promql/engine.h"
#include "agent/ruler/ruler.h"
#include "agent/web/landing_page.h"

namespace prometheus {
class Registry;
}

namespace bekci::app {

class RuleTimes;

class RuleService {
 public:
  // Everything given by reference outlives the service. `sink` gets the alerts, `on_settled` is told once that every
  // group was evaluated. Errors: as Prepare.
  static base::Result<std::unique_ptr<RuleService>> Start(const Settings& settings, const std::string& external_url,
                                                          Store& store, ruler::AlertSink* sink,
                                                          std::function<void()> on_settled,
                                                          prometheus::Registry& registry, base::FileSystem& fs,
                                                          base::Clock& clock, base::Logger& log);
  ~RuleService();  // running evaluations end; nothing is marked stale
  RuleService(const RuleService&) = delete;
  RuleService& operator=(const RuleService&) = delete;

  // The rules and objectives of `settings` ready to run; Adopt puts them in force. Errors: invalid.
  struct Prepared {
    ruler::Ruler::Prepared rules;
    std::vector<ruler::slo::Slo> objectives;
  };
  base::Result<Prepared> Prepare(const Settings& settings);
  void Adopt(Prepared prepared);
  std::vector<ruler::GroupStatus> Groups(ruler::Detail detail = ruler::Detail::kRules) const {
    return ruler_.Groups(detail);
  }
  std::vector<ruler::slo::BudgetReport> Objectives() const { return slos_.Reports(); }
  web::AlertCounts Counts() const;
  void WriteMetrics(collect::FamilySink& sink) const;

 private:
  RuleService(const Settings& settings, std::string external_url, Store& store, ruler::AlertSink* sink,
              std::function<void()> on_settled, prometheus::Registry& registry, base::FileSystem& fs,
              base::Clock& clock, base::Logger& log);
  void OnStoreOpen();

  Store& store_;
  base::FileSystem& fs_;
  base::Logger& log_;
  const std::string external_url_;
  const std::string journal_directory_;
  StoreView view_;
  promql::Engine engine_;
  std::unique_ptr<RuleTimes> times_;
  ruler::Ruler ruler_;
  SloService slos_;
};

}  // namespace bekci::app
