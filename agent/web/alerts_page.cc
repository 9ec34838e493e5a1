#include "agent/web/alerts_page.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "agent/base/duration.h"
#include "agent/base/rfc3339.h"
#include "agent/net/url.h"

namespace bekci::web {
namespace {

using ruler::Alert;
using ruler::AlertState;
using ruler::GroupStatus;
using ruler::RuleHealth;
using ruler::RuleStatus;

// A page is for people: what does not fit is in the API.
constexpr size_t kMostAlerts = 200;
constexpr size_t kMostRules = 1000;

struct Severity {
  std::string_view name;
  int rank;  // the smaller the worse
  std::string_view style;
};
// The words in use; ours are critical, high, medium, low.
constexpr std::array<Severity, 11> kSeverities = {{{"critical", 0, "bad"},
                                                   {"page", 0, "bad"},
                                                   {"emergency", 0, "bad"},
                                                   {"high", 1, "bad"},
                                                   {"error", 1, "bad"},
                                                   {"medium", 2, "warn"},
                                                   {"warning", 2, "warn"},
                                                   {"ticket", 2, "warn"},
                                                   {"low", 3, "wait"},
                                                   {"info", 4, "wait"},
                                                   {"none", 6, "wait"}}};
constexpr Severity kOther = {"", 5, "wait"};

const Severity& SeverityOf(std::string_view text) {
  const auto* const found =
      std::find_if(kSeverities.begin(), kSeverities.end(), [&](const Severity& one) { return one.name == text; });
  return found == kSeverities.end() ? kOther : *found;
}

// An alert with the rule it is of.
struct Listed {
  const Alert* alert;
  const RuleStatus* status;
};

std::string_view LabelOf(const Listed& one, std::string_view name) {
  return one.alert->labels.Get(name);
}

base::Timestamp SinceOf(const Alert& alert) {
  return alert.state == AlertState::kFiring ? alert.fired_at : alert.active_at;
}

std::vector<Listed> AlertsIn(std::span<const GroupStatus> groups, AlertState state) {
  std::vector<Listed> listed;
  for (const GroupStatus& group : groups) {
    for (const RuleStatus& status : group.rules) {
      for (const Alert& alert : status.alerts) {
        if (alert.state == state) listed.push_back({&alert, &status});
      }
    }
  }
  std::stable_sort(listed.begin(), listed.end(), [](const Listed& a, const Listed& b) {
    const int left = SeverityOf(LabelOf(a, "severity")).rank;
    const int right = SeverityOf(LabelOf(b, "severity")).rank;
    return left != right ? left < right : SinceOf(*a.alert) > SinceOf(*b.alert);
  });
  return listed;
}

std::string_view TextOf(const ruler::TextMap& texts, std::string_view name) {
  for (const auto& [key, value] : texts) {
    if (key == name) return value;
  }
  return {};
}

std::string ValueText(const Alert& alert) {
  if (alert.histogram != nullptr) return "a histogram";
  char text[32];  // enough to see it; the API has all digits
  std::snprintf(text, sizeof text, "%.6g", alert.value);
  return text;
}

// When a pending alert will fire if nothing changes; when a firing one began to, and whether only keep_firing_for keeps
// it.
std::string WhenText(const Listed& one, base::Timestamp now) {
  const Alert& alert = *one.alert;
  if (alert.state == AlertState::kFiring) {
    return Ago(now - alert.fired_at) + (alert.keep_firing_since.ms != 0 ? ", over but kept firing" : "");
  }
  const base::Duration left = one.status->rule->text.hold - alert.ActiveFor(now);
  if (left <= base::Duration::zero()) return "fires at the next evaluation";
  return "fires in " + base::HumanDuration(left);
}

void AlertRow(const Listed& one, base::Timestamp now, Html* html) {
  const Alert& alert = *one.alert;
  const std::string_view severity = LabelOf(one, "severity");
  html->Raw("<tr><td data-name=\"Alert\"><a href=\"")
      .Text(WhyLink(one.status->rule->text.name))
      .Raw("\">")
      .Text(one.status->rule->text.name)
      .Raw("</a></td><td data-name=\"Severity\">");
  if (!severity.empty()) Badge(SeverityStyle(severity), severity, html);
  html->Raw("</td><td data-name=\"What\"><div>");
  AnnotationText(alert.annotations, html);
  LabelList(alert.labels, html);
  html->Raw("</div></td><td class=\"number\" data-name=\"Value\">")
      .Text(ValueText(alert))
      .Raw("</td><td data-name=\"When\"><div>")
      .Text(WhenText(one, now))
      .Raw("<div class=\"quiet small\">")
      .Text(alert.state == AlertState::kFiring ? "since " : "active since ")
      .Text(base::Rfc3339(SinceOf(alert).ms))
      .Raw("</div></div></td></tr>\n");
}

void AlertTable(std::string_view title, const std::vector<Listed>& alerts, base::Timestamp now, Html* html) {
  if (alerts.empty()) return;
  html->Raw("<h2>").Text(title).Raw(
      "</h2>\n<div class=\"sheet\"><table class=\"cards names\"><thead><tr><th>Alert</th><th>Severity</th><th>What</th>"
      "<th class=\"number\">Value</th><th>When</th></tr></thead><tbody>\n");
  for (size_t i = 0; i < std::min(alerts.size(), kMostAlerts); ++i) AlertRow(alerts[i], now, html);
  html->Raw("</tbody></table></div>\n");
  if (alerts.size() <= kMostAlerts) return;
  html->Raw("<p class=\"quiet\">and ")
      .Text(std::to_string(alerts.size() - kMostAlerts))
      .Raw(" more: <a href=\"api/v1/alerts\">all alerts</a></p>\n");
}

// ---- rules ----

struct Verdict {
  std::string_view style;
  std::string_view word;
};

Verdict Judge(const RuleStatus& status) {
  if (status.health == RuleHealth::kFailed) return {"bad", "failed"};
  if (status.health == RuleHealth::kUnknown && status.alerts.empty()) return {"wait", "not yet evaluated"};
  if (!status.rule->alerting()) return {"good", "recorded"};
  if (status.state == AlertState::kFiring) return {"bad", "firing"};
  if (status.state == AlertState::kPending) return {"warn", "pending"};
  return {"good", "inactive"};
}

struct Counts {
  size_t rules = 0, failed = 0, firing = 0, pending = 0;
};

Counts CountOf(const GroupStatus& group) {
  Counts counts;
  for (const RuleStatus& status : group.rules) {
    ++counts.rules;
    if (status.health == RuleHealth::kFailed) ++counts.failed;
    for (const Alert& alert : status.alerts) ++(alert.state == AlertState::kFiring ? counts.firing : counts.pending);
  }
  return counts;
}

void RuleRow(const RuleStatus& status, Html* html) {
  const ruler::Rule& rule = *status.rule;
  html->Raw("<tr><td data-name=\"Rule\">");
  if (rule.alerting()) {
    html->Raw("<a href=\"").Text(WhyLink(rule.text.name)).Raw("\">").Text(rule.text.name).Raw("</a>");
  } else {
    html->Text(rule.text.name);
  }
  html->Raw("</td><td data-name=\"State\">");
  const Verdict verdict = Judge(status);
  Badge(verdict.style, verdict.word, html);
  html->Raw("</td><td class=\"number\" data-name=\"For\">");
  if (rule.alerting() && rule.text.hold > base::Duration::zero()) html->Text(base::DurationText(rule.text.hold));
  html->Raw("</td><td data-name=\"Expression\"><div><code>").Text(rule.query_text).Raw("</code>");
  if (!status.last_error.empty()) html->Raw("<div class=\"error\">").Text(status.last_error).Raw("</div>");
  html->Raw("</div></td><td class=\"number\" data-name=\"Took\">");
  if (status.last_evaluation.ms != 0) html->Text(base::HumanDuration(status.duration));
  html->Raw("</td></tr>\n");
}

void GroupSummary(const GroupStatus& group, const Counts& counts, base::Timestamp now, Html* html) {
  html->Raw("<summary><strong>")
      .Text(group.name)
      .Raw("</strong> <span class=\"path quiet\">")
      .Text(group.file)
      .Raw("</span> ");
  const std::array<std::pair<size_t, Verdict>, 3> badges = {
      {{counts.failed, {"bad", "failed"}}, {counts.firing, {"bad", "firing"}}, {counts.pending, {"warn", "pending"}}}};
  for (const auto& [count, verdict] : badges) {
    if (count > 0) Badge(verdict.style, std::to_string(count) + " " + std::string(verdict.word), html);
  }
  html->Raw("<span class=\"quiet small\">")
      .Text(std::to_string(counts.rules) + (counts.rules == 1 ? " rule" : " rules") + " every " +
            base::DurationText(group.interval));
  if (group.last_evaluation.ms != 0) {
    html->Text(", " + Ago(now - group.last_evaluation) + " in " + base::HumanDuration(group.duration));
  }
  if (group.missed > 0) html->Text(", " + std::to_string(group.missed) + " slots missed");
  html->Raw("</span></summary>\n");
}

void GroupDetails(const GroupStatus& group, base::Timestamp now, size_t most, Html* html) {
  const Counts counts = CountOf(group);
  html->Raw("<details class=\"sheet\"");
  if (counts.failed + counts.firing + counts.pending > 0) html->Raw(" open");
  html->Raw(">");
  GroupSummary(group, counts, now, html);
  html->Raw(
      "<table class=\"cards names\"><thead><tr><th>Rule</th><th>State</th><th "
      "class=\"number\">For</th><th>Expression</th>"
      "<th class=\"number\">Took</th></tr></thead><tbody>\n");
  for (size_t i = 0; i < std::min(group.rules.size(), most); ++i) RuleRow(group.rules[i], html);
  html->Raw("</tbody></table></details>\n");
}

void Groups(std::span<const GroupStatus> groups, base::Timestamp now, Html* html) {
  html->Raw("<h2>Rules</h2>\n");
  if (groups.empty()) {
    html->Raw(
        "<p class=\"quiet\">No rules are loaded: <code>rule_files</code> and <code>slo_files</code> of the "
        "configuration name them.</p>\n");
    return;
  }
  std::vector<const GroupStatus*> ordered;
  size_t rules = 0;
  for (const GroupStatus& group : groups) {
    ordered.push_back(&group);
    rules += group.rules.size();
  }
  if (rules > kMostRules) {  // those that need somebody must not be among the ones left out
    std::stable_partition(ordered.begin(), ordered.end(), [](const GroupStatus* group) {
      const Counts counts = CountOf(*group);
      return counts.failed + counts.firing + counts.pending > 0;
    });
  }
  size_t shown = 0;
  for (const GroupStatus* group : ordered) {
    if (shown >= kMostRules) break;
    GroupDetails(*group, now, kMostRules - shown, html);
    shown += group->rules.size();
  }
  if (rules <= kMostRules) return;
  html->Raw("<p class=\"quiet\">and ")
      .Text(std::to_string(rules - kMostRules))
      .Raw(" more rules: <a href=\"api/v1/rules\">all rules</a></p>\n");
}

std::string InWords(size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

}  // namespace

std::string WhyLink(std::string_view alert) {
  return "why?alert=" + net::QueryEscaped(alert);
}

std::string_view SeverityStyle(std::string_view severity) {
  return SeverityOf(severity).style;
}

void LabelList(const model::Labels& labels, Html* html) {
  html->Raw("<div class=\"labels\">");
  for (const auto& [name, value] : labels) {
    if (name == ruler::kAlertName || name == "severity") continue;
    html->Raw("<span>").Text(name).Raw("=").Text(value).Raw("</span> ");
  }
  html->Raw("</div>");
}

void AnnotationText(const ruler::TextMap& annotations, Html* html) {
  for (const std::string_view name : {"summary", "title", "message", "description"}) {
    const std::string_view text = TextOf(annotations, name);
    if (text.empty()) continue;
    html->Raw("<div>").Text(text).Raw("</div>");
    break;
  }
  for (const std::string_view name : {"runbook_url", "runbook"}) {
    const std::string_view url = TextOf(annotations, name);
    // Anything but these two could be a script.
    if (!url.starts_with("https://") && !url.starts_with("http://")) continue;
    html->Raw("<a class=\"small\" rel=\"noreferrer\" href=\"").Text(url).Raw("\">Runbook</a>");
    break;
  }
}

std::string AlertsPage(const PageFrame& frame, base::Timestamp now, std::span<const ruler::GroupStatus> groups) {
  const std::vector<Listed> firing = AlertsIn(groups, AlertState::kFiring);
  const std::vector<Listed> pending = AlertsIn(groups, AlertState::kPending);
  Counts all;
  for (const GroupStatus& group : groups) {
    const Counts counts = CountOf(group);
    all.rules += counts.rules;
    all.failed += counts.failed;
  }
  Html html;
  BeginPage(frame, (firing.empty() ? "" : "(" + std::to_string(firing.size()) + ") ") + "Alerts", "alerts", &html);
  html.Raw("<dl class=\"tiles\">\n");
  const std::string worst = firing.empty() ? "" : std::string(LabelOf(firing.front(), "severity"));
  Tile("Firing", std::to_string(firing.size()), worst.empty() ? "" : "the worst is " + worst,
       firing.empty() ? "good" : "bad", &html);
  Tile("Pending", std::to_string(pending.size()), pending.empty() ? "" : "active, not yet for long enough", "", &html);
  Tile("Rules that fail", std::to_string(all.failed), all.failed == 0 ? "" : "they judge nothing meanwhile",
       all.failed == 0 ? "" : "bad", &html);
  Tile("Rules", std::to_string(all.rules), "in " + InWords(groups.size(), "group", "groups"), "", &html);
  html.Raw("</dl>\n");
  AlertTable("Firing", firing, now, &html);
  AlertTable("Pending", pending, now, &html);
  if (firing.empty() && pending.empty() && all.rules > 0) {
    html.Raw("<p class=\"calm\">Nothing fires and nothing is about to.</p>\n");
  }
  Groups(groups, now, &html);
  EndPage(&html);
  return html.Take();
}

}  // namespace bekci::web
