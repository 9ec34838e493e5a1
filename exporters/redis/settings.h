// Settings: the options of one instance, checked and in the shape in which the parts use them.
//
// Thread rule: constant once made.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "agent/base/status.h"
#include "agent/config/option.h"
#include "agent/net/dialer.h"
#include "exporters/redis/session.h"

namespace bekci::exporters::redis {

// A key, or a pattern as SCAN's MATCH takes it, in one database: "db3=sessions:*", "sessions:*".
struct KeyPattern {
  uint32_t db = 0;
  std::string pattern;
};
// Errors: invalid.
base::Result<KeyPattern> ParseKeyPattern(std::string_view text);

struct ScanBudget {
  uint64_t keys_per_round = 0;  // examined by SCAN in one round, over all patterns
  uint64_t batch = 0;           // COUNT of one SCAN
  uint64_t max_keys = 0;        // shown per pattern
  bool only_on_replica = false;
};

struct Settings {
  net::TargetAddress address;
  bool tls = false;
  net::ClientTlsOptions tls_options;
  Login login;

  bool all_config = false;
  bool system_metrics = false;
  bool modules = false;
  bool latency_histogram = true;
  bool empty_databases = true;
  bool clients = false;
  bool client_port = false;
  uint64_t max_clients = 0;
  bool rdb_file_size = false;
  std::string config_command;  // "-": never asked

  std::vector<KeyPattern> check_keys, check_single_keys, check_streams, check_single_streams, count_keys;
  bool stream_consumers = true;
  bool key_values = true;
  ScanBudget scan;
};

std::span<const config::Option> SettingsOptions();

// Errors: invalid, with the file and line.
base::Result<Settings> MakeSettings(const config::Values& options);

}  // namespace bekci::exporters::redis
