// What both ways of making rules are told beside the objectives, and the names they share.
//
// Thread rule: values and pure functions.
#pragma once

#include <string>

#include "agent/base/clock.h"
#include "agent/ruler/rule_text.h"
#include "agent/ruler/slo/slo.h"

namespace bekci::ruler::slo {

struct RuleOptions {
  TextMap extra_labels;  // on every recording rule
  bool recordings = true;
  bool alerts = true;
  bool optimized = true;        // the ratio of the period from the recorded 5-minute ratios; else from the raw series
  std::string version = "dev";  // sloth_version
};

// sloth_id, sloth_service, sloth_slo.
TextMap IdLabels(const Slo& slo);
// IdLabels and those of the objective and the options: what every recording rule has.
TextMap RecordingLabels(const Slo& slo, const RuleOptions& options);
// `metric{sloth_id="...", sloth_service="...", sloth_slo="..."}`.
std::string Selector(const Slo& slo, std::string_view metric);
// The same by the id alone, which is unique: `metric{sloth_id="..."}`.
std::string SelectorById(const Slo& slo, std::string_view metric);
// slo:sli_error:ratio_rate5m
std::string RatioMetric(base::Duration window);

RuleText Recording(std::string name, std::string expr, TextMap labels);

// The share that must be good, the budget and the period as rules: slo:objective:ratio and its like, in Sloth's order.
// `mode` and `version` are told by sloth_slo_info.
std::vector<RuleText> MetaRules(const Slo& slo, const RuleOptions& options, std::string_view mode);

// {{$labels.sloth_service}} {{$labels.sloth_slo}} SLO error budget burn rate is ...: title and summary of `tier`
// ("page", "ticket").
TextMap SlothAnnotations(std::string_view tier);

}  // namespace bekci::ruler::slo
