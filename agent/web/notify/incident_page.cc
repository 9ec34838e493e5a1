#include "agent/web/notify/incident_page.h"

#include <algorithm>
#include <array>

#include "agent/web/notify/page.h"
#include "agent/web/notify/words.h"

namespace bekci::web::notify {
namespace {

using bekci::notify::EventKind;
using bekci::notify::Incident;
using bekci::notify::IncidentEvent;

struct Look {
  std::string_view word;
  std::string_view style;
};

Look LookOf(Stage stage) {
  constexpr std::array<Look, 3> kLooks = {{{"firing", "bad"}, {"acknowledged", "warm"}, {"resolved", "good"}}};
  return kLooks[static_cast<size_t>(stage)];
}

// What an event says on the page: in bold, then its text; and the dot in front.
struct EventLook {
  std::string_view words;
  std::string_view dot;
};

EventLook LookOf(EventKind kind) {
  constexpr std::array<EventLook, 9> kLooks = {{{"Fired", "bad"},
                                                {"Joined its group", ""},
                                                {"Kept quiet", ""},
                                                {"Not kept quiet any more", ""},
                                                {"Told", "told"},
                                                {"Could not be told", "bad"},
                                                {"Escalation", "warm"},
                                                {"Acknowledged", "warm"},
                                                {"Resolved", "good"}}};
  return kLooks[static_cast<size_t>(kind)];
}

// What an answer means, in a word; others as they are.
std::string_view OutcomeWords(std::string_view outcome) {
  constexpr std::array<std::array<std::string_view, 2>, 6> kWords = {{{"nothing", "nothing to say"},
                                                                      {"rate_limited", "rate limited"},
                                                                      {"retryable", "gave up"},
                                                                      {"auth_error", "not let in"},
                                                                      {"permanent", "refused"},
                                                                      {"ambiguous", "no answer"}}};
  const auto found = std::find_if(kWords.begin(), kWords.end(), [&](const auto& one) { return one[0] == outcome; });
  return found == kWords.end() ? outcome : (*found)[1];
}

void Chips(Page* page, const model::Labels& labels) {
  page->html().Raw("<ul class=\"chips\">");
  for (const auto& [name, value] : labels) {
    if (name == "alertname") continue;
    page->html().Raw("<li><b>").Text(name).Raw("</b> ").Text(value).Raw("</li>");
  }
  page->html().Raw("</ul>\n");
}

void Tiles(Page* page, const Incident& incident, base::Timestamp now) {
  const IncidentSummary summary = SummaryOf(incident);
  page->BeginTiles();
  const std::string fired = TimeWords(incident.fired_at);
  page->Tile("Fired", std::string_view(fired).substr(fired.size() - 8),
             fired.substr(0, fired.size() - 9) + ", " + SpanWords(now - incident.fired_at) + " ago");
  if (incident.acknowledged_at.ms != 0) {
    page->Tile("Time to acknowledge", SpanWords(incident.acknowledged_at - incident.fired_at),
               "at " + TimeWords(incident.acknowledged_at));
  } else {
    page->Tile("Time to acknowledge", "-", "nobody acknowledged it");
  }
  if (incident.resolved_at.ms != 0) {
    page->Tile("Time to resolve", SpanWords(incident.resolved_at - incident.fired_at),
               "at " + TimeWords(incident.resolved_at));
  } else {
    page->Tile("Open for", SpanWords(now - incident.fired_at), "it still fires");
  }
  page->Tile("Messages", std::to_string(summary.messages),
             summary.failed_messages == 0 ? "none failed" : std::to_string(summary.failed_messages) + " failed");
  page->EndTiles();
}

// The incident as a strip from left to right: red while nobody had it, amber while somebody did, a mark per message.
class Strip {
 public:
  Strip(Page* page, base::Timestamp from, base::Timestamp to)
      : html_(page->html()), from_(from), span_(std::max<int64_t>(1, to.ms - from.ms)) {}

  void Draw(const Incident& incident, base::Timestamp end) {
    html_.Raw(
        "<svg class=\"strip\" viewBox=\"0 0 1000 34\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-label=\"From firing to its end\">");
    const base::Timestamp taken = incident.acknowledged_at.ms != 0 ? incident.acknowledged_at : end;
    Bar(from_, std::min(taken, end), "open");
    Bar(taken, end, "taken");
    Bar(end, from_ + base::milliseconds(span_), "over");
    for (const IncidentEvent& event : incident.events) {
      if (event.kind == EventKind::kSent) Mark(event.at, "told");
      if (event.kind == EventKind::kSendFailed) Mark(event.at, "lost");
    }
    html_.Raw("</svg>\n");
  }

 private:
  static constexpr int64_t kWidth = 1000;
  int64_t PlaceOf(base::Timestamp at) const {
    return std::clamp<int64_t>((at.ms - from_.ms) * kWidth / span_, 0, kWidth);
  }
  void Rectangle(int64_t x, int64_t y, int64_t width, int64_t height, std::string_view style) {
    html_.Raw("<rect class=\"").Text(style).Raw("\" x=\"").Text(std::to_string(x)).Raw("\" y=\"");
    html_.Text(std::to_string(y)).Raw("\" width=\"").Text(std::to_string(width)).Raw("\" height=\"");
    html_.Text(std::to_string(height)).Raw("\"/>");
  }
  void Bar(base::Timestamp from, base::Timestamp to, std::string_view style) {
    const int64_t x = PlaceOf(from);
    if (to > from) Rectangle(x, 10, std::max<int64_t>(1, PlaceOf(to) - x), 14, style);
  }
  void Mark(base::Timestamp at, std::string_view style) {
    Rectangle(std::min<int64_t>(PlaceOf(at), kWidth - 3), 2, 3, 30, style);
  }

  Html& html_;
  const base::Timestamp from_;
  const int64_t span_;
};

void DrawStrip(Page* page, const Incident& incident, base::Timestamp now) {
  base::Timestamp end = incident.resolved_at.ms != 0 ? incident.resolved_at : now;
  base::Timestamp last = end;
  if (incident.resolved_at.ms != 0 && !incident.events.empty()) last = std::max(last, incident.events.back().at);
  Strip(page, incident.fired_at, last).Draw(incident, end);
  page->html().Raw("<p class=\"ends\"><span>fired</span><span>");
  page->html().Text(incident.resolved_at.ms != 0 ? "resolved" : "now").Raw("</span></p>\n");
  page->html().Raw("<p class=\"key\"><i class=\"open\"></i>nobody had it");
  if (incident.acknowledged_at.ms != 0) page->html().Raw(" <i class=\"taken\"></i>acknowledged");
  page->html().Raw(" <i class=\"told\"></i>a message");
  if (SummaryOf(incident).failed_messages > 0) page->html().Raw(" <i class=\"lost\"></i>one that failed");
  page->html().Raw("</p>\n");
}

void WhoWasTold(Page* page, const Incident& incident) {
  Html& html = page->html();
  html.Raw("<h2>Who was told</h2>\n<div class=\"sheet\"><table class=\"cards\"><thead><tr><th>Receiver</th>")
      .Raw("<th>Answer</th><th>When</th><th>After</th></tr></thead><tbody>\n");
  bool any = false;
  for (const IncidentEvent& event : incident.events) {
    if (event.kind != EventKind::kSent && event.kind != EventKind::kSendFailed) continue;
    any = true;
    const auto words = ReadSend(*event.text);
    html.Raw("<tr><td>").Text(words ? words->who : std::string_view(*event.text));
    html.Raw("</td><td data-name=\"Answer\"><span>");
    const bool good = event.kind == EventKind::kSent;
    page->Pill(words ? OutcomeWords(words->outcome) : good ? "delivered" : "failed", good ? "good" : "bad");
    if (words && !words->detail.empty()) html.Raw(" <span class=\"quiet\">").Text(words->detail).Raw("</span>");
    html.Raw("</span></td><td data-name=\"When\">").Text(TimeWords(event.at));
    html.Raw("</td><td data-name=\"After\">").Text(SpanWords(event.at - incident.fired_at)).Raw("</td></tr>\n");
  }
  if (!any) html.Raw("<tr><td colspan=\"4\" class=\"quiet\">Nobody was told.</td></tr>\n");
  html.Raw("</tbody></table></div>\n");
}

void Life(Page* page, const Incident& incident) {
  Html& html = page->html();
  html.Raw("<h2>What happened</h2>\n<div class=\"sheet\"><ol class=\"life\">\n");
  for (const IncidentEvent& event : incident.events) {
    const EventLook look = LookOf(event.kind);
    html.Raw("<li><span class=\"after\" title=\"").Text(TimeWords(event.at)).Raw(" UTC\">+");
    html.Text(SpanWords(event.at - incident.fired_at)).Raw("</span><span class=\"dot ").Text(look.dot);
    html.Raw("\"></span><div><p><b>").Text(look.words).Raw("</b>");
    if (!event.text->empty()) html.Raw(" ").Text(*event.text);
    html.Raw("</p><p>").Text(TimeWords(event.at)).Raw("</p></div></li>\n");
  }
  html.Raw("</ol></div>\n");
  if (incident.dropped_events == 0) return;
  html.Raw("<p class=\"quiet\">").Text(CountWords(incident.dropped_events, "event"));
  html.Raw(" of the middle are not kept.</p>\n");
}

void Filter(Page* page, const IncidentListFacts& facts) {
  Html& html = page->html();
  html.Raw("<form class=\"filter\" method=\"get\" action=\"incidents\"><select name=\"state\" aria-label=\"State\">");
  constexpr std::array<std::array<std::string_view, 2>, 5> kChoices = {{{"", "every state"},
                                                                        {"open", "open"},
                                                                        {"firing", "firing"},
                                                                        {"acknowledged", "acknowledged"},
                                                                        {"resolved", "resolved"}}};
  for (const auto& [value, words] : kChoices) {
    html.Raw("<option value=\"").Text(value).Raw("\"");
    if (facts.state == value) html.Raw(" selected");
    html.Raw(">").Text(words).Raw("</option>");
  }
  html.Raw(
      "</select><input name=\"matcher\" aria-label=\"Matchers\" placeholder=\"severity=&quot;critical&quot;, "
      "team=~&quot;db|dba&quot;\" value=\"");
  html.Text(facts.matcher).Raw("\"><button>Show</button></form>\n");
}

void Row(Page* page, const IncidentSummary& incident, base::Timestamp now) {
  Html& html = page->html();
  html.Raw("<tr><td><a href=\"incidents/").Text(incident.id).Raw("\">").Text(NameOf(incident.labels));
  html.Raw("</a></td><td data-name=\"State\">");
  const Look look = LookOf(incident.stage);
  page->Pill(look.word, look.style);
  html.Raw("</td><td class=\"quiet\" data-name=\"Labels\">");
  bool first = true;
  for (const auto& [name, value] : incident.labels) {
    if (name == "alertname") continue;
    if (!std::exchange(first, false)) html.Raw(", ");
    html.Text(name).Raw("=").Text(value);
  }
  html.Raw("</td><td data-name=\"Fired\">").Text(TimeWords(incident.fired_at));
  html.Raw("</td><td class=\"number\" data-name=\"Acknowledged after\">");
  html.Text(incident.acknowledged_at.ms == 0 ? "-" : SpanWords(incident.acknowledged_at - incident.fired_at));
  html.Raw("</td><td class=\"number\" data-name=\"Lasted\">");
  html.Text(SpanWords((incident.resolved_at.ms == 0 ? now : incident.resolved_at) - incident.fired_at));
  html.Raw("</td><td class=\"number\" data-name=\"Messages\">").Text(std::to_string(incident.messages));
  if (incident.failed_messages > 0) {
    html.Raw("<br><span class=\"error\">").Text(std::to_string(incident.failed_messages)).Raw(" failed</span>");
  }
  html.Raw("</td></tr>\n");
}

}  // namespace

net::HttpResponse IncidentListPage(const IncidentListFacts& facts) {
  Page page("Incidents", "Times are UTC. As of " + TimeWords(facts.now) + ".");
  Html& html = page.html();
  html.Raw("<nav><a href=\"./\">Overview</a><a href=\"escalations\">Escalations</a></nav></div></header>\n<main>\n");
  Filter(&page, facts);
  if (!facts.error.empty()) page.Notice(facts.error);
  html.Raw("<div class=\"sheet\"><table class=\"cards\"><thead><tr><th>Alert</th><th>State</th><th>Labels</th>")
      .Raw("<th>Fired</th><th class=\"number\">Acknowledged after</th><th class=\"number\">Lasted</th>")
      .Raw("<th class=\"number\">Messages</th></tr></thead><tbody>\n");
  for (const IncidentSummary& incident : facts.list.incidents) Row(&page, incident, facts.now);
  if (facts.list.incidents.empty()) html.Raw("<tr><td colspan=\"7\" class=\"quiet\">None.</td></tr>\n");
  html.Raw("</tbody></table></div>\n");
  if (facts.list.more) {
    html.Raw("<p class=\"quiet\">The newest ").Text(std::to_string(facts.limit));
    html.Raw("; limit= asks for more.</p>\n");
  }
  html.Raw("<footer></footer></main>\n");
  return page.Finish(facts.error.empty() ? 200 : 400);
}

net::HttpResponse IncidentPage(const Incident& incident, base::Timestamp now) {
  const Look look = LookOf(StageOf(incident));
  Page page(NameOf(incident.labels), "Incident " + incident.id + ". Times are UTC. As of " + TimeWords(now) + ".");
  page.Pill(look.word, look.style);
  page.html().Raw("</div></header>\n<main>\n");
  Chips(&page, incident.labels);
  Tiles(&page, incident, now);
  DrawStrip(&page, incident, now);
  WhoWasTold(&page, incident);
  Life(&page, incident);
  page.html().Raw("<footer></footer></main>\n");
  return page.Finish();
}

net::HttpResponse NoIncidentPage(std::string_view id) {
  Page page("No such incident", "");
  page.html().Raw("</div></header>\n<main>\n");
  page.Notice("There is no incident " + CleanText(id, 60) +
              " in the records. Those that are over are kept for a month, unless there were too many.");
  page.html().Raw("<footer></footer></main>\n");
  return page.Finish(404);
}

}  // namespace bekci::web::notify
