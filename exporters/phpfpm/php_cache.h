// OPcache and APCu of a pool, from the answer of the script deploy/php/bekci-opcache.php.
//
// Hits, misses and restarts are counters, so that rates over any time can be made of them; OPcache's own hit rate,
// since its start, says nothing about now. The caches are shared by all pools of one FPM master: each pool shows the
// same.
//
// Thread rule: a value, one thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/status.h"
#include "agent/collect/family_sink.h"

namespace bekci::exporters::phpfpm {

class PhpCache {
 public:
  static constexpr size_t kMaxNumbers = 64;

  // Takes over the answer's body. Errors: corrupt, limit; then nothing is known.
  base::Status Parse(std::string_view body);
  void Forget();
  void Emit(collect::FamilySink& sink, std::string_view pool, std::string_view scrape_uri) const;

 private:
  std::string php_version_;
  std::array<std::optional<double>, kMaxNumbers> numbers_;  // as the table in php_cache.cc
};

}  // namespace bekci::exporters::phpfpm
