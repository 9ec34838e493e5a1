// Heartbeat: a sign of life for a service that raises the alarm when it stays away (a dead man's switch).
//
// When it beats is wiring/pulse.h's: only while collection, rules and outbox are all well.
// Source: receivers.md section 13. Thread rule: any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/notify/receivers/http_sender.h"
#include "agent/notify/receivers/parts.h"
#include "agent/notify/receivers/settings.h"

namespace bekci::notify::receivers {

class Heartbeat {
 public:
  // `values` were checked against HeartbeatRows (own_kinds.h). Errors: invalid, a line for each mistake. `parts` must
  // outlive it.
  static base::Result<std::unique_ptr<Heartbeat>> Make(const config::Values& values, const Parts& parts);

  const std::string& name() const { return values_.String("name"); }
  base::Duration interval() const { return values_.Duration("interval"); }

  enum class State : unsigned char { kAlive, kFailing };
  // One beat, at most until `deadline`. `why` goes along when it is failing, as the body of a POST. Failing without a
  // failing_url is kNothing: silence is the message then.
  Delivery Beat(State state, std::string_view why, base::MonotonicTime deadline);

 private:
  Heartbeat(const config::Values& values, client::HttpOptions http, const Parts& parts);

  const Parts& parts_;
  const config::Values values_;
  const Settings settings_;
  HttpSender sender_;
};

}  // namespace bekci::notify::receivers
