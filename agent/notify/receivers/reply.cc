#include "agent/notify/receivers/reply.h"

#include <algorithm>
#include <array>

#include "agent/base/text.h"
#include "agent/net/http.h"
#include "agent/wire/utf8.h"

namespace bekci::notify::receivers {
namespace {

std::string StatusText(int code) {
  return "HTTP " + std::to_string(code) + " " + std::string(net::ReasonPhrase(code));
}

std::string Described(const HttpReply& reply) {
  const std::string excerpt = Excerpt(reply.body);
  std::string text = StatusText(reply.code);
  if (reply.code >= 300 && reply.code < 400) return text + ": redirects are not followed, name the place it points to";
  return excerpt.empty() ? text : text + ": " + excerpt;
}

Outcome OutcomeOfStatus(int code, const Codes& codes) {
  if (codes.rate_limited.Has(code)) return Outcome::kRateLimited;
  if (codes.permanent.Has(code)) return Outcome::kPermanent;
  if (codes.accepted.Has(code)) return Outcome::kAccepted;
  if (code >= 200 && code < 300) return Outcome::kDelivered;
  if (code == 429) return Outcome::kRateLimited;
  if (code == 401 || code == 403) return Outcome::kAuthError;
  if (code == 408 || code == 425 || code >= 500) return Outcome::kRetryable;
  return Outcome::kPermanent;
}

// Without an answer.
Delivery Unanswered(const HttpReply& reply, bool deduplicates) {
  Delivery delivery;
  const base::Code code = reply.status.code();
  delivery.reason = code == base::Code::kTimeout ? "contextDeadlineExceeded" : "other";
  delivery.detail = Excerpt(reply.status.message(), 400);
  if (reply.sent) {
    delivery.outcome = Outcome::kAmbiguous;
    delivery.deduplicates = deduplicates;
    delivery.detail = "all was sent, no answer came: " + delivery.detail;
  } else if (code == base::Code::kDenied || code == base::Code::kNotFound) {
    delivery.outcome = Outcome::kAuthError;  // what would let us in cannot be read, or an endpoint for tokens refuses
    delivery.reason = "authError";
  } else {
    // A text of ours that cannot be sent stays so; everything else is the way, and ways get better.
    delivery.outcome = code == base::Code::kInvalid ? Outcome::kPermanent : Outcome::kRetryable;
  }
  return delivery;
}

// "07:28:00" into seconds of a day.
std::optional<int64_t> ParseTimeOfDay(std::string_view text) {
  const auto parts = base::Split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  int64_t seconds = 0;
  for (const std::string_view part : parts) {
    const auto number = base::ParseUint(part);
    if (!number || part.size() != 2 || *number > 60) return std::nullopt;
    seconds = seconds * 60 + static_cast<int64_t>(*number);
  }
  return seconds;
}

// "Wed, 21 Oct 2015 07:28:00 GMT": the only form that servers may make (RFC 9110 section 5.6.7).
std::optional<base::Timestamp> ParseHttpDate(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto words = base::Split(text, ' ');
  if (words.size() != 6 || words[5] != "GMT") return std::nullopt;
  const auto day = base::ParseUint(words[1]);
  const auto month = std::find(kMonths.begin(), kMonths.end(), words[2]);
  const auto year = base::ParseUint(words[3]);
  const auto time = ParseTimeOfDay(words[4]);
  if (!day || *day < 1 || *day > 31 || month == kMonths.end() || !year || *year > 9999 || !time) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  return base::Timestamp{std::chrono::milliseconds(days).count() + *time * 1000};
}

base::Duration Bounded(base::Duration wait) {
  return std::clamp(wait, base::Duration::zero(), kMaxRetryAfter);
}

}  // namespace

std::string_view ReasonOfStatus(int status) {
  if (status == 401 || status == 403) return "authError";
  if (status == 429) return "rateLimited";
  if (status >= 400 && status < 500) return "clientError";
  if (status >= 500) return "serverError";
  return "other";
}

Delivery Judge(const HttpReply& reply, const Codes& codes, bool deduplicates) {
  if (!reply.status.ok()) return Unanswered(reply, deduplicates);
  Delivery delivery;
  delivery.outcome = OutcomeOfStatus(reply.code, codes);
  delivery.status = reply.code;
  if (IsSuccess(delivery.outcome)) return delivery;
  delivery.reason =
      delivery.outcome == Outcome::kRateLimited ? std::string_view("rateLimited") : ReasonOfStatus(reply.code);
  delivery.retry_after = reply.retry_after.value_or(base::Duration::zero());
  delivery.detail = Described(reply);
  return delivery;
}

Delivery Failure(Outcome outcome, std::string_view reason, std::string detail) {
  Delivery delivery;
  delivery.outcome = outcome;
  delivery.reason = reason;
  delivery.detail = std::move(detail);
  return delivery;
}

Delivery FailureInside(Outcome outcome, const HttpReply& reply, std::string detail) {
  static constexpr std::string_view kReasons[] = {
      "", "", "", "rateLimited", "serverError", "authError", "clientError", "other"};
  Delivery delivery = Failure(outcome, kReasons[static_cast<size_t>(outcome)], std::move(detail));
  delivery.status = reply.code;
  delivery.retry_after = reply.retry_after.value_or(base::Duration::zero());
  return delivery;
}

std::optional<base::Duration> RetryAfterSeconds(double seconds) {
  if (!(seconds >= 0)) return std::nullopt;
  return seconds > base::ToSeconds(kMaxRetryAfter) ? kMaxRetryAfter : Bounded(base::FromSeconds(seconds));
}

std::optional<base::Duration> ParseRetryAfter(std::string_view text, base::Timestamp now) {
  text = base::Trim(text);
  if (text.empty()) return std::nullopt;
  if (text.find_first_not_of("0123456789.") == std::string_view::npos) {
    const auto seconds = base::ParseDouble(text);
    return seconds ? RetryAfterSeconds(*seconds) : std::nullopt;
  }
  const auto date = ParseHttpDate(text);
  if (!date) return std::nullopt;
  return Bounded(*date - now);
}

std::string Excerpt(std::string_view text, size_t max_bytes) {
  std::string line;
  wire::AppendValidUtf8(base::Trim(text.substr(0, max_bytes + 4)), &line);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  if (line.size() <= max_bytes) return line;
  size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  return line.substr(0, end) + "...";
}

}  // namespace bekci::notify::receivers
