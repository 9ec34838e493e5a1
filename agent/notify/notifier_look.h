// Notifier::Look: what a look at a group shows: each alert, whether it is over, and whether anything keeps it quiet.
//
// Thread rule: a value within the Notifier.
#pragma once

#include <vector>

#include "agent/notify/notifier.h"

namespace bekci::notify {

struct Notifier::Look {
  struct Member {
    AlertPtr alert;
    bool resolved = false;
    bool suppressed = false;
  };
  Instant at;
  std::vector<Member> members;
};

}  // namespace bekci::notify
