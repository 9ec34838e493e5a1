#include "agent/notify/outbox_row.h"
#include "agent/notify/message/message_data.h"

#include <algorithm>

namespace bekci::notify {
namespace {

bool SameMember(const Content::Member& a, const Content::Member& b) {
  if (a.resolved != b.resolved) return false;
  if (a.alert == b.alert) return true;
  return a.alert->labels == b.alert->labels && a.alert->annotations == b.alert->annotations &&
         a.alert->starts_at == b.alert->starts_at && a.alert->generator_url == b.alert->generator_url &&
         (!a.resolved || a.alert->ends_at == b.alert->ends_at);
}

// Members in an order that does not depend on how the group keeps them.
std::vector<Content::Member> Sorted(const RowText& row) {
  std::vector<Content::Member> members;
  for (const Content::Member& member : row.content->alerts) {
    if (!row.only_firing || !member.resolved) members.push_back(member);
  }
  std::sort(members.begin(), members.end(), [](const Content::Member& a, const Content::Member& b) {
    return a.alert->labels.data() < b.alert->labels.data();
  });
  return members;
}

}  // namespace

bool SameMessage(const RowText& a, const RowText& b) {
  if (a.reason != b.reason || a.logs != b.logs || a.escalation.has_value() || b.escalation.has_value()) return false;
  if (a.content->firing != b.content->firing || a.content->resolved != b.content->resolved) return false;
  const auto left = Sorted(a);
  const auto right = Sorted(b);
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), SameMember);
}

message::Notification BuildNotification(const RowText& row, const message::TextMap& kept,
                                        const std::string& external_url) {
  message::Notification notification;
  notification.receiver = row.target.integration.receiver;
  notification.group_key = row.target.group_key;
  notification.reason = row.reason;
  notification.group_labels = row.content->group_labels;
  notification.route_labels = row.content->route_labels;
  notification.external_url = external_url;
  notification.now = row.content->at.wall;
  notification.escalation = row.escalation;
  notification.delivery_id = row.delivery_id;
  notification.kept = kept;
  for (const Content::Member& member : row.content->alerts) {
    if (row.only_firing && member.resolved) continue;
    const Alert& alert = *member.alert;
    notification.alerts.push_back(
        {.labels = alert.labels,
         .annotations = alert.annotations,
         .starts_at = alert.starts_at,
         .ends_at = member.resolved ? std::min(alert.ends_at, row.content->at.wall) : base::Timestamp{},
         .generator_url = alert.generator_url,
         .resolved = member.resolved});
  }
  std::sort(notification.alerts.begin(), notification.alerts.end(),
            [](const message::Alert& a, const message::Alert& b) { return message::LessByLabels(a.labels, b.labels); });
  return notification;
}

}  // namespace bekci::notify
