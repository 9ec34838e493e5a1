// EscalationsApi: incidents that escalate, and what a person does about them, in Prometheus' envelope.
//
//   GET  /api/v1/escalations[?state=active,acked|open][&policy=critical][&alert=NAME]
//   GET  /api/v1/escalations/<id>
//   POST /api/v1/escalations/<id>/{ack|unack|escalate|cancel}   {"by":"ana","comment":"on it","for":"2h"}
//        escalate alone: {"by":"ana","level":"L3"}, that level at once; without it the next one
//
// Doing something twice is doing it once: what is so already answers 200 with the incident as it stands. 409: it is
// closed, or cannot be done as it stands. `by` may be left out where the request carries a user name and a password.
//
// Source: escalation.md section 6. Thread rule: handlers are called from several threads at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/net/http.h"
#include "agent/web/notify/refusals.h"
#include "agent/web/notify/views.h"
#include "agent/web/route.h"

namespace bekci::web::notify {

class EscalationsApi {
 public:
  // `refusals` outlives it.
  EscalationsApi(EscalationSources sources, Refusals& refusals) : sources_(std::move(sources)), refusals_(refusals) {}

  // Rows for the site's table. `this` outlives them.
  std::vector<Route> Routes();

  static constexpr size_t kMaxBodyBytes = size_t{64} << 10;
  static constexpr size_t kMaxListed = 2000;

 private:
  net::HttpResponse List(const net::HttpRequest& request);
  net::HttpResponse One(const net::HttpRequest& request);
  net::HttpResponse Show(std::string_view id);
  net::HttpResponse Act(const net::HttpRequest& request, std::string_view id, std::string_view action);
  net::HttpResponse Refuse(Why why, net::HttpResponse response);

  const EscalationSources sources_;
  Refusals& refusals_;
};

}  // namespace bekci::web::notify
