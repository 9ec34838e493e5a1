// PrometheusApi: /api/v1/ as Prometheus serves it, /federate beside it. Grafana and everything else that speaks to
// Prometheus speaks to this.
//
// A handler reads its parameters (api_parameters.h), asks engine or store, and writes JSON into the answer as it goes
// (api_answer.h). What a route needs of the rest of the agent comes through ApiSources, so that tests hand in a store
// in memory. Queries end when the client has gone.
//
// Source: Prometheus 3.14, web/api/v1/api.go. Thread rule: handlers are called from several threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/collect/targets.h"
#include "agent/model/labels.h"
#include "agent/promql/engine.h"
#include "agent/ruler/rule_group.h"
#include "agent/ruler/slo/budget.h"
#include "agent/storage/storage.h"
#include "agent/web/api_parameters.h"
#include "agent/web/global_url.h"
#include "agent/web/route.h"

namespace bekci::web {

struct NamedCount {
  std::string name;
  uint64_t value = 0;
};

// status/tsdb.
struct StoreFacts {
  uint64_t series = 0;
  uint64_t label_pairs = 0;
  uint64_t chunks = 0;
  int64_t min_ms = 0;
  int64_t max_ms = 0;
  std::vector<NamedCount> series_by_metric;  // each: the largest first
  std::vector<NamedCount> values_by_label;
  std::vector<NamedCount> bytes_by_label;
  std::vector<NamedCount> series_by_pair;
};

// status/runtimeinfo: what a Prometheus of this kind would say.
struct RuntimeFacts {
  base::Timestamp start;
  std::string directory;  // working directory
  std::string host;
  bool reload_ok = true;
  base::Timestamp last_reload;
  uint64_t corruptions = 0;
  size_t threads = 0;
  std::string retention;  // "31d or 2GiB"
};

// status/walreplay: how much of the log was read at the start.
struct ReplayFacts {
  bool done = false;
  uint64_t read_bytes = 0;
  uint64_t total_bytes = 0;  // 0: not known yet
};

struct BuildFacts {
  std::string version;  // bekci's
  std::string revision;
  std::string date;
};

struct MetadataOfTarget {
  model::Labels target;
  std::string metric;
  storage::MetricMetadata metadata;
};

// Everything outlives the API. Functions that are empty, and null pointers: that part has nothing to say.
struct ApiSources {
  promql::Engine& engine;
  storage::Queryable& store;
  base::Clock& clock;
  storage::ExemplarQueryable* exemplars = nullptr;
  storage::MetadataQueryable* metadata = nullptr;
  BuildFacts build = {};
  OwnAddress own_address = {};
  std::function<model::Labels()> external_labels = nullptr;  // what /federate adds
  std::function<std::string()> config_text = nullptr;        // YAML, secrets masked
  std::function<std::vector<std::pair<std::string, std::string>>()> flags = nullptr;
  std::function<RuntimeFacts()> runtime = nullptr;
  std::function<StoreFacts(size_t limit)> store_facts = nullptr;
  std::function<ReplayFacts()> replay = nullptr;
  std::function<collect::TargetList()> targets = nullptr;
  std::function<std::vector<MetadataOfTarget>()> target_metadata = nullptr;
  // Sorted by file, then name.
  std::function<std::vector<ruler::GroupStatus>(ruler::Detail)> rule_groups = nullptr;
  std::function<std::vector<ruler::slo::BudgetReport>()> objectives = nullptr;
  // What keeps alerts of a name from being told now, in sentences.
  std::function<std::vector<std::string>(const std::string& alert_name)> quiet_words = nullptr;
};

class PrometheusApi {
 public:
  explicit PrometheusApi(ApiSources sources) : sources_(std::move(sources)) {}

  // Rows for the site's table. `this` outlives them.
  std::vector<Route> Routes();

 private:
  using Request = const net::HttpRequest&;
  using Parameters = const ApiParameters&;
  using Method = net::HttpResponse (PrometheusApi::*)(Request, Parameters);
  struct Row;

  // ---- queries (api_query.cc) ----
  net::HttpResponse Query(Request request, Parameters parameters);
  net::HttpResponse QueryRange(Request request, Parameters parameters);
  base::Result<promql::QueryOptions> ReadOptions(Parameters parameters) const;
  static net::HttpResponse AnswerQuery(const promql::QueryResult& result, const promql::QueryOptions& options);

  // ---- series and labels (api_series.cc) ----
  net::HttpResponse Series(Request request, Parameters parameters);
  net::HttpResponse LabelNames(Request request, Parameters parameters);
  net::HttpResponse LabelValues(Request request, Parameters parameters);
  struct Selected;
  base::Result<Selected> ReadSelection(Parameters parameters) const;
  using ListLabels =
      std::function<base::Result<std::vector<std::string>>(storage::Querier&, std::span<const model::Matcher>)>;
  net::HttpResponse AnswerLabels(const Selected& selected, const ListLabels& list) const;

  // ---- metadata and exemplars (api_metadata.cc) ----
  net::HttpResponse Metadata(Request request, Parameters parameters);
  net::HttpResponse Exemplars(Request request, Parameters parameters);
  net::HttpResponse Targets(Request request, Parameters parameters);
  net::HttpResponse TargetMetadata(Request request, Parameters parameters);
  net::HttpResponse ScrapePools(Request request, Parameters parameters);
  net::HttpResponse Alertmanagers(Request request, Parameters parameters);
  net::HttpResponse Notifications(Request request, Parameters parameters);

  // ---- rules and alerts (api_rules.cc) ----
  net::HttpResponse Rules(Request request, Parameters parameters);
  net::HttpResponse Alerts(Request request, Parameters parameters);
  net::HttpResponse Why(Request request, Parameters parameters);         // api_why.cc; bekci's own
  net::HttpResponse Objectives(Request request, Parameters parameters);  // api_slo.cc; bekci's own
  std::vector<ruler::GroupStatus> RuleGroups() const {
    return sources_.rule_groups ? sources_.rule_groups(ruler::Detail::kRules) : std::vector<ruler::GroupStatus>();
  }

  // ---- syntax (api_syntax.cc) ----
  net::HttpResponse FormatQuery(Request request, Parameters parameters);
  net::HttpResponse ParseQuery(Request request, Parameters parameters);

  // ---- status (api_status.cc) ----
  net::HttpResponse StatusConfig(Request request, Parameters parameters);
  net::HttpResponse StatusFlags(Request request, Parameters parameters);
  net::HttpResponse StatusBuild(Request request, Parameters parameters);
  net::HttpResponse StatusRuntime(Request request, Parameters parameters);
  net::HttpResponse StatusStore(Request request, Parameters parameters);
  net::HttpResponse StatusWalReplay(Request request, Parameters parameters);
  net::HttpResponse Features(Request request, Parameters parameters);

  // ---- federation (federate.cc) ----
  net::HttpResponse Federate(Request request, Parameters parameters);

  const ApiSources sources_;
};

}  // namespace bekci::web
