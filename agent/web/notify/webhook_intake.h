// WebhookIntake: bekci as the receiver of another Alertmanager: POST /api/v1/alertmanager-webhook takes what
// Alertmanager posts to a webhook_config (payload version 4), and its alerts go the way of all alerts: routes,
// silences, escalation.
//
//   receivers:
//   - name: bekci
//     webhook_configs: [{url: "http://127.0.0.1:10112/api/v1/alertmanager-webhook", send_resolved: true}]
//
// How long a firing alert holds: Prometheus posts its alerts every minute, and what is not posted any more is over
// soon. A webhook is not repeated like that: it comes again after repeat_interval, hours later, or not at all. So a
// firing alert holds for 24 hours, unless a later webhook renews it or says that it is resolved; ?hold=2d in the URL
// overrides that (a minute to 30 days). It should be longer than the sender's repeat_interval. An alert that the other
// side dropped without a word is therefore told as resolved up to a day late.
//
// Strict about what it reads, since what is misread is a page that does not come: a body that is no such payload is
// refused whole (400, which Alertmanager counts as failed and does not send again). Alerts that the store refuses one
// by one do not keep the others out; the answer is 400 all the same, so that the sender's metrics show it. 503: try
// again.
//
// Source: Alertmanager's webhook documentation. Thread rule: any thread; ReadWebhook is a pure function.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/net/http.h"
#include "agent/notify/alert.h"
#include "agent/web/notify/refusals.h"
#include "agent/web/route.h"

namespace bekci::web::notify {

inline constexpr size_t kMaxWebhookBytes = size_t{16} << 20;
inline constexpr size_t kMaxWebhookAlerts = 20'000;
inline constexpr base::Duration kWebhookHold = base::hours(24);

struct WebhookAlerts {
  std::vector<bekci::notify::PostedAlert> alerts;
  size_t firing = 0;
  size_t resolved = 0;
  uint64_t truncated = 0;  // alerts that the sender left out (max_alerts)
};

// Firing alerts end `hold` after `now`; resolved ones end when they say, at `now` at the latest. A start in the future,
// from a clock ahead of ours, is `now`. Errors: invalid, with the place of what is wrong.
base::Result<WebhookAlerts> ReadWebhook(std::string_view body, base::Duration hold, base::Timestamp now);

class WebhookIntake {
 public:
  // Takes what is good; what is wrong with the rest. Errors: invalid; unavailable.
  using Post = std::function<base::Status(std::vector<bekci::notify::PostedAlert>)>;

  // Both references outlive it.
  WebhookIntake(base::Clock& clock, Post post, Refusals& refusals)
      : clock_(clock), post_(std::move(post)), refusals_(refusals) {}

  // Rows for the site's table. `this` outlives them.
  std::vector<Route> Routes();

 private:
  net::HttpResponse Take(const net::HttpRequest& request);
  net::HttpResponse Refuse(Why why, net::HttpResponse response);

  base::Clock& clock_;
  const Post post_;
  Refusals& refusals_;
};

}  // namespace bekci::web::notify
