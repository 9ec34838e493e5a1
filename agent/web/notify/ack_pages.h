// AckPages: what a signed link in a message opens: a page that says what it is about, with one button.
//
//   GET  /e/<id>?a=ack&l=...&x=...&k=...&s=...   shows; scanners of mail and previews of chats fetch links, so it does
//                                                nothing else
//   POST the same                                acknowledges
//
// The link is the permission: who has it was sent it. It is checked by CheckLink (its signature in constant time), is
// good for one action and until its expiry, and counts once. A second use, or one after somebody else was first, is
// refused politely and says who has it since when. What is refused is counted; an address that asks too often waits.
//
// No cookie and no script. Since pages of ours send no Referer, browsers say "Origin: null" when the button is pressed;
// another site could only make a browser post here if it knew the link, and is refused all the same where the browser
// tells (Sec-Fetch-Site).
//
// AckHandler serves this and nothing else, for a listener of its own that phones can reach.
//
// Source: escalation.md section 6. Thread rule: any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/net/http.h"
#include "agent/web/notify/address_limit.h"
#include "agent/web/notify/refusals.h"
#include "agent/web/notify/views.h"
#include "agent/web/route.h"

namespace bekci::web::notify {

struct LinkVerdict {
  enum class Kind : unsigned char { kGood, kExpired, kForged };
  Kind kind = Kind::kForged;
  // Of a good one:
  std::string action;   // "ack"
  std::string level;    // of the message that had it
  std::string contact;  // whom it was sent to; empty: nobody in particular
  base::Timestamp expires;
};
using LinkQuery = std::vector<std::pair<std::string, std::string>>;
// Whether the link to `id` with this query is one of ours. Compares in constant time.
using CheckLink = std::function<LinkVerdict(std::string_view id, const LinkQuery& query)>;

class AckPages {
 public:
  static constexpr size_t kMaxBodyBytes = size_t{8} << 10;

  // `refusals` outlives it.
  AckPages(EscalationSources sources, CheckLink check, Refusals& refusals)
      : sources_(std::move(sources)), check_(std::move(check)), refusals_(refusals) {}

  // Rows for the site's table; and a handler that knows nothing but them. `this` outlives both.
  std::vector<Route> Routes();
  net::Handler AckHandler();

 private:
  net::HttpResponse Handle(const net::HttpRequest& request);
  net::HttpResponse Show(std::string_view id, const LinkVerdict& link, int status, std::string_view notice);
  net::HttpResponse Act(const net::HttpRequest& request, std::string_view id, const LinkVerdict& link);
  net::HttpResponse Done(std::string_view id, const bekci::notify::EscalationAction& action);
  net::HttpResponse Refuse(Why why, net::HttpResponse response);

  const EscalationSources sources_;
  const CheckLink check_;
  Refusals& refusals_;
  // A person opens a page and presses a button; mail scanners fetch a few links at once.
  AddressLimit limit_{30, base::seconds(2)};
};

}  // namespace bekci::web::notify
