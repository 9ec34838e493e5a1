// The families of OPcache and APCu, as php_cache.cc fills them.
#pragma once

#include "exporters/phpfpm/pool_family.h"

namespace bekci::exporters::phpfpm {

inline constexpr MetricSpec kInfo =
    PoolGauge("php_info", "The version of PHP that serves the pool.", "pool,scrape_uri,version");

inline constexpr MetricSpec kOpcacheInstalled =
    PoolGauge("php_opcache_installed", "1 when PHP was built or loaded with OPcache.");
inline constexpr MetricSpec kOpcacheEnabled = PoolGauge("php_opcache_enabled", "1 when OPcache is on.");
inline constexpr MetricSpec kOpcacheFull =
    PoolGauge("php_opcache_full", "1 when OPcache has no room for another script.");
inline constexpr MetricSpec kRestartPending =
    PoolGauge("php_opcache_restart_pending", "1 when OPcache waits to be emptied.");
inline constexpr MetricSpec kRestartInProgress =
    PoolGauge("php_opcache_restart_in_progress", "1 while OPcache is being emptied.");
inline constexpr MetricSpec kMemory =
    PoolGauge("php_opcache_memory_bytes", "OPcache's shared memory: used, free, wasted (held by scripts that changed).",
              "pool,scrape_uri,state");
inline constexpr MetricSpec kWasted =
    PoolGauge("php_opcache_wasted_ratio",
              "Share of OPcache's memory that is wasted; beyond opcache.max_wasted_percentage it is emptied.");
inline constexpr MetricSpec kInternedSize =
    PoolGauge("php_opcache_interned_strings_buffer_bytes", "Size of the buffer for interned strings.");
inline constexpr MetricSpec kInternedMemory = PoolGauge(
    "php_opcache_interned_strings_memory_bytes", "Memory of the buffer for interned strings.", "pool,scrape_uri,state");
inline constexpr MetricSpec kInterned = PoolGauge("php_opcache_interned_strings", "Interned strings.");
inline constexpr MetricSpec kScripts = PoolGauge("php_opcache_cached_scripts", "Scripts in OPcache.");
inline constexpr MetricSpec kKeys = PoolGauge("php_opcache_cached_keys", "Keys (paths of scripts) in OPcache's table.");
inline constexpr MetricSpec kMaxKeys = PoolGauge("php_opcache_max_cached_keys", "Keys that OPcache's table can hold.");
inline constexpr MetricSpec kHits = PoolCounter("php_opcache_hits_total", "Scripts found in OPcache.");
inline constexpr MetricSpec kMisses = PoolCounter("php_opcache_misses_total", "Scripts not found in OPcache.");
inline constexpr MetricSpec kBlacklist =
    PoolCounter("php_opcache_blacklist_misses_total", "Scripts not found because OPcache's blacklist names them.");
inline constexpr MetricSpec kRestarts =
    PoolCounter("php_opcache_restarts_total", "Times OPcache was emptied: out of memory, table full, by hand.",
                "pool,scrape_uri,reason");
inline constexpr MetricSpec kStart =
    PoolGauge("php_opcache_start_time_seconds", "When OPcache was started, since the epoch.");
inline constexpr MetricSpec kLastRestart =
    PoolGauge("php_opcache_last_restart_time_seconds", "When OPcache was last emptied, since the epoch; 0: never.");
inline constexpr MetricSpec kPreload = PoolGauge("php_opcache_preload_memory_bytes", "Memory of preloaded scripts.");
inline constexpr MetricSpec kJitEnabled = PoolGauge("php_opcache_jit_enabled", "1 when the JIT may be used.");
inline constexpr MetricSpec kJitOn = PoolGauge("php_opcache_jit_on", "1 when the JIT is at work.");
inline constexpr MetricSpec kJitSize = PoolGauge("php_opcache_jit_buffer_bytes", "Size of the JIT's buffer.");
inline constexpr MetricSpec kJitFree =
    PoolGauge("php_opcache_jit_buffer_free_bytes", "What is left of the JIT's buffer.");

inline constexpr MetricSpec kApcuInstalled = PoolGauge("php_apcu_installed", "1 when PHP has APCu.");
inline constexpr MetricSpec kApcuSegments = PoolGauge("php_apcu_memory_segments", "Segments of APCu's memory.");
inline constexpr MetricSpec kApcuSegment =
    PoolGauge("php_apcu_memory_segment_bytes", "Size of one segment of APCu's memory.");
inline constexpr MetricSpec kApcuFree = PoolGauge("php_apcu_memory_free_bytes", "APCu's free memory.");
inline constexpr MetricSpec kApcuUsed = PoolGauge("php_apcu_entries_bytes", "Memory of the entries in APCu.");
inline constexpr MetricSpec kApcuEntries = PoolGauge("php_apcu_entries", "Entries in APCu.");
inline constexpr MetricSpec kApcuSlots = PoolGauge("php_apcu_slots", "Slots of APCu's table.");
inline constexpr MetricSpec kApcuHits = PoolCounter("php_apcu_hits_total", "Keys found in APCu.");
inline constexpr MetricSpec kApcuMisses = PoolCounter("php_apcu_misses_total", "Keys not found in APCu.");
inline constexpr MetricSpec kApcuInserts = PoolCounter("php_apcu_inserts_total", "Entries put into APCu.");
inline constexpr MetricSpec kApcuExpunges =
    PoolCounter("php_apcu_expunges_total", "Times APCu was emptied for want of memory.");
inline constexpr MetricSpec kApcuCleanups =
    PoolCounter("php_apcu_cleanups_total", "Times APCu removed expired entries for want of memory.");
inline constexpr MetricSpec kApcuDefragmentations =
    PoolCounter("php_apcu_defragmentations_total", "Times APCu moved entries together.");
inline constexpr MetricSpec kApcuStart =
    PoolGauge("php_apcu_start_time_seconds", "When APCu was started, since the epoch.");

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
