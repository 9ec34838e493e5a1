// What the API and the metrics page are told.
#include <algorithm>
#include <utility>

#include "agent/notify/message/message_data.h"
#include "agent/notify/notifier.h"

namespace bekci::notify {

AlertView Notifier::ViewOf(const AlertPtr& alert, Instant now) {
  AlertView view;
  view.alert = alert;
  view.inhibited_by = inhibitor_->Inhibiting(alert->labels, now.wall);
  if (silences_.size() > 0) {
    ++metrics_.silence_queries;
    view.silenced_by = silences_.Matching(alert->labels, now.wall, &alert->memo->silences);
  }
  for (const routing::Route* route : routing::MatchRoutes(*setup_.config, alert->labels)) {
    view.receivers.push_back(route->receiver);
  }
  view.suppressed = !view.inhibited_by.empty() || !view.silenced_by.empty();
  return view;
}

std::vector<AlertView> Notifier::Alerts(Instant now, const AlertFilter& wanted) {
  std::vector<AlertView> views;
  for (const AlertPtr& alert : store_.alerts()) {
    if (alert->ResolvedAt(now.wall) || (wanted != nullptr && !wanted(alert->labels))) continue;
    views.push_back(ViewOf(alert, now));
  }
  std::sort(views.begin(), views.end(),
            [](const AlertView& a, const AlertView& b) { return a.alert->fingerprint < b.alert->fingerprint; });
  return views;
}

std::vector<GroupView> Notifier::Groups(Instant now, const AlertFilter& wanted) {
  std::vector<GroupView> views;
  for (const auto& [id, group] : dispatcher_.groups()) {
    GroupView view;
    const TimeVerdict time = CheckTime(*setup_.config, *group->route, now.wall);
    for (const AlertPtr& alert : group->alerts) {
      if (alert->ResolvedAt(now.wall) || (wanted != nullptr && !wanted(alert->labels))) continue;
      AlertView& one = view.alerts.emplace_back(ViewOf(alert, now));
      one.muted_by = time.intervals;
      one.suppressed = one.suppressed || time.mute != TimeMute::kNone;
    }
    if (view.alerts.empty()) continue;
    view.labels = group->labels;
    view.route_labels = group->route->labels;
    view.key = group->key;
    view.receiver = group->route->receiver;
    std::sort(view.alerts.begin(), view.alerts.end(), [](const AlertView& a, const AlertView& b) {
      return message::LessByLabels(a.alert->labels, b.alert->labels);
    });
    views.push_back(std::move(view));
  }
  std::sort(views.begin(), views.end(), [](const GroupView& a, const GroupView& b) {
    if (a.labels != b.labels) return message::LessByAllLabels(a.labels, b.labels);
    return a.receiver != b.receiver ? a.receiver < b.receiver : a.key < b.key;
  });
  return views;
}

std::vector<AlertPtr> Notifier::FiringIn(const std::string& group_key, Instant now) {
  std::vector<AlertPtr> firing;
  for (const Group* group : dispatcher_.FindAllByKey(group_key)) {
    for (const AlertPtr& alert : group->alerts) {
      if (!alert->ResolvedAt(now.wall)) firing.push_back(alert);
    }
  }
  return firing;
}

PipelineMetrics Notifier::Metrics(Instant now) {
  PipelineMetrics metrics = metrics_;
  const IngestCounters& ingested = store_.counters();
  metrics.received = {ingested.received_firing, ingested.received_resolved};
  metrics.invalid = ingested.invalid;
  metrics.refused = ingested.refused;
  for (const AlertPtr& alert : store_.alerts()) {
    if (alert->ResolvedAt(now.wall)) continue;
    const bool suppressed =
        inhibitor_->Inhibits(alert->labels, now.wall) ||
        (silences_.size() > 0 && !silences_.Matching(alert->labels, now.wall, &alert->memo->silences).empty());
    ++(suppressed ? metrics.suppressed : metrics.active);
  }
  for (const auto& [id, entry] : silences_.by_id()) {
    ++metrics.silences[static_cast<size_t>(entry.silence->StateAt(now.wall))];
  }
  metrics.log_entries = log_.entries().size();
  metrics.groups = dispatcher_.groups().size();
  metrics.receivers = integrations_.size();
  for (const auto& [name, entries] : integrations_) metrics.integrations += entries.size();
  metrics.inhibition_rules = inhibitor_ == nullptr ? 0 : inhibitor_->rules();
  metrics.sent_unjournaled = outbox_.sent_unjournaled();
  metrics.refused_rows = outbox_.refused();
  metrics.incidents = records_.incidents().size();
  metrics.time_to_acknowledge = records_.time_to_acknowledge();
  metrics.time_to_resolve = records_.time_to_resolve();
  metrics.by_integration = outbox_.Metrics(now);
  return metrics;
}

}  // namespace bekci::notify
