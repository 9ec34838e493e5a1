// What the route tree decides: which nodes take an alert, and which group of a node it belongs to.
#include <algorithm>
#include <map>

#include "agent/base/utf8.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify::routing {
namespace {

// Depth first; a node counts only where no child does, and a child without `continue` that matched is the last one
// looked at. The depth is that of the file, which is bounded.
void Match(const AlertmanagerConfig& config, const Route& route, const model::Labels& labels,
           std::vector<const Route*>* matched) {
  if (!model::MatchesAll(route.matchers, labels)) return;
  const size_t before = matched->size();
  for (const size_t index : route.children) {
    const Route& child = config.routes[index];
    const size_t before_child = matched->size();
    Match(config, child, labels, matched);
    if (matched->size() > before_child && !child.continues) break;
  }
  if (matched->size() == before) matched->push_back(&route);
}

}  // namespace

std::vector<const Route*> MatchRoutes(const AlertmanagerConfig& config, const model::Labels& labels) {
  std::vector<const Route*> matched;
  if (!config.routes.empty()) Match(config, config.routes.front(), labels, &matched);
  return matched;
}

model::Labels GroupLabels(const Route& route, const model::Labels& labels) {
  if (route.group_by_all) return labels;
  std::vector<model::Labels::Pair> pairs;
  for (const model::Labels::Pair pair : labels) {
    if (std::binary_search(route.group_by.begin(), route.group_by.end(), pair.first)) pairs.push_back(pair);
  }
  return model::Labels::FromPairs(std::move(pairs));
}

std::string GroupKey(const Route& route, const model::Labels& group_labels) {
  std::string key = route.key + ":{";
  bool first = true;
  for (const auto& [name, value] : group_labels) {
    if (!first) key += ", ";
    first = false;
    key += std::string(name) + "=" + base::Quoted(value);
  }
  return key + "}";
}

const ReceiverConfig* AlertmanagerConfig::FindReceiver(std::string_view name) const {
  const auto found =
      std::find_if(receivers.begin(), receivers.end(), [&](const auto& one) { return one.name == name; });
  return found == receivers.end() ? nullptr : &*found;
}

const NamedTimeInterval* AlertmanagerConfig::FindInterval(std::string_view name) const {
  const auto found =
      std::find_if(time_intervals.begin(), time_intervals.end(), [&](const auto& one) { return one.name == name; });
  return found == time_intervals.end() ? nullptr : &*found;
}

}  // namespace bekci::notify::routing
