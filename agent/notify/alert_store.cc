#include "agent/notify/alert_store.h"

#include <algorithm>
#include <utility>

#include "agent/base/utf8.h"

namespace bekci::notify {
namespace {

bool StrictlyInside(base::Timestamp at, const Alert& alert) {
  return at > alert.starts_at && at < alert.ends_at;
}

base::Status CheckText(std::string_view what, std::string_view name, std::string_view value) {
  if (name.empty() || !base::IsValidUtf8(name)) {
    return base::Invalid("invalid " + std::string(what) + " set: invalid name " + base::Quoted(name));
  }
  if (!base::IsValidUtf8(value)) {
    return base::Invalid("invalid " + std::string(what) + " set: invalid value " + base::Quoted(value));
  }
  return base::OkStatus();
}

size_t TextBytes(const Alert& alert) {
  size_t bytes = alert.labels.data().size() + alert.generator_url.size();
  for (const auto& [name, value] : alert.annotations) bytes += name.size() + value.size();
  return bytes;
}

}  // namespace

base::Status CheckAlert(const Alert& alert) {
  if (alert.starts_at.ms == 0) return base::Invalid("start time missing");
  if (alert.ends_at.ms != 0 && alert.ends_at < alert.starts_at) {
    return base::Invalid("start time must be before end time");
  }
  if (alert.labels.empty()) return base::Invalid("at least one label pair required");
  for (const auto& [name, value] : alert.labels) RETURN_IF_ERROR(CheckText("label", name, value));
  for (const auto& [name, value] : alert.annotations) RETURN_IF_ERROR(CheckText("annotation", name, value));
  if (TextBytes(alert) > kMaxAlertBytes) {
    return base::Invalid("alert of " + std::to_string(TextBytes(alert)) + " bytes, at most " +
                         std::to_string(kMaxAlertBytes) + " are taken");
  }
  return base::OkStatus();
}

bool Overlap(const Alert& known, const Alert& posted) {
  return StrictlyInside(posted.ends_at, known) || StrictlyInside(posted.starts_at, known);
}

std::shared_ptr<Alert> MergeAlerts(const Alert& older, const Alert& younger, base::Timestamp now) {
  if (younger.updated_at < older.updated_at) return MergeAlerts(younger, older, now);
  auto merged = std::make_shared<Alert>(younger);
  merged->starts_at = std::min(older.starts_at, younger.starts_at);
  if (younger.ResolvedAt(now)) {
    if (older.ResolvedAt(now) && older.ends_at > younger.ends_at) merged->ends_at = older.ends_at;
  } else if (older.ends_at > younger.ends_at && !older.timeout) {
    merged->ends_at = older.ends_at;
  }
  merged->memo = older.memo;
  return merged;
}

base::Result<AlertPtr> AlertStore::Ingest(PostedAlert posted, base::Timestamp now) {
  auto alert = std::make_shared<Alert>();
  alert->labels = std::move(posted.labels);
  alert->annotations = std::move(posted.annotations);
  alert->generator_url = std::move(posted.generator_url);
  alert->starts_at = posted.starts_at;
  alert->ends_at = posted.ends_at;
  alert->updated_at = now;
  if (alert->starts_at.ms == 0) alert->starts_at = alert->ends_at.ms == 0 ? now : alert->ends_at;
  if (alert->ends_at.ms == 0) {
    alert->timeout = true;
    alert->ends_at = now + options_.resolve_timeout;
  }
  ++(alert->ends_at > now ? counters_.received_firing : counters_.received_resolved);
  if (base::Status status = CheckAlert(*alert); !status.ok()) {
    ++counters_.invalid;
    return status;
  }
  alert->fingerprint = message::Fingerprint(alert->labels);
  if (const AlertPtr known = Find(alert->labels); known != nullptr) {
    alert->memo = known->memo;
    if (Overlap(*known, *alert)) alert = MergeAlerts(*known, *alert, now);
  } else if (alerts_.size() >= options_.max_alerts) {
    ++counters_.refused;
    return base::LimitReached("there are " + std::to_string(alerts_.size()) + " alerts already, no more are taken");
  }
  if (alert->memo == nullptr) alert->memo = std::make_shared<AlertMemo>();
  alert->on_record = false;
  alert->version = ++last_version_;
  Insert(alert);
  return AlertPtr(std::move(alert));
}

void AlertStore::Restore(const AlertPtr& alert) {
  last_version_ = std::max(last_version_, alert->version);
  const AlertPtr known = Find(alert->labels);
  if (known == nullptr || known->version <= alert->version) Insert(alert);
}

void AlertStore::Insert(const AlertPtr& alert) {
  if (const AlertPtr known = Find(alert->labels); known != nullptr) expiries_.erase({known->ends_at, known->version});
  PutAlert(&alerts_, alert);
  expiries_[{alert->ends_at, alert->version}] = alert;
}

AlertPtr AlertStore::Find(const model::Labels& labels) const {
  const auto found = alerts_.find(labels);
  return found == alerts_.end() ? nullptr : *found;
}

std::vector<AlertPtr> AlertStore::TakeResolved(base::Timestamp now, size_t limit) {
  std::vector<AlertPtr> resolved;
  while (!expiries_.empty() && expiries_.begin()->first.first <= now && resolved.size() < limit) {
    resolved.push_back(std::move(expiries_.begin()->second));
    expiries_.erase(expiries_.begin());
  }
  return resolved;
}

base::Timestamp AlertStore::next_expiry() const {
  return expiries_.empty() ? base::Timestamp{} : expiries_.begin()->first.first;
}

void AlertStore::Forget(const model::Labels& labels) {
  const auto found = alerts_.find(labels);
  if (found == alerts_.end()) return;
  expiries_.erase({(*found)->ends_at, (*found)->version});
  alerts_.erase(found);
}

std::vector<AlertPtr> AlertStore::Collect(base::Timestamp now, const AlertSet& keep) {
  std::vector<AlertPtr> gone;
  for (auto it = alerts_.begin(); it != alerts_.end();) {
    if (!(*it)->ResolvedAt(now) || keep.contains(*it)) {
      ++it;
      continue;
    }
    expiries_.erase({(*it)->ends_at, (*it)->version});
    gone.push_back(*it);
    it = alerts_.erase(it);
  }
  return gone;
}

void AlertStore::ExtendFiring(base::Timestamp until) {
  std::vector<AlertPtr> short_lived;
  for (const AlertPtr& alert : alerts_) {
    if (alert->ends_at > alert->updated_at && alert->ends_at < until) short_lived.push_back(alert);
  }
  for (const AlertPtr& alert : short_lived) {
    auto extended = std::make_shared<Alert>(*alert);
    extended->ends_at = until;
    extended->timeout = true;
    extended->on_record = false;
    extended->version = ++last_version_;
    Insert(extended);
  }
}

}  // namespace bekci::notify
