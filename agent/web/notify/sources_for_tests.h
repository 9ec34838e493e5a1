// Escalations and incidents of the records in memory, for tests of what shows them.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/net/http.h"
#include "agent/web/notify/views.h"

namespace bekci::web::notify {

inline constexpr const char* kFirstId = "01JD0000000000000000000001";
inline constexpr const char* kSecondId = "01JD0000000000000000000002";
inline constexpr base::Timestamp kTestNow = {1'700'000'000'000};  // 2023-11-14 22:13:20

using QueryPairs = std::vector<std::pair<std::string, std::string>>;

inline net::HttpRequest RequestFor(const std::string& method, const std::string& path, QueryPairs query = {},
                                   std::string body = {}) {
  net::HttpRequest request;
  request.method = method;
  request.path = path;
  request.query = std::move(query);
  request.body = std::move(body);
  request.client_address = "192.0.2.7";
  request.headers = {{"Host", "bekci.example.test"}, {"Content-Type", "application/json"}};
  return request;
}

inline std::string HeaderOf(const net::HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

inline bool Holds(const net::HttpResponse& response, const std::string& text) {
  return response.body.find(text) != std::string::npos;
}

// An engine that does as it is told: `act` changes what is shown.
class Escalations {
 public:
  explicit Escalations(base::Clock& clock) : clock_(clock) {
    policy_.name = "critical";
    policy_.ack_within = base::minutes(5);
    AddLevel("L1", "team", base::Duration::zero());
    AddLevel("L2", "cross-team", base::minutes(5));
    Add(kFirstId, "HighLatency");
  }

  escalation::Incident& Add(const std::string& id, const std::string& alertname) {
    escalation::Incident& incident = incidents_[id];
    incident.id = id;
    incident.policy = "critical";
    incident.group_key = "{}:{alertname=\"" + alertname + "\"}";
    incident.group_labels = {{"alertname", alertname}};
    incident.opened_at = incident.changed_at = kTestNow;
    escalation::LevelRun& run = incident.runs.emplace_back();
    run.level = "L1";
    run.title = "team";
    run.at = kTestNow;
    run.cause = "due";
    run.planned = 1;
    incident.timeline = {{kTestNow, "opened", "", "policy critical"}, {kTestNow, "level_entered", "L1", "due"}};
    auto alert = std::make_shared<bekci::notify::Alert>();
    alert->labels = {{"alertname", alertname}, {"severity", "critical"}, {"instance", "db-1"}};
    alert->annotations = {{"summary", "99th percentile is 2.3s <b>"}};
    alert->starts_at = kTestNow - base::minutes(2);
    alerts_[id] = {std::move(alert)};
    return incident;
  }
  escalation::Incident& Get(const std::string& id = kFirstId) { return incidents_.at(id); }
  void FailWith(base::Status status) { failure_ = std::move(status); }
  const std::vector<bekci::notify::EscalationAction>& actions() const { return actions_; }
  escalation::Policy& policy() { return policy_; }

  EscalationSources Sources() {
    return {.clock = clock_,
            .each =
                [this](const EscalationVisitor& visit) {
                  for (auto it = incidents_.rbegin(); it != incidents_.rend(); ++it) {
                    if (!visit(ViewOf(it->second))) return;
                  }
                },
            .find =
                [this](std::string_view id, const EscalationVisitor& visit) {
                  const auto found = incidents_.find(id);
                  if (found != incidents_.end()) visit(ViewOf(found->second));
                  return found != incidents_.end();
                },
            .act = [this](const bekci::notify::EscalationAction& action) { return Act(action); },
            .was_used = [this](std::string_view once) { return used_.contains(std::string(once)); }};
  }

 private:
  void AddLevel(const std::string& name, const std::string& title, base::Duration after) {
    escalation::Level& level = policy_.levels.emplace_back();
    level.name = name;
    level.title = title;
    level.after = after;
    level.receivers = {title};
  }
  EscalationView ViewOf(const escalation::Incident& incident) const {
    return {incident, &policy_, base::minutes(3), alerts_.at(incident.id)};
  }
  base::Status Act(const bekci::notify::EscalationAction& action) {
    if (!failure_.ok()) return failure_;
    const auto found = incidents_.find(action.id);
    if (found == incidents_.end()) return base::NotFound("there is no incident " + action.id);
    if (!found->second.open()) return base::Denied("incident " + action.id + " is resolved");
    if (!action.once.empty() && !used_.insert(action.once).second) return base::Denied("that was used before");
    actions_.push_back(action);
    escalation::Incident& incident = found->second;
    incident.acked = action.action == "ack";
    incident.state = incident.acked ? escalation::State::kAcked : escalation::State::kActive;
    incident.ack_by = action.by;
    incident.ack_via = action.via;
    incident.ack_comment = action.comment;
    incident.acked_at = clock_.Now();
    incident.ack_for = action.lasts_for == base::Duration::zero() ? base::hours(4) : action.lasts_for;
    return base::OkStatus();
  }

  base::Clock& clock_;
  escalation::Policy policy_;
  std::map<std::string, escalation::Incident, std::less<>> incidents_;
  std::map<std::string, std::vector<bekci::notify::AlertPtr>> alerts_;
  std::vector<bekci::notify::EscalationAction> actions_;
  std::set<std::string> used_;
  base::Status failure_;
};

}  // namespace bekci::web::notify
