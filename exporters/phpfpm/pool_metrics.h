// The families of a pool, besides those of its caches (php_cache.h).
//
// The first block is php-fpm_exporter's, with its names, types and labels, odd as some are (counters without _total, a
// maximum that is a counter): dashboards made for it must not notice. The second is ours.
#pragma once

#include "agent/collect/family_sink.h"

namespace bekci::exporters::phpfpm {

using collect::MetricSpec;
using model::MetricType;

inline constexpr char kPoolLabels[] = "pool,scrape_uri";

// --- php-fpm_exporter's

inline constexpr MetricSpec kUp = {"phpfpm_up", MetricType::kGauge, "Could PHP-FPM be reached?", kPoolLabels};
inline constexpr MetricSpec kScrapeFailures = {"phpfpm_scrape_failures", MetricType::kCounter,
                                               "The number of failures scraping from PHP-FPM.", kPoolLabels};
inline constexpr MetricSpec kStartSince = {"phpfpm_start_since", MetricType::kCounter,
                                           "The number of seconds since FPM has started.", kPoolLabels};
inline constexpr MetricSpec kAcceptedConnections = {"phpfpm_accepted_connections", MetricType::kCounter,
                                                    "The number of requests accepted by the pool.", kPoolLabels};
inline constexpr MetricSpec kListenQueue = {"phpfpm_listen_queue", MetricType::kGauge,
                                            "The number of requests in the queue of pending connections.", kPoolLabels};
inline constexpr MetricSpec kMaxListenQueue = {
    "phpfpm_max_listen_queue", MetricType::kCounter,
    "The maximum number of requests in the queue of pending connections since FPM has started.", kPoolLabels};
inline constexpr MetricSpec kListenQueueLength = {"phpfpm_listen_queue_length", MetricType::kGauge,
                                                  "The size of the socket queue of pending connections.", kPoolLabels};
inline constexpr MetricSpec kIdleProcesses = {"phpfpm_idle_processes", MetricType::kGauge,
                                              "The number of idle processes.", kPoolLabels};
inline constexpr MetricSpec kActiveProcesses = {"phpfpm_active_processes", MetricType::kGauge,
                                                "The number of active processes.", kPoolLabels};
inline constexpr MetricSpec kTotalProcesses = {"phpfpm_total_processes", MetricType::kGauge,
                                               "The number of idle + active processes.", kPoolLabels};
inline constexpr MetricSpec kMaxActiveProcesses = {"phpfpm_max_active_processes", MetricType::kCounter,
                                                   "The maximum number of active processes since FPM has started.",
                                                   kPoolLabels};
inline constexpr MetricSpec kMaxChildrenReached = {
    "phpfpm_max_children_reached", MetricType::kCounter,
    "The number of times, the process limit has been reached, when pm tries to start more children (works only for pm "
    "'dynamic' and 'ondemand').",
    kPoolLabels};
inline constexpr MetricSpec kSlowRequests = {
    "phpfpm_slow_requests", MetricType::kCounter,
    "The number of requests that exceeded your 'request_slowlog_timeout' value.", kPoolLabels};

// Only with per_process.
inline constexpr MetricSpec kProcessRequests = {"phpfpm_process_requests", MetricType::kCounter,
                                                "The number of requests the process has served.",
                                                "pool,child,scrape_uri"};
inline constexpr MetricSpec kProcessMemory = {"phpfpm_process_last_request_memory", MetricType::kGauge,
                                              "The max amount of memory the last request consumed.",
                                              "pool,child,scrape_uri"};
inline constexpr MetricSpec kProcessCpu = {"phpfpm_process_last_request_cpu", MetricType::kGauge,
                                           "The %cpu the last request consumed.", "pool,child,scrape_uri"};
inline constexpr MetricSpec kProcessDuration = {"phpfpm_process_request_duration", MetricType::kGauge,
                                                "The duration in microseconds of the requests.",
                                                "pool,child,scrape_uri"};
inline constexpr MetricSpec kProcessState = {"phpfpm_process_state", MetricType::kGauge,
                                             "The state of the process (Idle, Running, ...).",
                                             "pool,child,state,scrape_uri"};

// --- ours

inline constexpr MetricSpec kScrapeError = {"phpfpm_scrape_error", MetricType::kGauge,
                                            "1 for the reason why the pool's status is not known; all 0 when it is.",
                                            "pool,scrape_uri,reason"};
inline constexpr MetricSpec kPing = {"phpfpm_ping_up", MetricType::kGauge,
                                     "1 when a worker of the pool answered ping.path.", kPoolLabels};
inline constexpr MetricSpec kMaxChildren = {"phpfpm_max_children", MetricType::kGauge,
                                            "pm.max_children of the pool's file.", kPoolLabels};
inline constexpr MetricSpec kSocketQueue = {
    "phpfpm_socket_queue_length", MetricType::kGauge,
    "Connections that wait for a worker, as the kernel counts them: known also when no worker can answer.",
    kPoolLabels};
inline constexpr MetricSpec kSocketLimit = {"phpfpm_socket_queue_limit", MetricType::kGauge,
                                            "How many connections may wait for a worker.", kPoolLabels};
inline constexpr MetricSpec kSocketDrops = {"phpfpm_socket_drops_total", MetricType::kCounter,
                                            "Connections that the kernel dropped at the pool's TCP socket.",
                                            kPoolLabels};
inline constexpr MetricSpec kWorkers = {"phpfpm_worker_processes", MetricType::kGauge,
                                        "Workers of the pool, as the process table shows them.", kPoolLabels};
inline constexpr MetricSpec kBusy = {
    "phpfpm_busy_processes", MetricType::kGauge,
    "Workers with a request that is not ours: from the status; without one, accepted connections of the pool's socket.",
    kPoolLabels};
inline constexpr MetricSpec kProcesses = {"phpfpm_processes", MetricType::kGauge,
                                          "Workers by what they do; the one that answers the scrape is left out.",
                                          "pool,scrape_uri,state"};
inline constexpr MetricSpec kRequestDuration = {
    "phpfpm_request_duration_seconds", MetricType::kHistogram,
    "Duration of finished requests: a sample, the last one of each worker at each scrape.", kPoolLabels};
inline constexpr MetricSpec kRequestMemory = {
    "phpfpm_request_memory_bytes", MetricType::kHistogram,
    "Peak memory of finished requests: a sample, the last one of each worker at each scrape.", kPoolLabels};
inline constexpr MetricSpec kLongest = {"phpfpm_running_request_max_seconds", MetricType::kGauge,
                                        "How long the longest request runs that runs now.", kPoolLabels};
inline constexpr MetricSpec kRunningSlow = {"phpfpm_running_requests_slow", MetricType::kGauge,
                                            "Requests that run for longer than slow_request_after.", kPoolLabels};
inline constexpr MetricSpec kRunningStuck = {"phpfpm_running_requests_stuck", MetricType::kGauge,
                                             "Requests that run for longer than stuck_request_after.", kPoolLabels};
inline constexpr MetricSpec kCacheScriptUp = {"phpfpm_cache_script_up", MetricType::kGauge,
                                              "1 when the script that tells of OPcache and APCu answered.",
                                              kPoolLabels};

}  // namespace bekci::exporters::phpfpm
