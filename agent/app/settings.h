// Settings: everything that bekci.yml, the web configuration file and the command line say, checked, as plain fields.
//
// The file is one option table (Options()). What flags say is put into the tree of the file before it is checked, so a
// flag passes the same checks as a line of the file, its mistakes name the flag, and `bekci config show` shows what
// counts. Thread rule: a value. Loading reads files and nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "agent/app/discovery.h"
#include "agent/app/instances.h"
#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/status.h"
#include "agent/collect/collection.h"
#include "agent/collect/scrape_config.h"
#include "agent/config/node.h"
#include "agent/config/option.h"
#include "agent/net/server.h"
#include "agent/notify/forwarding/alerting_config.h"
#include "agent/notify/wiring/notify_config.h"
#include "agent/promql/features.h"
#include "agent/ruler/rule_text.h"
#include "agent/ruler/slo/slo.h"
#include "agent/web/web_config.h"

namespace bekci::app {

// What the command line says; empty fields say nothing. Relative paths start at the working directory.
struct SettingsOverrides {
  std::vector<std::string> listen_addresses;  // --web.listen-address
  std::string web_config_file;                // --web.config.file
  std::string external_url;                   // --web.external-url
  std::string log_level;                      // --log.level
  std::string log_format;                     // --log.format
  std::string storage_path;                   // --storage.path
  std::string query_lookback_delta;           // --query.lookback-delta
  std::string query_timeout;                  // --query.timeout
  std::string query_max_samples;              // --query.max-samples
  std::string query_max_concurrency;          // --query.max-concurrency
  std::vector<std::string> features;          // --enable-feature
  HostOverrides host;                         // --path.procfs, --collector.textfile.directory, ...
};

// What stands under storage: but its path. All of it can be reloaded except sync_interval.
struct StorageSettings {
  base::Duration retention_time = base::hours(31 * 24);  // 0: for ever
  uint64_t retention_bytes = uint64_t{2} << 30;          // 0: without bound
  base::Duration sync_interval = base::seconds(1);       // 0: every commit waits for the disk
  uint64_t series_limit = 500'000;                       // 0: none
  uint64_t series_limit_per_source = 100'000;            // 0: none
};

// How queries are answered; Prometheus' --query.* flags.
struct QuerySettings {
  base::Duration lookback = base::minutes(5);
  base::Duration timeout = base::minutes(2);
  int64_t max_samples = 50'000'000;
  size_t max_concurrency = 20;
  promql::Features features;
};

struct Settings {
  std::string path;  // of the file; empty: none, everything has its default

  base::Duration scrape_interval = base::seconds(15);
  std::vector<std::pair<std::string, std::string>> external_labels;
  std::vector<collect::InstanceConfig> instances;
  std::vector<collect::ScrapeConfig> scrape_configs;
  base::Duration evaluation_interval = base::seconds(15);
  base::Duration rule_query_offset{};
  std::vector<ruler::GroupText> rule_groups;           // of all rule files, and those made of objectives
  std::optional<notify::wiring::NotifyConfig> notify;  // nullopt: nobody is told here
  notify::forwarding::AlertingConfig alerting;
  std::vector<ruler::slo::Slo> objectives;  // of all slo_files
  bool discovers = false;                   // there is no collectors: section: what runs on the host is collected

  net::ServerOptions server;  // with the TLS options of the web configuration file
  std::string web_config_file;
  web::WebConfig web;
  std::string external_url;
  bool enable_lifecycle = true;  // POST /-/reload
  bool allow_unauthenticated = false;

  base::LogLevel log_level = base::LogLevel::kInfo;
  base::LogFormat log_format = base::LogFormat::kLogfmt;

  uint64_t worker_memory_limit_bytes = 256 << 20;
  size_t worker_threads = 4;
  uint64_t scrape_memory_bytes = 64 << 20;
  std::string storage_path = "/var/lib/bekci";
  StorageSettings storage;

  QuerySettings query;

  // All of it with defaults, secrets masked: config::PrintYaml makes `bekci config show` of it.
  config::Node shown;
  // Dotted key and value of every option that a reload cannot change.
  std::vector<std::pair<std::string, std::string>> fixed;
};

struct SettingsInput {
  std::string path;       // empty: no file
  std::string host_name;  // names instances that have no name
  SettingsOverrides overrides;
  std::span<const collect::CollectorSpec* const> collectors;  // usually collect::AllCollectors()
  std::vector<Discovery> found;                               // counts when the file has no collectors: section
  config::EnvironmentLookup environment;                      // for ${env:NAME} in secrets
};

// Errors: all that is wrong, a line each ("bekci.yml:3: ..."), as invalid; not_found or denied for the file itself.
base::Result<Settings> LoadSettings(base::FileSystem& fs, const SettingsInput& input);

// Keys whose change from `running` to `loaded` only a restart brings: "web.listen_address: a -> b".
std::vector<std::string> NeedsRestart(const Settings& running, const Settings& loaded);

// The table of bekci.yml, without what stands under collectors:.
std::span<const config::Option> SettingsOptions();

}  // namespace bekci::app
