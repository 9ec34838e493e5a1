// twilio: text messages by Twilio. sms: text messages by any gateway that takes a number and a text over HTTP.
//
// There is nothing by which Twilio or a gateway could tell a repetition: when no answer comes, the message may have
// been sent. `validity_period` makes Twilio drop what could not be handed over in time, so that nobody is woken late.
//
// Source: receivers.md sections 10 and 11. Thread rule: as HttpJob.
#include <algorithm>

#include "agent/net/url.h"
#include "agent/notify/message/sms_text.h"
#include "agent/notify/message/truncate.h"
#include "agent/notify/receivers/answer_check.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kTwilioMaxRunes = 1600;

// The message with its link, in at most max_parts parts. The link is never cut: it is what the reader needs.
std::string SmsText(HttpJob& job) {
  std::string text = job.Text("message");
  const std::string ack = job.AckUrl(text);
  const std::string link = ack.empty() ? "" : "\nack: " + ack;
  if (job.settings().Flag("transliterate")) text = message::GsmTransliterated(text);
  const size_t parts = std::max<size_t>(1, static_cast<size_t>(job.settings().Number("max_parts")));
  std::string whole = text + link;
  while (!text.empty() && message::SizeOfSms(whole).parts > parts) {
    // Units of the text and of its link add up, whatever the alphabet: cut by a few characters until it fits.
    text = message::TruncateCharacters(
               text, message::CharacterCount(text) - std::min<size_t>(message::CharacterCount(text), 8))
               .text;
    if (!message::SizeOfSms(link).unicode && !message::SizeOfSms(message::GsmTransliterated(text)).unicode)
      text = message::GsmTransliterated(text);
    whole = text + link;
  }
  return whole;
}

Outcome OutcomeOfCode(std::string_view code, Outcome otherwise) {
  if (code == "20429" || code == "21611" || code == "14107") return Outcome::kRateLimited;
  if (code == "20003" || code == "20005") return Outcome::kAuthError;
  return otherwise;
}

Delivery DeliverTwilio(HttpJob& job) {
  const std::string account = job.settings().Text("account_sid");
  const std::string api_key = job.settings().Text("api_key_sid");
  const std::string secret = job.Secret(api_key.empty() ? "auth_token" : "api_key_secret");
  Form form;
  form.Add("To", job.Text("to")).Add("From", job.Text("from"));
  form.Add("MessagingServiceSid", job.Text("messaging_service_sid"));
  form.Add("Body", message::TruncateCharacters(SmsText(job), kTwilioMaxRunes).text)
      .Add("StatusCallback", job.Text("status_callback"));
  const base::Duration validity = job.settings().Duration("validity_period");
  if (validity > base::Duration::zero()) form.Add("ValidityPeriod", std::to_string(validity / base::seconds(1)));
  std::string base = job.Text("api_url");
  if (base.empty()) base = "https://api.twilio.com/";
  HttpQuestion question{.url = JoinUrl(base, "2010-04-01/Accounts/" + account + "/Messages.json"),
                        .content_type = std::string(kFormType),
                        .body = form.text()};
  question.secrets = {{"Authorization", net::BasicAuthorization((api_key.empty() ? account : api_key) + ":" + secret)}};
  const HttpReply reply = job.Ask(question);
  Delivery delivery = job.Judged(reply);
  if (!reply.status.ok()) return delivery;
  const JsonAnswer answer(reply.body);
  if (IsSuccess(delivery.outcome)) {
    delivery.detail = answer.Text("/sid");
    return delivery;
  }
  const Outcome outcome = OutcomeOfCode(answer.Text("/code"), delivery.outcome);
  // A server error may come after the message went out, and nothing would tell a second one from it.
  if (outcome == Outcome::kRetryable && reply.code >= 500) {
    delivery.outcome = Outcome::kAmbiguous;
    return delivery;
  }
  if (outcome == delivery.outcome) return delivery;
  return FailureInside(outcome, reply, "Twilio " + answer.Text("/code") + ": " + Excerpt(answer.Text("/message")));
}

base::Status CheckTwilio(const Settings& settings) {
  if (settings.IsSet("from") == settings.IsSet("messaging_service_sid")) {
    return base::Invalid("give from or messaging_service_sid, one of the two");
  }
  const bool token = settings.Secret("auth_token").given();
  const bool key = settings.IsSet("api_key_sid") && settings.Secret("api_key_secret").given();
  if (token == key) return base::Invalid("give auth_token, or api_key_sid and api_key_secret");
  return CheckUrl("api_url", settings.Text("api_url"));
}

// What the gateway is told, under its own names.
std::vector<std::pair<std::string, std::string>> GatewayFields(HttpJob& job) {
  std::vector<std::pair<std::string, std::string>> fields = {{job.settings().Text("to_field"), job.Text("to")},
                                                             {job.settings().Text("text_field"), SmsText(job)}};
  const std::string from = job.Text("from");
  if (!from.empty()) fields.emplace_back(job.settings().Text("from_field"), from);
  for (const auto& [name, text] : job.settings().Map("fields")) {
    fields.emplace_back(name, job.Expanded("fields", text));
  }
  const std::string secret = job.Secret("secret");
  if (!secret.empty()) fields.emplace_back(job.settings().Text("secret_field"), secret);
  return fields;
}

Delivery DeliverSms(HttpJob& job) {
  HttpQuestion question{.url = ExpandedUrl(job, "url", job.Secret("url"), Host::kLiteral)};
  const std::string format = job.settings().Text("format");
  const auto fields = GatewayFields(job);
  if (format == "json") {
    JsonBody json;
    for (const auto& [name, value] : fields) json.Add(name, value);
    question.body = std::move(json).Body();
  } else if (format == "query") {
    for (const auto& [name, value] : fields) question.url = WithParameter(question.url, name, value);
    question.method = "GET";
    question.content_type.clear();
  } else {
    Form form;
    for (const auto& [name, value] : fields) form.Add(name, value);
    question.body = form.text();
    question.content_type = kFormType;
  }
  return CheckedAnswer(job, job.Ask(question));
}

base::Status CheckSms(const Settings& settings) {
  if (!settings.Secret("url").given()) return base::Invalid("give url or url_file");
  if (settings.Secret("secret").given() && !settings.IsSet("secret_field")) {
    return base::Invalid("secret needs secret_field beside it: what the gateway calls it");
  }
  RETURN_IF_ERROR(CheckAnswerSettings(settings));
  return CheckUrl("url", settings.Text("url"));
}

}  // namespace

const HttpKind kTwilio = {
    .name = "twilio", .codes = {.accepted = {201}}, .deliver = &DeliverTwilio, .check = &CheckTwilio};
const HttpKind kSms = {.name = "sms", .deliver = &DeliverSms, .check = &CheckSms};

}  // namespace bekci::notify::receivers
