// What every dialect's objectives must keep.
#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/model/labels.h"
#include "agent/ruler/slo/dialects.h"
#include "agent/ruler/slo/indicator_queries.h"
#include "agent/ruler/slo/window_text.h"

namespace bekci::ruler::slo {
namespace {

// What a budget holds in memory grows with its period: a year and a day.
constexpr base::Duration kLongestPeriod = base::hours(24 * 366);

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Sloth's rule for names, services and ids.
bool IsName(std::string_view text, size_t shortest) {
  if (text.size() < shortest || !IsLetterOrDigit(text.front()) || !IsLetterOrDigit(text.back())) return false;
  for (const char c : text) {
    if (!IsLetterOrDigit(c) && c != '-' && c != '_' && c != '.') return false;
  }
  return true;
}

void CheckName(std::string_view what, const std::string& text, const Slo& slo, config::Errors* errors) {
  const bool two = IsSloths(slo.dialect);
  if (IsName(text, two ? 2 : 1)) return;
  errors->Add(slo.mark, std::string(what) + ": " + base::Quoted(text) + " must be " + (two ? "two or more " : "") +
                            "letters, digits, '-', '_' or '.', and begin and end with a letter or digit");
}

void CheckLabels(std::string_view what, const TextMap& labels, const Slo& slo, config::Errors* errors) {
  for (const auto& [name, value] : labels) {
    if (model::IsLegacyLabelName(name)) continue;
    errors->Add(slo.mark, std::string(what) + ": " + base::Quoted(name) + " is no label name");
  }
}

// An alert whose threshold is the whole of the events, or more, never fires.
void WarnOfUnreachable(const Slo& slo, const Reading& reading) {
  if (slo.page.disabled && slo.ticket.disabled) return;
  const BurnWindow& quick = slo.windows.page_quick;
  const double factor = BurnFactor(quick, slo.period);
  if (factor * BudgetRatio(slo) < 1) return;
  reading.Warn(slo.mark, base::Quoted(slo.name) + ": the page of the " + base::DurationText(quick.long_window) +
                             " window never fires: " + base::DoubleText(factor) + " times the budget of " +
                             base::DoubleText(slo.objective_percent) + " % is more than all events");
}

}  // namespace

void Reading::Warn(const config::Mark& mark, const std::string& message) const {
  warnings->push_back(mark.ToString() + ": " + message);
}

TextMap ToTextMap(const std::vector<std::pair<std::string, std::string>>& pairs) {
  return Merged({}, pairs);
}

bool CheckWindowed(const std::string& key, const std::string& query, const config::Mark& mark, config::Errors* errors) {
  const size_t before = errors->lines().size();
  if (base::Trim(query).empty()) {
    errors->Add(mark, key + ": is empty");
  } else if (!HasWindow(query)) {
    errors->Add(mark, key + ": has no {{.window}}; it goes where the range stands, as in [{{.window}}]");
  } else if (const base::Status status = CheckQuery(query); !status.ok()) {
    errors->Add(mark, key + ": " + status.message());
  }
  return errors->lines().size() == before;
}

void TakeIn(Slo slo, const Reading& reading) {
  const size_t before = reading.errors->lines().size();
  slo.id = slo.service + "-" + slo.name;
  slo.document = reading.document;
  CheckName("service", slo.service, slo, reading.errors);
  CheckName("name", slo.name, slo, reading.errors);
  if (!(slo.objective_percent > 0 && slo.objective_percent <= 100)) {
    reading.errors->Add(slo.mark, "objective: " + base::DoubleText(slo.objective_percent) +
                                      " must be more than 0 and at most 100 (percent)");
  } else if (slo.objective_percent == 100) {
    const std::string message = base::Quoted(slo.name) + ": an objective of 100 % has no error budget";
    if (IsSloths(slo.dialect)) {
      reading.Warn(slo.mark, message + ": any error is over it");
    } else {
      reading.errors->Add(slo.mark, "objective: " + message + "; 99.99 still allows one event in ten thousand");
    }
  }
  if (slo.period < base::hours(1) || slo.period > kLongestPeriod) {
    reading.errors->Add(slo.mark, "the period of " + base::DurationText(slo.period) + " must be between 1h and 366d");
  }
  CheckLabels("labels", slo.labels, slo, reading.errors);
  for (const SloAlert* alert : {&slo.page, &slo.ticket}) {
    CheckLabels("alert labels", alert->labels, slo, reading.errors);
    CheckLabels("annotations", alert->annotations, slo, reading.errors);
  }
  for (const std::string& label : slo.by) {
    if (!model::IsLegacyLabelName(label)) {
      reading.errors->Add(slo.mark, "by: " + base::Quoted(label) + " is no label name");
    }
  }
  if (reading.errors->lines().size() != before) return;
  WarnOfUnreachable(slo, reading);
  reading.slos->push_back(std::move(slo));
}

}  // namespace bekci::ruler::slo
