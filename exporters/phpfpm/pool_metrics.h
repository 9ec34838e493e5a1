// The families of a pool, besides those of its caches (php_cache.h).
//
// The first block is php-fpm_exporter's, with its names, types and labels, odd as some are (counters without _total, a
// maximum that is a counter): dashboards made for it must not notice. The second is ours.
#pragma once

#include "exporters/phpfpm/pool_family.h"

namespace bekci::exporters::phpfpm {

// --- php-fpm_exporter's

inline constexpr MetricSpec kUp = PoolGauge("phpfpm_up", "Could PHP-FPM be reached?");
inline constexpr MetricSpec kScrapeFailures =
    PoolCounter("phpfpm_scrape_failures", "The number of failures scraping from PHP-FPM.");
inline constexpr MetricSpec kStartSince =
    PoolCounter("phpfpm_start_since", "The number of seconds since FPM has started.");
inline constexpr MetricSpec kAcceptedConnections =
    PoolCounter("phpfpm_accepted_connections", "The number of requests accepted by the pool.");
inline constexpr MetricSpec kListenQueue =
    PoolGauge("phpfpm_listen_queue", "The number of requests in the queue of pending connections.");
inline constexpr MetricSpec kMaxListenQueue =
    PoolCounter("phpfpm_max_listen_queue",
                "The maximum number of requests in the queue of pending connections since FPM has started.");
inline constexpr MetricSpec kListenQueueLength =
    PoolGauge("phpfpm_listen_queue_length", "The size of the socket queue of pending connections.");
inline constexpr MetricSpec kIdleProcesses = PoolGauge("phpfpm_idle_processes", "The number of idle processes.");
inline constexpr MetricSpec kActiveProcesses = PoolGauge("phpfpm_active_processes", "The number of active processes.");
inline constexpr MetricSpec kTotalProcesses =
    PoolGauge("phpfpm_total_processes", "The number of idle + active processes.");
inline constexpr MetricSpec kMaxActiveProcesses =
    PoolCounter("phpfpm_max_active_processes", "The maximum number of active processes since FPM has started.");
inline constexpr MetricSpec kMaxChildrenReached =
    PoolCounter("phpfpm_max_children_reached",
                "The number of times, the process limit has been reached, when pm tries to start more children (works "
                "only for pm 'dynamic' and 'ondemand').");
inline constexpr MetricSpec kSlowRequests =
    PoolCounter("phpfpm_slow_requests", "The number of requests that exceeded your 'request_slowlog_timeout' value.");

// Only with per_process.
inline constexpr MetricSpec kProcessRequests =
    PoolCounter("phpfpm_process_requests", "The number of requests the process has served.", "pool,child,scrape_uri");
inline constexpr MetricSpec kProcessMemory =
    PoolGauge("phpfpm_process_last_request_memory", "The max amount of memory the last request consumed.",
              "pool,child,scrape_uri");
inline constexpr MetricSpec kProcessCpu =
    PoolGauge("phpfpm_process_last_request_cpu", "The %cpu the last request consumed.", "pool,child,scrape_uri");
inline constexpr MetricSpec kProcessDuration = PoolGauge(
    "phpfpm_process_request_duration", "The duration in microseconds of the requests.", "pool,child,scrape_uri");
inline constexpr MetricSpec kProcessState =
    PoolGauge("phpfpm_process_state", "The state of the process (Idle, Running, ...).", "pool,child,state,scrape_uri");

// --- ours

inline constexpr MetricSpec kScrapeError =
    PoolGauge("phpfpm_scrape_error", "1 for the reason why the pool's status is not known; all 0 when it is.",
              "pool,scrape_uri,reason");
inline constexpr MetricSpec kPing = PoolGauge("phpfpm_ping_up", "1 when a worker of the pool answered ping.path.");
inline constexpr MetricSpec kMaxChildren = PoolGauge("phpfpm_max_children", "pm.max_children of the pool's file.");
inline constexpr MetricSpec kSocketQueue =
    PoolGauge("phpfpm_socket_queue_length",
              "Connections that wait for a worker, as the kernel counts them: known also when no worker can answer.");
inline constexpr MetricSpec kSocketLimit =
    PoolGauge("phpfpm_socket_queue_limit", "How many connections may wait for a worker.");
inline constexpr MetricSpec kSocketDrops =
    PoolCounter("phpfpm_socket_drops_total", "Connections that the kernel dropped at the pool's TCP socket.");
inline constexpr MetricSpec kWorkers =
    PoolGauge("phpfpm_worker_processes", "Workers of the pool, as the process table shows them.");
inline constexpr MetricSpec kBusy = PoolGauge("phpfpm_busy_processes",
                                              "Workers with a request that is not ours: from the status; without one, "
                                              "accepted connections of the pool's socket.");
inline constexpr MetricSpec kProcesses =
    PoolGauge("phpfpm_processes", "Workers by what they do; the one that answers the scrape is left out.",
              "pool,scrape_uri,state");
inline constexpr MetricSpec kRequestDuration = {
    "phpfpm_request_duration_seconds", MetricType::kHistogram,
    "Duration of finished requests: a sample, the last one of each worker at each scrape.", kPoolLabels};
inline constexpr MetricSpec kRequestMemory = {
    "phpfpm_request_memory_bytes", MetricType::kHistogram,
    "Peak memory of finished requests: a sample, the last one of each worker at each scrape.", kPoolLabels};
inline constexpr MetricSpec kLongest =
    PoolGauge("phpfpm_running_request_max_seconds", "How long the longest request runs that runs now.");
inline constexpr MetricSpec kRunningSlow =
    PoolGauge("phpfpm_running_requests_slow", "Requests that run for longer than slow_request_after.");
inline constexpr MetricSpec kRunningStuck =
    PoolGauge("phpfpm_running_requests_stuck", "Requests that run for longer than stuck_request_after.");
inline constexpr MetricSpec kCacheScriptUp =
    PoolGauge("phpfpm_cache_script_up", "1 when the script that tells of OPcache and APCu answered.");

}  // namespace bekci::exporters::phpfpm
