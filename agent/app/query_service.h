// QueryService: the part of the agent that answers queries: the engine, and the Prometheus API over the store.
//
// The store opens beside serving; until it is open the API says unavailable. What the API prints of the rest of the
// agent is asked of QueryFacts.
// Thread rule: any thread; start and end by one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/app/settings.h"
#include "agent/app/store.h"
#include "agent/app/store_view.h"
#include "agent/base/clock.h"
#include "agent/collect/collection.h"
#include "agent/collect/targets.h"
#include "agent/promql/engine.h"
#include "agent/web/api.h"
#include "agent/web/rule_pages.h"

namespace bekci::app {

struct QueryFacts {
  std::string host;
  std::string address;       // the first one listened on
  std::string external_url;  // what users call us by
  base::Timestamp started;
  std::vector<std::pair<std::string, std::string>> flags;  // as the command line gave them
  std::function<std::string()> config_text;
  std::function<model::Labels()> external_labels;
  std::function<StorageSettings()> storage;
  std::function<std::pair<bool, base::Timestamp>()> last_reload;  // good, and when
  std::function<std::vector<ruler::GroupStatus>(ruler::Detail)> rule_groups;
  std::function<std::vector<ruler::slo::BudgetReport>()> objectives;
  std::function<std::vector<std::string>(const std::string& alert_name)> quiet_words;
};

class QueryService {
 public:
  // Everything given by reference outlives the service.
  QueryService(const QuerySettings& settings, Store& store, base::Clock& clock, QueryFacts facts);
  ~QueryService();
  QueryService(const QueryService&) = delete;
  QueryService& operator=(const QueryService&) = delete;

  // What is collected and what is scraped is listed as targets; set before the first request.
  void set_collection(const collect::Collection* collection) { collection_ = collection; }
  void set_scrape_targets(const collect::TargetDirectory* targets) { scrape_targets_ = targets; }
  // The API and the pages about rules.
  std::vector<web::Route> Routes();
  promql::Engine& engine() { return engine_; }

 private:
  web::ApiSources Sources();
  web::RuntimeFacts Runtime() const;
  web::StoreFacts StoreNumbers(size_t limit) const;
  collect::TargetList Targets() const;
  std::vector<web::MetadataOfTarget> TargetMetadata() const;

  Store& store_;
  base::Clock& clock_;
  const QueryFacts facts_;
  const collect::Collection* collection_ = nullptr;
  const collect::TargetDirectory* scrape_targets_ = nullptr;
  promql::Engine engine_;
  StoreView view_;
  std::unique_ptr<web::PrometheusApi> api_;
  std::unique_ptr<web::RulePages> pages_;
};

}  // namespace bekci::app
