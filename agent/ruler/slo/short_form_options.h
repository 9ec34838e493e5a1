// The option tables of our own form of objectives (`slos:`), from which its documentation is printed.
//
// Thread rule: constants.
#pragma once

#include "agent/config/option.h"

namespace bekci::ruler::slo {

inline constexpr std::string_view kComparisons[] = {"lte", "lt", "gte", "gt"};

inline constexpr config::Option kLatencyOptions[] = {
    {.key = "histogram",
     .help = "Selector of the histogram by its base name: http_request_duration_seconds{job=\"shop\"}.",
     .required = true},
    {.key = "threshold",
     .type = config::Type::kDuration,
     .help = "Observations of at most so much are good. A classic histogram needs a bucket with this bound.",
     .min = 1e-3,
     .max = 1e6,
     .required = true},
    {.key = "native", .type = config::Type::kBool, .default_text = "false", .help = "The histogram is a native one."},
};

inline constexpr config::Option kSliceOptions[] = {
    {.key = "query", .help = "What is looked at, every slice.", .required = true},
    {.key = "op",
     .type = config::Type::kChoice,
     .default_text = "lte",
     .help =
         "A slice is good when the query is at most (lte), less than (lt), at least (gte), more than (gt) the value.",
     .choices = kComparisons},
    {.key = "value", .type = config::Type::kFloat, .help = "What the query is compared with.", .required = true},
    {.key = "every",
     .type = config::Type::kDuration,
     .default_text = "1m",
     .help = "How long a slice is. A slice in which the query gives nothing does not count.",
     .min = 10,
     .max = 120},
};

inline constexpr config::Option kTierOptions[] = {
    {.key = "disable", .type = config::Type::kBool, .default_text = "false", .help = "No alert of this kind."},
    {.key = "labels", .type = config::Type::kStringMap, .help = "Labels of this alert alone."},
    {.key = "annotations", .type = config::Type::kStringMap, .help = "Annotations of this alert alone."},
};

inline constexpr config::Option kAlertOptions[] = {
    {.key = "name", .default_text = "ErrorBudgetBurn", .help = "Name of the alerts."},
    {.key = "labels", .type = config::Type::kStringMap, .help = "Labels of both alerts."},
    {.key = "annotations", .type = config::Type::kStringMap, .help = "Annotations of both alerts."},
    {.key = "page",
     .type = config::Type::kSection,
     .help = "The alert on a fast burn: somebody must look now.",
     .section = kTierOptions},
    {.key = "ticket",
     .type = config::Type::kSection,
     .help = "The alert on a slow burn: somebody must look this week.",
     .section = kTierOptions},
};

inline constexpr config::Option kObjectiveOptions[] = {
    {.key = "name", .help = "Name of the objective.", .required = true},
    {.key = "service", .help = "Whose objective it is; without it, the file's."},
    {.key = "description", .help = "What it promises, for people."},
    {.key = "objective",
     .type = config::Type::kFloat,
     .help = "How much must be good, in percent: 99.9.",
     .min = 0,
     .max = 100,
     .required = true},
    {.key = "window",
     .help =
         "The period of the error budget: a duration (30d, the default), or month, quarter or year of the calendar."},
    {.key = "time_zone", .help = "Of a calendar window: Europe/Istanbul; without it, UTC."},
    {.key = "bad", .help = "Bad events: a selector of counters, or a query with [{{.window}}]."},
    {.key = "good", .help = "Good events, instead of bad ones."},
    {.key = "total", .help = "All events, with bad or good."},
    {.key = "latency",
     .type = config::Type::kSection,
     .help = "Events that must be fast, from a histogram.",
     .section = kLatencyOptions},
    {.key = "slices",
     .type = config::Type::kSection,
     .help = "Moments in which something must hold; each counts the same.",
     .section = kSliceOptions},
    {.key = "probe", .help = "Selector of gauges that are 1 when all is well: probe_success{job=\"shop\"}, mysql_up."},
    {.key = "raw", .help = "A query with [{{.window}}] that gives the share of bad, 0 to 1."},
    {.key = "by",
     .type = config::Type::kStrings,
     .help = "Labels that split the objective: each of their combinations has its own budget."},
    {.key = "min_events",
     .type = config::Type::kFloat,
     .default_text = "3",
     .help = "Fewer bad events than this in the long window wake nobody.",
     .min = 0,
     .max = 1e12},
    {.key = "confidence",
     .type = config::Type::kFloat,
     .default_text = "0.95",
     .help = "How certain it must be that the burn rate is really over its threshold; 0: as measured.",
     .min = 0,
     .max = 0.9999},
    {.key = "labels", .type = config::Type::kStringMap, .help = "Labels of all its rules."},
    {.key = "alert",
     .type = config::Type::kSection,
     .help = "Names, labels and annotations of the alerts.",
     .section = kAlertOptions},
};

inline constexpr config::Option kShortFormOptions[] = {
    {.key = "service", .help = "Whose objectives these are, unless one says otherwise."},
    {.key = "labels", .type = config::Type::kStringMap, .help = "Labels of all rules."},
    {.key = "alert",
     .type = config::Type::kSection,
     .help = "What the objectives' own alert sections add to.",
     .section = kAlertOptions},
    {.key = "slos",
     .type = config::Type::kSections,
     .help = "The objectives.",
     .required = true,
     .section = kObjectiveOptions},
};

}  // namespace bekci::ruler::slo
