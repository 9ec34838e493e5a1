#include "agent/ruler/slo/openslo.h"

#include <cstdio>

#include "agent/base/text.h"
#include "agent/ruler/slo/openslo_object.h"

namespace bekci::ruler::slo {
namespace {

using Object = OpenSloObjects::Object;

// "2022-01-31 12:30:00", also with T, without a time.
bool ReadStartTime(const std::string& text, CalendarPeriod* calendar) {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const int read =
      std::sscanf(text.c_str(), "%4d-%2u-%2u%*[T ]%2u:%2u:%2u", &year, &month, &day, &hour, &minute, &second);
  if (read != 3 && read != 6) return false;
  if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  if (hour > 23 || minute > 59 || second > 59) return false;
  calendar->year = year;
  calendar->month = month;
  calendar->day = day;
  calendar->second_of_day = int64_t{hour} * 3600 + int64_t{minute} * 60 + second;
  return true;
}

bool ReadTimeWindow(const config::Values& spec, const Reading& reading, Slo* slo) {
  const auto& windows = spec.Sections("timeWindow");
  if (windows.size() != 1) {
    reading.errors->Add(spec.MarkOf("timeWindow"), "timeWindow: exactly one is needed");
    return false;
  }
  const config::Values& window = windows.front();
  const auto period = ParseOpenSloDuration(window.String("duration"));
  if (!period.ok()) {
    reading.errors->Add(window.MarkOf("duration"), "duration: " + period.status().message());
    return false;
  }
  slo->period = period->length;
  slo->windows = reading.windows.FindOrDerive(slo->period);
  if (!window.IsSetInFile("calendar")) {
    if (window.Bool("isRolling")) return true;
    reading.errors->Add(window.mark(), "timeWindow: needs isRolling: true, or a calendar");
    return false;
  }
  if (window.Bool("isRolling") || !period->unit.has_value()) {
    reading.errors->Add(window.MarkOf("calendar"),
                        "calendar: goes with whole days, weeks, months, quarters or years "
                        "that are not rolling");
    return false;
  }
  slo->calendar = CalendarPeriod{.unit = *period->unit, .count = period->count};
  const config::Values& calendar = window.Section("calendar");
  slo->calendar->zone = calendar.String("timeZone");
  if (ReadStartTime(calendar.String("startTime"), &*slo->calendar)) return true;
  reading.errors->Add(calendar.MarkOf("startTime"), "startTime: " + base::Quoted(calendar.String("startTime")) +
                                                        " must be a date and time such as 2026-01-31 00:00:00");
  return false;
}

bool ReadTarget(const config::Values& objective, const Reading& reading, Slo* slo) {
  if (objective.Has("target") == objective.Has("targetPercent")) {
    reading.errors->Add(objective.mark(), "objectives: needs target or targetPercent, one of them");
    return false;
  }
  slo->objective_percent = objective.Has("target") ? objective.Float("target") * 100 : objective.Float("targetPercent");
  return true;
}

// Where the indicator of an objective stands: in it, or in the SLO; inline, or by name.
std::optional<Object> IndicatorOf(const config::Values& spec, const config::Values& objective,
                                  const OpenSloObjects& objects, const Reading& reading) {
  for (const config::Values* place : {&objective, &spec}) {
    const config::Node* inline_object = place->Tree("indicator");
    if (inline_object != nullptr && !inline_object->is_null()) return ReadOpenSloObject(*inline_object, "SLI", reading);
    if (!place->Has("indicatorRef")) continue;
    const Object* found = objects.Find("SLI", place->String("indicatorRef"));
    if (found != nullptr) return *found;
    reading.errors->Add(place->MarkOf("indicatorRef"),
                        "indicatorRef: there is no SLI " + base::Quoted(place->String("indicatorRef")));
    return std::nullopt;
  }
  reading.errors->Add(objective.mark(), "has neither indicator nor indicatorRef");
  return std::nullopt;
}

void ReadObjective(const Object& object, size_t index, const Slo& common, const OpenSloObjects& objects,
                   const Reading& reading) {
  const config::Values& objective = object.spec.Sections("objectives")[index];
  Slo slo = common;
  slo.mark = objective.mark();
  slo.name = object.name;
  if (object.spec.Sections("objectives").size() > 1) slo.name += "-" + std::to_string(index);
  if (!ReadTarget(objective, reading, &slo)) return;
  const auto sli = IndicatorOf(object.spec, objective, objects, reading);
  if (!sli.has_value()) return;
  auto indicator = OpenSloIndicator(sli->spec, objective, object.spec.String("budgetingMethod"), objects, reading);
  if (!indicator.ok()) {
    reading.errors->Add(sli->mark.line > 0 ? sli->mark : objective.mark(), indicator.status().message());
    return;
  }
  slo.indicator = std::move(*indicator);
  TakeIn(std::move(slo), reading);
}

void ReadSlo(const Object& object, const OpenSloObjects& objects, const Reading& reading) {
  const size_t before = reading.errors->lines().size();
  Slo slo;
  slo.dialect = Dialect::kOpenSlo;
  slo.mark = object.mark;
  slo.service = object.spec.String("service");
  slo.description = object.spec.String("description");
  slo.alert_name = "ErrorBudgetBurn";
  slo.page.disabled = slo.ticket.disabled = true;  // its policies say what is told
  slo.burn_alerts = ReadOpenSloAlerts(object.spec, objects, reading);
  if (!ReadTimeWindow(object.spec, reading, &slo) || reading.errors->lines().size() != before) return;
  const auto& objectives = object.spec.Sections("objectives");
  if (objectives.empty()) reading.errors->Add(object.mark, "objectives: at least one is needed");
  if (objectives.size() > 1 && objectives.front().Has("indicator")) {
    reading.Warn(object.mark, "objectives with indicators of their own are judged one by one, not as a composite");
  }
  for (size_t i = 0; i < objectives.size(); ++i) ReadObjective(object, i, slo, objects, reading);
}

}  // namespace

OpenSloObjects::OpenSloObjects() = default;
OpenSloObjects::~OpenSloObjects() = default;

const Object* OpenSloObjects::Find(std::string_view kind, std::string_view name) const {
  const auto found = objects_.find(std::pair(std::string(kind), std::string(name)));
  return found == objects_.end() ? nullptr : found->second.get();
}

void OpenSloObjects::Add(const config::Node& document, const Reading& reading) {
  auto object = ReadOpenSloObject(document, "", reading);
  if (!object.has_value()) return;
  auto& place = objects_[{object->kind, object->name}];
  if (place != nullptr) {
    reading.errors->Add(object->mark, object->kind + " " + base::Quoted(object->name) + " is there already, in " +
                                          place->mark.ToString());
    return;
  }
  place = std::make_unique<Object>(std::move(*object));
}

void OpenSloObjects::Resolve(const Reading& reading) {
  for (const auto& [key, object] : objects_) {
    if (key.first != "SLO") continue;
    const Reading own = {reading.windows, reading.default_period, object->document,
                         reading.errors,  reading.warnings,       reading.slos};
    ReadSlo(*object, *this, own);
  }
}

}  // namespace bekci::ruler::slo
