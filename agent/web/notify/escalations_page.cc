#include "agent/web/notify/escalations_page.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "agent/base/duration.h"
#include "agent/web/alerts_page.h"
#include "agent/web/notify/envelope.h"
#include "agent/web/notify/escalation_json.h"
#include "agent/web/notify/words.h"

namespace bekci::web::notify {
namespace {

using bekci::notify::EscalationAction;
using escalation::Incident;
using escalation::Level;
using escalation::LevelRun;
using escalation::State;

constexpr size_t kMaxName = 100;
constexpr size_t kMaxComment = 500;
constexpr size_t kMaxAlerts = 5;
constexpr size_t kMaxTold = 50;  // the last ones

// What of an incident is shown, copied out so that nothing is locked while a page is written.
struct Card {
  Incident incident;
  std::optional<escalation::Policy> policy;
  base::Duration clock{};
  std::vector<bekci::notify::AlertPtr> alerts;
  std::vector<ToldLine> told;
};

std::string_view StyleOf(const Incident& incident) {
  if (!incident.open()) return incident.state == State::kResolved ? "good" : "wait";
  if (incident.acked) return "warn";
  return incident.state == State::kPaused ? "wait" : "bad";
}

// Those that nobody has first, then the newest; ids rise with time.
bool MoreUrgent(const Card& a, const Card& b) {
  if (a.incident.acked != b.incident.acked) return b.incident.acked;
  return a.incident.id > b.incident.id;
}

struct Cards {
  std::vector<Card> open;
  std::vector<Card> over;
  size_t more_open = 0;
};

Cards Collect(const EscalationSources& sources) {
  Cards cards;
  sources.each([&](const EscalationView& view) {
    const bool open = view.incident.open();
    std::vector<Card>& list = open ? cards.open : cards.over;
    if (list.size() >= (open ? EscalationsPage::kMaxOpen : EscalationsPage::kMaxOver)) {
      if (open) ++cards.more_open;
      return true;
    }
    Card& card = list.emplace_back();
    card.incident = view.incident;
    if (view.policy != nullptr) card.policy = *view.policy;
    card.clock = view.clock;
    card.alerts = view.alerts;
    return true;
  });
  std::sort(cards.open.begin(), cards.open.end(), MoreUrgent);
  return cards;
}

// Events about messages, as they stand in the records of each alert of a group: one text is shared by all of them.
struct Sends {
  std::vector<bekci::notify::IncidentEvent> events;
  std::set<std::pair<base::Timestamp, const std::string*>> seen;  // of `events`, which keep the texts
};

// The records are held while this runs, so it only copies; what is copied is read afterwards.
std::map<Card*, Sends> CopySends(const IncidentSources& records, std::vector<Card>* cards) {
  std::map<Card*, Sends> sends;
  std::map<std::string, Card*, std::less<>> by_labels;
  for (Card& card : *cards) {
    for (const auto& alert : card.alerts) by_labels.emplace(alert->labels.data(), &card);
  }
  if (by_labels.empty()) return sends;
  records.each([&](const bekci::notify::Incident& record) {
    const auto found = by_labels.find(record.labels.data());
    if (found == by_labels.end()) return true;
    Sends& of_card = sends[found->second];
    for (const bekci::notify::IncidentEvent& event : record.events) {
      const bool sent = event.kind == bekci::notify::EventKind::kSent;
      if (!sent && event.kind != bekci::notify::EventKind::kSendFailed) continue;
      if (event.at < found->second->incident.opened_at) continue;
      if (of_card.seen.emplace(event.at, event.text.get()).second) of_card.events.push_back(event);
    }
    return true;
  });
  return sends;
}

ToldLine LineOf(const bekci::notify::IncidentEvent& event) {
  const bool sent = event.kind == bekci::notify::EventKind::kSent;
  const auto words = ReadSend(*event.text);
  if (!words) return {event.at, sent, *event.text, sent ? "delivered" : "failed", {}};
  return {event.at, sent, std::string(words->who), std::string(words->outcome), std::string(words->detail)};
}

void AddTold(const IncidentSources& records, std::vector<Card>* cards) {
  for (const auto& [card, sends] : CopySends(records, cards)) {
    for (const bekci::notify::IncidentEvent& event : sends.events) {
      ToldLine line = LineOf(event);
      std::vector<ToldLine>& told = card->told;
      const bool known = std::any_of(told.begin(), told.end(),
                                     [&](const ToldLine& one) { return one.at == line.at && one.who == line.who; });
      if (!known) told.push_back(std::move(line));
    }
  }
  for (Card& card : *cards) {
    std::sort(card.told.begin(), card.told.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    if (card.told.size() > kMaxTold) {
      card.told.erase(card.told.begin(), card.told.end() - static_cast<std::ptrdiff_t>(kMaxTold));
    }
  }
}

bool WasCalled(const Card& card, const Level& level) {
  return card.incident.FindRun(level.name, card.incident.cycle) != nullptr;
}

const Level* NextLevel(const Card& card) {
  if (!card.policy || !card.incident.open()) return nullptr;
  for (const Level& level : card.policy->levels) {
    if (!WasCalled(card, level)) return &level;
  }
  return nullptr;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string Named(const Level& level) {
  return level.title.empty() || level.title == level.name ? level.name : level.name + " " + level.title;
}

std::string NextWords(const Card& card, base::Timestamp now) {
  const Incident& incident = card.incident;
  const Level* const next = NextLevel(card);
  if (incident.state == State::kExhausted) return "nobody is left to be called";
  if (incident.state == State::kPaused) return "stands still: all of it is suppressed";
  if (incident.state == State::kAcked) {
    const auto until = AckedUntil(incident);
    return until ? "nobody before " + TimeWords(*until) + ", when the acknowledgement ends" : "nobody";
  }
  if (next == nullptr) {
    const bool again = card.policy && card.policy->cycles && incident.cycle < card.policy->cycles->max;
    if (!again) return "nobody: the highest level was called";
    const base::Duration left = card.policy->cycles->every * (incident.cycle + 1) - card.clock;
    return card.policy->levels.front().name + " again at " + TimeWords(now + left);
  }
  const base::Duration begin =
      card.policy->cycles ? card.policy->cycles->every * incident.cycle : base::Duration::zero();
  const base::Duration left = std::max(begin + next->after - card.clock, base::Duration::zero());
  return Named(*next) + " at " + TimeWords(now + left) + ", in " + SpanWords(left) + ": " + Joined(next->receivers);
}

void Fact(std::string_view name, std::string_view text, Html* html) {
  html->Raw("<dt>").Text(name).Raw("</dt><dd>").Text(text).Raw("</dd>\n");
}

void Facts(const Card& card, base::Timestamp now, Html* html) {
  const Incident& incident = card.incident;
  html->Raw("<dl class=\"facts\">\n");
  const LevelRun* const last = incident.LastEntered();
  if (last != nullptr) {
    Fact("Level",
         last->level + (last->title == last->level ? "" : " " + last->title) + ", since " + TimeWords(last->at), html);
  }
  if (incident.open()) Fact("Next", NextWords(card, now), html);
  if (incident.acked) {
    const auto until = AckedUntil(incident);
    Fact("Acknowledged",
         "by " + incident.ack_by + " (" + incident.ack_via + ") at " + TimeWords(incident.acked_at) +
             (until && incident.open() ? ", until " + TimeWords(*until) : "") +
             (incident.ack_comment.empty() ? "" : ": " + incident.ack_comment),
         html);
  } else if (incident.target_missed) {
    Fact("Acknowledged",
         "by nobody, not within the " +
             base::DurationText(card.policy ? card.policy->ack_within : base::Duration::zero()) +
             " that the policy wants",
         html);
  } else if (incident.open()) {
    Fact("Acknowledged", "by nobody yet", html);
  }
  html->Raw("</dl>\n");
}

void ToldTable(const Card& card, Html* html) {
  if (card.told.empty()) {
    html->Raw("<p class=\"quiet small inset\">Nobody was told yet.</p>\n");
    return;
  }
  html->Raw("<table class=\"cards\"><thead><tr><th>Who</th><th>When</th><th>Answer</th></tr></thead><tbody>\n");
  for (const ToldLine& line : card.told) {
    html->Raw("<tr><td data-name=\"Who\">").Text(line.who).Raw("</td><td data-name=\"When\">");
    html->Text(TimeWords(line.at)).Raw("</td><td data-name=\"Answer\"><span>");
    Badge(line.delivered ? "good" : "bad", line.answer, html);
    if (!line.detail.empty()) html->Raw(" <span class=\"quiet small\">").Text(line.detail).Raw("</span>");
    html->Raw("</span></td></tr>\n");
  }
  html->Raw("</tbody></table>\n");
}

void FormBegin(const Card& card, std::string_view action, Html* html) {
  html->Raw("<form class=\"act\" action=\"escalations\" method=\"post\"><input type=\"hidden\" name=\"id\" value=\"");
  html->Text(card.incident.id).Raw("\"><input type=\"hidden\" name=\"action\" value=\"").Text(action).Raw("\">");
  html->Raw("<input name=\"by\" maxlength=\"100\" placeholder=\"Your name\" aria-label=\"Your name\" ")
      .Raw("autocomplete=\"name\"><input name=\"comment\" maxlength=\"500\" placeholder=\"Comment\" ")
      .Raw("aria-label=\"Comment\" autocomplete=\"off\">");
}

void Forms(const Card& card, Html* html) {
  if (!card.incident.open()) return;
  html->Raw("<div class=\"acts\">\n");
  if (!card.incident.acked) {
    FormBegin(card, "ack", html);
    html->Raw("<button class=\"main\">Acknowledge</button></form>\n");
  }
  // An acknowledged ladder stands; who wants it to go on takes the acknowledgement back first.
  if (card.incident.ladder_runs() && NextLevel(card) != nullptr) {
    FormBegin(card, "escalate", html);
    html->Raw("<select name=\"level\" aria-label=\"Level\">");
    for (const Level& level : card.policy->levels) {
      if (WasCalled(card, level)) continue;
      html->Raw("<option value=\"").Text(level.name).Raw("\">").Text(Named(level)).Raw("</option>");
    }
    html->Raw("</select><button>Call now</button></form>\n");
  }
  if (card.incident.acked) {
    FormBegin(card, "unack", html);
    html->Raw("<button>Take back</button></form>\n");
  }
  html->Raw("</div>\n");
}

std::string_view TitleOf(const Card& card) {
  if (const std::string_view name = card.incident.group_labels.Get("alertname"); !name.empty()) return name;
  return card.alerts.empty() ? std::string_view("Incident") : NameOf(card.alerts.front()->labels);
}

void Alerts(const Card& card, Html* html) {
  for (size_t i = 0; i < std::min(card.alerts.size(), kMaxAlerts); ++i) {
    const bekci::notify::Alert& alert = *card.alerts[i];
    html->Raw("<div class=\"inset\">");
    AnnotationText({alert.annotations.begin(), alert.annotations.end()}, html);
    LabelList(alert.labels, html);
    html->Raw("</div>\n");
  }
  if (card.alerts.size() > kMaxAlerts) {
    html->Raw("<p class=\"quiet small inset\">and ");
    html->Text(CountWords(card.alerts.size() - kMaxAlerts, "more alert")).Raw("</p>\n");
  }
}

void CardBlock(const Card& card, base::Timestamp now, Html* html) {
  html->Raw("<section class=\"sheet escalation\"><h3>").Text(TitleOf(card)).Raw(" ");
  Badge(StyleOf(card.incident), StateName(card.incident.state), html);
  html->Raw(" <span class=\"quiet small\">policy ").Text(card.incident.policy).Raw(", since ");
  html->Text(TimeWords(card.incident.opened_at) + " (" + Ago(now - card.incident.opened_at) + ")");
  html->Raw("</span></h3>\n");
  Alerts(card, html);
  Facts(card, now, html);
  Forms(card, html);
  ToldTable(card, html);
  html->Raw("<p class=\"quiet small inset\">Incident ").Text(card.incident.id).Raw("</p></section>\n");
}

void OverTable(const std::vector<Card>& over, Html* html) {
  if (over.empty()) return;
  html->Raw("<h2>Over</h2>\n<div class=\"sheet\"><table class=\"cards\"><thead><tr><th>Alert</th><th>State</th>")
      .Raw("<th>Level</th><th>From</th><th>To</th><th>Acknowledged by</th></tr></thead><tbody>\n");
  for (const Card& card : over) {
    const LevelRun* const last = card.incident.LastEntered();
    html->Raw("<tr><td data-name=\"Alert\">").Text(TitleOf(card)).Raw("</td><td data-name=\"State\">");
    Badge(StyleOf(card.incident), StateName(card.incident.state), html);
    html->Raw("</td><td data-name=\"Level\">").Text(last == nullptr ? "-" : std::string_view(last->level));
    html->Raw("</td><td data-name=\"From\">").Text(TimeWords(card.incident.opened_at));
    html->Raw("</td><td data-name=\"To\">").Text(TimeWords(card.incident.changed_at));
    html->Raw("</td><td data-name=\"Acknowledged by\">");
    html->Text(card.incident.ack_by.empty() ? std::string_view("-") : std::string_view(card.incident.ack_by));
    html->Raw("</td></tr>\n");
  }
  html->Raw("</tbody></table></div>\n");
}

void Tiles(const Cards& cards, Html* html) {
  const size_t open = cards.open.size() + cards.more_open;
  const auto count = [&](auto holds) {
    return static_cast<size_t>(std::count_if(cards.open.begin(), cards.open.end(), holds));
  };
  const size_t acked = count([](const Card& card) { return card.incident.acked; });
  const size_t missed = count([](const Card& card) { return card.incident.target_missed && !card.incident.acked; });
  html->Raw("<dl class=\"tiles\">\n");
  Tile("Nobody has it", std::to_string(open - acked), "", open == acked ? "good" : "bad", html);
  Tile("Acknowledged", std::to_string(acked), "", "", html);
  Tile("Later than wanted", std::to_string(missed), missed == 0 ? "" : "ack_within of their policies has passed",
       missed == 0 ? "" : "bad", html);
  html->Raw("</dl>\n");
}

bool IsAction(std::string_view action) {
  return action == "ack" || action == "unack" || action == "escalate";
}

}  // namespace

std::vector<Route> EscalationsPage::Routes() {
  return {{.methods = "GET POST",
           .path = "/escalations",
           .name = "escalations_page",
           .changes_state = true,
           .help = "What escalates: levels, who was told, who has it; acknowledge, or call a level.",
           .handle = [this](const net::HttpRequest& request) { return Handle(request); }}};
}

net::HttpResponse EscalationsPage::Handle(const net::HttpRequest& request) {
  return request.method == "POST" ? Act(request) : Show(200, "", "");
}

net::HttpResponse EscalationsPage::Show(int status, std::string_view style, std::string_view notice) {
  const base::Timestamp now = sources_.clock.Now();
  Cards cards = Collect(sources_);
  AddTold(records_, &cards.open);
  Html html;
  const size_t open = cards.open.size() + cards.more_open;
  BeginPage(frame_, (open == 0 ? "" : "(" + std::to_string(open) + ") ") + "Escalations", "escalations", &html);
  if (!notice.empty()) html.Raw("<p class=\"").Text(style).Raw("\">").Text(notice).Raw("</p>\n");
  Tiles(cards, &html);
  html.Raw("<h2>Now</h2>\n");
  for (const Card& card : cards.open) CardBlock(card, now, &html);
  if (cards.open.empty()) html.Raw("<p class=\"calm\">Nothing escalates.</p>\n");
  if (cards.more_open > 0) {
    html.Raw("<p class=\"quiet\">and ").Text(std::to_string(cards.more_open));
    html.Raw(" more: <a href=\"api/v1/escalations?state=open\">all of them</a></p>\n");
  }
  OverTable(cards.over, &html);
  html.Raw(
      "<p class=\"quiet small\">Times are UTC. The lives of single alerts: <a href=\"incidents\">Incidents</a></p>\n");
  EndPage(&html);
  return PageAnswer(html.Take(), status);
}

net::HttpResponse EscalationsPage::Act(const net::HttpRequest& request) {
  const auto refuse = [&](int status, Why why, std::string_view words) {
    refusals_.Count(Door::kApi, why);
    return Show(status, "notice", words);
  };
  if (request.body.size() > kMaxBodyBytes) return refuse(413, Why::kTooLarge, "That was longer than the form.");
  std::vector<std::pair<std::string, std::string>> form;
  constexpr size_t kMaxFields = 10;
  if (!net::ParseForm(request.body, &form, kMaxFields)) {
    return refuse(400, Why::kMalformed, "The form could not be read; please try again.");
  }
  EscalationAction action;
  action.via = "page";
  for (const auto& [name, value] : form) {
    if (name == "id") action.id = value;
    if (name == "action") action.action = value;
    if (name == "level") action.level = CleanText(value, kMaxName);
    if (name == "by") action.by = CleanText(value, kMaxName);
    if (name == "comment") action.comment = CleanText(value, kMaxComment);
  }
  if (action.by.empty()) action.by = CleanText(UserOf(request.Header("Authorization")), kMaxName);
  if (!LooksLikeId(action.id) || !IsAction(action.action)) {
    return refuse(400, Why::kMalformed, "The form is not one of this page.");
  }
  if (action.action != "escalate") action.level.clear();
  if (action.by.empty()) return refuse(400, Why::kMalformed, "Please say who you are: nothing was done.");
  const base::Status status = sources_.act(action);
  if (!status.ok()) {
    const int code = RefusedAction(status).status;
    const Why why = code == 404 ? Why::kUnknown : code == 409 ? Why::kClosed : Why::kMalformed;
    return refuse(code, why, "Nothing was done: " + status.message());
  }
  // Seen again by a GET, so that reloading the page does not post once more.
  net::HttpResponse response;
  response.status = 303;
  response.headers = {{"Location", "escalations"}, {"Cache-Control", "no-store"}};
  return response;
}

}  // namespace bekci::web::notify
