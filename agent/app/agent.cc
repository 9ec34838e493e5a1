#include "agent/app/agent.h"

#include <algorithm>
#include <utility>

#include "agent/app/build_info.h"
#include "agent/app/store_metrics.h"
#include "agent/app/vital_signs.h"
#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/config/yaml_printer.h"
#include "agent/net/listen_address.h"

namespace bekci::app {
namespace {

bool ReachesOthers(const std::string& listen_address) {
  const auto address = net::ParseListenAddress(listen_address);
  if (!address.ok() || !address->unix_path.empty()) return false;
  return address->host != "localhost" && address->host != "::1" && !address->host.starts_with("127.");
}

// What status/flags shows: Prometheus' names, with what counts now.
std::vector<std::pair<std::string, std::string>> FlagsOf(const Settings& settings) {
  return {{"config.file", settings.path},
          {"log.level", std::string(base::LogLevelName(settings.log_level))},
          {"query.lookback-delta", base::DurationText(settings.query.lookback)},
          {"query.max-concurrency", std::to_string(settings.query.max_concurrency)},
          {"query.max-samples", std::to_string(settings.query.max_samples)},
          {"query.timeout", base::DurationText(settings.query.timeout)},
          {"storage.tsdb.path", settings.storage_path},
          {"storage.tsdb.retention.size", base::SizeText(settings.storage.retention_bytes)},
          {"storage.tsdb.retention.time", base::DurationText(settings.storage.retention_time)},
          {"web.enable-lifecycle", settings.enable_lifecycle ? "true" : "false"},
          {"web.external-url", settings.external_url},
          {"web.listen-address", base::Join(settings.server.listen_addresses, ",")}};
}

// What users call us by when they do not say: the host's name and the port listened on.
std::string ExternalUrlOf(const Settings& settings, const std::string& host) {
  if (!settings.external_url.empty()) return settings.external_url;
  const std::string& address = settings.server.listen_addresses.front();
  const size_t colon = address.rfind(':');
  return (settings.server.tls.cert_file.empty() ? "http://" : "https://") + host +
         (colon == std::string::npos ? "" : address.substr(colon)) + "/";
}

}  // namespace

Agent::Agent(AgentOptions options, base::FileSystem& fs, base::Clock& clock, base::Logger& log)
    : options_(std::move(options)),
      fs_(fs),
      clock_(clock),
      log_(log),
      reloads_(clock.Now()),
      self_(fs, reloads_, log),
      web_metrics_(self_.registry()),
      store_(fs, clock, log) {}

Agent::~Agent() {
  // What asks the parts goes before the parts. A reload that a request began may still speak to the discoverer.
  if (discoverer_ != nullptr) discoverer_->Stop();
  if (notifications_ != nullptr) notifications_->StopHeartbeats();
  server_.reset();
  server_for_stats_ = nullptr;
  store_.StopOwnMetrics();
}

base::Result<std::unique_ptr<Agent>> Agent::Start(AgentOptions options, Settings settings, base::FileSystem& fs,
                                                  base::Clock& clock, base::Logger& log) {
  std::unique_ptr<Agent> agent(new Agent(std::move(options), fs, clock, log));
  RETURN_IF_ERROR(agent->StartParts(std::move(settings)));
  return agent;
}

base::Status Agent::StartParts(Settings settings) {
  log_.set_level(settings.log_level);
  store_.Start(settings.storage, settings.storage_path);
  const std::string external_url = ExternalUrlOf(settings, options_.input.host_name);
  notifications_ = std::make_unique<Notifications>(
      NotificationFacts{settings.storage_path, options_.input.host_name, external_url}, fs_, clock_, log_);
  ASSIGN_OR_RETURN(Notifications::Prepared notifications, notifications_->Prepare(settings));
  notifications_->Adopt(std::move(notifications));
  ASSIGN_OR_RETURN(rules_, RuleService::Start(
                               settings, external_url, store_, notifications_.get(),
                               [this] { notifications_->OnSettled(); }, self_.registry(), fs_, clock_, log_));
  MakeQueries(settings);
  RETURN_IF_ERROR(StartCollecting(settings));
  queries_->set_collection(collection_.get());
  queries_->set_scrape_targets(targets_.get());
  MakeSite(settings);
  ConnectSelfMetrics();
  StoreSelfMetrics(settings);
  net::ServerOptions server = settings.server;
  server.urgent_paths = {"/metrics", "/-/healthy", "/-/ready"};
  tls_ = !server.tls.cert_file.empty();
  Adopt(std::move(settings));
  MakeDiscoverer();
  auto started = net::StartServer(
      server, [this](const net::HttpRequest& request) { return site_->Handle(request); }, log_);
  if (!started.ok()) return std::move(started).status();
  server_ = std::move(started).value();
  server_for_stats_ = server_.get();
  guard_->set_hooks({.accept = [this](const web::WebConfig& config) { return AcceptWebConfig(config); },
                     .apply_tls = [this](const net::TlsOptions& tls) { return server_->ReloadTls(tls); }});
  // The agent is up before anything was looked for: the first answer does not wait for a server that is slow to greet.
  discoverer_->Start();
  notifications_->StartHeartbeats([this] { return Ailments(); });
  return base::OkStatus();
}

std::vector<notify::wiring::Ailment> Agent::Ailments() const {
  const auto targets = collection_->TargetStates();
  auto ailments = CollectionAilments(collection_->States(), targets, collection_->worker(), clock_.Monotonic());
  for (auto& one : RuleAilments(rules_->Groups(ruler::Detail::kFigures), clock_.Now())) {
    ailments.push_back(std::move(one));
  }
  return ailments;
}

void Agent::MakeDiscoverer() {
  Discoverer::Hooks hooks;
  hooks.wanted = [this] { return discovers(); };
  hooks.look = [this] { return LookAround(); };
  hooks.take_in = [this](std::vector<Discovery> found) { return TakeIn(std::move(found)); };
  discoverer_ = std::make_unique<Discoverer>(std::move(hooks), clock_, log_);
}

base::Result<std::vector<Discovery>> Agent::LookAround() const {
  constexpr base::Duration kPatience = base::seconds(5);
  if (options_.single_process) {
    return DiscoverHere(options_.input.collectors, {&fs_, &clock_, &log_}, kPatience);
  }
  uint64_t memory_limit = 0;
  std::string state_directory;
  {
    base::MutexLock lock(mutex_);
    memory_limit = settings_.worker_memory_limit_bytes;
    state_directory = settings_.storage_path;
  }
  return DiscoverApart(options_.executable, memory_limit, state_directory, kPatience);
}

base::Status Agent::StartCollecting(const Settings& settings) {
  collect::CollectionOptions collection;
  collection.single_process = options_.single_process;
  collection.executable = options_.executable;
  collection.worker_arguments = {
      "--log.level=" + std::string(base::LogLevelName(settings.log_level)),
      settings.log_format == base::LogFormat::kJson ? "--log.format=json" : "--log.format=logfmt"};
  collection.state_directory = settings.storage_path;
  collection.worker_memory_limit_bytes = settings.worker_memory_limit_bytes;
  collection.worker_threads = settings.worker_threads;
  collection.scrape_memory_bytes = settings.scrape_memory_bytes;
  ASSIGN_OR_RETURN(collection_,
                   collect::StartCollection(std::move(collection), settings.instances, clock_, log_, &round_sinks_));
  targets_ = std::make_unique<collect::ScrapeTargets>(*collection_, fs_, log_);
  (void)targets_->Reload(settings.scrape_configs);  // what is not taken over at once is tried again
  return base::OkStatus();
}

void Agent::MakeQueries(const Settings& settings) {
  const auto from_settings = [this](auto read) {
    return [this, read] {
      base::MutexLock lock(mutex_);
      return read(settings_);
    };
  };
  QueryFacts facts;
  facts.host = options_.input.host_name;
  facts.address = settings.server.listen_addresses.front();
  facts.external_url = ExternalUrlOf(settings, facts.host);
  facts.started = clock_.Now();
  facts.flags = FlagsOf(settings);
  facts.config_text = from_settings([](const Settings& now) { return config::PrintYaml(now.shown); });
  facts.storage = from_settings([](const Settings& now) { return now.storage; });
  facts.external_labels = from_settings([](const Settings& now) {
    return model::Labels::FromPairs(
        std::vector<model::Labels::Pair>(now.external_labels.begin(), now.external_labels.end()));
  });
  facts.last_reload = [this] {
    const ReloadState::Snapshot state = reloads_.Get();
    return std::pair(state.error.empty(), state.last_success);
  };
  facts.rule_groups = [this](ruler::Detail detail) { return rules_->Groups(detail); };
  facts.objectives = [this] { return rules_->Objectives(); };
  facts.quiet_words = [this](const std::string& alert_name) { return notifications_->QuietWords(alert_name); };
  queries_ = std::make_unique<QueryService>(settings.query, store_, clock_, std::move(facts));
}

void Agent::MakeSite(const Settings& settings) {
  guard_ = std::make_unique<web::WebGuard>(settings.web_config_file, settings.web, fs_, clock_, log_,
                                           options_.input.environment);
  web::SiteFacts facts;
  facts.host = options_.input.host_name;
  facts.version = ShortVersion();
  facts.config_file = settings.path;
  facts.listen_address = settings.server.listen_addresses.front();
  facts.external_url = settings.external_url;
  web::SiteHooks hooks;
  hooks.lifecycle_enabled = [this] { return lifecycle_.load(std::memory_order_relaxed); };
  hooks.reload = [this] { return Reload(); };
  hooks.reload_error = [this] { return reload_error(); };
  hooks.not_ready = [this] { return store_.NotReady(); };
  hooks.routes = queries_->Routes();
  for (web::Route& route : notifications_->Routes()) hooks.routes.push_back(std::move(route));
  hooks.alerts = [this] { return rules_->Counts(); };
  hooks.targets = [this] { return targets_->Targets().active; };
  site_ = std::make_unique<web::Site>(std::move(facts), std::move(hooks), *collection_, self_, web_metrics_, *guard_,
                                      clock_, log_);
}

void Agent::ConnectSelfMetrics() {
  SelfSources sources;
  sources.worker = [this] { return collection_->worker(); };
  sources.server = [this] {
    const net::Server* server = server_for_stats_.load();
    return server == nullptr ? net::ServerStats{} : server->stats();
  };
  sources.left_out_of_pages = [this] { return site_->page().left_out(); };
  sources.store = [this](collect::FamilySink& sink) {
    WriteStoreMetrics(store_.database(), store_.rounds().refused(), sink);
  };
  sources.rules = [this](collect::FamilySink& sink) {
    rules_->WriteMetrics(sink);
    notifications_->WriteMetrics(sink);
  };
  self_.set_sources(std::move(sources));
}

void Agent::StoreSelfMetrics(const Settings& settings) {
  store_.StartOwnMetrics(options_.input.host_name, settings.scrape_interval,
                         [this](collect::FamilySink& sink) { self_.Collect(collection_->States(), sink); });
}

base::Status Agent::TakeIn(std::vector<Discovery> found) {
  base::MutexLock one_reload(reload_mutex_);
  options_.input.found = std::move(found);
  base::Status status = TryReload();
  if (!status.ok()) log_.Warn("what was found is not collected", {{"error", status.message()}});
  return status;
}

base::Status Agent::Reload() {
  base::MutexLock one_reload(reload_mutex_);
  base::Status status = TryReload();
  discoverer_->LookNow();
  reloads_.Record(status, clock_.Now());
  if (status.ok()) {
    log_.Info("configuration reloaded", {{"file", options_.input.path.empty() ? "none" : options_.input.path}});
    return status;
  }
  for (const std::string_view line : base::Split(status.message(), '\n')) {
    log_.Error("configuration not reloaded, the old one stays", {{"error", line}});
  }
  return status;
}

base::Status Agent::TryReload() {
  ASSIGN_OR_RETURN(Settings loaded, LoadSettings(fs_, options_.input));
  ASSIGN_OR_RETURN(RuleService::Prepared rules, rules_->Prepare(loaded));
  ASSIGN_OR_RETURN(Notifications::Prepared notifications, notifications_->Prepare(loaded));
  std::vector<std::string> needs_restart;
  {
    base::MutexLock lock(mutex_);
    needs_restart = NeedsRestart(settings_, loaded);
  }
  const auto [old_path, old_web] = guard_->current();
  // Whether web settings may leave a listener open to the network is the new configuration's word.
  const bool old_allow = allow_unauthenticated_.exchange(loaded.allow_unauthenticated);
  base::Status status = guard_->Apply(loaded.web_config_file, loaded.web);
  if (status.ok()) {
    status = collection_->Reload(loaded.instances);
    if (!status.ok()) TakeBackWebSettings(old_path, old_web);
    // From here on nothing can be refused: targets that are not taken over at once are tried again.
    if (status.ok()) (void)targets_->Reload(loaded.scrape_configs);
  }
  if (!status.ok()) {
    allow_unauthenticated_ = old_allow;
    return status;
  }
  for (const std::string& change : needs_restart) {
    log_.Warn("a change in the configuration needs a restart", {{"change", change}});
  }
  log_.set_level(loaded.log_level);
  store_.Apply(loaded.storage);
  notifications_->Adopt(std::move(notifications));
  rules_->Adopt(std::move(rules));
  Adopt(std::move(loaded));
  return base::OkStatus();
}

void Agent::TakeBackWebSettings(const std::string& path, const web::WebConfig& config) {
  const base::Status status = guard_->Apply(path, config);
  if (!status.ok()) log_.Error("the old web settings could not be taken back", {{"error", status.message()}});
}

base::Status Agent::AcceptWebConfig(const web::WebConfig& config) const {
  if (config.Authenticates() || allow_unauthenticated_) return base::OkStatus();
  for (const std::string& address : server_->addresses()) {
    if (!ReachesOthers(address)) continue;
    return base::Denied("nothing would ask who comes in at " + address +
                        ", which other hosts reach; web.allow_unauthenticated says that this is meant");
  }
  return base::OkStatus();
}

void Agent::Adopt(Settings settings) {
  discovers_ = settings.discovers;
  lifecycle_ = settings.enable_lifecycle;
  allow_unauthenticated_ = settings.allow_unauthenticated;
  // The ruler has made rules of these; texts of thousands of them need not be kept beside.
  settings.rule_groups = {};
  settings.objectives = {};
  base::MutexLock lock(mutex_);
  settings_ = std::move(settings);
}

}  // namespace bekci::app
