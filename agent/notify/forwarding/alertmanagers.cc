#include "agent/notify/forwarding/alertmanagers.h"

#include <algorithm>
#include <utility>

namespace bekci::notify::forwarding {
namespace {

constexpr std::string_view kAddress = "__address__";
constexpr std::string_view kScheme = "__scheme__";
constexpr std::string_view kPath = "__alerts_path__";

std::string PathBelow(std::string prefix) {
  while (prefix.ends_with('/')) prefix.pop_back();
  if (!prefix.empty() && !prefix.starts_with('/')) prefix.insert(0, "/");
  return prefix + "/api/v2/alerts";
}

std::string UrlText(const model::Labels& labels) {
  return std::string(labels.Get(kScheme)) + "://" + std::string(labels.Get(kAddress)) +
         net::PathEscaped(labels.Get(kPath));
}

}  // namespace

FoundAlertmanagers FindAlertmanagers(const AlertmanagerGroup& group, std::span<const client::TargetGroup> targets) {
  FoundAlertmanagers found;
  const std::string path = PathBelow(group.path_prefix);
  for (const client::TargetGroup& one : targets) {
    for (const std::string& target : one.targets) {
      std::vector<model::Labels::Pair> pairs = {{kScheme, group.scheme}, {kPath, path}};
      pairs.insert(pairs.end(), one.labels.begin(), one.labels.end());
      pairs.emplace_back(kAddress, target);
      const model::Labels discovered = model::Labels::FromPairs(std::move(pairs));
      const auto labels = model::Relabel(discovered, group.relabel);
      if (!labels || labels->empty()) {
        found.dropped.push_back(UrlText(discovered));
        continue;
      }
      auto url = net::ParseUrl(UrlText(*labels));
      if (!url.ok()) {
        found.problems.push_back("alertmanager " + target + ": " + url.status().message());
        continue;
      }
      const auto same = [&](const net::Url& other) { return other.SameOrigin(*url) && other.target == url->target; };
      if (std::none_of(found.active.begin(), found.active.end(), same)) found.active.push_back(*std::move(url));
    }
  }
  return found;
}

}  // namespace bekci::notify::forwarding
