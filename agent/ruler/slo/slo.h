// Slo: one objective, as every dialect we read comes to say it: what is measured, how much of it must be good over
// which period, and who is told how when the error budget burns.
//
// An indicator is one of four shapes. *Events*: queries for bad (or good) and for all events in a window. *Slices*: an
// expression that says of each moment how good it is (0 to 1); every moment counts the same. *Raw*: a query that gives
// the share of bad itself. Queries have {{.window}} where the window stands, as in Sloth's files.
//
// Sources: Sloth's prometheus/v1 (whose names the rules keep), OpenSLO v1, Pyrra's v1alpha1; the Google SRE workbook,
// "Alerting on SLOs".
// Thread rule: values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/config/node.h"
#include "agent/ruler/rule_text.h"
#include "agent/ruler/slo/alert_windows.h"

namespace bekci::ruler::slo {

enum class Dialect : unsigned char { kBekci, kSloth, kSlothKubernetes, kOpenSloAlpha, kOpenSlo, kPyrra };

// What stands in the label sloth_spec: "prometheus/v1".
std::string_view SpecName(Dialect dialect);
// Dialects whose rules are Sloth's own unless something else is asked for.
inline bool IsSloths(Dialect dialect) {
  return dialect == Dialect::kSloth || dialect == Dialect::kSlothKubernetes || dialect == Dialect::kOpenSloAlpha;
}

struct Indicator {
  enum class Kind : unsigned char { kBad, kGood, kRaw, kSlices };

  Kind kind = Kind::kBad;
  std::string bad;    // kBad: bad events; kRaw: the share of bad
  std::string good;   // kGood
  std::string total;  // kBad, kGood
  // The queries give events of the window; else events per second.
  bool counts = false;
  // kGood: good without a series is a mistake (no such bucket) and not zero good events.
  bool good_must_exist = false;

  std::string slice;  // kSlices: 0..1, for each label set
  base::Duration slice_every = base::seconds(60);

  // Counters that the queries are rates of, where they are known: bad (kBad) or good (kGood), and all. Selectors
  // without a range; with them events can be counted one by one.
  std::string part_counter;
  std::string total_counter;
  // Of a latency objective: what to look for among the bounds of the histogram.
  std::string histogram;  // selector of the buckets without le; empty: none
  double threshold = 0;
};

// A period that begins anew at dates: 1 month, 1 quarter ... since `start`, in a time zone.
struct CalendarPeriod {
  enum class Unit : unsigned char { kDay, kWeek, kMonth, kYear };
  Unit unit = Unit::kMonth;
  int count = 1;
  // Local date and time at which some period begins.
  int year = 1970;
  unsigned month = 1;
  unsigned day = 1;
  int64_t second_of_day = 0;
  std::string zone = "UTC";  // IANA name
};

struct SloAlert {
  bool disabled = false;
  TextMap labels;
  TextMap annotations;
};

// An alert of its own kind on one burn rate (OpenSLO's AlertCondition).
struct BurnAlert {
  std::string name;
  std::string op = ">=";
  double threshold = 1;
  base::Duration window{};
  base::Duration hold{};
  bool when_breaching = true;
  bool when_no_data = false;
  TextMap labels;
  TextMap annotations;
};

struct Slo {
  Dialect dialect = Dialect::kBekci;
  std::string id;  // <service>-<name>, unique among all that are loaded together
  std::string service;
  std::string name;
  std::string description;
  double objective_percent = 0;  // 0 < x <= 100
  base::Duration period = base::hours(30 * 24);
  std::optional<CalendarPeriod> calendar;  // then `period` is its usual length
  Indicator indicator;
  std::vector<std::string> by;  // labels that split the objective: one for each of their combinations
  TextMap labels;               // of every recording rule
  AlertWindows windows;

  std::string alert_name;
  SloAlert page;  // labels and annotations with those for both merged in
  SloAlert ticket;
  std::vector<BurnAlert> burn_alerts;
  double min_bad_events = 3;  // fewer in the long window wake nobody; 0: one is enough
  double confidence = 0.95;   // that the burn rate is really over its threshold; 0: as measured

  config::Mark mark;
  size_t document = 0;  // which YAML document of all that were loaded, from 0
};

// The share of events that may be bad, 0..1, computed as Sloth computes it.
inline double BudgetRatio(const Slo& slo) {
  return (100 - slo.objective_percent) / 100;
}

// `base` with those of `over` put over it; sorted.
TextMap Merged(const TextMap& base, const TextMap& over);
// The same for single pairs.
void SetText(TextMap* map, std::string_view name, std::string_view value);

}  // namespace bekci::ruler::slo
