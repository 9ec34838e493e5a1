#include "agent/notify/message/message_data.h"

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/notify/message/go_json.h"

namespace bekci::notify::message {
namespace {

// The pairs that are in all of them.
Kv Common(std::span<const templates::Value> alerts, Kv AlertView::*member, templates::Arena* arena) {
  if (alerts.empty()) return {};
  std::vector<KvPair> common;
  for (const KvPair& pair : (alerts.front().data<AlertView>().*member).pairs) {
    const bool everywhere = std::all_of(alerts.begin() + 1, alerts.end(), [&](const templates::Value& alert) {
      const auto pairs = (alert.data<AlertView>().*member).pairs;
      const auto found = std::lower_bound(pairs.begin(), pairs.end(), pair.name,
                                          [](const KvPair& p, std::string_view name) { return p.name < name; });
      return found != pairs.end() && found->name == pair.name && found->value == pair.value;
    });
    if (everywhere) common.push_back(pair);
  }
  return {arena->Copy(common)};
}

// Less, equal, greater; a missing label sorts last.
int CompareLabel(const model::Labels& a, const model::Labels& b, std::string_view name) {
  const std::string_view x = a.Get(name);
  const std::string_view y = b.Get(name);
  if (x.empty() != y.empty()) return x.empty() ? 1 : -1;
  return x.compare(y);
}

}  // namespace

MessageData::MessageData(const Notification& notification, Options options)
    : notification_(notification), on_call_(std::move(options.on_call)) {
  const size_t all = notification.alerts.size();
  const size_t count = options.max_alerts == 0 ? all : std::min(all, options.max_alerts);
  truncated_ = all - count;
  view_.receiver = arena_.Copy(RegexpQuoted(notification.receiver));
  view_.reason = ReasonText(notification.reason);
  view_.group_labels = KvOf(notification.group_labels);
  view_.route_labels = KvOf(notification.route_labels);
  view_.external_url = notification.external_url;
  AddAlerts(count);
  view_.common_labels = Common(view_.alerts, &AlertView::labels, &arena_);
  view_.common_annotations = Common(view_.alerts, &AlertView::annotations, &arena_);
  view_.escalation.started_at = kZeroMoment;
  view_.escalation.entered_at = kZeroMoment;
  if (notification.escalation) AddEscalation(*notification.escalation);
}

void MessageData::AddAlerts(size_t count) {
  const auto views = arena_.NewArray<AlertView>(count);
  const auto values = arena_.NewArray<templates::Value>(count);
  view_.status = "resolved";
  for (size_t i = 0; i < count; ++i) {
    const Alert& alert = notification_.alerts[i];
    if (!alert.resolved) view_.status = "firing";
    views[i] = {.status = alert.resolved ? "resolved" : "firing",
                .labels = KvOf(alert.labels),
                .annotations = KvOf(alert.annotations),
                .starts_at = MomentOf(alert.starts_at),
                .ends_at = alert.resolved ? MomentOf(alert.ends_at) : kZeroMoment,
                .generator_url = alert.generator_url,
                .fingerprint = arena_.Copy(FingerprintText(Fingerprint(alert.labels)))};
    values[i] = templates::Value::Object(&views[i], kAlertType);
  }
  view_.alerts = values;
}

void MessageData::AddEscalation(const Escalation& escalation) {
  const auto entries = arena_.NewArray<TimelineView>(escalation.timeline.size());
  const auto values = arena_.NewArray<templates::Value>(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    const TimelineEntry& entry = escalation.timeline[i];
    entries[i] = {.at = MomentOf(entry.at), .event = entry.event, .level = entry.level, .text = entry.text};
    values[i] = templates::Value::Object(&entries[i], kTimelineEntryType);
  }
  view_.escalation = {.id = escalation.id,
                      .policy = escalation.policy,
                      .level = escalation.level,
                      .level_title = escalation.level_title,
                      .cycle = escalation.cycle,
                      .state = escalation.state,
                      .reason = escalation.reason,
                      .started_at = MomentOf(escalation.started_at),
                      .entered_at = MomentOf(escalation.entered_at),
                      .ack_within = arena_.Copy(base::DurationText(escalation.ack_within)),
                      .ack_url = escalation.ack_url,
                      .delivery_id = notification_.delivery_id,
                      .timeline = values};
}

Kv MessageData::KvOf(const model::Labels& labels) {
  std::vector<KvPair> pairs;
  for (const auto& [name, value] : labels) pairs.push_back({name, value});
  return {arena_.Copy(pairs)};
}

Kv MessageData::KvOf(const TextMap& texts) {
  std::vector<KvPair> pairs;
  for (const auto& [name, value] : texts) pairs.push_back({name, value});
  return {arena_.Copy(pairs)};
}

std::string MessageData::OnCall(std::string_view schedule, std::string_view field) const {
  return on_call_ ? on_call_(schedule, field) : std::string();
}

std::string RegexpQuoted(std::string_view text) {
  constexpr std::string_view kSpecial = "\\.+*?()|[]{}^$";
  std::string out;
  for (const char c : text) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

bool LessByAllLabels(const model::Labels& a, const model::Labels& b) {
  const size_t count_a = a.count();
  const size_t count_b = b.count();
  if (count_a != count_b) return count_a < count_b;
  // With as many labels each, the first name that differs is missing on the side whose own comes later.
  auto other = b.begin();
  for (const auto& [name, value] : a) {
    const auto [other_name, other_value] = *other;
    ++other;
    if (name != other_name) return name > other_name;
    if (value != other_value) return value < other_value;
  }
  return false;
}

bool LessByLabels(const model::Labels& a, const model::Labels& b) {
  for (const std::string_view name : {"job", "instance"}) {
    if (const int order = CompareLabel(a, b, name); order != 0) return order < 0;
  }
  return LessByAllLabels(a, b);
}

void SortAlerts(std::vector<Alert>* alerts) {
  std::stable_sort(alerts->begin(), alerts->end(),
                   [](const Alert& a, const Alert& b) { return LessByLabels(a.labels, b.labels); });
}

}  // namespace bekci::notify::message
