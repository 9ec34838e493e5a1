// HookTrust: which commands may run as hooks, and as whom.
//
// A hook runs by itself, at night, with the rights of the agent. So nobody but root may be able to change what runs:
// the file, and every directory on the way to it, belong to root and nobody else may write there. A link is followed
// first. Nothing ever runs as root.
//
// Source: escalation.md section 7, receivers.md section 12. Thread rule: any thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "agent/base/status.h"

namespace bekci::notify::receivers {

struct HookUser {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups = {};  // all of them, `gid` among them
};

// The path of the file behind `command`, without links. `owner`: who must own it and its directories (root). Errors:
// invalid (no whole path), not_found, denied, each saying what to change.
base::Result<std::string> TrustedCommand(const std::string& command, uid_t owner = 0);

bool IsUser(const std::string& name);  // of this host

// Whom a hook of `user` runs as; nullopt: as this process does. Errors: invalid, for root and for users that this
// process cannot become.
base::Result<std::optional<HookUser>> HookUserOf(const std::string& user);

}  // namespace bekci::notify::receivers
