#include "agent/app/rule_service.h"

#include <utility>

#include "agent/app/rule_metrics.h"

namespace bekci::app {
namespace {

constexpr size_t kThreads = 2;

promql::EngineOptions EngineOptionsOf(const QuerySettings& settings) {
  promql::EngineOptions options;
  options.lookback = settings.lookback;
  options.max_samples = settings.max_samples;
  options.timeout = settings.timeout;
  // A template may ask while its rule's query has ended; and one is for the error budgets.
  options.max_concurrency = 2 * kThreads + 1;
  options.features = settings.features;
  return options;
}

ruler::RuleSet RuleSetOf(const Settings& settings, const std::string& external_url) {
  ruler::RuleSet rules;
  rules.groups = settings.rule_groups;
  rules.evaluation_interval = settings.evaluation_interval;
  rules.query_offset = settings.rule_query_offset;
  rules.external_labels = model::Labels::FromPairs(
      std::vector<model::Labels::Pair>(settings.external_labels.begin(), settings.external_labels.end()));
  rules.external_url = external_url;
  return rules;
}

}  // namespace

RuleService::RuleService(const Settings& settings, std::string external_url, Store& store, ruler::AlertSink* sink,
                         std::function<void()> on_settled, prometheus::Registry& registry, base::FileSystem& fs,
                         base::Clock& clock, base::Logger& log)
    : store_(store),
      fs_(fs),
      log_(log),
      external_url_(std::move(external_url)),
      journal_directory_(settings.storage_path + "/bekci-alerts"),
      view_(store),
      engine_(EngineOptionsOf(settings.query), clock),
      times_(std::make_unique<RuleTimes>(registry)),
      ruler_({engine_, view_, view_, clock, log, sink},
             {.threads = kThreads,
              .on_rule_evaluated = [this](base::Duration time) { times_->ObserveRule(time); },
              .on_group_evaluated = [this](base::Duration time) { times_->ObserveGroup(time); },
              .on_settled = std::move(on_settled)}),
      slos_(engine_, view_, fs, clock, log, settings.storage_path + "/slo") {}

RuleService::~RuleService() {
  store_.set_on_open(nullptr);
  slos_.Stop();
  ruler_.Stop();
}

base::Result<std::unique_ptr<RuleService>> RuleService::Start(const Settings& settings, const std::string& external_url,
                                                              Store& store, ruler::AlertSink* sink,
                                                              std::function<void()> on_settled,
                                                              prometheus::Registry& registry, base::FileSystem& fs,
                                                              base::Clock& clock, base::Logger& log) {
  std::unique_ptr<RuleService> service(
      new RuleService(settings, external_url, store, sink, std::move(on_settled), registry, fs, clock, log));
  ASSIGN_OR_RETURN(Prepared prepared, service->Prepare(settings));
  service->Adopt(std::move(prepared));
  store.set_on_open([raw = service.get()] { raw->OnStoreOpen(); });
  return service;
}

base::Result<RuleService::Prepared> RuleService::Prepare(const Settings& settings) {
  ASSIGN_OR_RETURN(ruler::Ruler::Prepared rules, ruler_.Prepare(RuleSetOf(settings, external_url_)));
  return Prepared{std::move(rules), settings.objectives};
}

void RuleService::Adopt(Prepared prepared) {
  ruler_.Adopt(std::move(prepared.rules));
  slos_.Adopt(std::move(prepared.objectives));
}

void RuleService::OnStoreOpen() {
  slos_.Start();
  auto journal = ruler::AlertJournal::Open(fs_, journal_directory_, log_);
  if (!journal.ok()) {
    log_.Error("the alert journal cannot be read; alerts begin anew, and a restart forgets them",
               {{"directory", journal_directory_}, {"error", journal.status().message()}});
    return ruler_.Start(nullptr);
  }
  ruler_.Start(*std::move(journal));
}

web::AlertCounts RuleService::Counts() const {
  web::AlertCounts counts;
  for (const ruler::GroupStatus& group : ruler_.Groups(ruler::Detail::kFigures)) {
    counts.rules += group.rule_count;
    counts.failing += group.failing;
    counts.firing += group.firing;
    counts.pending += group.pending;
  }
  return counts;
}

void RuleService::WriteMetrics(collect::FamilySink& sink) const {
  WriteRuleMetrics(ruler_.Groups(ruler::Detail::kFigures), ruler_.template_counters(), ruler_.journal_stats(), sink);
}

}  // namespace bekci::app
