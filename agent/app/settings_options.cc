#include "agent/app/settings_options.h"

#include <vector>

#include "agent/app/settings.h"
#include "agent/collect/scrape_options.h"
#include "agent/notify/forwarding/alerting_config.h"

namespace bekci::app {
namespace {

using config::Option;
using config::Type;

constexpr std::string_view kLogLevels[] = {"debug", "info", "warn", "error"};
constexpr std::string_view kLogFormats[] = {"logfmt", "json"};

constexpr Option kGlobal[] = {
    {.key = "scrape_interval",
     .type = Type::kDuration,
     .default_text = "15s",
     .help = "Time from one collection to the next, where a collector's own interval does not say otherwise.",
     .min = 1,
     .max = 86400},
    {.key = "evaluation_interval",
     .type = Type::kDuration,
     .default_text = "15s",
     .help = "Time from one evaluation of rules to the next, where a group does not say otherwise.",
     .min = 0.1,
     .max = 86400},
    {.key = "rule_query_offset",
     .type = Type::kDuration,
     .default_text = "0s",
     .help = "How far back in time rules look, where a group does not say otherwise.",
     .max = 86400},
    {.key = "external_labels", .type = Type::kStringMap, .help = "Labels put on everything that leaves this host."},
};

constexpr Option kWeb[] = {
    {.key = "listen_address",
     .type = Type::kStrings,
     .default_text = "127.0.0.1:10112",
     .help = "host:port to listen on, or a list of them. Wider than loopback needs authentication (config_file) or "
             "allow_unauthenticated.",
     .reloadable = false},
    {.key = "config_file",
     .type = Type::kString,
     .help = "TLS, passwords and headers, in the format of the Prometheus exporter toolkit."},
    {.key = "allow_unauthenticated",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Let anyone who reaches an address wider than loopback read everything."},
    {.key = "external_url",
     .type = Type::kString,
     .help = "Address under which people reach bekci, when a proxy stands before it: https://mon.example.com/bekci/."},
    {.key = "enable_lifecycle", .type = Type::kBool, .default_text = "true", .help = "Answer POST /-/reload."},
    {.key = "threads",
     .type = Type::kInteger,
     .default_text = "8",
     .help = "Requests answered at once.",
     .min = 1,
     .max = 256,
     .reloadable = false},
    {.key = "max_connections",
     .type = Type::kInteger,
     .default_text = "2000",
     .help = "Open connections in all; further ones are closed.",
     .min = 1,
     .max = 100000,
     .reloadable = false},
    {.key = "max_connections_per_address",
     .type = Type::kInteger,
     .default_text = "1000",
     .help = "Open connections from one address.",
     .min = 1,
     .max = 100000,
     .reloadable = false},
    {.key = "max_header_size",
     .type = Type::kSize,
     .default_text = "16KiB",
     .help = "Largest request head.",
     .min = 1024,
     .max = 1 << 20,
     .reloadable = false},
    {.key = "max_body_size",
     .type = Type::kSize,
     .default_text = "16MiB",
     .help = "Largest request body.",
     .min = 1024,
     .max = 1 << 30,
     .reloadable = false},
    {.key = "header_timeout",
     .type = Type::kDuration,
     .default_text = "5s",
     .help = "From a connection to its whole request head, TLS included.",
     .min = 0.1,
     .max = 600,
     .reloadable = false},
    {.key = "body_timeout",
     .type = Type::kDuration,
     .default_text = "30s",
     .help = "From a request's head to the end of its body.",
     .min = 0.1,
     .max = 600,
     .reloadable = false},
    {.key = "answer_timeout",
     .type = Type::kDuration,
     .default_text = "1m",
     .help = "From an answer to its last byte taken by the client.",
     .min = 0.1,
     .max = 3600,
     .reloadable = false},
};

constexpr Option kLog[] = {
    {.key = "level", .type = Type::kChoice, .default_text = "info", .help = "What is logged.", .choices = kLogLevels},
    {.key = "format",
     .type = Type::kChoice,
     .default_text = "logfmt",
     .help = "How a line of the log looks.",
     .reloadable = false,
     .choices = kLogFormats},
};

constexpr Option kWorker[] = {
    {.key = "memory_limit",
     .type = Type::kSize,
     .default_text = "256MiB",
     .help = "A worker that outgrows it is replaced.",
     .min = 32 << 20,
     .max = 1024.0 * (1 << 30),
     .reloadable = false},
    {.key = "threads",
     .type = Type::kInteger,
     .default_text = "4",
     .help = "Collections that run at once.",
     .min = 1,
     .max = 256,
     .reloadable = false},
    {.key = "scrape_memory",
     .type = Type::kSize,
     .default_text = "64MiB",
     .help = "What pages being scraped may hold together; a scrape that finds no room fails.",
     .min = 1 << 20,
     .max = 1024.0 * (1 << 30),
     .reloadable = false},
};

constexpr Option kRetention[] = {
    {.key = "time", .type = Type::kDuration, .default_text = "31d", .help = "How long samples are kept; 0: for ever."},
    {.key = "size",
     .type = Type::kSize,
     .default_text = "2GiB",
     .help = "How much of the disk stored samples may take, the oldest go first; 0: without bound."},
};

constexpr Option kStorage[] = {
    {.key = "path",
     .type = Type::kString,
     .default_text = "/var/lib/bekci",
     .help = "Directory of bekci's state.",
     .reloadable = false},
    {.key = "retention", .type = Type::kSection, .help = "What is kept of collected samples.", .section = kRetention},
    {.key = "sync_interval",
     .type = Type::kDuration,
     .default_text = "1s",
     .help = "Samples younger than this may be lost when the power goes; 0: every collection waits for the disk.",
     .max = 3600,
     .reloadable = false},
    {.key = "series_limit",
     .type = Type::kInteger,
     .default_text = "500000",
     .help = "Series in memory in all; over it new ones are refused, counted and named in the log. 0: no limit.",
     .max = 1e9},
    {.key = "series_limit_per_source",
     .type = Type::kInteger,
     .default_text = "100000",
     .help = "The same for each instance of a collector and each scrape job.",
     .max = 1e9},
};

constexpr Option kQuery[] = {
    {.key = "lookback_delta",
     .type = Type::kDuration,
     .default_text = "5m",
     .help = "How old the newest sample of a series may be to count as its value now.",
     .min = 0.001,
     .max = 86400,
     .reloadable = false},
    {.key = "timeout",
     .type = Type::kDuration,
     .default_text = "2m",
     .help = "Longest time of a query.",
     .min = 0.01,
     .max = 3600,
     .reloadable = false},
    {.key = "max_samples",
     .type = Type::kInteger,
     .default_text = "50000000",
     .help = "Samples that one query may hold in memory at once.",
     .min = 1,
     .max = 1e12,
     .reloadable = false},
    {.key = "max_concurrency",
     .type = Type::kInteger,
     .default_text = "20",
     .help = "Queries that run at once; others wait for their turn.",
     .min = 1,
     .max = 1000,
     .reloadable = false},
    {.key = "features",
     .type = Type::kStrings,
     .help = "Experimental parts of PromQL, by Prometheus' feature names: promql-experimental-functions ...",
     .reloadable = false},
};

constexpr Option kNotify[] = {
    {.key = "config_file",
     .help = "alertmanager.yml: routes, receivers, inhibitions and times, as Alertmanager has them.",
     .required = true},
    {.key = "escalation_file", .help = "escalation.yml: who is told next while nobody answers."},
};

constexpr Option kOptions[] = {
    {.key = "global", .type = Type::kSection, .help = "What holds for everything.", .section = kGlobal},
    {.key = "collectors",
     .type = Type::kTree,
     .help = "What is collected: collector to {} (one instance), a mapping of options, or a list of such mappings. "
             "Without this section, what is found on the host; {} collects nothing."},
    {.key = "scrape_configs",
     .type = Type::kSections,
     .help = "Other exporters to be scraped into the store, as in prometheus.yml."},
    {.key = "web", .type = Type::kSection, .help = "The HTTP server.", .section = kWeb},
    {.key = "log", .type = Type::kSection, .help = "The log, on standard error.", .section = kLog},
    {.key = "worker", .type = Type::kSection, .help = "The process in which collectors run.", .section = kWorker},
    {.key = "storage", .type = Type::kSection, .help = "Where state is kept.", .section = kStorage},
    {.key = "rule_files",
     .type = Type::kStrings,
     .help = "Files with rules, as Prometheus has them; * and ? stand for parts of names."},
    {.key = "slo_files",
     .type = Type::kStrings,
     .help = "Files with service level objectives: bekci's own, Sloth's, OpenSLO's or Pyrra's. Their rules run, too."},
    {.key = "notify", .type = Type::kSection, .help = "Who is told of alerts.", .section = kNotify},
    {.key = "alerting", .type = Type::kSection, .help = "Other Alertmanagers that are handed our alerts."},
    {.key = "query", .type = Type::kSection, .help = "How PromQL is answered.", .section = kQuery},
};

constexpr ForeignKey kForeignKeys[] = {
    {"", "remote_write", "remote write"},
    {"", "remote_read", "remote read"},
    {"", "scrape_config_files",
     "lists of scrape_configs in other files; their targets may stand there (file_sd_configs)"},
    {"", "tracing", "tracing"},
    {"storage", "tsdb", "stored history"},
    {"storage", "exemplars", "stored history"},
};

}  // namespace

std::span<const Option> SettingsOptions() {
  // What collect/ says of scraping is put in its places.
  static const auto* const kGlobalRows = [] {
    auto* rows = new std::vector<Option>(std::begin(kGlobal), std::end(kGlobal));
    const auto scraping = collect::ScrapeGlobalOptions();
    rows->insert(rows->end(), scraping.begin(), scraping.end());
    return rows;
  }();
  static const auto* const kRows = [] {
    auto* rows = new std::vector<Option>(std::begin(kOptions), std::end(kOptions));
    for (Option& row : *rows) {
      if (row.key == "global") row.section = *kGlobalRows;
      if (row.key == "scrape_configs") row.section = collect::ScrapeConfigOptions();
      if (row.key == "alerting") row.section = notify::forwarding::AlertingOptions();
    }
    return rows;
  }();
  return *kRows;
}

std::span<const ForeignKey> ForeignKeys() {
  return kForeignKeys;
}

}  // namespace bekci::app
