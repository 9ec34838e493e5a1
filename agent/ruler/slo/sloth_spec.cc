// Sloth's specifications: prometheus/v1, the Kubernetes form of the same, and OpenSLO v1alpha as Sloth reads it.
//
// Unknown keys are ignored, as Sloth does, but told. Source: Sloth's pkg/prometheus/api/v1, pkg/kubernetes/api/sloth/v1
// and internal/storage/io.
#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/ruler/slo/dialects.h"
#include "agent/ruler/slo/indicator_queries.h"
#include "agent/ruler/slo/lenient_keys.h"

namespace bekci::ruler::slo {
namespace {

using config::Type;

// The two forms differ in the spelling of their keys; a table and a set of names for each.
struct Names {
  std::string_view error_query;
  std::string_view total_query;
  std::string_view error_ratio_query;
  std::string_view page_alert;
  std::string_view ticket_alert;
};
constexpr Names kFileNames = {"error_query", "total_query", "error_ratio_query", "page_alert", "ticket_alert"};
constexpr Names kKubernetesNames = {"errorQuery", "totalQuery", "errorRatioQuery", "pageAlert", "ticketAlert"};

template <const Names& kNames>
struct Tables {
  static constexpr config::Option kEvents[] = {
      {.key = kNames.error_query, .required = true},
      {.key = kNames.total_query, .required = true},
  };
  static constexpr config::Option kRaw[] = {{.key = kNames.error_ratio_query, .required = true}};
  static constexpr config::Option kPlugin[] = {
      {.key = "id", .required = true},
      {.key = "options", .type = Type::kStringMap},
  };
  static constexpr config::Option kSli[] = {
      {.key = "events", .type = Type::kSection, .section = kEvents},
      {.key = "raw", .type = Type::kSection, .section = kRaw},
      {.key = "plugin", .type = Type::kSection, .section = kPlugin},
  };
  static constexpr config::Option kAlert[] = {
      {.key = "disable", .type = Type::kBool, .default_text = "false"},
      {.key = "labels", .type = Type::kStringMap},
      {.key = "annotations", .type = Type::kStringMap},
  };
  static constexpr config::Option kAlerting[] = {
      {.key = "name"},
      {.key = "labels", .type = Type::kStringMap},
      {.key = "annotations", .type = Type::kStringMap},
      {.key = kNames.page_alert, .type = Type::kSection, .section = kAlert},
      {.key = kNames.ticket_alert, .type = Type::kSection, .section = kAlert},
  };
  static constexpr config::Option kSlo[] = {
      {.key = "name", .required = true},
      {.key = "description"},
      {.key = "objective", .type = Type::kFloat, .required = true},
      {.key = "labels", .type = Type::kStringMap},
      {.key = "sli", .type = Type::kSection, .required = true, .section = kSli},
      {.key = "alerting", .type = Type::kSection, .section = kAlerting},
  };
  static constexpr config::Option kSpec[] = {
      {.key = "version"},
      {.key = "service", .required = true},
      {.key = "labels", .type = Type::kStringMap},
      {.key = "slos", .type = Type::kSections, .required = true, .section = kSlo},
  };
};

constexpr config::Option kKubernetesDocument[] = {
    {.key = "apiVersion"},
    {.key = "kind"},
    {.key = "metadata", .type = Type::kTree},
    {.key = "status", .type = Type::kTree},
    {.key = "spec", .type = Type::kSection, .required = true, .section = Tables<kKubernetesNames>::kSpec},
};

bool ReadIndicator(const config::Values& sli, const Names& names, const Reading& reading, Indicator* indicator) {
  int kinds = 0;
  for (const std::string_view kind : {"events", "raw", "plugin"}) kinds += sli.IsSetInFile(kind) ? 1 : 0;
  if (kinds != 1) {
    reading.errors->Add(sli.mark(), kinds == 0 ? "sli: says neither events, raw nor plugin"
                                               : "sli: says more than one of events, raw and plugin");
    return false;
  }
  if (sli.IsSetInFile("plugin")) {
    reading.errors->Add(sli.MarkOf("plugin"),
                        "plugin: Sloth's plugins are Go programs and cannot run here; write the "
                        "queries it makes as events");
    return false;
  }
  const auto query = [&](const config::Values& section, std::string_view key, std::string* out) {
    *out = section.String(key);
    return CheckWindowed(std::string(key), *out, section.MarkOf(key), reading.errors);
  };
  if (sli.IsSetInFile("raw")) {
    indicator->kind = Indicator::Kind::kRaw;
    return query(sli.Section("raw"), names.error_ratio_query, &indicator->bad);
  }
  const config::Values& events = sli.Section("events");
  const bool good = query(events, names.error_query, &indicator->bad);
  if (!query(events, names.total_query, &indicator->total) || !good) return false;
  if (indicator->bad == indicator->total) {
    reading.errors->Add(events.MarkOf(names.total_query), std::string(names.error_query) + " and " +
                                                              std::string(names.total_query) + " are the same query");
    return false;
  }
  indicator->counts = UnitOf(indicator->bad) == QueryUnit::kCount && UnitOf(indicator->total) == QueryUnit::kCount;
  return true;
}

SloAlert ReadAlert(const config::Values& alerting, std::string_view key) {
  const config::Values& values = alerting.Section(key);
  SloAlert alert;
  alert.disabled = values.Bool("disable");
  alert.labels = Merged(ToTextMap(alerting.StringMap("labels")), values.StringMap("labels"));
  alert.annotations = Merged(ToTextMap(alerting.StringMap("annotations")), values.StringMap("annotations"));
  return alert;
}

bool UseWindows(Slo* slo, const config::Mark& mark, const Reading& reading) {
  const AlertWindows* windows = reading.windows.Find(slo->period);
  if (windows == nullptr) {
    reading.errors->Add(mark, "no alert windows for a period of " + base::DurationText(slo->period) + "; known are " +
                                  reading.windows.Periods() + ", a file of kind AlertWindows adds others");
    return false;
  }
  slo->windows = *windows;
  return true;
}

void ReadOne(const config::Values& values, const config::Values& spec, const Names& names, Dialect dialect,
             const Reading& reading) {
  Slo slo;
  slo.dialect = dialect;
  slo.mark = values.mark();
  slo.service = spec.String("service");
  slo.name = values.String("name");
  slo.description = values.String("description");
  slo.objective_percent = values.Float("objective");
  slo.period = reading.default_period;
  slo.labels = Merged(ToTextMap(spec.StringMap("labels")), values.StringMap("labels"));
  const config::Values& alerting = values.Section("alerting");
  slo.alert_name = alerting.String("name");
  slo.page = ReadAlert(alerting, names.page_alert);
  slo.ticket = ReadAlert(alerting, names.ticket_alert);
  if (slo.alert_name.empty() && !(slo.page.disabled && slo.ticket.disabled)) {
    reading.errors->Add(alerting.mark(), "alerting: name is missing; without alerts, disable " +
                                             std::string(names.page_alert) + " and " + std::string(names.ticket_alert));
    return;
  }
  if (!ReadIndicator(values.Section("sli"), names, reading, &slo.indicator)) return;
  if (UseWindows(&slo, values.mark(), reading)) TakeIn(std::move(slo), reading);
}

void ReadSpec(const config::Values& spec, const Names& names, Dialect dialect, const Reading& reading) {
  const std::vector<config::Values>& slos = spec.Sections("slos");
  if (slos.empty() && spec.IsSetInFile("slos")) reading.errors->Add(spec.mark(), "slos: at least one is needed");
  for (const config::Values& values : slos) ReadOne(values, spec, names, dialect, reading);
}

// ---- OpenSLO v1alpha ----

constexpr config::Option kQuery[] = {
    {.key = "source", .required = true},
    {.key = "queryType", .required = true},
    {.key = "query", .required = true},
    {.key = "metadata", .type = Type::kTree},
};
constexpr config::Option kRatio[] = {
    {.key = "good", .type = Type::kSection, .required = true, .section = kQuery},
    {.key = "total", .type = Type::kSection, .required = true, .section = kQuery},
    {.key = "incremental", .type = Type::kBool},
    {.key = "counter", .type = Type::kBool},
};
constexpr config::Option kObjective[] = {
    {.key = "displayName"},
    {.key = "ratioMetrics", .type = Type::kSection, .section = kRatio},
    {.key = "target", .type = Type::kFloat, .min = 0, .max = 1, .required = true},
    {.key = "op"},
    {.key = "value", .type = Type::kFloat},
    {.key = "timeSliceTarget", .type = Type::kFloat},
};
constexpr config::Option kTimeWindow[] = {
    {.key = "count", .type = Type::kInteger, .min = 1, .max = 10'000, .required = true},
    {.key = "unit", .required = true},
    {.key = "isRolling", .type = Type::kBool, .default_text = "true"},
    {.key = "calendar", .type = Type::kTree},
};
constexpr config::Option kAlphaSpec[] = {
    {.key = "service", .required = true},
    {.key = "description"},
    {.key = "budgetingMethod"},
    {.key = "indicator", .type = Type::kTree},
    {.key = "objectives", .type = Type::kSections, .required = true, .section = kObjective},
    {.key = "timeWindows", .type = Type::kSections, .section = kTimeWindow},
};
constexpr config::Option kMetadata[] = {
    {.key = "name", .required = true},
    {.key = "displayName"},
};
constexpr config::Option kAlphaDocument[] = {
    {.key = "apiVersion"},
    {.key = "kind"},
    {.key = "metadata", .type = Type::kSection, .required = true, .section = kMetadata},
    {.key = "spec", .type = Type::kSection, .required = true, .section = kAlphaSpec},
};

// The error ratio of good among all, laid out as Sloth does.
std::string RatioOfGood(const std::string& good, const std::string& total) {
  return "\n  1 - (\n    (\n      " + good + "\n    )\n    /\n    (\n      " + total + "\n    )\n  )\n";
}

bool ReadAlphaPeriod(const config::Values& spec, const Reading& reading, base::Duration* period) {
  *period = reading.default_period;
  const auto& windows = spec.Sections("timeWindows");
  if (windows.empty()) return true;
  const config::Values& window = windows.front();
  if (windows.size() > 1) {
    reading.errors->Add(window.mark(), "timeWindows: exactly one is possible");
  } else if (window.String("unit") != "Day") {
    reading.errors->Add(window.MarkOf("unit"), "unit: " + base::Quoted(window.String("unit")) +
                                                   " is not possible in openslo/v1alpha here, only Day; "
                                                   "openslo/v1 has the others");
  } else if (!window.Bool("isRolling") || window.IsSetInFile("calendar")) {
    reading.errors->Add(window.mark(), "calendar windows need openslo/v1");
  } else {
    *period = base::hours(24 * window.Integer("count"));
    return true;
  }
  return false;
}

void ReadAlphaObjective(const config::Values& objective, const config::Values& values, size_t index,
                        base::Duration period, const Reading& reading) {
  const config::Values& spec = values.Section("spec");
  if (!objective.IsSetInFile("ratioMetrics")) {
    reading.errors->Add(objective.mark(), "objectives: has no ratioMetrics (good and total)");
    return;
  }
  Slo slo;
  slo.dialect = Dialect::kOpenSloAlpha;
  slo.mark = objective.mark();
  slo.service = spec.String("service");
  slo.name = values.Section("metadata").String("name") + "-" + std::to_string(index);
  slo.description = spec.String("description");
  slo.objective_percent = objective.Float("target") * 100;
  slo.period = period;
  slo.page.disabled = slo.ticket.disabled = true;
  const config::Values& ratio = objective.Section("ratioMetrics");
  bool good = true;
  for (const std::string_view key : {"good", "total"}) {
    const config::Values& query = ratio.Section(key);
    for (const auto& [name, wanted] :
         {std::pair<std::string_view, std::string_view>{"source", "prometheus"}, {"queryType", "promql"}}) {
      if (base::EqualsIgnoreCase(query.String(name), wanted)) continue;
      reading.errors->Add(query.MarkOf(name), std::string(name) + ": " + base::Quoted(query.String(name)) +
                                                  " is not known here, only " + std::string(wanted));
      good = false;
    }
    good = CheckWindowed("query", query.String("query"), query.MarkOf("query"), reading.errors) && good;
  }
  if (!good || !UseWindows(&slo, objective.mark(), reading)) return;
  slo.indicator.kind = Indicator::Kind::kRaw;
  slo.indicator.bad = RatioOfGood(ratio.Section("good").String("query"), ratio.Section("total").String("query"));
  TakeIn(std::move(slo), reading);
}

}  // namespace

void ReadSloth(const config::Node& document, const Reading& reading) {
  constexpr auto& kTable = Tables<kFileNames>::kSpec;
  const config::Node known = WithoutUnknownKeys(document, kTable, reading.warnings);
  const size_t before = reading.errors->lines().size();
  const config::Values spec = config::Check(known, kTable, reading.errors);
  if (reading.errors->lines().size() != before) return;
  ReadSpec(spec, kFileNames, Dialect::kSloth, reading);
}

void ReadSlothKubernetes(const config::Node& document, const Reading& reading) {
  const config::Node known = WithoutUnknownKeys(document, kKubernetesDocument, reading.warnings);
  const size_t before = reading.errors->lines().size();
  const config::Values values = config::Check(known, kKubernetesDocument, reading.errors);
  if (reading.errors->lines().size() != before) return;
  ReadSpec(values.Section("spec"), kKubernetesNames, Dialect::kSlothKubernetes, reading);
}

void ReadOpenSloAlpha(const config::Node& document, const Reading& reading) {
  const config::Node* kind = document.Find("kind");
  if (kind != nullptr && kind->scalar != "SLO") {
    if (kind->scalar != "Service") {
      reading.errors->Add(kind->mark,
                          "kind: " + base::Quoted(kind->scalar) + " is none of openslo/v1alpha: SLO, Service");
    }
    return;
  }
  const config::Node known = WithoutUnknownKeys(document, kAlphaDocument, reading.warnings);
  const size_t before = reading.errors->lines().size();
  const config::Values values = config::Check(known, kAlphaDocument, reading.errors);
  if (reading.errors->lines().size() != before) return;
  const config::Values& spec = values.Section("spec");
  base::Duration period{};
  if (!ReadAlphaPeriod(spec, reading, &period)) return;
  size_t index = 0;
  for (const config::Values& objective : spec.Sections("objectives")) {
    ReadAlphaObjective(objective, values, index++, period, reading);
  }
}

}  // namespace bekci::ruler::slo
