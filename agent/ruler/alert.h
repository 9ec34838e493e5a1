// Alert: one active (or lately resolved) alert of a rule, and what a rule's alerts were turned into.
//
// Times are slots, not the clock's: what an uninterrupted run would have written. A time of 0 is none.
// Thread rule: values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/model/labels.h"
#include "agent/model/native_histogram.h"
#include "agent/ruler/rule_text.h"

namespace bekci::ruler {

enum class AlertState : unsigned char { kInactive, kPending, kFiring };

// "inactive", "pending", "firing".
std::string_view AlertStateName(AlertState state);

struct Alert {
  model::Labels labels;
  TextMap annotations;
  AlertState state = AlertState::kPending;
  double value = 0;
  std::shared_ptr<const model::NativeHistogram> histogram;  // then value means nothing
  base::Timestamp active_at;                                // pending since
  base::Timestamp fired_at;
  base::Timestamp keep_firing_since;
  base::Timestamp resolved_at;
  // What does not count towards `for`: time in which nothing was evaluated (less than 0 when the clock was set back).
  base::Duration gap{};

  // Of AlertSink: when it was last handed over, and until when that holds.
  base::Timestamp last_sent_at;
  base::Timestamp valid_until;

  // How long it has been active, as far as anybody looked.
  base::Duration ActiveFor(base::Timestamp at) const { return at - active_at - gap; }
};

// An alert as it is handed to whoever notifies.
struct SentAlert {
  Alert alert;
  std::string group_file;
  std::string group_name;
  std::string rule_name;
  std::string query_text;  // for the link back
};

// Who takes alerts that fire or have resolved. Called by the thread that evaluated, before the samples of that
// evaluation are stored; must not wait for a network.
class AlertSink {
 public:
  virtual ~AlertSink() = default;
  virtual void OnAlerts(std::vector<SentAlert> alerts, base::Timestamp at) = 0;
};

}  // namespace bekci::ruler
