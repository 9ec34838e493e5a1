#include "agent/app/notifications.h"

#include <utility>

#include "agent/app/build_info.h"
#include "agent/app/heartbeat_metrics.h"
#include "agent/app/notify_metrics.h"
#include "agent/app/vital_signs.h"
#include "agent/base/text.h"
#include "agent/net/url.h"
#include "agent/notify/quiet_words.h"

namespace bekci::app {
namespace {

notify::wiring::RuntimeOptions RuntimeOptionsOf(const NotificationFacts& facts, base::FileSystem& fs) {
  notify::wiring::RuntimeOptions options;
  options.host_name = facts.host_name;
  options.user_agent = "bekci/" + std::string(ThisBuild().version);
  options.external_url = facts.external_url;
  while (options.external_url.ends_with('/')) options.external_url.pop_back();
  options.boot_id = std::string(base::Trim(fs.ReadFile("/proc/sys/kernel/random/boot_id").value_or("unknown")));
  return options;
}

// The labels of an alert as they leave the host: external ones where it has none of that name.
model::Labels WithExternal(const model::Labels& labels, const model::Labels& external) {
  return external.With(labels);
}

}  // namespace

Notifications::Notifications(NotificationFacts facts, base::FileSystem& fs, base::Clock& clock, base::Logger& log)
    : facts_(std::move(facts)),
      directory_(facts_.state_directory + "/bekci-notify"),
      started_at_(clock.Now()),
      fs_(fs),
      clock_(clock),
      log_(log),
      runtime_(RuntimeOptionsOf(facts_, fs), fs, clock, random_, log),
      forwarder_("bekci/" + std::string(ThisBuild().version), fs, clock, log),
      api_(ApiSources(), readers_),
      web_(
          {facts_.host_name, ShortVersion()}, runtime_, [this] { return running_.load(); }, readers_, fs, clock,
          random_, log),
      heartbeats_(clock, log) {}

Notifications::~Notifications() {
  Stop();
}

void Notifications::Stop() {
  heartbeats_.Stop();
  web_.Stop();
  if (running_.exchange(false)) runtime_.Stop();
}

base::Result<Notifications::Prepared> Notifications::Prepare(const Settings& settings) const {
  Prepared prepared;
  prepared.alerting = settings.alerting;
  prepared.external_labels = model::Labels::FromPairs(
      std::vector<model::Labels::Pair>(settings.external_labels.begin(), settings.external_labels.end()));
  if (settings.notify) {
    ASSIGN_OR_RETURN(prepared.runtime, runtime_.Prepare(*settings.notify));
    ASSIGN_OR_RETURN(prepared.web, web_.Prepare(*settings.notify));
  }
  return prepared;
}

void Notifications::StartRuntime(notify::wiring::NotifyRuntime::Prepared prepared) {
  (void)fs_.CreateDirectory(facts_.state_directory);
  base::Status status = fs_.CreateDirectory(directory_);
  if (status.ok()) {
    auto lock = fs_.Lock(directory_ + "/lock");
    status = lock.status();
    if (lock.ok()) directory_lock_ = *std::move(lock);
  }
  // A second try on an empty disk in memory cannot fail.
  auto again = prepared;
  if (status.ok()) status = runtime_.Start(std::move(prepared), directory_);
  if (status.ok()) return;
  log_.Error("notifications are sent, but a restart will forget what was told to whom: their state cannot be kept",
             {{"directory", directory_}, {"error", status.message()}});
  memory_ = std::make_unique<base::MemoryFileSystem>();
  const base::Status in_memory = runtime_.StartOn(*memory_, std::move(again), "/notify");
  if (!in_memory.ok()) log_.Error("notifications cannot start", {{"error", in_memory.message()}});
}

void Notifications::Adopt(Prepared prepared) {
  {
    base::MutexLock lock(mutex_);
    external_labels_ = std::move(prepared.external_labels);
  }
  forwarder_.Reload(std::move(prepared.alerting));
  if (!prepared.runtime) {
    if (running_) log_.Warn("notify: is gone from the configuration; until a restart people are told as before");
    return;
  }
  web_.Adopt(*std::move(prepared.web));
  heartbeats_.Reload(std::move(prepared.runtime->hearts));
  if (running_) {
    runtime_.Reload(*std::move(prepared.runtime));
  } else {
    StartRuntime(*std::move(prepared.runtime));
    running_ = true;
  }
  web_.StartChats();
}

void Notifications::OnSettled() {
  if (running_) runtime_.service().ReleaseHold();
}

void Notifications::StartHeartbeats(std::function<std::vector<notify::wiring::Ailment>()> examine) {
  heartbeats_.Start([this, examine = std::move(examine)] {
    std::vector<notify::wiring::Ailment> ailments = examine();
    for (notify::wiring::Ailment& one : OutboxHealth()) ailments.push_back(std::move(one));
    return ailments;
  });
}

std::vector<notify::wiring::Ailment> Notifications::OutboxHealth() {
  if (!running_) return {};
  return OutboxAilments(Pipeline(), runtime_.service().journal_metrics(), memory_ == nullptr);
}

void Notifications::OnAlerts(std::vector<ruler::SentAlert> alerts, base::Timestamp) {
  model::Labels external;
  {
    base::MutexLock lock(mutex_);
    external = external_labels_;
  }
  std::vector<notify::PostedAlert> posted;
  std::vector<notify::forwarding::ForwardedAlert> forwarded;
  for (const ruler::SentAlert& sent : alerts) {
    const ruler::Alert& alert = sent.alert;
    notify::PostedAlert one;
    one.labels = WithExternal(alert.labels, external);
    one.annotations = notify::message::TextMap(alert.annotations.begin(), alert.annotations.end());
    one.starts_at = alert.fired_at;
    one.ends_at = alert.resolved_at.ms != 0 ? alert.resolved_at : alert.valid_until;
    one.generator_url = runtime_.external_url() + "/graph?g0.expr=" + net::QueryEscaped(sent.query_text) + "&g0.tab=1";
    forwarded.push_back({one.labels, one.annotations, one.starts_at, one.ends_at, one.generator_url});
    posted.push_back(std::move(one));
  }
  forwarder_.Send(forwarded);
  if (!running_) return;
  const notify::PostResult result = runtime_.service().Post(std::move(posted));
  for (const std::string& error : result.errors) log_.Error("an alert cannot be told", {{"error", error}});
}

web::alertmanager::Sources Notifications::ApiSources() {
  const auto inspect = [this](auto read) {
    return [this, read](const auto&... asked) {
      decltype(read(std::declval<notify::Notifier&>(), notify::Instant(), asked...)) result{};
      if (running_) {
        runtime_.service().Inspect(
            [&](notify::Notifier& notifier, notify::Instant now) { result = read(notifier, now, asked...); });
      }
      return result;
    };
  };
  web::alertmanager::Sources sources{.clock = clock_};
  sources.ready = [this] { return running_.load(); };
  sources.alerts = inspect([](notify::Notifier& notifier, notify::Instant now, const notify::AlertFilter& wanted) {
    return notifier.Alerts(now, wanted);
  });
  sources.groups = inspect([](notify::Notifier& notifier, notify::Instant now, const notify::AlertFilter& wanted) {
    return notifier.Groups(now, wanted);
  });
  sources.receivers = [this] {
    std::vector<web::alertmanager::ReceiverView> receivers;
    const auto config = runtime_.config();
    if (config == nullptr) return receivers;
    for (const auto& receiver : config->alertmanager->receivers) receivers.push_back({receiver.name, receiver.labels});
    return receivers;
  };
  sources.status = [this] {
    const auto config = runtime_.config();
    return web::alertmanager::StatusView{.config = config == nullptr ? "" : config->alertmanager->original,
                                         .started = started_at_,
                                         .version = std::string(ThisBuild().version),
                                         .revision = std::string(ThisBuild().revision),
                                         .date = ""};
  };
  sources.post = [this](std::vector<notify::PostedAlert> alerts) {
    const notify::PostResult result = runtime_.service().Post(std::move(alerts));
    return result.errors.empty() ? base::OkStatus() : base::Invalid(base::Join(result.errors, "\n"));
  };
  sources.silences =
      inspect([](notify::Notifier& notifier, notify::Instant now) { return notifier.silences().List(now.wall); });
  sources.silence = [this](const std::string& id) {
    notify::SilencePtr found;
    runtime_.service().Inspect(
        [&](notify::Notifier& notifier, notify::Instant) { found = notifier.silences().Find(id); });
    return found;
  };
  sources.set_silence = [this](notify::Silence silence) { return runtime_.service().SetSilence(std::move(silence)); };
  sources.expire_silence = [this](const std::string& id) { return runtime_.service().ExpireSilence(id); };
  return sources;
}

std::vector<std::string> Notifications::QuietWords(const std::string& alert_name) {
  const auto config = running_ ? runtime_.config() : nullptr;
  if (config == nullptr) return {};
  notify::QuietFacts facts;
  runtime_.service().Inspect([&](notify::Notifier& notifier, notify::Instant now) {
    facts = notify::LookForQuiet(notifier, alert_name, now);
  });
  return notify::QuietWords(facts, *config->alertmanager);
}

std::vector<web::Route> Notifications::Routes() {
  std::vector<web::Route> routes = api_.Routes();
  for (web::Route& route : web_.Routes()) routes.push_back(std::move(route));
  return routes;
}

notify::PipelineMetrics Notifications::Pipeline() {
  notify::PipelineMetrics pipeline;
  runtime_.service().Inspect(
      [&](notify::Notifier& notifier, notify::Instant now) { pipeline = notifier.Metrics(now); });
  return pipeline;
}

void Notifications::WriteMetrics(collect::FamilySink& sink) {
  WriteForwardingMetrics(forwarder_.stats(), sink);
  web_.WriteMetrics(sink);
  if (!running_) return;
  WriteHeartbeatMetrics(heartbeats_.stats(), sink);
  if (const auto config = runtime_.config()) WriteConfigHash(config->alertmanager->original, sink);
  notify::escalation::EscalationMetrics escalations;
  runtime_.InspectIncidents(
      [&](const notify::escalation::Incidents& incidents, notify::Instant) { escalations = incidents.metrics(); });
  WritePipelineMetrics(Pipeline(), runtime_.service().journal_metrics(), sink);
  WriteEscalationMetrics(escalations, sink);
}

}  // namespace bekci::app
