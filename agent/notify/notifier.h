// Notifier: from alerts to messages, as a machine without threads, clocks and files of its own.
//
// What happens comes in (alerts, silences, time, answers of receivers, a new configuration), what is to be done goes
// out: Changes, to be put on the disk, and, once they are there (or cannot be), Attempts, to be sent. Told the same in
// the same order it does the same, so that tests replay hours in milliseconds and stop it anywhere. NotifyService
// (notify_service.h) is what drives it.
//
//   Post         alert_store merges; what is new goes to dispatcher's groups, inhibitor and the records
//   Step         a group's tick: inhibit, time, silence; the escalation hears how the group stands; each integration's
//                last message (notification_log) decides whether it is told; a row for each goes to the outbox
//   TakeAttempts rows that are on the disk, in their lanes' order
//   Answer       enters it in the log, or tries again, or gives up; closes the flush
//
// Work comes in small pieces: a Step does a bounded amount and says whether there is more, so that who holds the mutex
// around it never holds it long.
//
// Source: Alertmanager 0.34, dispatch and notify. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/random.h"
#include "agent/base/status.h"
#include "agent/notify/alert_store.h"
#include "agent/notify/dispatcher.h"
#include "agent/notify/escalator.h"
#include "agent/notify/inhibitor.h"
#include "agent/notify/metrics.h"
#include "agent/notify/notification_log.h"
#include "agent/notify/outbox.h"
#include "agent/notify/records.h"
#include "agent/notify/routing/alertmanager_config.h"
#include "agent/notify/silences.h"
#include "agent/notify/state.h"
#include "agent/notify/time_mute.h"
#include "agent/notify/used_names.h"

namespace bekci::notify {

struct ReceiverEntry {
  std::string kind;
  size_t index = 0;
  bool send_resolved = true;
  IntegrationPtr integration;
};
struct Receiver {
  std::string name;
  std::vector<ReceiverEntry> integrations;
};

// A configuration, with the media it names made.
struct NotifierSetup {
  std::shared_ptr<const routing::AlertmanagerConfig> config;
  std::vector<Receiver> receivers;  // those of the file that are used, and those that only an escalation knows
  std::string external_url;
};

struct NotifierOptions {
  size_t max_alerts = 100'000;
  RecordOptions records;
  // Alerts that fired when the process before this one ended do so until this has passed, unless they are renewed.
  base::Duration restart_grace = base::minutes(2);
  // No group is flushed for so long after the start, unless ReleaseHold says that the rules have been evaluated.
  base::Duration start_hold = base::seconds(60);
  base::Duration silence_retention = base::hours(120);
  base::Duration maintenance_interval = base::minutes(15);
  base::Duration alert_gc_interval = base::minutes(30);
};

struct PostResult {
  size_t accepted = 0;
  std::vector<std::string> errors;  // of those that were not, in Alertmanager's words
};

struct AlertView {
  AlertPtr alert;
  std::vector<std::string> receivers;
  bool suppressed = false;
  std::vector<std::string> silenced_by;  // ids
  std::vector<uint64_t> inhibited_by;    // fingerprints
  std::vector<std::string> muted_by;     // intervals; of groups only
};

// Of which alerts a view is wanted, told by their labels; null: of all. Called with the Notifier held: cheap, and pure.
using AlertFilter = std::function<bool(const model::Labels&)>;

struct GroupView {
  model::Labels labels;
  model::Labels route_labels;
  std::string key;
  std::string receiver;
  std::vector<AlertView> alerts;
};

class Notifier : private GroupReader {
 public:
  // `escalator` may be null. All of them outlive it.
  Notifier(NotifierOptions options, base::Random& random, Escalator* escalator);
  ~Notifier() override;

  // What an earlier process left on disk, record by record; then Start, once.
  void Restore(const Changes& changes);
  void Start(NotifierSetup setup, Instant now);
  // Groups are made anew and flushed as if their alerts had just come; what was told stays told. Messages to
  // integrations that are gone are dropped.
  void Reload(NotifierSetup setup, Instant now);
  void ReleaseHold() { hold_until_ = {}; }

  PostResult Post(std::vector<PostedAlert> alerts, Instant now);
  // As Silences::Set and Expire.
  base::Result<std::string> SetSilence(Silence silence, Instant now);
  base::Status ExpireSilence(const std::string& id, Instant now);
  // Errors: those of the escalation; unavailable: there is none; denied: what allows it was used before.
  base::Status Act(const EscalationAction& action, Instant now);

  // Does what is due; true: there is more.
  bool Step(Instant now);
  // When Step or TakeAttempts have something to do. Max: never.
  base::MonotonicTime NextDue(Instant now) const;

  // What has changed since the last call, to be written in order.
  std::vector<Changes> TakeChanges(Instant now);
  // Everything up to `sequence` is on the disk, or cannot be written: then it is sent all the same.
  void Committed(uint64_t sequence, bool written) { outbox_.Committed(sequence, written); }
  // All that counts. What has not been taken yet is in it.
  Changes Snapshot(Instant now);
  Changes RecordsSnapshot(Instant now);

  std::vector<Attempt> TakeAttempts(Instant now) { return outbox_.TakeAttempts(now); }
  message::Notification Build(const RowText& row) const;
  void Answer(const Attempt& attempt, const receivers::Delivery& delivery, base::Duration took, Instant now);

  // For the API. Resolved alerts are not listed; alerts by fingerprint, groups by labels and receiver. What inhibits
  // and silences an alert is looked up for those alone that are wanted.
  std::vector<AlertView> Alerts(Instant now, const AlertFilter& wanted = nullptr);
  std::vector<GroupView> Groups(Instant now, const AlertFilter& wanted = nullptr);
  // The alerts of the group (groups, where routes share its key) that fire, in no order.
  std::vector<AlertPtr> FiringIn(const std::string& group_key, Instant now);
  const Silences& silences() const { return silences_; }
  const Records& records() const { return records_; }
  const NotificationLog& log() const { return log_; }
  // The sequence that what has changed since TakeChanges will have; 0: nothing has.
  uint64_t open_sequence() const { return changes_.empty() ? 0 : changes_.sequence; }
  const Outbox& outbox() const { return outbox_; }
  const UsedNames& used() const { return used_; }
  // From where to go on in what somebody else numbers; 0: not known.
  int64_t Position(const std::string& name) const;
  void SetPosition(const std::string& name, int64_t value);
  PipelineMetrics Metrics(Instant now);

 private:
  struct Look;  // at one group
  using Integrations = std::map<std::string, std::vector<ReceiverEntry>>;

  void CloseChanges(Instant now);
  void Install(NotifierSetup setup, Instant now);
  void GiveUpLeftCommands(Instant now);
  bool ResolveIsOwed(const AlertPtr& alert) const;
  void Take(const AlertPtr& known, const AlertPtr& alert, Instant now);
  void PutOnRecord(const AlertPtr& alert);

  // Stages, in their order.
  Look LookAt(const Group& group, Instant at, bool count);
  void Suppress(const Group& group, Look* look, bool count);
  GroupState StateOf(const Group& group, const Look& look) const;
  void FlushGroup(Group* group, Instant tick, Instant now);
  ContentPtr MakeContent(const Group& group, const Look& look, bool even_suppressed, bool all_resolved) const;
  void TellIntegrations(Group* group, const std::vector<WantedSend>& level_sends, Instant now);
  void TellIntegration(Group* group, const ReceiverEntry& entry, Instant now);
  void CloseIfAnswered(Group* group);
  void NoteFlush(const Group& group, const Look& look, Instant at);

  RowPtr MakeRow(const Group& group, const ReceiverEntry& entry, message::Reason reason, Instant now);
  bool AddRow(const RowPtr& row, const RowPtr& replaced, Instant now);
  void DropRow(const RowPtr& row);
  void EnterLog(const RowText& row, const receivers::Delivery& delivery, Instant at);
  void AnswerFlush(Group* group, const RowText& row, Verdict verdict, Instant now);

  // The escalation's side.
  void CarryOut(EscalatorOutput first, Instant now, Group* group = nullptr, std::vector<WantedSend>* flushed = nullptr);
  const std::vector<ReceiverEntry>& EntriesOf(const std::string& receiver) const;
  const ReceiverEntry* FindEntry(const WantedSend& send) const;
  static std::string PlaceOf(const ReceiverEntry& entry) { return entry.kind + "/" + std::to_string(entry.index); }
  std::shared_ptr<RowText> MakeLevelRow(const WantedSend& send, const ReceiverEntry& entry, ContentPtr content);
  ContentPtr ContentFor(const WantedSend& send, Instant now);
  std::vector<AlertPtr> AlertsOf(const std::string& group_key);
  bool Send(const WantedSend& send, Instant now);
  void SendInFlush(const WantedSend& send, Group* group, const ReceiverEntry& entry, bool logs, Instant now);
  void WatchGroups(Instant now);
  const GroupState* Read(const std::string& group_key) override;
  void NoteDelivery(const RowText& row, const receivers::Delivery& delivery, bool given_up, Instant now);

  void Maintain(Instant now);
  AlertView ViewOf(const AlertPtr& alert, Instant now);

  const NotifierOptions options_;
  base::Random& random_;
  Escalator* const escalator_;
  NotifierSetup setup_;
  Integrations integrations_;

  AlertStore store_;
  Silences silences_;
  std::unique_ptr<Inhibitor> inhibitor_;
  Dispatcher dispatcher_;
  NotificationLog log_;
  Outbox outbox_;
  Records records_;
  UsedNames used_;
  std::map<std::string, int64_t> positions_;

  Changes changes_;  // with the sequence that is open
  std::deque<Changes> closed_;
  std::map<uint64_t, RowPtr> restored_rows_;
  uint64_t last_row_ = 0;
  uint64_t last_flush_ = 0;
  base::MonotonicTime hold_until_;
  base::MonotonicTime maintain_at_;
  base::MonotonicTime collect_alerts_at_;

  // Watched groups are looked at again when something has changed, at most once a second, and every minute, at which
  // intervals begin and end.
  bool watch_dirty_ = true;
  base::MonotonicTime watched_at_;
  base::Timestamp silences_change_;              // when the next silence begins or ends; 0: none
  std::map<std::string, ContentPtr> last_seen_;  // of watched groups: what they held, should they be gone
  GroupState read_state_;                        // what Read answers with
  Instant read_at_;
  PipelineMetrics metrics_;
};

}  // namespace bekci::notify
