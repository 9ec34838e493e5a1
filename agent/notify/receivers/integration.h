// Integration: one entry of a receiver (a webhook, a mailbox, a channel), as the outbox sees it: it takes a message and
// says what became of it.
//
// Deliver makes one attempt and blocks until its deadline at most; when to try again is the outbox's matter. What came
// back is put into one of seven classes, the same for all media (receivers.md section 0.1), so that the outbox needs to
// know nothing of any of them.
//
// Thread rule: Deliver from any thread, several at once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/notify/message/notification.h"

namespace bekci::notify::receivers {

enum class Outcome : unsigned char {
  kDelivered,    // the other side has it
  kAccepted,     // the other side will see to it
  kNothing,      // there was nothing to say: resolved alerts only, and the integration does not want these
  kRateLimited,  // again, not before retry_after
  kRetryable,    // again, with back-off
  kAuthError,    // we are not let in: not again; the next receiver of the level
  kPermanent,    // this message will never be taken
  kAmbiguous,    // all was sent, nothing came back: again only where the other side can tell that it is the same
};
std::string_view OutcomeName(Outcome outcome);
inline bool IsSuccess(Outcome outcome) {
  return outcome == Outcome::kDelivered || outcome == Outcome::kAccepted || outcome == Outcome::kNothing;
}

struct Delivery {
  Outcome outcome = Outcome::kDelivered;
  // The label `reason` of alertmanager_notifications_failed_total: clientError, serverError, authError, rateLimited,
  // contextCanceled, contextDeadlineExceeded, other. Empty on success.
  std::string_view reason;
  // For the log, the timeline and the API: what happened, in words, without any secret. Of a success what the other
  // side called the message, if it did.
  std::string detail;
  int status = 0;  // of HTTP or SMTP; 0: there was none
  base::Duration retry_after{};
  bool deduplicates = false;  // of kAmbiguous: the other side can tell
  message::TextMap kept;      // for Notification::kept of the next message of this group
  bool forget_kept = false;   // what was kept is no longer good
};

class Integration {
 public:
  virtual ~Integration() = default;
  virtual std::string_view kind() const = 0;  // "webhook"
  virtual Delivery Deliver(const message::Notification& notification, base::MonotonicTime deadline) = 0;
  // How long an attempt may take where that is longer than what all are given; 0: it is not.
  virtual base::Duration longest() const { return {}; }
  // The process ends: an attempt that may take so long ends now, whatever becomes of it, and none begins.
  virtual void Abandon() {}
};

}  // namespace bekci::notify::receivers
