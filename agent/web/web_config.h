// The web configuration file: TLS, passwords, headers and request rate, in the format of the exporter toolkit, so the
// file that protects a node_exporter protects bekci unchanged.
//
// Source: the toolkit's docs/web-configuration.md, and its checks as node_exporter and Prometheus apply them. Stricter
// in three places, where the toolkit accepts what cannot be meant: verifying client certificates without a CA (it would
// take any certificate that any public CA signed), passwords that no one could ever type right (not bcrypt), and header
// values with line ends. `http2: true` is accepted and changes nothing: bekci speaks HTTP/1.1.
// Thread rule: values; loading as the FileSystem.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/config/option.h"
#include "agent/net/server.h"

namespace bekci::web {

// Inline certificates and keys, kept in anonymous memory that a path leads to (/proc/self/fd/N), since TLS libraries
// read files: the secret touches no disk, and ends with the last copy of the configuration.
class InlineFile;

struct RateLimit {
  base::Duration interval = {};  // one request each; zero: no limit
  int64_t burst = 1;             // requests that may come at once
};

struct WebConfig {
  net::TlsOptions tls;                                       // empty cert_file: no TLS
  std::vector<std::pair<std::string, std::string>> headers;  // on every answer
  std::vector<std::pair<std::string, std::string>> users;    // name, bcrypt hash; empty: no passwords asked
  RateLimit rate_limit;
  // Keeps tls's paths readable where they are inline. Must live as long as `tls` is in use.
  std::vector<std::shared_ptr<const InlineFile>> inline_files;

  // Whether a stranger is kept out: passwords, or client certificates that are verified.
  bool Authenticates() const;
};

// Reads and checks `path`. Errors: all that is wrong, a line each, "web.yml:3: ..."; not_found, denied for the file.
base::Result<WebConfig> LoadWebConfig(base::FileSystem& fs, const std::string& path,
                                      const config::EnvironmentLookup& environment = {});

// The file's options, for documentation.
std::span<const config::Option> WebConfigOptions();

}  // namespace bekci::web
