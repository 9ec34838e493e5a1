#include "agent/app/query_service.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "agent/app/build_info.h"
#include "agent/base/duration.h"
#include "agent/web/service_discovery.h"

namespace bekci::app {
namespace {

promql::EngineOptions OptionsOf(const QuerySettings& settings) {
  promql::EngineOptions options;
  options.lookback = settings.lookback;
  options.max_samples = settings.max_samples;
  options.timeout = settings.timeout;
  options.max_concurrency = settings.max_concurrency;
  options.features = settings.features;
  return options;
}

std::string WorkingDirectory() {
  char path[4096];
  return getcwd(path, sizeof path) == nullptr ? "" : path;
}

std::string RetentionText(const StorageSettings& storage) {
  std::string text;
  if (storage.retention_time > base::Duration::zero()) text = base::DurationText(storage.retention_time);
  if (storage.retention_bytes == 0) return text;
  return (text.empty() ? "" : text + " or ") + base::SizeText(storage.retention_bytes);
}

void KeepLargest(std::vector<web::NamedCount>* counts, size_t limit) {
  const size_t kept = std::min(limit, counts->size());
  std::partial_sort(
      counts->begin(), counts->begin() + static_cast<std::ptrdiff_t>(kept), counts->end(),
      [](const auto& a, const auto& b) { return a.value != b.value ? a.value > b.value : a.name < b.name; });
  counts->resize(kept);
}

collect::ActiveTarget TargetOf(const collect::InstanceState& state, const std::string& address) {
  collect::ActiveTarget active;
  collect::ScrapeTarget& target = active.target;
  const std::string_view job = state.spec != nullptr ? state.spec->job : std::string_view(state.config.collector);
  const std::string path = web::InstancePath(state.config.collector, state.config.instance);
  target.scrape_pool = state.config.collector;
  target.discovered = {{"__address__", address},
                       {"__metrics_path__", path},
                       {"__scheme__", "http"},
                       {"job", job},
                       {"instance", state.config.instance}};
  target.labels = {{"job", job}, {"instance", state.config.instance}};
  target.url = "http://" + address + path;
  target.interval = state.config.interval;
  target.timeout = state.config.deadline;
  active.last_scrape = state.at;
  active.last_duration = state.duration;
  if (state.rounds == 0) return active;
  active.health = state.status.ok() ? collect::TargetHealth::kUp : collect::TargetHealth::kDown;
  active.last_error = state.status.message();
  return active;
}

}  // namespace

QueryService::QueryService(const QuerySettings& settings, Store& store, base::Clock& clock, QueryFacts facts)
    : store_(store),
      clock_(clock),
      facts_(std::move(facts)),
      engine_(OptionsOf(settings), clock),
      view_(store),
      api_(std::make_unique<web::PrometheusApi>(Sources())),
      pages_(std::make_unique<web::RulePages>(web::RulePageSources{.frame = {facts_.host, ShortVersion()},
                                                                   .engine = engine_,
                                                                   .store = view_,
                                                                   .clock = clock_,
                                                                   .rule_groups = facts_.rule_groups,
                                                                   .objectives = facts_.objectives,
                                                                   .quiet_words = facts_.quiet_words})) {}

QueryService::~QueryService() = default;

std::vector<web::Route> QueryService::Routes() {
  std::vector<web::Route> routes = pages_->Routes();
  std::vector<web::Route> api = api_->Routes();
  routes.insert(routes.end(), std::make_move_iterator(api.begin()), std::make_move_iterator(api.end()));
  return routes;
}

web::ApiSources QueryService::Sources() {
  const BuildInfo& build = ThisBuild();
  return {.engine = engine_,
          .store = view_,
          .clock = clock_,
          .exemplars = &view_,
          .metadata = &view_,
          .build = {.version = std::string(build.version), .revision = std::string(build.revision), .date = ""},
          .own_address = {facts_.address, facts_.external_url},
          .external_labels = facts_.external_labels,
          .config_text = facts_.config_text,
          .flags = [this] { return facts_.flags; },
          .runtime = [this] { return Runtime(); },
          .store_facts = [this](size_t limit) { return StoreNumbers(limit); },
          .replay =
              [this] {
                const ReplayProgress progress = store_.progress();
                return web::ReplayFacts{store_.database() != nullptr, progress.done_bytes, progress.total_bytes};
              },
          .targets = [this] { return Targets(); },
          .target_metadata = [this] { return TargetMetadata(); },
          .rule_groups = facts_.rule_groups,
          .objectives = facts_.objectives,
          .quiet_words = facts_.quiet_words};
}

web::RuntimeFacts QueryService::Runtime() const {
  web::RuntimeFacts runtime;
  runtime.start = facts_.started;
  runtime.directory = WorkingDirectory();
  runtime.host = facts_.host;
  if (facts_.last_reload) std::tie(runtime.reload_ok, runtime.last_reload) = facts_.last_reload();
  if (facts_.storage) runtime.retention = RetentionText(facts_.storage());
  return runtime;
}

web::StoreFacts QueryService::StoreNumbers(size_t limit) const {
  web::StoreFacts facts;
  const tsdb::Database* const database = store_.database();
  if (database == nullptr) return facts;
  const tsdb::HeadStats head = database->head().stats();
  facts.series = head.series;
  facts.chunks = head.chunks;
  facts.min_ms = head.min_ms;
  facts.max_ms = head.max_ms;
  std::map<std::string, uint64_t, std::less<>> values;
  std::map<std::string, uint64_t, std::less<>> bytes;
  database->head().ForEachLabel([&](std::string_view name, std::string_view value, size_t series) {
    ++facts.label_pairs;
    ++values[std::string(name)];
    bytes[std::string(name)] += value.size() * series;
    facts.series_by_pair.push_back({std::string(name) + "=" + std::string(value), series});
    if (name == model::kMetricName) facts.series_by_metric.push_back({std::string(value), series});
  });
  for (const auto& [name, count] : values) facts.values_by_label.push_back({name, count});
  for (const auto& [name, count] : bytes) facts.bytes_by_label.push_back({name, count});
  for (auto* list : {&facts.series_by_metric, &facts.values_by_label, &facts.bytes_by_label, &facts.series_by_pair}) {
    KeepLargest(list, limit);
  }
  return facts;
}

collect::TargetList QueryService::Targets() const {
  collect::TargetList list;
  if (scrape_targets_ != nullptr) list = scrape_targets_->Targets();
  std::set<std::string> pools(list.pools.begin(), list.pools.end());
  if (collection_ != nullptr) {
    for (const collect::InstanceState& state : collection_->States()) {
      if (state.config.target != nullptr) continue;  // of scrape_configs: it is in the directory
      list.active.push_back(TargetOf(state, facts_.address));
      pools.insert(state.config.collector);
    }
  }
  list.pools.assign(pools.begin(), pools.end());
  return list;
}

std::vector<web::MetadataOfTarget> QueryService::TargetMetadata() const {
  std::vector<web::MetadataOfTarget> rows;
  if (collection_ == nullptr) return rows;
  for (const collect::InstanceState& state : collection_->States()) {
    if (state.round == nullptr || state.round->schema == nullptr) continue;
    const model::Labels labels =
        state.config.target != nullptr ? state.config.target->labels : TargetOf(state, facts_.address).target.labels;
    const auto add = [&](const model::FamilySchema& family) {
      rows.push_back({labels, family.name, {family.type, family.help, family.unit}});
    };
    const model::Schema& schema = *state.round->schema;
    // A scraped page's families are flat; what it said about them stands beside.
    for (const auto& family : state.config.target != nullptr ? schema.described() : schema.families()) add(family);
  }
  return rows;
}

}  // namespace bekci::app
