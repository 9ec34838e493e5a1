#include "agent/web/why_page.h"

#include <algorithm>
#include <utility>

#include "agent/base/duration.h"
#include "agent/base/rfc3339.h"
#include "agent/net/url.h"
#include "agent/web/alerts_page.h"

namespace bekci::web {
namespace {

using ruler::AlertState;
using ruler::ExplainedPart;
using ruler::Explanation;

constexpr size_t kMostNames = 1000;
constexpr int kDeepest = 8;  // indentation that the style sheet has

struct Step {
  std::string_view name;
  base::Duration by;
};
constexpr Step kSteps[] = {{"1 d earlier", -base::hours(24)},      {"1 h earlier", -base::hours(1)},
                           {"10 min earlier", -base::minutes(10)}, {"1 min earlier", -base::minutes(1)},
                           {"1 min later", base::minutes(1)},      {"10 min later", base::minutes(10)},
                           {"1 h later", base::hours(1)}};

void TimeLinks(const Explanation& explanation, base::Timestamp now, Html* html) {
  const std::string link = WhyLink(explanation.name);
  html->Raw("<p class=\"times\">");
  for (const Step& step : kSteps) {
    const base::Timestamp at = explanation.at + step.by;
    if (at > now || at.ms < 0) continue;
    html->Raw("<a href=\"")
        .Text(link + "&time=" + net::QueryEscaped(base::Rfc3339(at.ms)))
        .Raw("\">")
        .Text(step.name)
        .Raw("</a> ");
  }
  if (!explanation.is_now) html->Raw("<a href=\"").Text(link).Raw("\">now</a>");
  html->Raw("</p>\n<form action=\"why\" method=\"get\"><input type=\"hidden\" name=\"alert\" value=\"")
      .Text(explanation.name)
      .Raw("\"><label>At <input name=\"time\" size=\"28\" value=\"")
      .Text(base::Rfc3339(explanation.at.ms))
      .Raw("\"></label> <button>Ask</button></form>\n");
}

void Sentences(const Explanation& explanation, Html* html) {
  html->Raw("<div class=\"sheet answer\">\n");
  for (const std::string& sentence : explanation.sentences) html->Raw("<p>").Text(sentence).Raw("</p>\n");
  html->Raw("</div>\n");
}

void Values(const ExplainedPart& part, Html* html) {
  if (part.values.empty()) return;
  const bool open = part.depth == 0 || part.decides;
  html->Raw("<details");
  if (open) html->Raw(" open");
  html->Raw("><summary class=\"quiet small\">")
      .Text(part.series > part.values.size() ? "the first " + std::to_string(part.values.size()) + " values" : "values")
      .Raw("</summary><table class=\"plain values\"><tbody>\n");
  for (const ruler::ExplainedSeries& series : part.values) {
    html->Raw("<tr><td class=\"path\">")
        .Text(series.labels)
        .Raw("</td><td class=\"number\">")
        .Text(series.value)
        .Raw("</td></tr>\n");
  }
  html->Raw("</tbody></table></details>");
}

void Part(const ExplainedPart& part, Html* html) {
  html->Raw("<li class=\"depth").Text(std::to_string(std::min(part.depth, kDeepest)));
  if (part.decides) html->Raw(" decides");
  html->Raw("\"><code>").Text(part.text).Raw("</code>\n<div class=\"small\">");
  Badge(!part.error.empty() ? "bad"
        : part.series > 0   ? "good"
                            : "wait",
        part.series == 0   ? "gives nothing"
        : part.series == 1 ? "gives 1 series"
                           : "gives " + std::to_string(part.series) + " series",
        html);
  // A number selects nothing, and that is nobody's concern.
  if (part.selected > 0 || part.series == 0) html->Text(" its selectors match " + std::to_string(part.selected) + ".");
  if (!part.note.empty()) html->Raw(" <strong>").Text(part.note).Raw("</strong>");
  html->Raw("</div>");
  if (!part.error.empty()) html->Raw("<div class=\"error\">").Text(part.error).Raw("</div>");
  Values(part, html);
  html->Raw("</li>\n");
}

void Evaluations(const Explanation& explanation, Html* html) {
  if (explanation.evaluations.empty()) return;
  html->Raw(
      "<h2>Last evaluations</h2>\n<div class=\"sheet\"><table class=\"cards\"><thead><tr><th>Slot</th><th>State</th>"
      "<th class=\"number\">Series</th><th class=\"number\">Samples read</th><th class=\"number\">Took</th>"
      "<th>What is wrong</th></tr></thead><tbody>\n");
  for (size_t i = explanation.evaluations.size(); i-- > 0;) {  // the newest first
    const ruler::Evaluation& one = explanation.evaluations[i];
    html->Raw("<tr><td data-name=\"Slot\">").Text(base::Rfc3339(one.at.ms)).Raw("</td><td data-name=\"State\">");
    Badge(one.state == AlertState::kFiring    ? "bad"
          : one.state == AlertState::kPending ? "warn"
                                              : "good",
          ruler::AlertStateName(one.state), html);
    html->Raw("</td><td class=\"number\" data-name=\"Series\">")
        .Text(std::to_string(one.series_returned))
        .Raw("</td><td class=\"number\" data-name=\"Samples read\">")
        .Text(std::to_string(one.samples_read))
        .Raw("</td><td class=\"number\" data-name=\"Took\">")
        .Text(base::HumanDuration(one.duration))
        .Raw("</td><td data-name=\"What is wrong\">");
    if (!one.error.empty()) html->Raw("<span class=\"error\">").Text(one.error).Raw("</span>");
    html->Raw("</td></tr>\n");
  }
  html->Raw("</tbody></table></div>\n");
}

void RuleFacts(const ExplainedRule& one, Html* html) {
  const ruler::RuleText& text = one.status->rule->text;
  html->Raw("<h2>The rule</h2>\n<div class=\"sheet\"><table class=\"plain\"><tbody>\n<tr><td>expression</td><td><code>")
      .Text(one.explanation.query)
      .Raw("</code></td></tr>\n<tr><td>where</td><td class=\"path\">")
      .Text(one.explanation.file + (text.mark.line > 0 ? ":" + std::to_string(text.mark.line) : "") + ", group " +
            one.explanation.group)
      .Raw("</td></tr>\n");
  const auto row = [html](std::string_view name, std::string_view value) {
    html->Raw("<tr><td>").Text(name).Raw("</td><td>").Text(value).Raw("</td></tr>\n");
  };
  row("for", base::DurationText(text.hold));
  if (text.keep_firing_for > base::Duration::zero()) row("keep_firing_for", base::DurationText(text.keep_firing_for));
  for (const auto& [name, value] : one.status->rule->own_labels) row("label " + name, value);
  for (const auto& [name, value] : text.annotations) row(name, value);
  html->Raw("</tbody></table></div>\n");
}

void OneRule(const ExplainedRule& one, base::Timestamp now, Html* html) {
  const Explanation& explanation = one.explanation;
  html->Raw("<h2 class=\"title\">").Text(explanation.name).Raw(" ");
  if (explanation.is_now) {
    const AlertState state = one.status->state;
    const bool failed = one.status->health == ruler::RuleHealth::kFailed;
    Badge(failed || state == AlertState::kFiring ? "bad"
          : state == AlertState::kPending        ? "warn"
                                                 : "good",
          failed ? "failed" : ruler::AlertStateName(state), html);
  } else {
    html->Raw("<span class=\"quiet small\">at ").Text(base::Rfc3339(explanation.at.ms)).Raw("</span>");
  }
  html->Raw("</h2>\n");
  Sentences(explanation, html);
  TimeLinks(explanation, now, html);
  if (explanation.is_now && !explanation.alerts.empty()) {
    const ruler::Alert& first = explanation.alerts.front().alert;
    html->Raw("<div class=\"annotation\">");
    AnnotationText(first.annotations, html);
    html->Raw("</div>\n");
  }
  html->Raw("<h2>The expression, part by part</h2>\n<ol class=\"sheet parts\">\n");
  for (const ExplainedPart& part : explanation.parts) Part(part, html);
  html->Raw("</ol>\n");
  if (explanation.is_now) Evaluations(explanation, html);
  RuleFacts(one, html);
}

}  // namespace

std::string WhyPage(const PageFrame& frame, base::Timestamp now, std::span<const ExplainedRule> explained) {
  Html html;
  const std::string& name = explained.front().explanation.name;
  BeginPage(frame, "Why " + name, "why", &html);
  html.Raw("<p class=\"back\"><a href=\"alerts\">All alerts</a> &middot; <a href=\"api/v1/")
      .Text(WhyLink(name))
      .Raw("\">as JSON</a></p>\n");
  if (explained.size() > 1) {
    html.Raw("<p class=\"quiet\">").Text(std::to_string(explained.size())).Raw(" rules have this name.</p>\n");
  }
  for (const ExplainedRule& one : explained) OneRule(one, now, &html);
  EndPage(&html);
  return html.Take();
}

std::string WhichAlertPage(const PageFrame& frame, std::string_view problem, std::vector<std::string_view> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  Html html;
  BeginPage(frame, "Why", "why", &html);
  if (!problem.empty()) html.Raw("<p class=\"notice\">").Text(problem).Raw("</p>\n");
  html.Raw("<h2>Why does an alert fire, or why not?</h2>\n");
  if (names.empty()) html.Raw("<p class=\"quiet\">There is no alerting rule.</p>\n");
  html.Raw("<ul class=\"choice\">\n");
  for (size_t i = 0; i < std::min(names.size(), kMostNames); ++i) {
    html.Raw("<li><a href=\"").Text(WhyLink(names[i])).Raw("\">").Text(names[i]).Raw("</a></li>\n");
  }
  html.Raw("</ul>\n");
  if (names.size() > kMostNames) {
    html.Raw("<p class=\"quiet\">and ").Text(std::to_string(names.size() - kMostNames)).Raw(" more</p>\n");
  }
  EndPage(&html);
  return html.Take();
}

}  // namespace bekci::web
