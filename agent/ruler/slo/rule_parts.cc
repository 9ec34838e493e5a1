// The names, labels and rules that Sloth's way and ours share; rule_options.h says what each is.
#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/ruler/slo/rule_options.h"

namespace bekci::ruler::slo {

TextMap IdLabels(const Slo& slo) {
  return {{"sloth_id", slo.id}, {"sloth_service", slo.service}, {"sloth_slo", slo.name}};
}

TextMap RecordingLabels(const Slo& slo, const RuleOptions& options) {
  return Merged(Merged(IdLabels(slo), slo.labels), options.extra_labels);
}

std::string Selector(const Slo& slo, std::string_view metric) {
  std::string selector(metric);
  selector += '{';
  for (const auto& [name, value] : IdLabels(slo)) {
    if (selector.back() != '{') selector += ", ";
    selector += name + "=" + base::Quoted(value);
  }
  return selector + '}';
}

std::string SelectorById(const Slo& slo, std::string_view metric) {
  return std::string(metric) + "{sloth_id=" + base::Quoted(slo.id) + "}";
}

std::string RatioMetric(base::Duration window) {
  return "slo:sli_error:ratio_rate" + base::DurationText(window);
}

RuleText Recording(std::string name, std::string expr, TextMap labels) {
  RuleText rule;
  rule.name = std::move(name);
  rule.expr = std::move(expr);
  rule.labels = std::move(labels);
  return rule;
}

std::vector<RuleText> MetaRules(const Slo& slo, const RuleOptions& options, std::string_view mode) {
  const TextMap labels = RecordingLabels(slo, options);
  const std::string objective = base::DoubleText(slo.objective_percent / 100);
  const std::string days = base::DoubleText(base::ToSeconds(slo.period) / 86400);
  const auto per_budget = [&](base::Duration window) {
    return Selector(slo, RatioMetric(window)) + "\n/ on(sloth_id, sloth_slo, sloth_service) group_left\n" +
           Selector(slo, "slo:error_budget:ratio") + "\n";
  };
  TextMap info = {{"sloth_mode", std::string(mode)},
                  {"sloth_spec", std::string(SpecName(slo.dialect))},
                  {"sloth_version", options.version}};
  std::string percent;
  base::AppendDecimal(&percent, slo.objective_percent);
  SetText(&info, "sloth_objective", percent);
  return {
      Recording("slo:objective:ratio", "vector(" + objective + ")", labels),
      Recording("slo:error_budget:ratio", "vector(1-" + objective + ")", labels),
      Recording("slo:time_period:days", "vector(" + days + ")", labels),
      Recording("slo:current_burn_rate:ratio", per_budget(slo.windows.page_quick.short_window), labels),
      Recording("slo:period_burn_rate:ratio", per_budget(slo.period), labels),
      Recording("slo:period_error_budget_remaining:ratio", "1 - " + Selector(slo, "slo:period_burn_rate:ratio"),
                labels),
      Recording("sloth_slo_info", "vector(1)", Merged(info, labels)),
  };
}

TextMap SlothAnnotations(std::string_view tier) {
  return {{"summary", "{{$labels.sloth_service}} {{$labels.sloth_slo}} SLO error budget burn rate is over expected."},
          {"title", "(" + std::string(tier) +
                        ") {{$labels.sloth_service}} {{$labels.sloth_slo}} SLO error budget burn rate is too fast."}};
}

}  // namespace bekci::ruler::slo
