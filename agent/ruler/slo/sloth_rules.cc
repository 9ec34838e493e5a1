#include "agent/ruler/slo/sloth_rules.h"

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/ruler/slo/window_text.h"

namespace bekci::ruler::slo {
namespace {

std::string_view Mode(Dialect dialect) {
  switch (dialect) {
    case Dialect::kSlothKubernetes:
      return "cli-gen-k8s";
    case Dialect::kOpenSloAlpha:
    case Dialect::kOpenSlo:
      return "cli-gen-openslo";
    default:
      return "cli-gen-prom";
  }
}

std::string ErrorRatio(const Indicator& indicator, base::Duration window) {
  const std::string total = "(" + FillWindow(indicator.total, window) + ")";
  switch (indicator.kind) {
    case Indicator::Kind::kBad:
      return "(" + FillWindow(indicator.bad, window) + ")\n/\n" + total + "\n";
    case Indicator::Kind::kGood:
      return "1 - (\n(" + FillWindow(indicator.good, window) + ")\n/\n" + total + "\n)\n";
    case Indicator::Kind::kRaw:
      return "(" + FillWindow(indicator.bad, window) + ")";
    case Indicator::Kind::kSlices:
      break;
  }
  return "1 - avg_over_time((" + indicator.slice + ")[" + base::DurationText(window) + ":" +
         base::DurationText(indicator.slice_every) + "])";
}

// The mean of what was recorded for the shortest window.
std::string MeanRatio(const Slo& slo) {
  const std::string recorded =
      Selector(slo, RatioMetric(slo.windows.page_quick.short_window)) + "[" + base::DurationText(slo.period) + "])\n";
  return "sum_over_time(" + recorded + "/ ignoring (sloth_window)\ncount_over_time(" + recorded;
}

GroupText SliGroup(const Slo& slo, const RuleOptions& options) {
  GroupText group;
  group.name = "sloth-slo-sli-recordings-" + slo.id;
  std::vector<base::Duration> windows = WindowsOf(slo.windows);
  if (windows.back() != slo.period) windows.push_back(slo.period);
  for (const base::Duration window : windows) {
    const TextMap id = Merged(IdLabels(slo), {{"sloth_window", base::DurationText(window)}});
    const bool mean = window == slo.period && options.optimized;
    group.rules.push_back(Recording(RatioMetric(window), mean ? MeanRatio(slo) : ErrorRatio(slo.indicator, window),
                                    Merged(Merged(id, slo.labels), options.extra_labels)));
  }
  return group;
}

std::string OverThreshold(const Slo& slo, base::Duration window, double factor) {
  return "    max(" + Selector(slo, RatioMetric(window)) + " > (" + base::DoubleText(factor) + " * " +
         base::DoubleText(BudgetRatio(slo)) + ")) without (sloth_window)\n";
}

std::string BothOver(const Slo& slo, const BurnWindow& window) {
  const double factor = BurnFactor(window, slo.period);
  return "(\n" + OverThreshold(slo, window.short_window, factor) + "    and\n" +
         OverThreshold(slo, window.long_window, factor) + ")\n";
}

RuleText Alert(const Slo& slo, const SloAlert& alert, const BurnWindow& quick, const BurnWindow& slow,
               std::string_view tier) {
  RuleText rule;
  rule.alerting = true;
  rule.name = slo.alert_name;
  rule.expr = BothOver(slo, quick) + "or\n" + BothOver(slo, slow);
  rule.labels = Merged({{"sloth_severity", std::string(tier)}}, alert.labels);
  rule.annotations = Merged(SlothAnnotations(tier), alert.annotations);
  return rule;
}

}  // namespace

std::vector<GroupText> SlothRules(const Slo& slo, const RuleOptions& options) {
  std::vector<GroupText> groups;
  if (options.recordings) {
    groups.push_back(SliGroup(slo, options));
    GroupText meta;
    meta.name = "sloth-slo-meta-recordings-" + slo.id;
    meta.rules = MetaRules(slo, options, Mode(slo.dialect));
    groups.push_back(std::move(meta));
  }
  GroupText alerts;
  alerts.name = "sloth-slo-alerts-" + slo.id;
  const AlertWindows& windows = slo.windows;
  if (!slo.page.disabled) {
    alerts.rules.push_back(Alert(slo, slo.page, windows.page_quick, windows.page_slow, "page"));
  }
  if (!slo.ticket.disabled) {
    alerts.rules.push_back(Alert(slo, slo.ticket, windows.ticket_quick, windows.ticket_slow, "ticket"));
  }
  if (options.alerts && !alerts.rules.empty()) groups.push_back(std::move(alerts));
  for (GroupText& group : groups) {
    group.mark = slo.mark;
    if (slo.mark.file != nullptr) group.file = *slo.mark.file;
  }
  return groups;
}

}  // namespace bekci::ruler::slo
