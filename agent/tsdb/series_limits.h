// SeriesLimits: how many series the head may hold, in all and of each source, and who was refused.
//
// A target that invents label values must cost only itself: over a limit the newest series are refused, the ones that
// are there go on. Refusals are counted per source, and the metrics most of them belong to are named.
// Thread rule: any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/base/status.h"

namespace bekci::tsdb {

struct SeriesLimitOptions {
  uint64_t total = 500'000;       // at some 500 bytes a series; 0: no limit
  uint64_t per_source = 100'000;  // 0: no limit
};

struct RefusedSeries {
  std::string source;
  uint64_t series = 0;                                    // it has
  uint64_t refused = 0;                                   // samples refused since the start
  std::vector<std::pair<std::string, uint64_t>> metrics;  // of refused series, most first
};

class SeriesLimits {
 public:
  explicit SeriesLimits(SeriesLimitOptions options) : options_(options) {}

  // A small number for a source; the same for the same name. Sources are configured, so there are few.
  uint32_t SourceNumber(std::string_view source);
  std::string SourceName(uint32_t number) const;

  // Takes room for one series. Errors: limit, with the words for the log.
  base::Status Admit(uint32_t source, std::string_view metric);
  // Whether Admit would refuse; then `samples` of series that were refused before are counted as refused again.
  bool StillFull(uint32_t source, uint64_t samples);
  // For series that are there anyway: read back from the log.
  void AdmitAlways(uint32_t source);
  void Release(uint32_t source);

  void set_options(SeriesLimitOptions options);
  uint64_t refused() const;
  std::vector<RefusedSeries> refused_by_source() const;  // sources with refusals
  // Says in the log what was refused since the last call, a line per source; nothing when nothing was, and then the
  // metrics of before are forgotten.
  void Report(base::Logger& log);

 private:
  struct Source {
    std::string name;
    uint64_t series = 0;
    uint64_t refused = 0;
    uint64_t reported = 0;  // of refused
    std::unordered_map<std::string, uint64_t> metrics;
  };
  static std::vector<std::pair<std::string, uint64_t>> TopMetrics(const Source& source, size_t count);
  bool TotalReached() const REQUIRES(mutex_);
  bool Full(const Source& source, uint32_t number) const REQUIRES(mutex_);
  void Refuse(Source* source, std::string_view metric) REQUIRES(mutex_);

  mutable base::Mutex mutex_;
  SeriesLimitOptions options_ GUARDED_BY(mutex_);
  uint64_t series_ GUARDED_BY(mutex_) = 0;
  uint64_t refused_ GUARDED_BY(mutex_) = 0;
  std::vector<Source> sources_ GUARDED_BY(mutex_) = std::vector<Source>(1);  // 0: of nobody in particular
  std::unordered_map<std::string, uint32_t> numbers_ GUARDED_BY(mutex_) = {{"", 0}};
};

}  // namespace bekci::tsdb
