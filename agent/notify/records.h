// Records: the life of every alert, for whoever asks afterwards: when it fired, what kept it quiet, who was told and
// what the answer was, who took it, when it was over.
//
// An incident here is one life of one alert, from firing to resolved. Events share their text: a message about ten
// thousand alerts is one text and ten thousand numbers. Bounded by age, by number (the oldest that is over goes first)
// and by events of one incident (the middle goes, the first and the last stay).
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/random.h"
#include "agent/notify/alert.h"
#include "agent/notify/metrics.h"

namespace bekci::notify {

enum class EventKind : unsigned char {
  kFired,
  kGrouped,       // first flush of a group that saw it
  kSuppressed,    // by a silence, another alert, a time
  kUnsuppressed,  // nothing keeps it quiet any more
  kSent,          // somebody was told
  kSendFailed,    // an integration could not be told, for good
  kEscalated,     // a level was entered and the like
  kAcknowledged,
  kResolved,
};
std::string_view EventKindName(EventKind kind);  // "fired", "send_failed" ...

struct IncidentEvent {
  base::Timestamp at;
  EventKind kind = EventKind::kFired;
  std::shared_ptr<const std::string> text;
};

struct Incident {
  uint64_t number = 0;
  std::string id;  // ULID
  model::Labels labels;
  base::Timestamp fired_at;
  base::Timestamp acknowledged_at;  // 0: it was not
  base::Timestamp resolved_at;      // 0: it is not
  std::deque<IncidentEvent> events;
  uint64_t dropped_events = 0;
};

struct RecordOptions {
  size_t max_incidents = 10'000;
  size_t max_events = 100;  // of each
  base::Duration retention = base::hours(24 * 30);
};

// One change, as the journal keeps it.
struct RecordChange {
  // Of a new incident: its labels and id; else empty.
  std::string id;
  model::Labels labels;
  base::Timestamp fired_at;
  IncidentEvent event;
  std::vector<uint64_t> incidents;  // numbers
};

class Records {
 public:
  Records(RecordOptions options, base::Random& random);

  // An alert fires: its incident begins.
  void Fired(const Alert& alert, base::Timestamp at);
  void Resolved(const Alert& alert, base::Timestamp at);
  // Something happened to all of `alerts`.
  void Add(EventKind kind, std::string text, base::Timestamp at, const std::vector<AlertPtr>& alerts);
  // What keeps an alert quiet now, empty: nothing; told only when it changes.
  void Suppression(const Alert& alert, const std::string& by, base::Timestamp at);

  void Collect(base::Timestamp now);
  // Changes since the last call, for the journal; what `Replay` takes.
  std::vector<RecordChange> TakeChanges();
  void Replay(const RecordChange& change);
  // All of it as changes.
  std::vector<RecordChange> Snapshot() const;
  // After Replay: an alert whose incident is still open has it again.
  void Adopt(const Alert& alert) const;

  const std::map<uint64_t, Incident>& incidents() const { return incidents_; }  // by number: by time
  const Incident* Find(std::string_view id) const;
  const Histogram& time_to_acknowledge() const { return time_to_acknowledge_; }
  const Histogram& time_to_resolve() const { return time_to_resolve_; }

 private:
  void Apply(const RecordChange& change);
  void AddEvent(Incident* incident, const IncidentEvent& event);
  void Change(RecordChange change);
  void Bound();

  RecordOptions options_;
  base::Random& random_;
  std::map<uint64_t, Incident> incidents_;
  std::multimap<uint64_t, uint64_t> open_;  // fingerprint to number
  std::set<uint64_t> over_;                 // numbers of those in incidents_ that are resolved
  uint64_t last_number_ = 0;
  std::vector<RecordChange> changes_;
  Histogram time_to_acknowledge_;
  Histogram time_to_resolve_;
};

}  // namespace bekci::notify
