// AlertStore: the alerts that are known, as their senders last told of them.
//
// Whoever posts an alert says until when it holds; who says nothing gets resolve_timeout. A later post of the same
// labels is merged with what is there when the two overlap in time, and replaces it when not: that is a new alert. An
// alert becomes resolved by the clock; TakeResolved tells of it once. Collect forgets resolved alerts.
//
// Bounded: more than `max_alerts` alerts, or one whose texts are larger than kMaxAlertBytes, are refused and counted.
// Source: Alertmanager 0.34, api/v2 and types.Alert.Merge. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/notify/alert.h"

namespace bekci::notify {

inline constexpr size_t kMaxAlertBytes = 64 * 1024;

struct AlertStoreOptions {
  base::Duration resolve_timeout = base::minutes(5);
  size_t max_alerts = 100'000;
};

struct IngestCounters {
  uint64_t received_firing = 0;
  uint64_t received_resolved = 0;
  uint64_t invalid = 0;
  uint64_t refused = 0;  // there were too many
};

class AlertStore {
 public:
  explicit AlertStore(AlertStoreOptions options) : options_(options) {}
  void set_resolve_timeout(base::Duration timeout) { options_.resolve_timeout = timeout; }

  // Takes one posted alert at `now`. Errors: invalid, in Alertmanager's words; limit.
  base::Result<AlertPtr> Ingest(PostedAlert posted, base::Timestamp now);
  // As a journal remembers it; of two versions the later counts.
  void Restore(const AlertPtr& alert);

  AlertPtr Find(const model::Labels& labels) const;
  const AlertSet& alerts() const { return alerts_; }

  // Alerts whose time came since the last call, each told once, at most `limit` of them.
  std::vector<AlertPtr> TakeResolved(base::Timestamp now, size_t limit);
  base::Timestamp next_expiry() const;  // when TakeResolved has more; 0: never
  // Forgets what is resolved at `now`, but for what `keep` holds, and returns it.
  std::vector<AlertPtr> Collect(base::Timestamp now, const AlertSet& keep);
  void Forget(const model::Labels& labels);
  // Alerts that fired when they were last heard of, and would end before `until`, hold until then: after a restart,
  // when their senders had no chance to speak.
  void ExtendFiring(base::Timestamp until);

  const IngestCounters& counters() const { return counters_; }
  uint64_t last_version() const { return last_version_; }

 private:
  void Insert(const AlertPtr& alert);

  AlertStoreOptions options_;
  AlertSet alerts_;
  std::map<std::pair<base::Timestamp, uint64_t>, AlertPtr> expiries_;  // by end and version: what was not told yet
  IngestCounters counters_;
  uint64_t last_version_ = 0;
};

// Whether a post of the same labels tells of the alert that is known, and not of a new one.
bool Overlap(const Alert& known, const Alert& posted);
// What two posts of one alert say together, at `now`; the one that was updated later speaks, the other fills in.
std::shared_ptr<Alert> MergeAlerts(const Alert& older, const Alert& younger, base::Timestamp now);

// Errors: invalid: what is wrong with it in Alertmanager's words.
base::Status CheckAlert(const Alert& alert);

}  // namespace bekci::notify
