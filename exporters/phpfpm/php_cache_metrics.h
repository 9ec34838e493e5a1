// The families of OPcache and APCu, as php_cache.cc fills them.
#pragma once

#include "agent/collect/family_sink.h"

namespace bekci::exporters::phpfpm {

using collect::MetricSpec;
using model::MetricType;

inline constexpr MetricSpec kInfo = {"php_info", MetricType::kGauge, "The version of PHP that serves the pool.",
                                     "pool,scrape_uri,version"};

inline constexpr MetricSpec kOpcacheInstalled = {"php_opcache_installed", MetricType::kGauge,
                                                 "1 when PHP was built or loaded with OPcache.", "pool,scrape_uri"};
inline constexpr MetricSpec kOpcacheEnabled = {"php_opcache_enabled", MetricType::kGauge, "1 when OPcache is on.",
                                               "pool,scrape_uri"};
inline constexpr MetricSpec kOpcacheFull = {"php_opcache_full", MetricType::kGauge,
                                            "1 when OPcache has no room for another script.", "pool,scrape_uri"};
inline constexpr MetricSpec kRestartPending = {"php_opcache_restart_pending", MetricType::kGauge,
                                               "1 when OPcache waits to be emptied.", "pool,scrape_uri"};
inline constexpr MetricSpec kRestartInProgress = {"php_opcache_restart_in_progress", MetricType::kGauge,
                                                  "1 while OPcache is being emptied.", "pool,scrape_uri"};
inline constexpr MetricSpec kMemory = {"php_opcache_memory_bytes", MetricType::kGauge,
                                       "OPcache's shared memory: used, free, wasted (held by scripts that changed).",
                                       "pool,scrape_uri,state"};
inline constexpr MetricSpec kWasted = {
    "php_opcache_wasted_ratio", MetricType::kGauge,
    "Share of OPcache's memory that is wasted; beyond opcache.max_wasted_percentage it is "
    "emptied.",
    "pool,scrape_uri"};
inline constexpr MetricSpec kInternedSize = {"php_opcache_interned_strings_buffer_bytes", MetricType::kGauge,
                                             "Size of the buffer for interned strings.", "pool,scrape_uri"};
inline constexpr MetricSpec kInternedMemory = {"php_opcache_interned_strings_memory_bytes", MetricType::kGauge,
                                               "Memory of the buffer for interned strings.", "pool,scrape_uri,state"};
inline constexpr MetricSpec kInterned = {"php_opcache_interned_strings", MetricType::kGauge, "Interned strings.",
                                         "pool,scrape_uri"};
inline constexpr MetricSpec kScripts = {"php_opcache_cached_scripts", MetricType::kGauge, "Scripts in OPcache.",
                                        "pool,scrape_uri"};
inline constexpr MetricSpec kKeys = {"php_opcache_cached_keys", MetricType::kGauge,
                                     "Keys (paths of scripts) in OPcache's table.", "pool,scrape_uri"};
inline constexpr MetricSpec kMaxKeys = {"php_opcache_max_cached_keys", MetricType::kGauge,
                                        "Keys that OPcache's table can hold.", "pool,scrape_uri"};
inline constexpr MetricSpec kHits = {"php_opcache_hits_total", MetricType::kCounter, "Scripts found in OPcache.",
                                     "pool,scrape_uri"};
inline constexpr MetricSpec kMisses = {"php_opcache_misses_total", MetricType::kCounter,
                                       "Scripts not found in OPcache.", "pool,scrape_uri"};
inline constexpr MetricSpec kBlacklist = {"php_opcache_blacklist_misses_total", MetricType::kCounter,
                                          "Scripts not found because OPcache's blacklist names them.",
                                          "pool,scrape_uri"};
inline constexpr MetricSpec kRestarts = {"php_opcache_restarts_total", MetricType::kCounter,
                                         "Times OPcache was emptied: out of memory, table full, by hand.",
                                         "pool,scrape_uri,reason"};
inline constexpr MetricSpec kStart = {"php_opcache_start_time_seconds", MetricType::kGauge,
                                      "When OPcache was started, since the epoch.", "pool,scrape_uri"};
inline constexpr MetricSpec kLastRestart = {"php_opcache_last_restart_time_seconds", MetricType::kGauge,
                                            "When OPcache was last emptied, since the epoch; 0: never.",
                                            "pool,scrape_uri"};
inline constexpr MetricSpec kPreload = {"php_opcache_preload_memory_bytes", MetricType::kGauge,
                                        "Memory of preloaded scripts.", "pool,scrape_uri"};
inline constexpr MetricSpec kJitEnabled = {"php_opcache_jit_enabled", MetricType::kGauge, "1 when the JIT may be used.",
                                           "pool,scrape_uri"};
inline constexpr MetricSpec kJitOn = {"php_opcache_jit_on", MetricType::kGauge, "1 when the JIT is at work.",
                                      "pool,scrape_uri"};
inline constexpr MetricSpec kJitSize = {"php_opcache_jit_buffer_bytes", MetricType::kGauge, "Size of the JIT's buffer.",
                                        "pool,scrape_uri"};
inline constexpr MetricSpec kJitFree = {"php_opcache_jit_buffer_free_bytes", MetricType::kGauge,
                                        "What is left of the JIT's buffer.", "pool,scrape_uri"};

inline constexpr MetricSpec kApcuInstalled = {"php_apcu_installed", MetricType::kGauge, "1 when PHP has APCu.",
                                              "pool,scrape_uri"};
inline constexpr MetricSpec kApcuSegments = {"php_apcu_memory_segments", MetricType::kGauge,
                                             "Segments of APCu's memory.", "pool,scrape_uri"};
inline constexpr MetricSpec kApcuSegment = {"php_apcu_memory_segment_bytes", MetricType::kGauge,
                                            "Size of one segment of APCu's memory.", "pool,scrape_uri"};
inline constexpr MetricSpec kApcuFree = {"php_apcu_memory_free_bytes", MetricType::kGauge, "APCu's free memory.",
                                         "pool,scrape_uri"};
inline constexpr MetricSpec kApcuUsed = {"php_apcu_entries_bytes", MetricType::kGauge, "Memory of the entries in APCu.",
                                         "pool,scrape_uri"};
inline constexpr MetricSpec kApcuEntries = {"php_apcu_entries", MetricType::kGauge, "Entries in APCu.",
                                            "pool,scrape_uri"};
inline constexpr MetricSpec kApcuSlots = {"php_apcu_slots", MetricType::kGauge, "Slots of APCu's table.",
                                          "pool,scrape_uri"};
inline constexpr MetricSpec kApcuHits = {"php_apcu_hits_total", MetricType::kCounter, "Keys found in APCu.",
                                         "pool,scrape_uri"};
inline constexpr MetricSpec kApcuMisses = {"php_apcu_misses_total", MetricType::kCounter, "Keys not found in APCu.",
                                           "pool,scrape_uri"};
inline constexpr MetricSpec kApcuInserts = {"php_apcu_inserts_total", MetricType::kCounter, "Entries put into APCu.",
                                            "pool,scrape_uri"};
inline constexpr MetricSpec kApcuExpunges = {"php_apcu_expunges_total", MetricType::kCounter,
                                             "Times APCu was emptied for want of memory.", "pool,scrape_uri"};
inline constexpr MetricSpec kApcuCleanups = {"php_apcu_cleanups_total", MetricType::kCounter,
                                             "Times APCu removed expired entries for want of memory.",
                                             "pool,scrape_uri"};
inline constexpr MetricSpec kApcuDefragmentations = {"php_apcu_defragmentations_total", MetricType::kCounter,
                                                     "Times APCu moved entries together.", "pool,scrape_uri"};
inline constexpr MetricSpec kApcuStart = {"php_apcu_start_time_seconds", MetricType::kGauge,
                                          "When APCu was started, since the epoch.", "pool,scrape_uri"};

inline constexpr const MetricSpec* kCacheMetrics[] = {
    &kInfo,           &kOpcacheInstalled,
    &kOpcacheEnabled, &kOpcacheFull,
    &kRestartPending, &kRestartInProgress,
    &kMemory,         &kWasted,
    &kInternedSize,   &kInternedMemory,
    &kInterned,       &kScripts,
    &kKeys,           &kMaxKeys,
    &kHits,           &kMisses,
    &kBlacklist,      &kRestarts,
    &kStart,          &kLastRestart,
    &kPreload,        &kJitEnabled,
    &kJitOn,          &kJitSize,
    &kJitFree,        &kApcuInstalled,
    &kApcuSegments,   &kApcuSegment,
    &kApcuFree,       &kApcuUsed,
    &kApcuEntries,    &kApcuSlots,
    &kApcuHits,       &kApcuMisses,
    &kApcuInserts,    &kApcuExpunges,
    &kApcuCleanups,   &kApcuDefragmentations,
    &kApcuStart,
};

}  // namespace bekci::exporters::phpfpm
