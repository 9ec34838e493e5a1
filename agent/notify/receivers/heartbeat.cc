#include "agent/notify/receivers/heartbeat.h"

#include <algorithm>

#include "agent/notify/receivers/http_integration.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {

base::Result<std::unique_ptr<Heartbeat>> Heartbeat::Make(const config::Values& values, const Parts& parts) {
  config::Errors errors;
  client::HttpOptions http = client::ReadHttpOptions(values.Section("http_config"), &errors);
  const Settings settings(values);
  if (!settings.Secret("url").given()) errors.Add(values.mark(), "give url or url_file");
  for (const std::string_view key : {"url", "failing_url"}) {
    const base::Status status = CheckUrl(key, values.String(key));
    if (!status.ok()) errors.Add(values.MarkOf(key), status.message());
  }
  RETURN_IF_ERROR(errors.ToStatus());
  return std::unique_ptr<Heartbeat>(new Heartbeat(values, std::move(http), parts));
}

Heartbeat::Heartbeat(const config::Values& values, client::HttpOptions http, const Parts& parts)
    : parts_(parts),
      values_(values),
      settings_(values_),
      sender_(std::move(http), parts.clock, parts.fs, parts.user_agent) {}

Delivery Heartbeat::Beat(State state, std::string_view why, base::MonotonicTime deadline) {
  const bool alive = state == State::kAlive;
  const client::SecretSource source = settings_.Secret(alive ? "url" : "failing_url");
  if (!source.given()) return Failure(Outcome::kNothing, "", "");
  auto url = client::ReadSecret(parts_.fs, source);
  if (!url.ok()) return Failure(Outcome::kAuthError, "authError", url.status().message());
  HttpQuestion question{.method = values_.String("method"), .url = *url, .content_type = "text/plain; charset=utf-8"};
  if (question.method == "POST") {
    question.body = why;
  } else {
    question.content_type.clear();
  }
  std::vector<std::string> hidden = SecretParts(*url);
  const HttpReply reply =
      sender_.Ask(question, std::min(deadline, parts_.clock.Monotonic() + values_.Duration("timeout")), &hidden);
  // Beats are all the same: one more does no harm.
  Delivery delivery = Judge(reply, {}, true);
  delivery.detail = Redacted(std::move(delivery.detail), hidden);
  return delivery;
}

}  // namespace bekci::notify::receivers
