// sns: Amazon's notification service, for topics, endpoints and phone numbers.
//
// Signed with keys from the configuration (sigv4) or from the environment, as Amazon's own programs take them. Profiles
// and roles, which need further services of Amazon, are refused when the configuration is read.
//
// Source: the vendor's documentation of Publish; alertmanager-semantics.md section 1.5. Thread rule: as HttpJob.
#include <algorithm>
#include <cstdlib>

#include "agent/base/text.h"
#include "agent/net/url.h"
#include "agent/notify/message/truncate.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/sigv4.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kMaxMessageBytes = 256 << 10;
constexpr size_t kMaxSmsBytes = 1600;
constexpr size_t kMaxSubject = 100;

std::string Environment(const char* name) {
  const char* const value = getenv(name);
  return value == nullptr ? std::string() : value;
}

AwsCredentials CredentialsOf(HttpJob& job) {
  AwsCredentials credentials;
  const auto section = job.settings().Section("sigv4");
  if (section && section->IsSet("access_key")) {
    credentials.access_key = section->Text("access_key");
    credentials.secret_key = section->Text("secret_key");
  } else {
    credentials = {Environment("AWS_ACCESS_KEY_ID"), Environment("AWS_SECRET_ACCESS_KEY"),
                   Environment("AWS_SESSION_TOKEN")};
  }
  if (credentials.access_key.empty() || credentials.secret_key.empty()) {
    job.Fail(Failure(Outcome::kAuthError, "authError",
                     "no keys: give sigv4.access_key and secret_key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in "
                     "bekci's environment"));
  }
  job.Hide(credentials.secret_key);
  job.Hide(credentials.session_token);
  return credentials;
}

// The region of sigv4, else the one in the name of the topic: arn:aws:sns:eu-west-1:1:name.
std::string RegionOf(HttpJob& job) {
  const auto section = job.settings().Section("sigv4");
  if (section && section->IsSet("region")) return section->Text("region");
  for (const std::string_view key : {"topic_arn", "target_arn"}) {
    const std::string arn = job.Text(key);
    const auto parts = base::Split(arn, ':');
    if (parts.size() > 4 && !parts[3].empty()) return std::string(parts[3]);
  }
  return Environment("AWS_REGION");
}

std::string BodyOf(HttpJob& job, bool fifo) {
  const std::string phone = job.Text("phone_number");
  Form form;
  form.Add("Action", "Publish").Add("Version", "2010-03-31");
  form.Add("TopicArn", job.Text("topic_arn")).Add("TargetArn", job.Text("target_arn")).Add("PhoneNumber", phone);
  const std::string message = job.Text("message");
  const std::string ack = job.AckUrl(message);
  const std::string link = ack.empty() ? "" : "\nAcknowledge: " + ack;
  form.Add(
      "Message",
      message::TruncateBytes(message, (phone.empty() ? kMaxMessageBytes : kMaxSmsBytes) - link.size()).text + link);
  std::string subject = message::TruncateCharacters(job.Text("subject"), kMaxSubject).text;
  std::replace_if(
      subject.begin(), subject.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
  if (phone.empty()) form.Add("Subject", subject.substr(0, kMaxSubject));
  if (fifo) {
    form.Add("MessageGroupId", GroupHash(job.notification()));
    form.Add("MessageDeduplicationId", job.notification().delivery_id.substr(0, 128));
  }
  size_t number = 0;
  for (const auto& [name, text] : job.settings().Map("attributes")) {
    const std::string entry = "MessageAttributes.entry." + std::to_string(++number);
    form.Add(entry + ".Name", name).Add(entry + ".Value.DataType", "String");
    form.Add(entry + ".Value.StringValue", job.Expanded("attributes", text));
  }
  return form.text();
}

Delivery DeliverSns(HttpJob& job) {
  const std::string region = RegionOf(job);
  const AwsCredentials credentials = CredentialsOf(job);
  std::string url = job.Text("api_url");
  if (url.empty()) url = "https://sns." + region + ".amazonaws.com/";
  const auto parsed = net::ParseUrl(url);
  if (region.empty() || !parsed.ok()) {
    return Failure(Outcome::kPermanent, "clientError", "no region: give sigv4.region");
  }
  const bool fifo = job.Text("topic_arn").ends_with(".fifo");
  HttpQuestion question{.url = url, .content_type = "application/x-www-form-urlencoded; charset=utf-8"};
  question.body = BodyOf(job, fifo);
  question.secrets = SignedFields({.method = "POST",
                                   .host = parsed->Authority(),
                                   .path = parsed->target,
                                   .query = {},
                                   .content_type = question.content_type,
                                   .body = question.body},
                                  credentials, region, "sns", job.parts().clock.Now());
  const HttpReply reply = job.Ask(question);
  Delivery delivery = job.Judged(reply);
  const auto says = [&](std::string_view word) { return reply.body.find(word) != std::string::npos; };
  if (reply.status.ok() && reply.code == 400 && (says("Throttl") || says("RequestLimitExceeded"))) {
    return FailureInside(Outcome::kRateLimited, reply, "SNS: " + Excerpt(reply.body));
  }
  return delivery;
}

base::Status CheckSns(const Settings& settings) {
  const auto section = settings.Section("sigv4");
  for (const std::string_view key : {"profile", "role_arn", "external_id"}) {
    if (section && section->IsSet(key)) {
      return base::Invalid("sigv4." + std::string(key) +
                           " is not supported: give access_key and secret_key, or the same in the environment");
    }
  }
  return CheckUrl("api_url", settings.Text("api_url"));
}

}  // namespace

const HttpKind kSns = {.name = "sns", .deliver = &DeliverSns, .check = &CheckSns};

}  // namespace bekci::notify::receivers
