// http: any API that can be told with one request. Method, URL, headers and body are templates; what counts as success
// is said in the configuration; the request may carry a signature of its body.
//
// Source: receivers.md section 11. Thread rule: as HttpJob.
#include <algorithm>

#include "agent/notify/receivers/answer_check.h"
#include "agent/notify/receivers/digest.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr std::string_view kSignatureField = "X-Agent-Signature";

std::string BodyOf(HttpJob& job) {
  const Settings& settings = job.settings();
  if (const config::Node* const tree = settings.Tree("json"); tree != nullptr) {
    auto json = job.parts().texts.CustomPayload(*tree, job.notification());
    if (json.ok()) return AsBody(*json);
    job.Fail(Failure(Outcome::kPermanent, "clientError", "json: " + json.status().message()));
    return {};
  }
  if (settings.IsSet("body")) return job.Text("body");
  return job.parts().texts.WebhookBody(job.notification(), settings.Number("max_alerts"),
                                       job.parts().escalation_payload);
}

// "t=<unix>,v1=<hex HMAC-SHA256 of '<t>.<body>'>": old answers of a listener cannot be played again later.
std::string SignatureOf(std::string_view secret, std::string_view body, base::Timestamp now) {
  const std::string time = std::to_string(now.ms / 1000);
  return "t=" + time + ",v1=" + Hex(HmacSha256(secret, time + "." + std::string(body)));
}

Delivery DeliverHttp(HttpJob& job) {
  const Settings& settings = job.settings();
  const Host host = settings.Flag("allow_dynamic_host") ? Host::kMayBeTemplate : Host::kLiteral;
  HttpQuestion question{.method = settings.Text("method"),
                        .url = ExpandedUrl(job, "url", job.Secret("url"), host),
                        .content_type = settings.Text("content_type")};
  if (question.method == "GET") {
    question.content_type.clear();
  } else {
    question.body = BodyOf(job);
  }
  for (const auto& [name, text] : settings.Map("headers")) {
    std::string value = job.Expanded("headers", text);
    std::replace_if(
        value.begin(), value.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    question.fields.emplace_back(name, std::move(value));
  }
  for (auto& field : job.IdempotencyField()) question.fields.push_back(std::move(field));
  const std::string secret = job.Secret("signature_secret");
  if (!secret.empty()) {
    question.fields.emplace_back(kSignatureField, SignatureOf(secret, question.body, job.parts().clock.Now()));
  }
  return CheckedAnswer(job, job.Ask(question));
}

base::Status CheckHttp(const Settings& settings) {
  if (!settings.Secret("url").given()) return base::Invalid("give url or url_file");
  const std::string url = settings.Text("url");
  if (!url.empty() && !settings.Flag("allow_dynamic_host") && !HasLiteralHost(url)) {
    return base::Invalid("url: its scheme and host must be written out; allow_dynamic_host lets templates choose them");
  }
  RETURN_IF_ERROR(CheckAnswerSettings(settings));
  return CheckUrl("url", url);
}

}  // namespace

const HttpKind kHttp = {.name = "http", .deduplicates = true, .deliver = &DeliverHttp, .check = &CheckHttp};

}  // namespace bekci::notify::receivers
