// webhook: Alertmanager's payload, version 4, or a body of one's own. incidentio: the same payload with a token.
//
// Every message carries its name for ever as Idempotency-Key, so a receiver can tell a repetition; hence an answer that
// never came may be asked for again. Source: receivers.md section 1; alertmanager-semantics.md sections 1.5 and 13.1.
#include <algorithm>

#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kIncidentioMaxBytes = 512 << 10;

std::string Payload(HttpJob& job) {
  const config::Node* const payload = job.settings().Tree("payload");
  if (payload == nullptr) {
    return job.parts().texts.WebhookBody(job.notification(), job.settings().Number("max_alerts"),
                                         job.parts().escalation_payload);
  }
  auto body = job.parts().texts.CustomPayload(*payload, job.notification());
  if (body.ok()) return AsBody(*body);
  job.Fail(Failure(Outcome::kPermanent, "clientError", "payload: " + body.status().message()));
  return {};
}

Delivery DeliverWebhook(HttpJob& job) {
  const std::string url = ExpandedUrl(job, "url", job.Secret("url"), Host::kMayBeTemplate);
  return job.Deliver({.url = url, .body = Payload(job), .fields = job.IdempotencyField()});
}

base::Status CheckWebhook(const Settings& settings) {
  return CheckUrl("url", settings.Text("url"));
}

// Halves the alerts until the body fits: the number of those left out is in the payload.
Delivery DeliverIncidentio(HttpJob& job) {
  const std::string token = job.Secret("alert_source_token");
  uint64_t max_alerts = job.settings().Number("max_alerts");
  const auto body_of = [&] {
    return job.parts().texts.WebhookBody(job.notification(), max_alerts, job.parts().escalation_payload);
  };
  std::string body = body_of();
  while (body.size() > kIncidentioMaxBytes && max_alerts != 1) {
    const uint64_t all = job.notification().alerts.size();
    max_alerts = std::max<uint64_t>(1, (max_alerts == 0 ? all : std::min(max_alerts, all)) / 2);
    body = body_of();
  }
  HttpQuestion question{.url = job.Secret("url"), .body = std::move(body), .fields = job.IdempotencyField()};
  if (!token.empty()) question.secrets = {{"Authorization", "Bearer " + token}};
  return job.Deliver(question);
}

}  // namespace

const HttpKind kWebhook = {.name = "webhook", .deduplicates = true, .deliver = &DeliverWebhook, .check = &CheckWebhook};
const HttpKind kIncidentio = {.name = "incidentio",
                              .codes = {.accepted = {202}},
                              .deduplicates = true,
                              .deliver = &DeliverIncidentio,
                              .check = &CheckWebhook};

}  // namespace bekci::notify::receivers
