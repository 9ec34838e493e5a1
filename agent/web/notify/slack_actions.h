// SlackActions: POST /api/v1/slack/actions, where Slack says that a button was pressed (block_actions).
//
// The request proves that it is Slack's: X-Slack-Signature is the HMAC-SHA256 of "v0:<timestamp>:<raw body>" with the
// app's signing secret, compared in constant time; the timestamp may be five minutes off, and a request counts once.
// Without a signing secret nothing is let in. Slack waits three seconds, so the answer is 200 at once and says nothing;
// what comes of it is the callback's. What is signed and is no button of ours is answered 200 as well, and ignored.
//
// Slack comes from outside: where the site asks for passwords, they stand in the URL that Slack is given
// (https://user:password@host/...). Source: Slack's documentation "Verifying requests from Slack", block_actions
// payload. Thread rule: any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/net/http.h"
#include "agent/web/notify/chat_press.h"
#include "agent/web/notify/refusals.h"
#include "agent/web/notify/used_once.h"
#include "agent/web/route.h"

namespace bekci::web::notify {

inline constexpr base::Duration kSlackWindow = base::minutes(5);
inline constexpr size_t kMaxSlackBytes = size_t{256} << 10;

// Every press of a button of ours in `body` (a form with the field payload). Errors: invalid.
base::Result<std::vector<ChatPress>> ReadSlackActions(std::string_view body);
// "v0=..." of a body that was sent at `timestamp` (seconds, as the header has them).
std::string SlackSignature(std::string_view secret, std::string_view timestamp, std::string_view body);

class SlackActions {
 public:
  // `secret` gives the signing secret; empty: there is none. The references outlive it.
  SlackActions(base::Clock& clock, std::function<std::string()> secret, OnPress on_press, Refusals& refusals)
      : clock_(clock), secret_(std::move(secret)), on_press_(std::move(on_press)), refusals_(refusals) {}

  // Rows for the site's table. `this` outlives them.
  std::vector<Route> Routes();
  net::HttpResponse Handle(const net::HttpRequest& request);
  static constexpr std::string_view kPath = "/api/v1/slack/actions";

 private:
  std::optional<Why> Distrust(const net::HttpRequest& request, base::Timestamp now);

  base::Clock& clock_;
  const std::function<std::string()> secret_;
  const OnPress on_press_;
  Refusals& refusals_;
  UsedOnce used_;
};

}  // namespace bekci::web::notify
