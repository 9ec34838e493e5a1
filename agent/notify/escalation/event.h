// Event: one thing that happened to an incident, as it is put on disk before it has its effect.
//
// The engine changes an incident only by applying an event to it, live and at a restart alike, so a list of events is
// all that is needed to have the incidents back. README.md lists the kinds with their fields.
//
// Thread rule: values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/model/labels.h"

namespace bekci::notify::escalation {

struct Incident;

enum class EventKind : unsigned char {
  kCheckpoint = 1,  // how the clocks stand, and which boot this is
  kOpened = 2,
  kLevelEntered = 3,
  kLevelRepeated = 4,
  kLevelSkipped = 5,   // it fell due in a muted time
  kLevelDeferred = 6,  // the same, and it will be entered when the time opens
  kSendOk = 7,
  kSendFailed = 8,  // for good
  kAcked = 9,
  kUnacked = 10,
  kAckExpired = 11,
  kTargetMissed = 12,  // ack_within passed
  kPaused = 13,
  kResumed = 14,
  kMoved = 15,  // to the policy of an earlier entry
  kExhausted = 16,
  kResolved = 17,
  kReopened = 18,
  kCancelled = 19,
  kClosed = 20,    // nothing can happen to it any more
  kSnapshot = 21,  // all of an incident
};
// "level_entered": in timelines.
std::string_view EventName(EventKind kind);

// One message to one integration of a receiver. The key names it for ever: incident/cycle/level/receiver/kind/place/n.
struct PlannedSend {
  std::string receiver;
  std::string integration;  // "webhook/0"
  std::string key;
  friend bool operator==(const PlannedSend&, const PlannedSend&) = default;
};

struct Event {
  EventKind kind = EventKind::kCheckpoint;
  std::string incident = {};
  base::Duration line{};  // the engine's clock, which goes on over restarts
  base::Timestamp wall = {};
  std::string policy = {};  // opened, moved
  uint32_t rank = 0;        // the same: the place of the entry in `escalations`
  std::string group_key = {};
  model::Labels group_labels = {};
  int cycle = 0;           // of levels
  std::string level = {};  // of levels
  std::string title = {};  // of level_entered
  std::string cause = {};  // of level_entered: "due" ...; of cancelled: why
  base::Duration clock{};  // of level_entered: where the incident's clock stood; its repeats count from here
  int64_t repeat = 0;      // of level_repeated: which one
  std::vector<PlannedSend> planned = {};
  std::string by = {};
  std::string via = {};
  std::string comment = {};
  base::Duration ack_for{};   // acked
  base::Duration late{};      // ack_expired: how long before `line` it was so
  bool keeps_active = false;  // acked: the ladder goes on, only repeats stop; cancelled: new incidents may open
  std::string key = {};       // send_ok, send_failed
  std::string boot_id = {};   // checkpoint
  base::MonotonicTime boot = {};
  std::shared_ptr<const Incident> snapshot = {};
};

std::string EncodeEvent(const Event& event);
// Errors: corrupt.
base::Result<Event> DecodeEvent(std::string_view data);

}  // namespace bekci::notify::escalation
