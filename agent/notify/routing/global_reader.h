// The global section: checked, and as the node from which receivers take what they lack.
//
// Thread rule: functions without state.
#pragma once

#include <string>

#include "agent/config/option.h"
#include "agent/notify/routing/receiver_kinds.h"

namespace bekci::notify::routing {

struct GlobalSection {
  config::Node node;      // as in the file, what it leaves out with its default
  config::Values values;  // the same, checked
};

// `node` may be null. Paths of files are seen from `base_directory`.
GlobalSection ReadGlobal(const config::Node* node, const std::string& base_directory, config::Errors* errors);

// What holds for global and receivers alike. URLs that are not in `node` are not looked at; a secret one may be
// <secret>, as it is printed.
void CheckUrls(const config::Values& values, std::span<const UrlKey> urls, config::Errors* errors);
void CheckExclusive(const config::Values& values, std::span<const Exclusive> pairs, config::Errors* errors);

}  // namespace bekci::notify::routing
