#include "agent/notify/notifier.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "agent/notify/notifier_look.h"

namespace bekci::notify {
namespace {

// What one Step does at most, in alerts: a few milliseconds.
constexpr size_t kStepAlerts = 2000;
constexpr size_t kStepGroupCost = 10;
constexpr size_t kStepResolved = 1000;
constexpr base::Duration kWatchInterval = base::seconds(1);

int64_t MinuteOf(base::Timestamp at) {
  return at.ms / 60'000;
}

receivers::Delivery GivenUp(std::string why) {
  receivers::Delivery delivery;
  delivery.outcome = receivers::Outcome::kPermanent;
  delivery.detail = std::move(why);
  return delivery;
}

// Whether anything but the time until which it holds is different.
bool IsNews(const AlertPtr& known, const Alert& alert, base::Timestamp now) {
  return known == nullptr || known->ResolvedAt(now) != alert.ResolvedAt(now) || known->starts_at != alert.starts_at ||
         known->annotations != alert.annotations || known->generator_url != alert.generator_url;
}

}  // namespace

Notifier::Notifier(NotifierOptions options, base::Random& random, Escalator* escalator)
    : options_(options),
      random_(random),
      escalator_(escalator),
      store_({.max_alerts = options.max_alerts}),
      silences_(random),
      outbox_(random),
      records_(options.records, random) {
  changes_.sequence = 1;
}

Notifier::~Notifier() = default;

void Notifier::Restore(const Changes& changes) {
  changes_.sequence = std::max({changes_.sequence, changes.sequence + 1, changes.covers + 1});
  for (const model::Labels& labels : changes.forgotten_alerts) store_.Forget(labels);
  for (const AlertPtr& alert : changes.alerts) store_.Restore(alert);
  for (const std::string& id : changes.forgotten_silences) silences_.Forget(id);
  for (const SilencePtr& silence : changes.silences) silences_.Restore(silence);
  for (const Target& target : changes.forgotten_log) log_.Forget(target);
  for (const auto& [target, entry] : changes.log) log_.Put(target, entry);
  for (const RowPtr& row : changes.rows) {
    restored_rows_[row->id] = row;
    last_row_ = std::max(last_row_, row->id);
  }
  for (const uint64_t id : changes.done_rows) {
    restored_rows_.erase(id);
    last_row_ = std::max(last_row_, id);
  }
  for (const std::string& event : changes.escalation) {
    if (escalator_ != nullptr) escalator_->Replay(event);
  }
  for (const UsedName& used : changes.used) used_.Restore(used);
  for (const auto& [name, value] : changes.positions) positions_[name] = value;
  for (const RecordChange& change : changes.records) records_.Replay(change);
}

void Notifier::Start(NotifierSetup setup, Instant now) {
  for (const AlertPtr& alert : store_.alerts()) records_.Adopt(*alert);
  store_.ExtendFiring(now.wall + options_.restart_grace);
  hold_until_ = now.steady + options_.start_hold;
  maintain_at_ = now.steady + options_.maintenance_interval;
  collect_alerts_at_ = now.steady + options_.alert_gc_interval;
  Install(std::move(setup), now);
  for (const auto& [id, row] : restored_rows_) {
    for (const Content::Member& member : row->content->alerts) records_.Adopt(*member.alert);
    if (row->at_most_once()) continue;
    if (!outbox_.Restore(row, now)) changes_.done_rows.push_back(id);
  }
  if (escalator_ != nullptr) {
    read_at_ = now;
    EscalatorOutput out;
    escalator_->Restored(now, &out);
    CarryOut(std::move(out), now);
  }
  GiveUpLeftCommands(now);
  restored_rows_.clear();
  silences_change_ = silences_.NextChange(now.wall);
}

// After Restored, which comes before everything else that is told to the escalation.
void Notifier::GiveUpLeftCommands(Instant now) {
  for (const auto& [id, row] : restored_rows_) {
    if (!row->at_most_once()) continue;
    changes_.done_rows.push_back(id);
    outbox_.CountFailure(row->target.integration, "contextCanceled");
    NoteDelivery(*row, GivenUp("bekci ended before the command's end was known, it is not run again"), true, now);
  }
}

void Notifier::Reload(NotifierSetup setup, Instant now) {
  Install(std::move(setup), now);
}

void Notifier::Install(NotifierSetup setup, Instant now) {
  inhibitor_.reset();  // it points into the configuration
  const auto before = std::exchange(setup_, std::move(setup));
  store_.set_resolve_timeout(setup_.config->resolve_timeout);
  integrations_.clear();
  std::map<IntegrationKey, IntegrationPtr> by_key;
  for (const Receiver& receiver : setup_.receivers) {
    integrations_[receiver.name] = receiver.integrations;
    for (const ReceiverEntry& entry : receiver.integrations) {
      by_key[{receiver.name, entry.kind, entry.index}] = entry.integration;
    }
  }
  const std::vector<RowPtr> orphans = outbox_.SetIntegrations(by_key);
  inhibitor_ = std::make_unique<Inhibitor>(setup_.config->inhibit_rules);
  for (const AlertPtr& alert : store_.alerts()) inhibitor_->Update(nullptr, alert);
  std::vector<AlertPtr> alerts = dispatcher_.Reset(setup_.config);
  for (const AlertPtr& alert : store_.alerts()) {
    if (!alert->ResolvedAt(now.wall) || ResolveIsOwed(alert)) alerts.push_back(alert);
  }
  // The oldest first: it decides whether its group waits.
  std::sort(alerts.begin(), alerts.end(), [](const AlertPtr& a, const AlertPtr& b) {
    return std::tie(a->starts_at, a->version) < std::tie(b->starts_at, b->version);
  });
  for (const AlertPtr& alert : alerts) dispatcher_.Insert(alert, now);
  for (const RowPtr& orphan : orphans) {
    changes_.done_rows.push_back(orphan->id);
    NoteDelivery(*orphan, GivenUp("the receiver is no longer configured"), true, now);
  }
  watch_dirty_ = true;
}

// Whether somebody was told that it fires and not that it is over.
bool Notifier::ResolveIsOwed(const AlertPtr& alert) const {
  for (const routing::Route* route : routing::MatchRoutes(*setup_.config, alert->labels)) {
    const auto receiver = integrations_.find(route->receiver);
    if (receiver == integrations_.end()) continue;
    const std::string key = routing::GroupKey(*route, routing::GroupLabels(*route, alert->labels));
    for (const ReceiverEntry& entry : receiver->second) {
      const LogEntry* const told = log_.Find({key, {receiver->first, entry.kind, entry.index}});
      if (told == nullptr) continue;
      if (std::binary_search(told->firing.begin(), told->firing.end(), alert->fingerprint)) return true;
    }
  }
  return false;
}

void Notifier::PutOnRecord(const AlertPtr& alert) {
  if (alert->on_record) return;
  alert->on_record = true;
  changes_.alerts.push_back(alert);
}

PostResult Notifier::Post(std::vector<PostedAlert> alerts, Instant now) {
  PostResult result;
  std::set<uint64_t> arrived;  // groups into which an alert came that waits for nothing
  for (PostedAlert& posted : alerts) {
    const AlertPtr known = store_.Find(posted.labels);
    const bool fired_before = known != nullptr && !known->ResolvedAt(now.wall);
    auto alert = store_.Ingest(std::move(posted), now.wall);
    if (!alert.ok()) {
      result.errors.push_back(alert.status().message());
      continue;
    }
    ++result.accepted;
    Take(known, *alert, now);
    const bool fires = !(*alert)->ResolvedAt(now.wall);
    const bool immediate = escalator_ != nullptr && fires && !fired_before && escalator_->IsImmediate((*alert)->labels);
    for (const Group* group : dispatcher_.Insert(*alert, now)) {
      if (immediate) arrived.insert(group->id);
    }
  }
  for (const uint64_t id : arrived) {
    Group* const group = dispatcher_.Find(id);
    if (group == nullptr) continue;
    read_at_ = now;
    EscalatorOutput out;
    escalator_->OnGroupState(StateOf(*group, LookAt(*group, now, false)), StateCause::kArrival, &out);
    CarryOut(std::move(out), now);
  }
  return result;
}

// What a new version means to everybody but its groups.
void Notifier::Take(const AlertPtr& known, const AlertPtr& alert, Instant now) {
  inhibitor_->Update(known, alert);
  const bool resolved = alert->ResolvedAt(now.wall);
  if (known != nullptr && known->ResolvedAt(now.wall)) records_.Resolved(*known, known->ends_at);
  if (resolved) records_.Resolved(*alert, std::min(alert->ends_at, now.wall));
  if (!resolved && alert->memo->incident == 0) records_.Fired(*alert, now.wall);
  if (!IsNews(known, *alert, now.wall)) return;
  PutOnRecord(alert);
  watch_dirty_ = true;
}

base::Result<std::string> Notifier::SetSilence(Silence silence, Instant now) {
  auto id = silences_.Set(std::move(silence), now.wall, &changes_.silences);
  silences_change_ = silences_.NextChange(now.wall);
  watch_dirty_ = true;
  return id;
}

base::Status Notifier::ExpireSilence(const std::string& id, Instant now) {
  RETURN_IF_ERROR(silences_.Expire(id, now.wall, &changes_.silences));
  silences_change_ = silences_.NextChange(now.wall);
  watch_dirty_ = true;
  return base::OkStatus();
}

bool Notifier::Step(Instant now) {
  outbox_.ReleaseLate(now);
  const std::vector<AlertPtr> resolved = store_.TakeResolved(now.wall, kStepResolved);
  for (const AlertPtr& alert : resolved) {
    records_.Resolved(*alert, alert->ends_at);
    if (alert->on_record && alert->updated_at >= alert->ends_at) continue;  // it was posted as resolved
    alert->on_record = true;
    changes_.alerts.push_back(alert);
    watch_dirty_ = true;
  }
  if (silences_change_.ms != 0 && silences_change_ <= now.wall) {
    silences_change_ = silences_.NextChange(now.wall);
    watch_dirty_ = true;
  }
  if (maintain_at_ <= now.steady) Maintain(now);
  if (escalator_ != nullptr && escalator_->NextDue() <= now.steady) {
    read_at_ = now;
    EscalatorOutput out;
    escalator_->Advance(now, *this, &out);
    CarryOut(std::move(out), now);
  }
  WatchGroups(now);
  const bool more_resolved = resolved.size() == kStepResolved;
  if (now.steady < hold_until_) return more_resolved;
  hold_until_ = {};
  Instant tick;
  for (size_t cost = 0; cost < kStepAlerts;) {
    Group* const group = dispatcher_.TakeDue(now, &tick);
    if (group == nullptr) return more_resolved;
    cost += group->alerts.size() + kStepGroupCost;
    FlushGroup(group, tick, now);
  }
  return more_resolved || dispatcher_.NextDue() <= now.steady;
}

base::MonotonicTime Notifier::NextDue(Instant now) const {
  const auto steady = [&](base::Timestamp at) {
    return at.ms == 0 ? base::MonotonicTime::Max() : now.steady + std::max(base::Duration::zero(), at - now.wall);
  };
  base::MonotonicTime next = std::min(outbox_.NextDue(), maintain_at_);
  next = std::min(next, std::max(dispatcher_.NextDue(), hold_until_));
  next = std::min(next, steady(store_.next_expiry()));
  if (escalator_ == nullptr) return next;
  next = std::min(next, escalator_->NextDue());
  next = std::min(next, steady(silences_change_));
  next = std::min(next, steady({(MinuteOf(now.wall) + 1) * 60'000}));
  return watch_dirty_ ? std::min(next, watched_at_ + kWatchInterval) : next;
}

// Levels, acknowledgements and pauses follow what happens, not the ticks of the groups.
void Notifier::WatchGroups(Instant now) {
  if (escalator_ == nullptr) return;
  const base::Timestamp last = now.wall - (now.steady - watched_at_);
  if (MinuteOf(last) != MinuteOf(now.wall)) watch_dirty_ = true;
  if (!watch_dirty_ || now.steady < watched_at_ + kWatchInterval) return;
  watch_dirty_ = false;
  watched_at_ = now.steady;
  read_at_ = now;
  const std::vector<std::string> watched = escalator_->Watched();
  std::map<std::string, ContentPtr> seen;
  for (const std::string& key : watched) {
    EscalatorOutput out;
    const GroupState* const state = Read(key);
    escalator_->OnGroupState(*state, StateCause::kChange, &out);
    CarryOut(std::move(out), now);
    if (Group* const group = dispatcher_.FindByKey(key); group != nullptr) {
      seen[key] = MakeContent(*group, LookAt(*group, now, false), true, false);
    } else if (const auto before = last_seen_.find(key); before != last_seen_.end()) {
      seen[key] = before->second;
    }
  }
  last_seen_ = std::move(seen);
}

base::Status Notifier::Act(const EscalationAction& action, Instant now) {
  if (escalator_ == nullptr) return base::Unavailable("no escalations are configured");
  if (!action.once.empty() && used_.Has(action.once, now.wall)) return base::Denied("that was used before");
  read_at_ = now;
  EscalatorOutput out;
  RETURN_IF_ERROR(escalator_->Act(action, now, *this, &out));
  CarryOut(std::move(out), now);
  // In the batch of what it did: a crash leaves both or neither.
  if (!action.once.empty()) changes_.used.push_back(used_.Put(action.once, action.once_until));
  return base::OkStatus();
}

int64_t Notifier::Position(const std::string& name) const {
  const auto found = positions_.find(name);
  return found == positions_.end() ? 0 : found->second;
}

void Notifier::SetPosition(const std::string& name, int64_t value) {
  positions_[name] = value;
  changes_.positions.emplace_back(name, value);
}

void Notifier::Maintain(Instant now) {
  ++metrics_.maintenances;
  maintain_at_ = now.steady + options_.maintenance_interval;
  const auto lives = [this](const std::string& key) { return dispatcher_.FindByKey(key) != nullptr; };
  for (Target& target : log_.Collect(now.wall, lives)) changes_.forgotten_log.push_back(std::move(target));
  for (std::string& id : silences_.Collect(now.wall, options_.silence_retention)) {
    changes_.forgotten_silences.push_back(std::move(id));
  }
  for (const RowPtr& row : outbox_.TakeOverdue(now)) {
    changes_.done_rows.push_back(row->id);
    NoteDelivery(*row, GivenUp("it was tried for a day"), true, now);
  }
  records_.Collect(now.wall);
  used_.Collect(now.wall);
  if (now.steady < collect_alerts_at_) return;
  collect_alerts_at_ = now.steady + options_.alert_gc_interval;
  AlertSet in_groups;  // somebody may still have to hear that these are over
  for (const auto& [id, group] : dispatcher_.groups()) in_groups.insert(group->alerts.begin(), group->alerts.end());
  for (const AlertPtr& alert : store_.Collect(now.wall, in_groups)) {
    inhibitor_->Update(alert, nullptr);
    changes_.forgotten_alerts.push_back(alert->labels);
  }
}

void Notifier::CloseChanges(Instant now) {
  changes_.records = records_.TakeChanges();
  if (changes_.empty() && changes_.records.empty()) return;
  changes_.at = now.wall;
  const uint64_t next = changes_.sequence + 1;
  closed_.push_back(std::exchange(changes_, {}));
  changes_.sequence = next;
}

std::vector<Changes> Notifier::TakeChanges(Instant now) {
  CloseChanges(now);
  std::vector<Changes> taken(std::make_move_iterator(closed_.begin()), std::make_move_iterator(closed_.end()));
  closed_.clear();
  return taken;
}

Changes Notifier::Snapshot(Instant now) {
  CloseChanges(now);  // what comes from now on is not in it
  Changes all;
  all.covers = changes_.sequence - 1;
  all.at = now.wall;
  std::map<uint64_t, AlertPtr> alerts;
  for (const AlertPtr& alert : store_.alerts()) alerts[alert->version] = alert;
  for (const auto& [id, group] : dispatcher_.groups()) {
    for (const AlertPtr& alert : group->alerts) alerts[alert->version] = alert;
  }
  all.rows = outbox_.Rows();
  for (const RowPtr& row : all.rows) {
    for (const Content::Member& member : row->content->alerts) alerts[member.alert->version] = member.alert;
  }
  for (auto& [version, alert] : alerts) {
    alert->on_record = true;
    all.alerts.push_back(alert);
  }
  for (const auto& [id, entry] : silences_.by_id()) all.silences.push_back(entry.silence);
  for (const auto& [target, entry] : log_.entries()) all.log.emplace_back(target, entry);
  if (escalator_ != nullptr) all.escalation = escalator_->Snapshot();
  all.used = used_.All();
  all.positions.assign(positions_.begin(), positions_.end());
  return all;
}

Changes Notifier::RecordsSnapshot(Instant now) {
  CloseChanges(now);
  Changes all;
  all.covers = changes_.sequence - 1;
  all.records = records_.Snapshot();
  return all;
}

}  // namespace bekci::notify
