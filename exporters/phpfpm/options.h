// The options of the collector. Discovery uses their defaults.
#pragma once

#include "agent/config/option.h"

namespace bekci::exporters::phpfpm {

// Where Debian, Red Hat and the official container images keep pool files.
inline constexpr char kDefaultPoolFiles[] =
    "[/etc/php/*/fpm/pool.d/*.conf, /etc/php-fpm.d/*.conf, /usr/local/etc/php-fpm.d/*.conf]";
inline constexpr char kDefaultCacheScript[] = "/usr/share/bekci/bekci-opcache.php";

inline constexpr config::Option kOptions[] = {
    {.key = "address",
     .help = "The pool's socket: unix:/run/php/php8.2-fpm.sock or 127.0.0.1:9000. Empty: every pool in pool_files."},
    {.key = "pool", .help = "The pool's name, where address is given and the pool's file cannot be read."},
    {.key = "status_path",
     .default_text = "/status",
     .help = "pm.status_path. Pools from files have their own, unless this is set."},
    {.key = "status_address",
     .help = "pm.status_listen, where address is given: answers also when all workers are busy."},
    {.key = "ping_path", .help = "ping.path: asks a worker of the pool for a sign of life. Empty: as the file says."},
    {.key = "pool_files",
     .type = config::Type::kStrings,
     .default_text = kDefaultPoolFiles,
     .help = "Where pools are declared; shell patterns, also for directories."},
    {.key = "pools", .type = config::Type::kStrings, .help = "Only these pools of pool_files. Empty: all."},
    {.key = "timeout",
     .type = config::Type::kDuration,
     .default_text = "2s",
     .help = "How long a pool has for its answer; never longer than deadline.",
     .min = 0.01,
     .max = 60},
    {.key = "full",
     .type = config::Type::kBool,
     .default_text = "true",
     .help = "Ask what each worker does: states, request durations and memory, stuck requests."},
    {.key = "per_process",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "php-fpm_exporter's phpfpm_process_*: ten series and more for each worker."},
    {.key = "fix_process_count",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "As php-fpm_exporter's flag: count idle and active workers ourselves."},
    {.key = "slow_request_after",
     .type = config::Type::kDuration,
     .default_text = "5s",
     .help = "A request that runs for longer is slow.",
     .min = 0.001,
     .max = 86400},
    {.key = "stuck_request_after",
     .type = config::Type::kDuration,
     .default_text = "60s",
     .help = "A request that runs for longer is stuck; the first is logged.",
     .min = 0.001,
     .max = 86400},
    {.key = "opcache",
     .type = config::Type::kBool,
     .default_text = "true",
     .help = "Ask for OPcache and APCu, where opcache_script is installed."},
    {.key = "opcache_script",
     .default_text = kDefaultCacheScript,
     .help = "The script that tells of them. It and the directories above it must belong to root alone."},
    {.key = "procfs", .default_text = "/proc", .help = "Where procfs is mounted: for counting workers."},
};

}  // namespace bekci::exporters::phpfpm
