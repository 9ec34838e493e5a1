// Reach: whether a message to a receiver would reach anybody at a moment: where its addresses are asked of an on-call
// schedule ({{ .OnCall "platform" "email" }}), somebody has to be on call.
//
// Addresses are the options of a medium that say who gets a message, not what it says. One that asks for nobody on call
// reaches as ever; so does one whose template asks in a way that cannot be seen without expanding it, for whether that
// comes to nothing is known only when the message is made.
//
// Source: escalation.md section 3. Thread rule: immutable; any thread.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/notify/escalation/escalation_config.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify::wiring {

class Reach {
 public:
  Reach(std::span<const std::vector<routing::ReceiverConfig>* const> receivers,
        std::shared_ptr<const escalation::EscalationConfig> escalation);

  // False: every integration of it asks who is on call, and none gets an answer. One that is not known can be told:
  // that it is not there is the ladder's to say.
  bool CanBeTold(const std::string& receiver, base::Timestamp at) const;

 private:
  struct Asked {
    std::string schedule;
    std::string field;
  };
  // One of several addresses of an integration; it reaches when any of these has an answer, or there are none.
  using Address = std::vector<Asked>;

  static std::vector<Address> AddressesOf(const routing::IntegrationConfig& integration);
  static Address AskedIn(std::string_view text);
  bool Reaches(const std::vector<Address>& addresses, base::Timestamp at) const;

  std::shared_ptr<const escalation::EscalationConfig> escalation_;
  // Of each integration, for receivers of which all ask.
  std::map<std::string, std::vector<std::vector<Address>>> asking_;
};

}  // namespace bekci::notify::wiring
