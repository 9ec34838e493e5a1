#include "agent/notify/routing/receiver_kinds.h"

#include <algorithm>
#include <vector>

namespace bekci::notify::routing {

std::span<const ReceiverKind> ReceiverKinds() {
  static const std::vector<ReceiverKind> kKinds = [] {
    constexpr std::string_view kOrder[] = {
        "webhook",  "email",   "pagerduty", "opsgenie", "wechat",    "slack", "victorops",  "pushover",   "sns",
        "telegram", "discord", "webex",     "msteams",  "msteamsv2", "jira",  "rocketchat", "mattermost", "incidentio"};
    std::vector<ReceiverKind> kinds;
    for (const auto part : {MailKinds(), PagingKinds(), ChatKinds(), MessengerKinds()}) {
      kinds.insert(kinds.end(), part.begin(), part.end());
    }
    const auto place = [&](const ReceiverKind& kind) {
      return std::find(std::begin(kOrder), std::end(kOrder), kind.name) - std::begin(kOrder);
    };
    std::sort(kinds.begin(), kinds.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
    return kinds;
  }();
  return kKinds;
}

}  // namespace bekci::notify::routing
