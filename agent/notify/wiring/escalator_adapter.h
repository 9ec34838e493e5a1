// EscalatorAdapter: the escalation engine (escalation/incidents.h) as the pipeline sees it (escalator.h).
//
// The engine speaks of steps: events, and messages with the integrations that are to send them; the pipeline of bytes
// for its journal, and of messages one by one. The names of messages are the same on both sides.
//
// Thread rule: called with the Notifier's mutex held, as escalator.h says; so must `incidents` be.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/random.h"
#include "agent/notify/escalation/incidents.h"
#include "agent/notify/escalator.h"
#include "agent/notify/wiring/reach.h"

namespace bekci::notify::wiring {

class EscalatorAdapter : public Escalator {
 public:
  // Makes the link that acknowledges; `receiver` is who gets it. Empty: there are no links.
  using MakeAckUrl = std::function<std::string(const std::string& incident, const std::string& level,
                                               const std::string& receiver, base::Timestamp now)>;

  // `boot_id` names this boot of the host. random and log outlive it.
  EscalatorAdapter(std::shared_ptr<const escalation::EscalationConfig> config, std::string boot_id,
                   base::Random& random, base::Logger& log);

  // `reach` says whom of its receivers a message would reach; null: all.
  void Reload(std::shared_ptr<const escalation::EscalationConfig> config, std::shared_ptr<const Reach> reach,
              MakeAckUrl make_ack_url, Instant now);
  const escalation::Incidents& incidents() const { return incidents_; }

  bool IsImmediate(const model::Labels& labels) const override;
  void OnGroupState(const GroupState& state, StateCause cause, EscalatorOutput* out) override;
  void OnDelivery(const std::string& key, receivers::Outcome outcome, Instant now, EscalatorOutput* out) override;
  base::Status Act(const EscalationAction& action, Instant now, GroupReader& groups, EscalatorOutput* out) override;
  void Advance(Instant now, GroupReader& groups, EscalatorOutput* out) override;
  base::MonotonicTime NextDue() const override;
  std::vector<std::string> Watched() const override;
  bool MutesRepeats(const std::string& group_key) const override { return incidents_.MutesRepeats(group_key); }
  void Replay(std::string_view event) override;
  void Restored(Instant now, EscalatorOutput* out) override;
  std::vector<std::string> Snapshot() const override;

 private:
  escalation::Now NowOf(Instant at);
  void Hand(const escalation::Step& step, Instant now, EscalatorOutput* out);
  void HandSend(const escalation::Send& send, Instant now, EscalatorOutput* out) const;
  void HandNote(const escalation::Event& event, EscalatorOutput* out) const;

  const std::string boot_id_;
  base::Logger& log_;
  escalation::Incidents incidents_;
  std::shared_ptr<const Reach> reach_;
  MakeAckUrl make_ack_url_;
  escalation::Step waiting_;  // of a reload, to go with the next Advance
  bool has_waiting_ = false;
  escalation::Now last_;  // the last time that was told
  base::MonotonicTime checkpoint_at_ = base::MonotonicTime::Max();
};

}  // namespace bekci::notify::wiring
