// What a scrape_config says about how its targets are scraped: the option rows, and the checked result.
//
// Rows of three kinds: those of a scrape_config that the core uses up (discovery, relabeling, schedule), those that go
// to the worker with each target, and what the core adds for the worker (the target itself). The keys are those of
// prometheus.yml.
//
// Source: Prometheus 3, configuration documentation, scrape_config.
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/client/http_options.h"
#include "agent/collect/sample_labels.h"
#include "agent/config/option.h"
#include "agent/model/labels.h"
#include "agent/net/http_fetcher.h"
#include "agent/net/url.h"
#include "agent/wire/exposition.h"

namespace bekci::collect {

// Rows that a scrape_config and its targets share.
std::span<const config::Option> ScrapeOptionRows();
// The worker's whole table: the shared rows and what the core says of the target.
std::span<const config::Option> TargetOptions();
// A scrape_config's whole table.
std::span<const config::Option> ScrapeConfigOptions();
// The rows that `global:` has for scrape_configs, beside scrape_interval.
std::span<const config::Option> ScrapeGlobalOptions();
// Keys of prometheus.yml that are not here, with what to say about each: discovery of other kinds.
struct MissingKey {
  std::string_view key;
  std::string_view why;
};
std::span<const MissingKey> MissingScrapeKeys();

struct ScrapeOptions {
  client::HttpOptions http;
  std::string accept;  // header
  bool compressed = true;
  std::optional<wire::Format> fallback;  // for a missing or unknown Content-Type
  uint64_t body_size_limit = 0;          // 0: none was given
  uint64_t sample_limit = 0;
  bool honor_timestamps = true;
  bool native_histograms = false;
  bool classic_too = false;
  SampleLabels::Options labels;  // its target labels are empty
};

// `values` were checked against a table that has the shared rows. Adds what the tables cannot see to `errors`.
ScrapeOptions ReadScrapeOptions(const config::Values& values, config::Errors* errors);

// The format that a protocol's name stands for: "PrometheusText0.0.4", ...; nullopt: no such protocol.
std::optional<wire::Format> FormatOfProtocol(std::string_view name);

}  // namespace bekci::collect
