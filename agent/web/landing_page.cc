#include "agent/web/landing_page.h"

#include <algorithm>
#include <cstdio>

#include "agent/base/duration.h"
#include "agent/web/html.h"
#include "agent/web/service_discovery.h"

namespace bekci::web {
namespace {

// How an instance is doing, in a word and a colour (a class of the style sheet).
struct Verdict {
  std::string_view word;
  std::string_view style;
};

Verdict Judge(const collect::InstanceState& state) {
  if (state.rounds == 0) return {"waiting", "wait"};
  if (state.status.ok()) return {"working", "good"};
  if (state.status.code() == base::Code::kNoData) return {"nothing here", "wait"};
  if (state.status.code() == base::Code::kTimeout) return {"timed out", "bad"};
  return {"failed", "bad"};
}

Verdict Judge(const collect::ActiveTarget& target) {
  if (target.health == collect::TargetHealth::kUnknown) return {"waiting", "wait"};
  if (target.health == collect::TargetHealth::kUp) return {"up", "good"};
  return {"down", "bad"};
}

// A page is for people: what does not fit is in the API.
constexpr size_t kMostTargets = 100;

size_t SeriesOf(const collect::InstanceState& state) {
  if (state.round == nullptr) return 0;
  size_t series = state.round->schema ? state.round->schema->series() : 0;
  for (const model::MetricFamily& family : state.round->extra) series += family.metrics.size();
  return series;
}

std::string Mebibytes(uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f MiB", static_cast<double>(bytes) / (1 << 20));
  return text;
}

void Notices(const LandingFacts& facts, Html* html) {
  if (!facts.not_ready.empty()) {
    html->Raw("<p class=\"notice\"><strong>Not ready:</strong> ").Text(facts.not_ready).Raw("</p>\n");
  }
  if (!facts.reload_error.empty()) {
    html->Raw("<p class=\"notice\"><strong>The last reload failed; the old configuration is running:</strong> ")
        .Text(facts.reload_error)
        .Raw("</p>\n");
  }
}

std::string DeathsText(const collect::WorkerStats& worker) {
  std::string out;
  for (const auto& [reason, count] : worker.deaths) {
    if (count == 0) continue;
    out += (out.empty() ? "replaced after: " : ", ") + reason + " " + std::to_string(count) + "×";
  }
  return out;
}

std::string AlertsText(const AlertCounts& alerts) {
  std::string text = std::to_string(alerts.pending) + " pending, " + std::to_string(alerts.rules) + " rules";
  return alerts.failing == 0 ? text : text + ", " + std::to_string(alerts.failing) + " fail";
}

void Tiles(const LandingFacts& facts, std::span<const collect::InstanceState> states, Html* html) {
  size_t series = 0, working = 0;
  for (const collect::InstanceState& state : states) {
    series += SeriesOf(state);
    if (state.rounds > 0 && (state.status.ok() || state.status.code() == base::Code::kNoData)) ++working;
  }
  html->Raw("<dl class=\"tiles\">\n");
  if (facts.alerts.rules > 0) {
    Tile("Firing", std::to_string(facts.alerts.firing), AlertsText(facts.alerts),
         facts.alerts.firing > 0 ? "bad" : "good", html);
  }
  Tile("Collecting", std::to_string(working) + " of " + std::to_string(states.size()),
       states.empty() ? "nothing is configured" : "instances working", "", html);
  Tile("Series", std::to_string(series), "in the newest round", "", html);
  const collect::WorkerStats& worker = facts.worker;
  std::string more = worker.running ? "pid " + std::to_string(worker.pid) : "being replaced";
  if (worker.resident_bytes > 0) more += ", " + Mebibytes(worker.resident_bytes);
  if (const std::string deaths = DeathsText(worker); !deaths.empty()) more += "; " + deaths;
  Tile("Worker", worker.running ? "running" : "away", more, "", html);
  Tile("Up for", base::HumanDuration(facts.uptime),
       facts.config_file.empty() ? "built-in defaults, no configuration file" : facts.config_file, "", html);
  html->Raw("</dl>\n");
}

// ---- cells that both tables have

void StateCell(const Verdict& verdict, Html* html) {
  html->Raw("<td data-name=\"State\">");
  Badge(verdict.style, verdict.word, html);
  html->Raw("</td>");
}

// When it was last tried, how long that took, how often it is tried.
void TimeCells(const LandingFacts& facts, bool tried, base::Timestamp at, base::Duration took, base::Duration interval,
               Html* html) {
  html->Raw("<td class=\"number\" data-name=\"Last\">");
  if (tried) html->Text(Ago(facts.now - at));
  html->Raw("</td><td class=\"number\" data-name=\"Took\">");
  if (tried) html->Text(base::HumanDuration(took));
  html->Raw("</td><td class=\"number\" data-name=\"Every\">").Text(base::DurationText(interval)).Raw("</td>");
}

void WrongCell(const Verdict& verdict, std::string_view what, Html* html) {
  html->Raw("<td data-name=\"What is wrong\">");
  if (!what.empty()) {
    html->Raw("<span class=\"").Text(verdict.style == "bad" ? "error" : "quiet").Raw("\">").Text(what).Raw("</span>");
  }
  html->Raw("</td>");
}

void Row(const LandingFacts& facts, const collect::InstanceState& state, Html* html) {
  const Verdict verdict = Judge(state);
  html->Raw("<tr><td data-name=\"Collector\">")
      .Text(state.config.collector)
      .Raw("</td><td data-name=\"Instance\"><a href=\"")
      .Text(InstancePath(state.config.collector, state.config.instance).substr(1))
      .Raw("\">")
      .Text(state.config.instance)
      .Raw("</a></td>");
  StateCell(verdict, html);
  TimeCells(facts, state.rounds > 0, state.at, state.duration, state.config.interval, html);
  html->Raw("<td class=\"number\" data-name=\"Series\">");
  if (state.round != nullptr) html->Text(std::to_string(SeriesOf(state)));
  html->Raw("</td>");
  const bool wrong = state.rounds > 0 && !state.status.ok();
  WrongCell(verdict, wrong ? state.status.message() : std::string(), html);
  html->Raw("</tr>\n");
}

void Table(const LandingFacts& facts, std::span<const collect::InstanceState> states, Html* html) {
  html->Raw("<h2>What is collected</h2>\n");
  if (states.empty()) {
    html->Raw("<p class=\"quiet\">Nothing: no collector is configured.</p>\n");
    return;
  }
  html->Raw(
      "<div class=\"sheet\"><table class=\"cards\"><thead><tr><th>Collector</th><th>Instance</th><th>State</th>"
      "<th class=\"number\">Last</th><th class=\"number\">Took</th><th class=\"number\">Every</th>"
      "<th class=\"number\">Series</th><th>What is wrong</th></tr></thead><tbody>\n");
  for (const collect::InstanceState& state : states) Row(facts, state, html);
  html->Raw("</tbody></table></div>\n");
}

void TargetRow(const LandingFacts& facts, const collect::ActiveTarget& active, Html* html) {
  const Verdict verdict = Judge(active);
  html->Raw("<tr><td data-name=\"Job\">")
      .Text(active.target.scrape_pool)
      .Raw("</td><td data-name=\"Instance\">")
      .Text(active.target.labels.Get("instance"))
      .Raw("</td>");
  StateCell(verdict, html);
  TimeCells(facts, active.last_scrape.ms != 0, active.last_scrape, active.last_duration, active.target.interval, html);
  WrongCell(verdict, active.last_error, html);
  html->Raw("</tr>\n");
}

void TargetTable(const LandingFacts& facts, std::vector<collect::ActiveTarget> targets, Html* html) {
  if (targets.empty()) return;
  html->Raw(
      "<h2>What is scraped</h2>\n<div class=\"sheet\"><table class=\"cards\"><thead><tr><th>Job</th><th>Instance</th>"
      "<th>State</th><th class=\"number\">Last</th><th class=\"number\">Took</th><th class=\"number\">Every</th>"
      "<th>What is wrong</th></tr></thead><tbody>\n");
  if (targets.size() > kMostTargets) {
    std::stable_partition(targets.begin(), targets.end(),
                          [](const auto& active) { return active.health == collect::TargetHealth::kDown; });
  }
  for (size_t i = 0; i < std::min(targets.size(), kMostTargets); ++i) TargetRow(facts, targets[i], html);
  html->Raw("</tbody></table></div>\n");
  if (targets.size() > kMostTargets) {
    html->Raw("<p class=\"quiet\">and ")
        .Text(std::to_string(targets.size() - kMostTargets))
        .Raw(" more: <a href=\"api/v1/targets\">all targets</a></p>\n");
  }
}

void Addresses(std::span<const Route> routes, Html* html) {
  html->Raw("<h2>Addresses</h2>\n<div class=\"sheet\"><table class=\"plain\"><tbody>\n");
  for (const Route& route : routes) {
    if (route.help.empty()) continue;
    html->Raw("<tr><td class=\"path\">");
    if (!route.below && route.Allows("GET")) {
      html->Raw("<a href=\"").Text("." + std::string(route.path)).Raw("\">").Text(route.path).Raw("</a>");
    } else {
      html->Text(std::string(route.Allows("GET") ? "" : "POST ") + std::string(route.path) +
                 (route.below ? "..." : ""));
    }
    html->Raw("</td><td class=\"quiet\">").Text(route.help).Raw("</td></tr>\n");
  }
  html->Raw("</tbody></table></div>\n");
}

}  // namespace

std::string LandingPage(const LandingFacts& facts, std::span<const collect::InstanceState> states,
                        std::vector<collect::ActiveTarget> targets, std::span<const Route> routes) {
  Html html;
  BeginPage({facts.host, facts.version}, "", "", &html);
  Notices(facts, &html);
  Tiles(facts, states, &html);
  Table(facts, states, &html);
  TargetTable(facts, std::move(targets), &html);
  Addresses(routes, &html);
  EndPage(&html);
  return html.Take();
}

}  // namespace bekci::web
