#include "agent/notify/receivers/http_integration.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/notify/receivers/digest.h"

namespace bekci::notify::receivers {
namespace {

constexpr base::Duration kTimeout = base::seconds(15);
constexpr size_t kMaxDetailBytes = 600;

}  // namespace

std::string Memory::Get(const std::string& key) const {
  base::MutexLock lock(mutex_);
  const auto found = values_.find(key);
  return found == values_.end() ? std::string() : found->second;
}

void Memory::Set(const std::string& key, std::string value) {
  base::MutexLock lock(mutex_);
  values_[key] = std::move(value);
}

HttpJob::HttpJob(const HttpKind& kind, const Settings& settings, const Parts& parts, HttpSender& sender, Memory& memory,
                 const message::Notification& notification, base::MonotonicTime deadline)
    : kind_(kind),
      settings_(settings),
      parts_(parts),
      sender_(sender),
      memory_(memory),
      notification_(notification),
      texts_of_(&notification),
      deadline_(deadline),
      firing_(notification.firing()) {}

std::string HttpJob::Take(base::Result<std::string> result, std::string_view key) {
  if (result.ok()) return std::move(*result);
  Fail(Failure(Outcome::kPermanent, "clientError", std::string(key) + ": " + result.status().message()));
  return {};
}

std::string HttpJob::Text(const Settings& settings, std::string_view key) {
  return Expanded(key, settings.Text(key));
}

std::string HttpJob::Expanded(std::string_view key, const std::string& text) {
  if (text.empty()) return {};
  return Take(parts_.texts.Expand(text, *texts_of_), key);
}

std::string HttpJob::Html(std::string_view key) {
  const std::string text = settings_.Text(key);
  if (text.empty()) return {};
  return Take(parts_.texts.ExpandHtml(text, *texts_of_), key);
}

bool HttpJob::Flag(std::string_view key) {
  const std::string text = base::ToLower(Text(key));
  return text == "true" || text == "t" || text == "1";
}

std::string HttpJob::Secret(std::string_view key) {
  const client::SecretSource source = settings_.Secret(key);
  if (!source.given()) return {};
  auto secret = client::ReadSecret(parts_.fs, source);
  if (!secret.ok()) {
    // The next receiver of the level is told at once; a file that is back is read at the next message.
    Fail(Failure(Outcome::kAuthError, "authError", std::string(key) + "_file: " + secret.status().message()));
    return {};
  }
  Hide(*secret);
  return std::move(*secret);
}

void HttpJob::Hide(const std::string& value) {
  for (std::string& part : SecretParts(value)) hidden_.push_back(std::move(part));
}

bool HttpJob::AsksToAcknowledge() const {
  return notification_.escalation && firing_ && !IsAcknowledgement();
}

std::string HttpJob::AckUrl(std::string_view text) const {
  if (!AsksToAcknowledge()) return {};
  const std::string& url = notification_.escalation->ack_url;
  return url.empty() || text.find(url) != std::string_view::npos ? std::string() : url;
}

net::HttpFetcher::Fields HttpJob::IdempotencyField() const {
  std::string id = notification_.delivery_id;
  if (id.empty()) return {};
  // Names of receivers are in it, and these may be in any script.
  std::replace_if(
      id.begin(), id.end(), [](char c) { return c < ' ' || c > '~'; }, '_');
  return {{"Idempotency-Key", std::move(id)}};
}

bool HttpJob::IsAcknowledgement() const {
  return notification_.escalation && notification_.escalation->state == "acked";
}

void HttpJob::Fail(Delivery failure) {
  if (!failure_) failure_ = std::move(failure);
}

HttpReply HttpJob::Ask(const HttpQuestion& question) {
  HttpReply reply;
  if (failed()) {
    reply.status = base::Invalid(failure_->detail);
    return reply;
  }
  return sender_.Ask(question, deadline_, &hidden_);
}

HttpReply HttpJob::PostJson(const std::string& url, std::string body) {
  return Ask({.url = url, .body = std::move(body)});
}

Delivery HttpJob::Judged(const HttpReply& reply) const {
  return failed() ? *failure_ : Judge(reply, kind_.codes, kind_.deduplicates);
}

Delivery HttpJob::Redacted(Delivery delivery) const {
  delivery.detail = Excerpt(receivers::Redacted(std::move(delivery.detail), hidden_), kMaxDetailBytes);
  return delivery;
}

HttpIntegration::HttpIntegration(const HttpKind& kind, const routing::IntegrationConfig& config, const Parts& parts)
    : kind_(kind),
      parts_(parts),
      values_(config.values),
      settings_(values_),
      send_resolved_(config.send_resolved),
      sender_(config.http, parts.clock, parts.fs, parts.user_agent) {}

base::Status HttpIntegration::Check() const {
  return kind_.check == nullptr ? base::OkStatus() : kind_.check(settings_);
}

Delivery HttpIntegration::Deliver(const message::Notification& notification, base::MonotonicTime deadline) {
  if (!HasWords(notification, send_resolved_)) return Failure(Outcome::kNothing, "", "");
  const base::Duration configured = settings_.Duration("timeout");
  const base::Duration timeout = configured > base::Duration::zero() ? configured : kTimeout;
  HttpJob job(kind_, settings_, parts_, sender_, memory_, notification,
              std::min(deadline, parts_.clock.Monotonic() + timeout));
  Delivery delivery = kind_.deliver(job);
  // A half-made message may have been asked about before the failure showed; what could not be made is the answer.
  if (job.failed()) return job.Redacted(job.failure());
  return job.Redacted(std::move(delivery));
}

bool HasWords(const message::Notification& notification, bool send_resolved) {
  return send_resolved || notification.firing();
}

std::string GroupHash(const message::Notification& notification) {
  return Hex(Sha256(notification.group_key));
}

std::vector<std::string> SecretParts(const std::string& secret) {
  std::vector<std::string> parts = {secret};
  const size_t scheme = secret.find("://");
  if (scheme == std::string::npos) return parts;
  for (std::string_view rest = std::string_view(secret).substr(scheme + 3); !rest.empty();) {
    const size_t end = std::min(rest.find_first_of("/?&=#@"), rest.size());
    const std::string_view part = rest.substr(0, end);
    const bool random = part.find_first_of("0123456789") != std::string_view::npos || part.size() >= 20;
    const bool host = part.data() == secret.data() + scheme + 3 && end < rest.size() && rest[end] != '@';
    if (part.size() >= 8 && random && !host) parts.emplace_back(part);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return parts;
}

std::string Redacted(std::string text, const std::vector<std::string>& secrets) {
  std::vector<std::string_view> longest_first(secrets.begin(), secrets.end());
  std::sort(longest_first.begin(), longest_first.end(), [](auto a, auto b) { return a.size() > b.size(); });
  for (const std::string_view secret : longest_first) {
    // Shorter ones are no secrets, and would eat the text.
    if (secret.size() < 4) continue;
    for (size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "<secret>");
      at += 8;
    }
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> CommonLabels(const message::Notification& notification) {
  std::vector<std::pair<std::string, std::string>> common;
  if (notification.alerts.empty()) return common;
  for (const auto pair : notification.alerts.front().labels) {
    const bool all =
        std::all_of(notification.alerts.begin(), notification.alerts.end(),
                    [&](const message::Alert& alert) { return alert.labels.Get(pair.first) == pair.second; });
    if (all) common.emplace_back(pair);
  }
  return common;
}

}  // namespace bekci::notify::receivers
