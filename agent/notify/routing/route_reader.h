// RouteReader: route: to the nodes of the route tree, with everything that children take from their parents.
//
// Thread rule: one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/config/option.h"
#include "agent/notify/routing/alertmanager_config.h"
#include "agent/notify/routing/matchers_reader.h"

namespace bekci::notify::routing {

class RouteReader {
 public:
  // All outlive it.
  RouteReader(MatchersReader* matchers, config::Errors* errors) : matchers_(*matchers), errors_(errors) {}

  // The whole tree under `root`, the root first. `shown` becomes the tree as it is printed.
  std::vector<Route> Read(const config::Node& root, config::Node* shown);

 private:
  void ReadNode(const config::Node& node, std::optional<size_t> parent, size_t place, config::Node* shown);
  void ReadGroupBy(const config::Values& values, Route* route);
  void ReadTimers(const config::Values& values, Route* route);
  void ReadLabels(const config::Values& values, Route* route);
  void CheckRoot(const config::Values& values, const Route& route);
  void ReadChildren(const config::Node& node, size_t index, config::Node* shown);

  MatchersReader& matchers_;
  config::Errors* const errors_;
  std::vector<Route> routes_;
};

}  // namespace bekci::notify::routing
