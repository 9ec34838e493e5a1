#include "agent/web/rule_pages.h"

#include <optional>
#include <string>

#include "agent/base/text.h"
#include "agent/web/alerts_page.h"
#include "agent/web/api_parameters.h"
#include "agent/web/slo_page.h"
#include "agent/web/why_page.h"

namespace bekci::web {
namespace {

// Rules of one name that a page explains: each costs a query for every part of its expression.
constexpr size_t kMostExplained = 10;

}  // namespace

std::vector<Route> RulePages::Routes() {
  using Request = const net::HttpRequest&;
  return {{.methods = "GET",
           .path = "/alerts",
           .name = "alerts_page",
           .help = "What fires, what is about to, and how every rule fares.",
           .handle = [this](Request) { return Alerts(); }},
          {.methods = "GET",
           .path = "/why",
           .name = "why_page",
           .help = "Why an alert fires, or does not: ?alert=NAME, and &time= for another moment.",
           .handle = [this](Request request) { return Why(request); }},
          {.methods = "GET",
           .path = "/slo",
           .name = "slo_page",
           .help = "How objectives stand, and what is left of their error budgets.",
           .handle = [this](Request) { return Objectives(); }}};
}

net::HttpResponse RulePages::Alerts() const {
  return PageAnswer(AlertsPage(sources_.frame, sources_.clock.Now(), Groups()));
}

net::HttpResponse RulePages::Objectives() const {
  return PageAnswer(
      SloPage(sources_.frame, sources_.objectives ? sources_.objectives() : std::vector<ruler::slo::BudgetReport>()));
}

net::HttpResponse RulePages::Why(const net::HttpRequest& request) const {
  const ApiParameters parameters(request);
  const std::string name(parameters.Get("alert"));
  const auto time = parameters.Time("time", 0);
  const std::vector<ruler::GroupStatus> groups = Groups();
  std::vector<std::string_view> names;
  std::vector<ExplainedRule> explained;
  std::optional<std::vector<std::string>> quiet;  // the same for all rules of the name
  for (const ruler::GroupStatus& group : groups) {
    for (const ruler::RuleStatus& status : group.rules) {
      if (!status.rule->alerting()) continue;
      names.push_back(status.rule->text.name);
      if (status.rule->text.name != name || !time.ok() || explained.size() >= kMostExplained) continue;
      explained.push_back(
          {&status, ruler::Explain(group, status, {*time}, sources_.clock.Now(), sources_.engine, sources_.store)});
      ruler::Explanation& explanation = explained.back().explanation;
      if (explanation.is_now && sources_.quiet_words) {
        if (!quiet) quiet = sources_.quiet_words(name);
        explanation.sentences.insert(explanation.sentences.end(), quiet->begin(), quiet->end());
      }
    }
  }
  if (!explained.empty()) return PageAnswer(WhyPage(sources_.frame, sources_.clock.Now(), explained));
  if (!time.ok()) return PageAnswer(WhichAlertPage(sources_.frame, time.status().message(), std::move(names)), 400);
  if (name.empty()) return PageAnswer(WhichAlertPage(sources_.frame, "", std::move(names)));
  const std::string_view nearest = base::Nearest(name, names);
  const std::string problem = "No alerting rule is called " + base::Quoted(name) +
                              (nearest.empty() ? "." : ", did you mean " + base::Quoted(nearest) + "?");
  return PageAnswer(WhichAlertPage(sources_.frame, problem, std::move(names)), 404);
}

}  // namespace bekci::web
