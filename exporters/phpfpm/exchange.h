// Exchange: one question to FPM, asked and answered over a connection of its own, possibly later than hoped.
//
// Asking and waiting are two steps, so that all pools are asked before the first is waited for: one that hangs costs
// the others nothing. And a question that nobody has begun to answer when the time is up stays where it is, in the
// pool's queue, and is waited for again next round: asking a saturated pool anew every round would fill its queue with
// questions that nobody waits for any more.
//
// Errors carry a Reason besides their text, for the label of a metric.
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/net/dialer.h"
#include "exporters/phpfpm/fastcgi.h"

namespace bekci::exporters::phpfpm {

// Why there are no numbers. In the order of kReasonNames.
enum class Reason : unsigned char {
  kNone,
  kConnect,       // nobody listens there, or the socket file is gone
  kPermission,    // we may not connect
  kQueueFull,     // no place in the socket's queue
  kTimeout,       // no whole answer in time
  kClosed,        // the connection ended without a whole answer
  kNotFastCgi,    // an answer, but not FastCGI
  kNotFound,      // FPM: File not found. (wrong path)
  kAccessDenied,  // FPM: Access denied.
  kBadAnswer,     // FastCGI, but not what was asked for
  kNoStatusPath,  // the pool is configured without pm.status_path
};
inline constexpr std::string_view kReasonNames[] = {
    "",          "connect",       "permission", "queue_full",    "timeout", "closed", "not_fastcgi",
    "not_found", "access_denied", "bad_answer", "no_status_path"};

struct Failure {
  Reason reason = Reason::kNone;
  base::Status status;
  bool failed() const { return reason != Reason::kNone; }
};

class Exchange {
 public:
  static constexpr size_t kMaxOutputBytes = 4 << 20;
  // A question older than this is given up and asked anew: whoever had it has lost it.
  static constexpr base::Duration kMaxAge = base::seconds(60);

  Exchange(net::TargetAddress address, const FastCgiRequest& request, const base::Clock& clock);

  // Sends the question unless one is still waiting in the queue. Blocks for connecting only.
  Failure Ask(base::MonotonicTime deadline);
  // The answer to it; good until the next Ask. Only after an Ask that did not fail.
  Failure Await(base::MonotonicTime deadline, CgiAnswer* answer);
  const net::TargetAddress& address() const { return dialer_.address(); }

 private:
  Failure Read(base::MonotonicTime deadline);
  Failure Judge(CgiAnswer* answer) const;

  net::Dialer dialer_;
  const std::string bytes_;  // of the question
  const base::Clock& clock_;
  std::unique_ptr<net::Stream> stream_;
  base::MonotonicTime asked_;
  bool answering_ = false;  // a byte of the answer has come
  FastCgiReader reader_{kMaxOutputBytes};
};

}  // namespace bekci::exporters::phpfpm
