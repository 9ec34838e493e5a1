#include "agent/web/notify/ack_pages.h"

#include <algorithm>
#include <optional>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/web/notify/envelope.h"
#include "agent/web/notify/escalation_json.h"
#include "agent/web/notify/page.h"
#include "agent/web/notify/standing.h"
#include "agent/web/notify/words.h"

namespace bekci::web::notify {
namespace {

using bekci::notify::EscalationAction;
using escalation::Incident;
using escalation::State;

constexpr std::string_view kPrefix = "/e/";
constexpr size_t kMaxName = 100;
constexpr size_t kMaxComment = 500;
constexpr size_t kShownAlerts = 5;

// A page of a few words.
net::HttpResponse Message(int status, std::string_view title, std::string_view text, std::string_view style) {
  Page page(title, "");
  page.html().Raw("</div></header>\n<main class=\"narrow\">\n<p class=\"notice ").Text(style).Raw("\">");
  page.html().Text(text).Raw("</p>\n<footer></footer></main>\n");
  return page.Finish(status);
}

std::string TitleOf(const EscalationView& view) {
  if (const std::string_view name = view.incident.group_labels.Get("alertname"); !name.empty()) {
    return std::string(name);
  }
  return view.alerts.empty() ? "Incident" : std::string(NameOf(view.alerts.front()->labels));
}

std::string BesideOf(const EscalationView& view) {
  std::string words = view.incident.policy;
  if (const escalation::LevelRun* const last = view.incident.LastEntered(); last != nullptr) {
    words += ", " + last->level + (last->title.empty() ? "" : " " + last->title);
  }
  return words + ", since " + TimeWords(view.incident.opened_at) + " UTC";
}

std::string_view StyleOf(const Incident& incident) {
  if (!incident.open()) return "good";
  return incident.acked || incident.state == State::kPaused ? "warm" : "bad";
}

void About(Page* page, const EscalationView& view, base::Timestamp now) {
  Html& html = page->html();
  html.Raw("<h2>What it is about</h2>\n<div class=\"sheet\">\n");
  for (size_t i = 0; i < view.alerts.size() && i < kShownAlerts; ++i) {
    const bekci::notify::Alert& alert = *view.alerts[i];
    html.Raw("<div class=\"about\"><h3>").Text(NameOf(alert.labels)).Raw("</h3>");
    for (const char* const name : {"summary", "description", "message"}) {
      const auto found = alert.annotations.find(name);
      if (found == alert.annotations.end() || found->second.empty()) continue;
      html.Raw("<p>").Text(CleanText(found->second, 600)).Raw("</p>");
      break;
    }
    html.Raw("<p class=\"quiet\">");
    for (const auto& [name, value] : alert.labels) {
      if (name != "alertname") html.Text(name).Raw("=").Text(value).Raw(" ");
    }
    html.Raw("</p><p class=\"quiet\">for ").Text(SpanWords(now - alert.starts_at)).Raw("</p></div>\n");
  }
  if (view.alerts.size() > kShownAlerts) {
    html.Raw("<div class=\"about\"><p class=\"quiet\">and ");
    html.Text(CountWords(view.alerts.size() - kShownAlerts, "more alert")).Raw("</p></div>\n");
  }
  if (view.alerts.empty()) {
    html.Raw("<div class=\"about\"><h3>").Text(TitleOf(view)).Raw("</h3><p class=\"quiet\">");
    for (const auto& [name, value] : view.incident.group_labels) html.Text(name).Raw("=").Text(value).Raw(" ");
    html.Raw("</p></div>\n");
  }
  html.Raw("</div>\n");
}

void Button(Page* page, const LinkVerdict& link) {
  Html& html = page->html();
  html.Raw("<form class=\"ask\" method=\"post\">\n");
  if (link.contact.empty()) {
    html.Raw("<label>Your name<input name=\"by\" required maxlength=\"100\" autocomplete=\"name\"></label>\n");
  } else {
    html.Raw("<label>Your name, unless you are ").Text(link.contact);
    html.Raw("<input name=\"by\" maxlength=\"100\" autocomplete=\"name\"></label>\n");
  }
  html.Raw("<label>Comment, if you like<input name=\"comment\" maxlength=\"500\" autocomplete=\"off\"></label>\n")
      .Raw("<button>Acknowledge</button>\n");
  html.Raw("</form>\n");
}

// Whether the browser says that another site made it ask.
bool FromElsewhere(const net::HttpRequest& request) {
  const std::string_view site = request.Header("Sec-Fetch-Site");
  if (!site.empty()) return site != "same-origin" && site != "none";
  const std::string_view origin = request.Header("Origin");
  if (origin.empty() || origin == "null") return false;
  const size_t scheme = origin.find("://");
  return scheme == std::string_view::npos || !base::EqualsIgnoreCase(origin.substr(scheme + 3), request.Header("Host"));
}

// Whom the link was sent to is always part of it, whatever name is given.
std::string WhoIs(const std::string& person, const std::string& contact) {
  if (person.empty() || person == contact) return contact;
  return contact.empty() ? person : person + " (" + contact + ")";
}

// Names the link, however its query is written.
std::string NameOf(std::string_view id, const LinkVerdict& link) {
  std::string name(id);
  for (const std::string& part : {link.action, link.level, link.contact, std::to_string(link.expires.ms)}) {
    name.append(1, '\0').append(part);
  }
  return name;
}

}  // namespace

std::vector<Route> AckPages::Routes() {
  return {{.methods = "GET POST",
           .path = kPrefix,
           .below = true,
           .name = "ack_link",
           .help = "<id>: what a signed link in a message opens.",
           .handle = [this](const net::HttpRequest& request) { return Handle(request); }}};
}

net::Handler AckPages::AckHandler() {
  return [this](const net::HttpRequest& request) {
    if (request.method != "GET" && request.method != "HEAD" && request.method != "POST") {
      net::HttpResponse response = TextAnswer(405, "405 method not allowed");
      response.headers.emplace_back("Allow", "GET, HEAD, POST");
      return response;
    }
    if (!request.path.starts_with(kPrefix)) return TextAnswer(404, "404 not found");
    return Handle(request);
  };
}

net::HttpResponse AckPages::Handle(const net::HttpRequest& request) {
  if (!limit_.Take(request.client_address, sources_.clock.Monotonic())) {
    net::HttpResponse response = Message(429, "Too many requests",
                                         "Too many requests come from your address. Please try again in a minute.", "");
    response.headers.emplace_back("Retry-After", "60");
    return Refuse(Why::kTooMany, std::move(response));
  }
  const std::string_view id = Below(request.path, kPrefix);
  LinkVerdict link;
  if (LooksLikeId(id)) link = check_(id, request.query);
  if (link.kind == LinkVerdict::Kind::kGood && link.expires <= sources_.clock.Now()) {
    link.kind = LinkVerdict::Kind::kExpired;
  }
  if (link.kind == LinkVerdict::Kind::kExpired) {
    return Refuse(Why::kExpired, Message(410, "This link has expired",
                                         "Links work for a limited time. Newer messages have newer links; on the host, "
                                         "'bekci ack' acknowledges too.",
                                         ""));
  }
  if (link.kind != LinkVerdict::Kind::kGood || link.action != "ack") {
    return Refuse(Why::kForged, Message(403, "This link is not valid",
                                        "It is not one that this agent made, or a part of it is missing. Was it cut "
                                        "when it was copied? Open it from the message itself.",
                                        ""));
  }
  return request.method == "POST" ? Act(request, id, link) : Show(id, link, 200, "");
}

net::HttpResponse AckPages::Show(std::string_view id, const LinkVerdict& link, int status, std::string_view notice) {
  const base::Timestamp now = sources_.clock.Now();
  const bool used = sources_.was_used(NameOf(id, link));
  std::optional<net::HttpResponse> response;
  sources_.find(id, [&](const EscalationView& view) {
    Page page(TitleOf(view), BesideOf(view));
    page.Pill(StateName(view.incident.state), StyleOf(view.incident));
    page.html().Raw("</div></header>\n<main class=\"narrow\">\n");
    if (!notice.empty()) page.Notice(notice);
    if (const auto standing = StandingOf(view.incident)) {
      page.html().Raw("<p class=\"notice warm\">").Text(standing->words).Raw("</p>\n");
    } else if (used) {
      page.html().Raw("<p class=\"notice warm\">This link was used before. A newer message has a newer link.</p>\n");
    } else {
      Button(&page, link);
    }
    About(&page, view, now);
    page.html().Raw("<footer>Incident ").Text(view.incident.id).Raw("</footer></main>\n");
    response = page.Finish(status);
    return true;
  });
  if (response) return *std::move(response);
  return Refuse(Why::kUnknown, Message(404, "Not known any more", "This incident is over and not kept any more.", ""));
}

net::HttpResponse AckPages::Act(const net::HttpRequest& request, std::string_view id, const LinkVerdict& link) {
  if (request.body.size() > kMaxBodyBytes) {
    return Refuse(Why::kTooLarge, Message(413, "Too long", "That was longer than anything this page asks for.", ""));
  }
  if (FromElsewhere(request)) {
    return Refuse(Why::kOtherSite, Message(403, "Refused",
                                           "Another web site made your browser send this. Open the "
                                           "link from the message itself.",
                                           ""));
  }
  LinkQuery form;
  constexpr size_t kMaxFields = 10;
  if (!net::ParseForm(request.body, &form, kMaxFields))
    return Refuse(Why::kMalformed, Show(id, link, 400, "The form could not be read; please try again."));
  EscalationAction action{.id = std::string(id), .action = link.action, .by = {}, .comment = {}, .via = "link"};
  std::string person;
  for (const auto& [name, value] : form) {
    if (name == "by") person = CleanText(value, kMaxName);
    if (name == "comment") action.comment = CleanText(value, kMaxComment);
  }
  action.by = WhoIs(person, link.contact);
  if (action.by.empty()) return Refuse(Why::kMalformed, Show(id, link, 400, "Please say who you are."));

  std::optional<Standing> standing;
  const bool known = sources_.find(id, [&](const EscalationView& view) {
    standing = StandingOf(view.incident);
    return true;
  });
  if (!known) return Show(id, link, 404, "");
  action.once = NameOf(id, link);
  action.once_until = link.expires;
  const bool again = sources_.was_used(action.once);
  if (standing || again) return Refuse(again ? Why::kReplayed : standing->why, Show(id, link, 409, ""));
  const base::Status status = sources_.act(action);
  if (status.ok()) return Done(id, action);
  const int code = RefusedAction(status).status;
  if (code == 409) {
    const bool lost = sources_.was_used(action.once);  // to the same link, pressed at the same moment
    return Refuse(lost ? Why::kReplayed : Why::kClosed, Show(id, link, code, lost ? "" : status.message()));
  }
  return Show(id, link, code, "It was not acknowledged: " + status.message());
}

net::HttpResponse AckPages::Done(std::string_view id, const EscalationAction& action) {
  std::string text = "Acknowledged by " + action.by + ".";
  std::string title = "Acknowledged";
  sources_.find(id, [&](const EscalationView& view) {
    title = TitleOf(view);
    if (view.policy != nullptr && view.policy->until == escalation::Until::kResolved) {
      text += " Reminders stop; the next levels are called all the same until it is over.";
    } else if (const auto until = AckedUntil(view.incident)) {
      text += " Nobody else is called until " + TimeWords(*until) + " UTC; if it still fires then, it goes on.";
    }
    return true;
  });
  return Message(200, title, text, "good");
}

net::HttpResponse AckPages::Refuse(Why why, net::HttpResponse response) {
  refusals_.Count(Door::kLink, why);
  return response;
}

}  // namespace bekci::web::notify
