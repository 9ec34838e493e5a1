// Pyrra's ServiceLevelObjective as input: its selectors become our indicators, its grouping our `by`.
//
// Unknown keys are ignored and told, since a cluster puts its own into such objects. Source: Pyrra's
// kubernetes/api/v1alpha1.
#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/ruler/slo/dialects.h"
#include "agent/ruler/slo/indicator_queries.h"
#include "agent/ruler/slo/lenient_keys.h"

namespace bekci::ruler::slo {
namespace {

using config::Type;

constexpr config::Option kMetric[] = {{.key = "metric", .required = true}};
constexpr config::Option kRatio[] = {
    {.key = "errors", .type = Type::kSection, .required = true, .section = kMetric},
    {.key = "total", .type = Type::kSection, .required = true, .section = kMetric},
    {.key = "grouping", .type = Type::kStrings},
};
constexpr config::Option kLatency[] = {
    {.key = "success", .type = Type::kSection, .required = true, .section = kMetric},
    {.key = "total", .type = Type::kSection, .required = true, .section = kMetric},
    {.key = "grouping", .type = Type::kStrings},
};
constexpr config::Option kLatencyNative[] = {
    {.key = "latency", .type = Type::kDuration, .min = 1e-3, .max = 1e6, .required = true},
    {.key = "total", .type = Type::kSection, .required = true, .section = kMetric},
    {.key = "grouping", .type = Type::kStrings},
};
constexpr config::Option kBoolGauge[] = {
    {.key = "metric", .required = true},
    {.key = "grouping", .type = Type::kStrings},
};
constexpr config::Option kIndicator[] = {
    {.key = "ratio", .type = Type::kSection, .section = kRatio},
    {.key = "latency", .type = Type::kSection, .section = kLatency},
    {.key = "latencyNative", .type = Type::kSection, .section = kLatencyNative},
    {.key = "bool_gauge", .type = Type::kSection, .section = kBoolGauge},
};
constexpr config::Option kAlerting[] = {
    {.key = "disabled", .type = Type::kBool, .default_text = "false"},
    {.key = "name", .default_text = "ErrorBudgetBurn"},
    {.key = "burnrates", .type = Type::kBool, .default_text = "true"},
    {.key = "absent", .type = Type::kBool, .default_text = "true"},
    {.key = "severities", .type = Type::kTree},
};
constexpr config::Option kSpec[] = {
    {.key = "description"},
    {.key = "target", .type = Type::kString, .required = true},
    {.key = "window", .type = Type::kDuration, .min = 3600, .max = 366 * 86400.0, .required = true},
    {.key = "indicator", .type = Type::kSection, .required = true, .section = kIndicator},
    {.key = "alerting", .type = Type::kSection, .section = kAlerting},
    {.key = "performanceOverAccuracy", .type = Type::kBool},
};
constexpr config::Option kMetadata[] = {
    {.key = "name", .required = true},
    {.key = "namespace"},
    {.key = "labels", .type = Type::kStringMap},
    {.key = "annotations", .type = Type::kStringMap},
};
constexpr config::Option kDocument[] = {
    {.key = "apiVersion"},
    {.key = "kind"},
    {.key = "metadata", .type = Type::kSection, .required = true, .section = kMetadata},
    {.key = "spec", .type = Type::kSection, .required = true, .section = kSpec},
    {.key = "status", .type = Type::kTree},
};
constexpr std::string_view kLabelPrefix = "pyrra.dev/";

base::Result<Indicator> IndicatorOf(std::string_view kind, const config::Values& values,
                                    std::span<const std::string> by) {
  if (kind == "bool_gauge") return Uptime(values.String("metric"), by);
  const std::string& total = values.Section("total").String("metric");
  if (kind == "ratio") {
    return EventRatio(Indicator::Kind::kBad, values.Section("errors").String("metric"), total, by);
  }
  if (kind == "latencyNative") return Latency(total, base::ToSeconds(values.Duration("latency")), true, by);
  auto indicator = EventRatio(Indicator::Kind::kGood, values.Section("success").String("metric"), total, by);
  if (indicator.ok()) indicator->good_must_exist = true;
  return indicator;
}

bool ReadIndicator(const config::Values& values, const Reading& reading, Slo* slo) {
  std::vector<std::string_view> given;
  for (const config::Option& option : kIndicator) {
    if (values.IsSetInFile(option.key)) given.push_back(option.key);
  }
  if (given.size() != 1) {
    reading.errors->Add(values.mark(), "indicator: exactly one of ratio, latency, latencyNative and bool_gauge");
    return false;
  }
  const config::Values& section = values.Section(given[0]);
  slo->by = section.Strings("grouping");
  auto indicator = IndicatorOf(given[0], section, slo->by);
  if (!indicator.ok()) {
    reading.errors->Add(section.mark(), indicator.status().message());
    return false;
  }
  slo->indicator = std::move(*indicator);
  return true;
}

// Severities may be renamed; by default ours stand.
void ReadSeverities(const config::Node* severities, Slo* slo) {
  if (severities == nullptr) return;
  for (const auto& [key, alert] :
       {std::pair<std::string_view, SloAlert*>{"critical", &slo->page}, {"warning", &slo->ticket}}) {
    const config::Node* name = severities->Find(key);
    if (name != nullptr && name->is_scalar()) SetText(&alert->labels, "severity", name->scalar);
  }
}

}  // namespace

void ReadPyrra(const config::Node& document, const Reading& reading) {
  const config::Node known = WithoutUnknownKeys(document, kDocument, reading.warnings);
  const size_t before = reading.errors->lines().size();
  const config::Values values = config::Check(known, kDocument, reading.errors);
  if (reading.errors->lines().size() != before) return;
  const config::Values& metadata = values.Section("metadata");
  const config::Values& spec = values.Section("spec");
  Slo slo;
  slo.dialect = Dialect::kPyrra;
  slo.mark = document.mark;
  slo.name = metadata.String("name");
  slo.service = metadata.Has("namespace") ? metadata.String("namespace") : "pyrra";
  slo.description = spec.String("description");
  const auto target = base::ParseDouble(spec.String("target"));
  if (!target) reading.errors->Add(spec.MarkOf("target"), "target: must be a percentage such as \"99.9\"");
  slo.objective_percent = target.value_or(0);
  slo.period = spec.Duration("window");
  slo.windows = reading.windows.FindOrDerive(slo.period);
  for (const auto& [name, value] : metadata.StringMap("labels")) {
    if (!name.starts_with(kLabelPrefix)) continue;
    const std::string label = name.substr(kLabelPrefix.size());
    if (label == "service") slo.service = value;
    SetText(&slo.labels, label, value);
  }
  const config::Values& alerting = spec.Section("alerting");
  slo.alert_name = alerting.String("name");
  slo.page.disabled = slo.ticket.disabled = alerting.Bool("disabled") || !alerting.Bool("burnrates");
  ReadSeverities(alerting.Tree("severities"), &slo);
  if (ReadIndicator(spec.Section("indicator"), reading, &slo) && target) TakeIn(std::move(slo), reading);
}

}  // namespace bekci::ruler::slo
