#include "agent/app/incident_web.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/base/text.h"
#include "agent/client/http_secrets.h"
#include "agent/notify/message/message_data.h"
#include "agent/web/notify/signed_link.h"

namespace bekci::app {
namespace {

namespace escalation = notify::escalation;

}  // namespace

IncidentWeb::IncidentWeb(web::PageFrame frame, notify::wiring::NotifyRuntime& runtime, std::function<bool()> ready,
                         web::ReaderLimit& readers, base::FileSystem& fs, base::Clock& clock, base::Random& random,
                         base::Logger& log)
    : runtime_(runtime),
      ready_(std::move(ready)),
      readers_(readers),
      fs_(fs),
      clock_(clock),
      random_(random),
      log_(log),
      escalations_(Escalations(), refusals_),
      page_(std::move(frame), Escalations(), Incidents(), refusals_),
      incidents_(Incidents()),
      ack_pages_(
          Escalations(), [this](std::string_view id, const web::notify::LinkQuery& query) { return Check(id, query); },
          refusals_),
      intake_(
          clock,
          [this](std::vector<notify::PostedAlert> alerts) {
            if (!ready_()) return base::Unavailable("nobody is told here: the configuration has no notify: section");
            const notify::PostResult result = runtime_.service().Post(std::move(alerts));
            return result.errors.empty() ? base::OkStatus() : base::Invalid(base::Join(result.errors, "\n"));
          },
          refusals_),
      chats_({runtime, refusals_, fs, clock, log}, Escalations()),
      slack_(
          clock, [this] { return SlackSecret(); },
          [this](const web::notify::ChatPress& press) { chats_.OnSlackPress(press); }, refusals_) {}

base::Result<IncidentWeb::Prepared> IncidentWeb::Prepare(const notify::wiring::NotifyConfig& config) const {
  const escalation::LinkSettings& settings = config.escalation->links;
  Prepared prepared;
  prepared.settings = settings;
  ASSIGN_OR_RETURN(prepared.chats, ReadChatSetup(config, fs_));
  if (settings.base_url.empty()) return prepared;
  ASSIGN_OR_RETURN(escalation::AckLinks links, escalation::AckLinks::LoadOrMake(fs_, settings.key_file, random_));
  prepared.links = std::make_shared<const escalation::AckLinks>(std::move(links));
  if (!settings.web_config_file.empty()) {
    ASSIGN_OR_RETURN(prepared.web, web::LoadWebConfig(fs_, settings.web_config_file));
  }
  return prepared;
}

void IncidentWeb::Adopt(Prepared prepared) {
  std::string base_url = prepared.settings.base_url;
  while (base_url.ends_with('/')) base_url.pop_back();
  if (prepared.links == nullptr) {
    runtime_.set_ack_url(nullptr);
  } else {
    runtime_.set_ack_url(
        [links = prepared.links, base_url, valid_for = prepared.settings.valid_for](
            const std::string& incident, const std::string& level, const std::string& receiver, base::Timestamp now) {
          return links->Make(base_url, incident, "ack", level, receiver, now + valid_for);
        });
  }
  // A server ends when its handlers have, and they ask for the mutex.
  std::unique_ptr<net::Server> ended;
  {
    base::MutexLock lock(mutex_);
    if (!KeepsListening(prepared)) ended.swap(server_);
  }
  ended.reset();
  base::MutexLock lock(mutex_);
  Listen(prepared);
  current_ = std::move(prepared);
}

void IncidentWeb::StartChats() {
  ChatSetup setup;
  {
    base::MutexLock lock(mutex_);
    setup = current_.chats;
  }
  chats_.Start(setup);
}

std::string IncidentWeb::SlackSecret() const {
  client::SecretSource source;
  {
    base::MutexLock lock(mutex_);
    source = current_.chats.slack_secret;
  }
  if (!source.given() || !ready_()) return {};
  auto secret = client::ReadSecret(fs_, source);
  if (secret.ok()) return *std::move(secret);
  log_.Error("a press of a button in Slack is refused: the signing secret cannot be read",
             {{"error", secret.status().message()}});
  return {};
}

// What phones and Slack reach.
net::Handler IncidentWeb::PublicHandler() {
  return [this, links = ack_pages_.AckHandler()](const net::HttpRequest& request) {
    const bool is_slack = request.path == web::notify::SlackActions::kPath && request.method == "POST";
    return is_slack ? slack_.Handle(request) : links(request);
  };
}

bool IncidentWeb::KeepsListening(const Prepared& prepared) const {
  const std::string& address = prepared.settings.listen_address;
  return prepared.links != nullptr && !address.empty() && address == current_.settings.listen_address;
}

void IncidentWeb::Listen(const Prepared& prepared) {
  const std::string& address = prepared.settings.listen_address;
  if (prepared.links == nullptr || address.empty()) return;
  if (server_ != nullptr) {
    const base::Status status = server_->ReloadTls(prepared.web.tls);
    if (!status.ok()) log_.Error("the certificate of acknowledge links stays", {{"error", status.message()}});
    return;
  }
  net::ServerOptions options;
  options.listen_addresses = {address};
  options.tls = prepared.web.tls;
  options.handler_threads = 2;
  options.max_connections = 200;
  options.max_connections_per_address = 20;
  options.max_body_bytes = web::notify::kMaxSlackBytes;
  auto started = net::StartServer(options, PublicHandler(), log_);
  if (!started.ok()) {
    log_.Error("acknowledge links cannot be followed: their listener does not start",
               {{"error", started.status().message()}});
    return;
  }
  server_ = *std::move(started);
  log_.Info("acknowledge links are served",
            {{"address", base::Join(server_->addresses(), ",")}, {"base_url", prepared.settings.base_url}});
}

void IncidentWeb::Stop() {
  chats_.Stop();
  std::unique_ptr<net::Server> server;
  base::MutexLock lock(mutex_);
  server.swap(server_);
}

web::notify::LinkVerdict IncidentWeb::Check(std::string_view id, const web::notify::LinkQuery& query) const {
  std::shared_ptr<const escalation::AckLinks> links;
  {
    base::MutexLock lock(mutex_);
    links = current_.links;
  }
  if (links == nullptr || !ready_()) return {};
  std::vector<std::string> contacts;
  runtime_.InspectIncidents([&](const escalation::Incidents& incidents, notify::Instant) {
    const escalation::Incident* incident = incidents.Find(id);
    if (incident == nullptr) return;
    for (const escalation::Told& told : incident->told) contacts.push_back(told.receiver);
  });
  return web::notify::VerifySignedLink(*links, contacts, id, query, clock_.Now());
}

// Of all incidents, or the one of an id.
IncidentWeb::GroupAlerts IncidentWeb::AlertsOfIncidents(std::string_view id) {
  GroupAlerts alerts;
  runtime_.InspectIncidents([&](const escalation::Incidents& incidents, notify::Instant) {
    if (id.empty()) {
      for (const escalation::Incident* incident : incidents.All()) alerts[incident->group_key];
    } else if (const escalation::Incident* incident = incidents.Find(id)) {
      alerts[incident->group_key];
    }
  });
  if (alerts.empty()) return alerts;
  runtime_.service().Inspect([&](notify::Notifier& notifier, notify::Instant now) {
    for (auto& [key, members] : alerts) members = notifier.FiringIn(key, now);
  });
  for (auto& [key, members] : alerts) {
    std::sort(members.begin(), members.end(), [](const notify::AlertPtr& a, const notify::AlertPtr& b) {
      return notify::message::LessByLabels(a->labels, b->labels);
    });
  }
  return alerts;
}

// All of them, or the one of an id. What a visitor needs of the groups is gathered before, so that nothing waits for
// it.
void IncidentWeb::Visit(bool newest_first, std::string_view id, const web::notify::EscalationVisitor& visitor) {
  if (!ready_()) return;
  const GroupAlerts alerts = AlertsOfIncidents(id);
  runtime_.InspectIncidents([&](const escalation::Incidents& incidents, notify::Instant now) {
    const auto visit = [&](const escalation::Incident& incident) {
      const auto found = alerts.find(incident.group_key);
      return visitor({incident, incidents.config().FindPolicy(incident.policy),
                      incidents.ClockOf(incident, {now.wall, now.steady}),
                      found == alerts.end() ? std::vector<notify::AlertPtr>() : found->second});
    };
    if (!id.empty()) {
      if (const escalation::Incident* incident = incidents.Find(id)) visit(*incident);
      return;
    }
    std::vector<const escalation::Incident*> all = incidents.All();
    if (newest_first) std::reverse(all.begin(), all.end());
    for (const escalation::Incident* incident : all) {
      if (!visit(*incident)) return;
    }
  });
}

web::notify::EscalationSources IncidentWeb::Escalations() {
  web::notify::EscalationSources sources{.clock = clock_, .each = {}, .find = {}, .act = {}, .was_used = {}};
  sources.each = [this](const web::notify::EscalationVisitor& visitor) { Visit(true, {}, visitor); };
  sources.find = [this](std::string_view id, const web::notify::EscalationVisitor& visitor) {
    bool found = false;
    if (id.empty()) return false;
    Visit(false, id, [&](const web::notify::EscalationView& view) {
      found = true;
      return visitor(view);
    });
    return found;
  };
  sources.act = [this](const notify::EscalationAction& action) {
    if (!ready_()) return base::Unavailable("nobody is told here: the configuration has no notify: section");
    return runtime_.service().Act(action);
  };
  sources.was_used = [this](std::string_view once) {
    bool used = false;
    if (!ready_()) return used;
    runtime_.service().Inspect(
        [&](notify::Notifier& notifier, notify::Instant now) { used = notifier.used().Has(once, now.wall); });
    return used;
  };
  return sources;
}

web::notify::IncidentSources IncidentWeb::Incidents() {
  web::notify::IncidentSources sources{.clock = clock_, .each = {}, .find = {}};
  sources.each = [this](const web::notify::IncidentVisitor& visitor) {
    if (!ready_()) return;
    runtime_.service().Inspect([&](notify::Notifier& notifier, notify::Instant) {
      const auto& incidents = notifier.records().incidents();
      for (auto one = incidents.rbegin(); one != incidents.rend() && visitor(one->second);) ++one;
    });
  };
  sources.find = [this](std::string_view id, const web::notify::IncidentVisitor& visitor) {
    bool found = false;
    if (!ready_()) return found;
    runtime_.service().Inspect([&](notify::Notifier& notifier, notify::Instant) {
      if (const notify::Incident* incident = notifier.records().Find(id)) {
        found = true;
        visitor(*incident);
      }
    });
    return found;
  };
  return sources;
}

std::vector<web::Route> IncidentWeb::Routes() {
  std::vector<web::Route> all;
  for (auto& routes : {escalations_.Routes(), page_.Routes(), incidents_.Routes()}) {
    for (const web::Route& route : routes) all.push_back(readers_.Limited(route));
  }
  for (auto routes : {ack_pages_.Routes(), intake_.Routes(), slack_.Routes()}) {
    std::move(routes.begin(), routes.end(), std::back_inserter(all));
  }
  return all;
}

void IncidentWeb::WriteMetrics(collect::FamilySink& sink) const {
  constexpr collect::MetricSpec kRefused = {"bekci_notify_refused_total", model::MetricType::kCounter,
                                            "Requests about notifications that were refused, by where and why.",
                                            "via,reason"};
  for (const web::notify::RefusalCount& one : refusals_.All()) {
    sink.Add(kRefused, {web::notify::DoorName(one.door), web::notify::WhyName(one.why)},
             static_cast<double>(one.count));
  }
  base::MutexLock lock(mutex_);
  if (server_ == nullptr) return;
  const net::ServerStats stats = server_->stats();
  constexpr collect::MetricSpec kDropped = {"bekci_ack_listener_connections_dropped_total", model::MetricType::kCounter,
                                            "Connections to the listener of acknowledge links that were ended by the "
                                            "agent: limit (too many), slow (a deadline "
                                            "passed), bad (not HTTP, a body beyond its bound, or TLS failed).",
                                            "reason"};
  sink.Add(kDropped, {"limit"}, static_cast<double>(stats.dropped_limit));
  sink.Add(kDropped, {"slow"}, static_cast<double>(stats.dropped_slow));
  sink.Add(kDropped, {"bad"}, static_cast<double>(stats.dropped_bad));
}

}  // namespace bekci::app
