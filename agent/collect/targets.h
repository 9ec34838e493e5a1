// Targets: what scrape_configs ask to be scraped, as the store, the API and the pages see it.
//
// A target is a collector's instance like any other (collection.h), of a collector that no configuration can name: its
// rounds go to the store, with the labels that relabeling gave them, and to no page. The series of its rounds stand
// *flat*: each line of a scraped page is one series of an untyped family, a histogram's bucket too, since metric
// relabeling sees and may change every one by itself. What the page said about types, helps and units is beside them:
// model::Schema::described().
//
// Thread rule: values; a TargetDirectory from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/model/labels.h"

namespace bekci::collect {

// One target after relabeling. Immutable and shared.
struct ScrapeTarget {
  std::string scrape_pool;   // job_name of its scrape_config
  model::Labels discovered;  // before relabeling, with __address__ and its like
  // job, instance and all others that are not reserved: what up and scrape_* of this target carry. The series of its
  // rounds have them already.
  model::Labels labels;
  std::string url;
  base::Duration interval = {};
  base::Duration timeout = {};
  uint64_t sample_limit = 0;                // 0: none
  bool extra_metrics = false;               // store scrape_timeout_seconds, scrape_sample_limit, scrape_body_size_bytes
  bool track_timestamps_staleness = false;  // series with timestamps of their own go stale too
  friend bool operator==(const ScrapeTarget&, const ScrapeTarget&) = default;
};

// Instead of the number of a page's bytes: pages being scraped held all the memory that they may together.
inline constexpr int64_t kNoRoomForBody = -2;

// What a scrape counted. Of a failed one: up to where it failed.
struct ScrapeCounts {
  uint64_t scraped = 0;    // samples on the page: scrape_samples_scraped
  uint64_t kept = 0;       // after metric relabeling: scrape_samples_post_metric_relabeling
  uint64_t added = 0;      // series that were not on the page before: scrape_series_added
  int64_t body_bytes = 0;  // uncompressed; -1: over body_size_limit; kNoRoomForBody: scrape_body_size_bytes
};

enum class TargetHealth : unsigned char { kUnknown, kUp, kDown };

struct ActiveTarget {
  ScrapeTarget target;
  TargetHealth health = TargetHealth::kUnknown;
  std::string last_error;       // empty: none
  base::Timestamp last_scrape;  // start of the last attempt; 0: not tried yet
  base::Duration last_duration = {};
};

struct DroppedTarget {
  std::string scrape_pool;
  model::Labels discovered;
};

struct TargetList {
  std::vector<ActiveTarget> active;              // by scrape pool, then labels
  std::vector<DroppedTarget> dropped;            // those that are kept to be shown
  std::map<std::string, size_t> dropped_counts;  // scrape pool -> all that relabeling dropped
  std::vector<std::string> pools;                // every scrape pool, also without targets; sorted
};

class TargetDirectory {
 public:
  virtual ~TargetDirectory() = default;
  virtual TargetList Targets() const = 0;
};

}  // namespace bekci::collect
