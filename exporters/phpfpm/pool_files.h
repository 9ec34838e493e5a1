// The pools of PHP-FPM on this host, as its own configuration files declare them.
//
// FPM's files are ini files: [name] begins a pool, `key = value` lines follow, ';' begins a comment, `$pool` in a value
// is the name of the pool. Only what tells where and how to ask is read. A file that cannot be read costs its own
// pools.
//
// Source: www.conf as PHP ships it; fpm_conf.c of PHP for what a relative path and a bare port mean.
// Thread rule: pure but for the file system.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/net/dialer.h"

namespace bekci::exporters::phpfpm {

struct PoolTarget {
  std::string name;  // empty: not known before FPM tells it
  std::string file;  // where it is declared; empty: configured by its address
  net::TargetAddress listen;
  bool has_status_listen = false;
  net::TargetAddress status_listen;  // where the status answers even when all workers are busy
  std::string status_path;           // empty: the pool does not answer status
  std::string ping_path;             // empty: nor ping
  uint64_t max_children = 0;         // 0: not known
  std::string process_manager;       // static, dynamic, ondemand

  const net::TargetAddress& status_address() const { return has_status_listen ? status_listen : listen; }
};

inline constexpr size_t kMaxPools = 64;

// The pools in the files that match one of `patterns` (shell patterns, also in directories), in the order of the
// files' names. What is wrong goes to `problems`, a line each: unreadable files, pools without a usable `listen`.
std::vector<PoolTarget> ReadPoolFiles(base::FileSystem& fs, std::span<const std::string> patterns,
                                      std::vector<std::string>* problems);

// The pools in one file's text.
std::vector<PoolTarget> ParsePoolFile(std::string_view text, const std::string& file,
                                      std::vector<std::string>* problems);

// As php-fpm_exporter's label scrape_uri: "tcp://127.0.0.1:9000/status", "unix:///run/php/www.sock;/status".
std::string ScrapeUri(const net::TargetAddress& address, std::string_view path);

}  // namespace bekci::exporters::phpfpm
