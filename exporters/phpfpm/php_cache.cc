#include "exporters/phpfpm/php_cache.h"

#include "exporters/phpfpm/json_walk.h"
#include "exporters/phpfpm/php_cache_metrics.h"

namespace bekci::exporters::phpfpm {
namespace {

struct Number {
  std::string_view path;  // in the answer, keys joined with dots
  const MetricSpec* spec;
  std::string_view label = {};  // value of the third label, where the family has one
  double scale = 1;
};

// A family's rows stand together.
constexpr Number kNumbers[] = {
    {"opcache.installed", &kOpcacheInstalled},
    {"opcache.status.opcache_enabled", &kOpcacheEnabled},
    {"opcache.status.cache_full", &kOpcacheFull},
    {"opcache.status.restart_pending", &kRestartPending},
    {"opcache.status.restart_in_progress", &kRestartInProgress},
    {"opcache.status.memory_usage.used_memory", &kMemory, "used"},
    {"opcache.status.memory_usage.free_memory", &kMemory, "free"},
    {"opcache.status.memory_usage.wasted_memory", &kMemory, "wasted"},
    {"opcache.status.memory_usage.current_wasted_percentage", &kWasted, "", 0.01},
    {"opcache.status.interned_strings_usage.buffer_size", &kInternedSize},
    {"opcache.status.interned_strings_usage.used_memory", &kInternedMemory, "used"},
    {"opcache.status.interned_strings_usage.free_memory", &kInternedMemory, "free"},
    {"opcache.status.interned_strings_usage.number_of_strings", &kInterned},
    {"opcache.status.opcache_statistics.num_cached_scripts", &kScripts},
    {"opcache.status.opcache_statistics.num_cached_keys", &kKeys},
    {"opcache.status.opcache_statistics.max_cached_keys", &kMaxKeys},
    {"opcache.status.opcache_statistics.hits", &kHits},
    {"opcache.status.opcache_statistics.misses", &kMisses},
    {"opcache.status.opcache_statistics.blacklist_misses", &kBlacklist},
    {"opcache.status.opcache_statistics.oom_restarts", &kRestarts, "oom"},
    {"opcache.status.opcache_statistics.hash_restarts", &kRestarts, "hash"},
    {"opcache.status.opcache_statistics.manual_restarts", &kRestarts, "manual"},
    {"opcache.status.opcache_statistics.start_time", &kStart},
    {"opcache.status.opcache_statistics.last_restart_time", &kLastRestart},
    {"opcache.status.preload_statistics.memory_consumption", &kPreload},
    {"opcache.status.jit.enabled", &kJitEnabled},
    {"opcache.status.jit.on", &kJitOn},
    {"opcache.status.jit.buffer_size", &kJitSize},
    {"opcache.status.jit.buffer_free", &kJitFree},
    {"apcu.installed", &kApcuInstalled},
    {"apcu.memory.num_seg", &kApcuSegments},
    {"apcu.memory.seg_size", &kApcuSegment},
    {"apcu.memory.avail_mem", &kApcuFree},
    {"apcu.cache.mem_size", &kApcuUsed},
    {"apcu.cache.num_entries", &kApcuEntries},
    {"apcu.cache.num_slots", &kApcuSlots},
    {"apcu.cache.num_hits", &kApcuHits},
    {"apcu.cache.num_misses", &kApcuMisses},
    {"apcu.cache.num_inserts", &kApcuInserts},
    {"apcu.cache.expunges", &kApcuExpunges},
    {"apcu.cache.cleanups", &kApcuCleanups},
    {"apcu.cache.defragmentations", &kApcuDefragmentations},
    {"apcu.cache.start_time", &kApcuStart},
};
static_assert(std::size(kNumbers) <= PhpCache::kMaxNumbers);

}  // namespace

void PhpCache::Forget() {
  numbers_.fill(std::nullopt);
  php_version_.clear();
}

base::Status PhpCache::Parse(std::string_view body) {
  Forget();
  bool ours = false;
  std::string path;
  base::Status walked = WalkJson(body, [&](std::span<const std::string> keys, const JsonScalar& value) {
    if (keys.size() == 1 && keys[0] == "bekci") ours = true;
    if (keys.size() == 1 && keys[0] == "php" && value.text.size() < 100) php_version_ = value.text;
    if (value.kind != JsonScalar::Kind::kNumber && value.kind != JsonScalar::Kind::kBool) return;
    path.clear();
    for (const std::string& key : keys) path.append(path.empty() ? "" : ".").append(key);
    for (size_t i = 0; i < std::size(kNumbers); ++i) {
      if (kNumbers[i].path == path) numbers_[i] = value.number * kNumbers[i].scale;
    }
  });
  if (walked.ok() && !ours) walked = base::Corrupt("it is JSON of somebody else's");
  if (!walked.ok()) Forget();
  return std::move(walked).WithContext("answer of the cache script");
}

void PhpCache::Emit(collect::FamilySink& sink, std::string_view pool, std::string_view scrape_uri) const {
  if (!php_version_.empty()) sink.Add(kInfo, {pool, scrape_uri, php_version_}, 1);
  for (size_t i = 0; i < std::size(kNumbers); ++i) {
    const Number& number = kNumbers[i];
    if (!numbers_[i]) continue;
    if (number.label.empty()) sink.Add(*number.spec, {pool, scrape_uri}, *numbers_[i]);
    if (!number.label.empty()) sink.Add(*number.spec, {pool, scrape_uri, number.label}, *numbers_[i]);
  }
}

}  // namespace bekci::exporters::phpfpm
