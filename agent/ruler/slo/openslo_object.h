// What an OpenSLO object is once its envelope was read, and the parts that the files of this reader share.
//
// Thread rule: values and pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/config/option.h"
#include "agent/ruler/slo/openslo.h"

namespace bekci::ruler::slo {

struct OpenSloObjects::Object {
  std::string kind;
  std::string name;
  TextMap labels;
  config::Mark mark;
  config::Values spec;  // checked against the table of its kind
  size_t document = 0;
};

// Reads an object of `kind`, or of any kind when empty; inline objects may leave apiVersion and kind out. Nullopt:
// something was wrong and is in the errors.
std::optional<OpenSloObjects::Object> ReadOpenSloObject(const config::Node& node, std::string_view kind,
                                                        const Reading& reading);

// "<=": of lte, lt, gte, gt.
std::string_view OpenSloSign(std::string_view op);

struct OpenSloPeriod {
  base::Duration length{};
  std::optional<CalendarPeriod::Unit> unit;  // of the calendar, for d, w, M, Q, Y
  int count = 0;                             // of these units
};
// "28d", "1M", "1Q". Errors: invalid.
base::Result<OpenSloPeriod> ParseOpenSloDuration(std::string_view text);

// Adds what the policies of an SLO say to each of its objectives.
std::vector<BurnAlert> ReadOpenSloAlerts(const config::Values& slo_spec, const OpenSloObjects& objects,
                                         const Reading& reading);

// The indicator of `spec` (of kind SLI) for one objective of an SLO.
base::Result<Indicator> OpenSloIndicator(const config::Values& spec, const config::Values& objective,
                                         std::string_view budgeting_method, const OpenSloObjects& objects,
                                         const Reading& reading);

}  // namespace bekci::ruler::slo
