// AlertWindows: how fast which share of the error budget must burn before somebody is told: four pairs of a short and a
// long window, two that page and two that open a ticket.
//
// Built in are Sloth's for 30 and 28 days: 2 % of the budget in an hour or 5 % in six page, 10 % in a day or 10 % in
// three are a ticket. Other periods come from files (Sloth's kind AlertWindows); for our own rules they are also
// derived, with the burn rates of 30 days (14.4, 6, 3, 1), since the same burn rate means the same trouble whatever the
// period.
//
// Sources: the SRE workbook, "Alerting on SLOs", 6; Sloth's window files.
// Thread rule: values and pure functions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/config/node.h"

namespace bekci::config {
class Errors;
}

namespace bekci::ruler::slo {

struct BurnWindow {
  double budget_percent = 0;  // of the period's budget, burnt within the long window
  base::Duration short_window{};
  base::Duration long_window{};
};

struct AlertWindows {
  base::Duration period{};
  BurnWindow page_quick;
  BurnWindow page_slow;
  BurnWindow ticket_quick;
  BurnWindow ticket_slow;
};

// How many times faster than the budget allows: budget_percent of `period` within the long window.
double BurnFactor(const BurnWindow& window, base::Duration period);

// All windows of the four pairs, rising, each once.
std::vector<base::Duration> WindowsOf(const AlertWindows& windows);

class WindowCatalogue {
 public:
  WindowCatalogue();  // 30d and 28d

  // Takes in a document of kind AlertWindows; what is wrong goes to `errors`. A later one for the same period wins.
  void Add(const config::Node& document, config::Errors* errors);
  void Add(const AlertWindows& windows);
  const AlertWindows* Find(base::Duration period) const;
  // The ones of `period`, or those with the burn rates of 30 days. Below a week the windows shrink with the period.
  AlertWindows FindOrDerive(base::Duration period) const;
  // "28d, 30d".
  std::string Periods() const;

 private:
  std::vector<AlertWindows> windows_;  // by period
};

}  // namespace bekci::ruler::slo
