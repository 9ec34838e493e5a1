#include "agent/ruler/slo/native_rules.h"

#include <algorithm>
#include <cmath>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/ruler/slo/native_alerts.h"
#include "agent/ruler/slo/window_text.h"

namespace bekci::ruler::slo {
namespace {

// How far back the counts so far are looked for. A longer time without evaluation begins them at 0 again, which
// increase() takes for the reset it is.
constexpr std::string_view kMemory = "[1h]";
// Two minutes stay within the look-back of 5 minutes that instant queries have, a missed evaluation included.
constexpr base::Duration kMetaInterval = base::minutes(2);

class SliRules {
 public:
  SliRules(const Slo& slo, const RuleOptions& options)
      : slo_(slo), labels_(RecordingLabels(slo, options)), short_(slo.windows.page_quick.short_window) {}

  base::Duration interval() const {
    return slo_.indicator.kind == Indicator::Kind::kSlices ? slo_.indicator.slice_every : base::minutes(1);
  }

  std::vector<RuleText> Sli() {
    switch (slo_.indicator.kind) {
      case Indicator::Kind::kBad:
      case Indicator::Kind::kGood:
        Events();
        break;
      case Indicator::Kind::kSlices:
        Slices();
        break;
      case Indicator::Kind::kRaw:
        Raw();
        break;
    }
    for (const base::Duration window : WindowsOf(slo_.windows)) {
      if (window != short_) Window(window);
    }
    return std::move(rules_);
  }

  // What is computed over the whole period.
  std::vector<RuleText> Period() {
    const std::vector<base::Duration> windows = WindowsOf(slo_.windows);
    if (std::find(windows.begin(), windows.end(), slo_.period) == windows.end()) {
      if (CountsEvents(slo_)) Counts(slo_.period);
      Ratio(slo_.period, /*counted=*/CountsEvents(slo_));
    }
    Add("slo:period_data:days", "count_over_time(" + Self("slo_events_total") + "[" + base::DurationText(slo_.period) +
                                    "]) * " + base::DoubleText(base::ToSeconds(interval())) + " / 86400");
    if (CountsEvents(slo_)) {
      Add("slo_error_budget_remaining_events", base::DoubleText(BudgetRatio(slo_)) + " * " +
                                                   Self(EventsMetric(slo_.period)) + " - " +
                                                   Self(BadEventsMetric(slo_.period)));
    }
    return std::move(rules_);
  }

 private:
  std::string Self(std::string_view metric) const { return SelectorById(slo_, metric); }

  void Add(std::string name, std::string expr) {
    rules_.push_back(Recording(std::move(name), std::move(expr), labels_));
  }
  void AddWindow(std::string name, std::string expr, base::Duration window) {
    rules_.push_back(
        Recording(std::move(name), std::move(expr), Merged(labels_, {{"sloth_window", base::DurationText(window)}})));
  }

  // A query of the short window as events per second. Not-a-number (a share of nothing) is left out: it would poison
  // everything added up.
  std::string PerSecond(const std::string& query) const {
    const std::string filled = "(" + FillWindow(WithoutComments(query), short_) + ")";
    return slo_.indicator.counts ? filled + " / " + base::DoubleText(base::ToSeconds(short_)) : filled;
  }

  // Both sides of an `or` must have the labels of the query, so it is the query that stands for no bad events, not what
  // was recorded of it.
  std::string BadPerSecond() const {
    const Indicator& indicator = slo_.indicator;
    const std::string all = PerSecond(indicator.total);
    if (indicator.kind == Indicator::Kind::kBad) {
      return "(" + PerSecond(indicator.bad) + " >= 0)\nor\n(0 * " + all + " >= 0)";
    }
    const std::string good = PerSecond(indicator.good);
    if (indicator.good_must_exist) return "clamp_min(" + all + "\n-\n" + good + ", 0) >= 0";
    return "clamp_min(" + all + "\n-\n(" + good + " or 0 * " + all + "), 0) >= 0";
  }

  void Totals(const std::string& step, const std::string& bad_step, const std::string& sign_of_life) {
    const auto total = [&](const std::string& name, const std::string& by) {
      Add(name, "(last_over_time(" + Self(name) + std::string(kMemory) + ") + " + by + ")\nor\n0 * " + sign_of_life);
    };
    total("slo_events_total", step);
    total("slo_bad_events_total", bad_step);
  }

  void Events() {
    const std::string suffix = ":rate" + base::DurationText(short_);
    const std::string events = "slo:events" + suffix;
    const std::string bad = "slo:bad_events" + suffix;
    const std::string seconds = base::DoubleText(base::ToSeconds(interval())) + " * ";
    Add(events, PerSecond(slo_.indicator.total) + " >= 0");
    Add(bad, BadPerSecond());
    // Both grow only together: bad events without a count of all would be more than all.
    Totals(seconds + Self(events), seconds + Self(bad), Self(events));
    AddWindow(RatioMetric(short_), Self(bad) + "\n/\n(" + Self(events) + " > 0)", short_);
  }

  void Slices() {
    const std::string slice = Self("slo:slice_good:ratio");
    Add("slo:slice_good:ratio", slo_.indicator.slice);
    Totals("1 + 0 * " + slice, "(1 - " + slice + ")", slice);
    AddWindow(RatioMetric(short_), "1 - avg_over_time(" + slice + "[" + base::DurationText(short_) + "])", short_);
  }

  void Raw() {
    AddWindow(RatioMetric(short_), "(" + FillWindow(WithoutComments(slo_.indicator.bad), short_) + ") >= 0", short_);
    // Every minute counts the same; the window's label is no part of the counts.
    const std::string ratio = "max without (sloth_window) (" + Self(RatioMetric(short_)) + ")";
    Totals("1 + 0 * " + ratio, ratio, ratio);
  }

  void Window(base::Duration window) {
    if (!CountsEvents(slo_)) {
      AddWindow(RatioMetric(window), "(" + FillWindow(WithoutComments(slo_.indicator.bad), window) + ") >= 0", window);
      return;
    }
    const AlertWindows& all = slo_.windows;
    const bool is_long = window == all.page_quick.long_window || window == all.page_slow.long_window ||
                         window == all.ticket_quick.long_window || window == all.ticket_slow.long_window;
    if (is_long || window == slo_.period) Counts(window);
    Ratio(window, is_long || window == slo_.period);
    if (is_long && slo_.confidence > 0) Certain(window);
  }

  void Counts(base::Duration window) {
    const std::string range = "[" + base::DurationText(window) + "])";
    AddWindow(EventsMetric(window), "increase(" + Self("slo_events_total") + range, window);
    AddWindow(BadEventsMetric(window), "increase(" + Self("slo_bad_events_total") + range, window);
  }

  void Ratio(base::Duration window, bool counted) {
    AddWindow(RatioMetric(window),
              counted ? Self(BadEventsMetric(window)) + "\n/\n(" + Self(EventsMetric(window)) + " > 0)"
                      : RatioOverTotals(slo_, window),
              window);
  }

  // The lower end of Wilson's interval, written with counts: b bad of n events.
  void Certain(base::Duration window) {
    const std::string bad = Self(BadEventsMetric(window));
    const std::string events = "(" + Self(EventsMetric(window)) + " > 0)";
    const double z = NormalQuantile(slo_.confidence);
    const std::string half = base::DoubleText(z * z / 2);
    const std::string quarter = base::DoubleText(z * z / 4);
    AddWindow(CertainMetric(window),
              "(\n    " + bad + " + " + half + "\n  - " + base::DoubleText(z) + " * sqrt(" + bad + " * clamp_min(" +
                  events + " - " + bad + ", 0) / " + events + " + " + quarter + ")\n)\n/\n(" + events + " + " +
                  base::DoubleText(z * z) + ")",
              window);
  }

  const Slo& slo_;
  const TextMap labels_;
  const base::Duration short_;
  std::vector<RuleText> rules_;
};

GroupText Group(const Slo& slo, std::string_view kind, std::vector<RuleText> rules) {
  GroupText group;
  group.name = "bekci-slo-" + std::string(kind) + "-" + slo.id;
  group.rules = std::move(rules);
  group.mark = slo.mark;
  if (slo.mark.file != nullptr) group.file = *slo.mark.file;
  return group;
}

}  // namespace

double NormalQuantile(double confidence) {
  double low = -10;
  double high = 10;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::sqrt(2.0)) / 2 < confidence ? low : high) = middle;
  }
  // Ten digits: what is left of the search is no part of anybody's rule.
  return std::round(high * 1e10) / 1e10;
}

std::vector<GroupText> NativeRules(const Slo& slo, const RuleOptions& options) {
  std::vector<GroupText> groups;
  if (options.recordings) {
    SliRules rules(slo, options);
    groups.push_back(Group(slo, "sli-recordings", rules.Sli()));
    groups.back().interval = rules.interval();
    std::vector<RuleText> meta = rules.Period();
    for (RuleText& rule : MetaRules(slo, options, "bekci")) meta.push_back(std::move(rule));
    groups.push_back(Group(slo, "meta-recordings", std::move(meta)));
    groups.back().interval = kMetaInterval;
  }
  std::vector<RuleText> alerts = NativeAlerts(slo);
  if (options.alerts && !alerts.empty()) groups.push_back(Group(slo, "alerts", std::move(alerts)));
  return groups;
}

}  // namespace bekci::ruler::slo
