// EscalationsPage: /escalations: what escalates now: the alert, its level, who was told when with which answer, when
// the next level is called, who has it; and forms to acknowledge it or to call a level at once.
//
// Open incidents come first, those that nobody has before those that somebody has, then the last ones that are over.
// The forms post to this page; the site refuses what other sites make a browser post, as it does for the API.
//
// Thread rule: any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/net/http.h"
#include "agent/web/notify/refusals.h"
#include "agent/web/notify/views.h"
#include "agent/web/page_frame.h"
#include "agent/web/route.h"

namespace bekci::web::notify {

// A message that left, or could not: a line of the records.
struct ToldLine {
  base::Timestamp at;
  bool delivered = false;
  std::string who;     // "L2 team/webhook[0]"
  std::string answer;  // "delivered"
  std::string detail;  // "200 OK"; may be empty
};

class EscalationsPage {
 public:
  // `refusals` outlives it.
  EscalationsPage(PageFrame frame, EscalationSources sources, IncidentSources records, Refusals& refusals)
      : frame_(std::move(frame)), sources_(std::move(sources)), records_(std::move(records)), refusals_(refusals) {}

  // Rows for the site's table. `this` outlives them.
  std::vector<Route> Routes();

  static constexpr size_t kMaxBodyBytes = size_t{8} << 10;
  static constexpr size_t kMaxOpen = 50;
  static constexpr size_t kMaxOver = 20;

 private:
  net::HttpResponse Handle(const net::HttpRequest& request);
  net::HttpResponse Show(int status, std::string_view style, std::string_view notice);
  net::HttpResponse Act(const net::HttpRequest& request);

  const PageFrame frame_;
  const EscalationSources sources_;
  const IncidentSources records_;
  Refusals& refusals_;
};

}  // namespace bekci::web::notify
