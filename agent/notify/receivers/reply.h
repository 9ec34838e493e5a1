// HttpReply: what came back for one question over HTTP, and what becomes of the message by it.
//
// The rules are the same for all media: 2xx is success, 429 waits, 408, 425 and 5xx are tried again, 401 and 403 mean
// that we are not let in, the rest will never work. Where a vendor means something else by a status, its row of codes
// says so. A question that was sent whole and never answered is ambiguous: the vendor may have acted on it.
//
// Source: receivers.md section 0; the names of reasons are Alertmanager's. Thread rule: values and pure functions.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/notify/receivers/integration.h"

namespace bekci::notify::receivers {

struct HttpReply {
  base::Status status;  // why there is no answer; OK: there is one
  bool sent = false;    // the whole question left us
  int code = 0;
  std::string body;                           // at most 64 KiB of it
  std::optional<base::Duration> retry_after;  // of the header; at most kMaxRetryAfter

  bool ok() const { return status.ok() && code >= 200 && code < 300; }
};

inline constexpr base::Duration kMaxRetryAfter = base::minutes(15);

// A few status codes, as a constant.
class CodeSet {
 public:
  static constexpr size_t kMax = 8;
  constexpr CodeSet() = default;
  constexpr CodeSet(std::initializer_list<int> codes) {
    for (const int code : codes) codes_[count_++] = code;
  }
  constexpr bool Has(int code) const {
    for (size_t i = 0; i < count_; ++i) {
      if (codes_[i] == code) return true;
    }
    return false;
  }

 private:
  int codes_[kMax] = {};
  size_t count_ = 0;
};

// What a vendor's status codes mean where that is not what they mean to everybody.
struct Codes {
  CodeSet accepted = {};      // success that says "later"
  CodeSet rate_limited = {};  // beside 429
  CodeSet permanent = {};     // of those that would be tried again or be about authentication
};

// `deduplicates`: the other side can tell that a message is one it has. The detail holds the beginning of the answer:
// RedactedDelivery takes secrets out of it.
Delivery Judge(const HttpReply& reply, const Codes& codes, bool deduplicates);

// A failure that has no answer behind it: what we could not make or read ourselves.
Delivery Failure(Outcome outcome, std::string_view reason, std::string detail);
// The failure that a vendor names inside an answer with status 200.
Delivery FailureInside(Outcome outcome, const HttpReply& reply, std::string detail);
// "clientError", "serverError", "authError", "rateLimited".
std::string_view ReasonOfStatus(int status);

// The value of a Retry-After header: seconds, with fractions where a vendor writes some, or an HTTP date. Nullopt: it
// is neither. At most kMaxRetryAfter, never negative.
std::optional<base::Duration> ParseRetryAfter(std::string_view text, base::Timestamp now);
std::optional<base::Duration> RetryAfterSeconds(double seconds);

// The beginning of what a stranger said, on one line, fit for a log.
std::string Excerpt(std::string_view text, size_t max_bytes = 200);

}  // namespace bekci::notify::receivers
