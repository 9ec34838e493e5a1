// AlertmanagerConfig: an alertmanager.yml, whole and checked: what routes, receivers, inhibitions and times it names.
//
// Strict as Alertmanager is: what it refuses is refused, with file and line, what it accepts means the same. Defaults
// are filled in, global settings have been put into the receivers that use them.
//
// Source: Alertmanager 0.34, config. Thread rule: immutable once loaded; shared.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/client/http_options.h"
#include "agent/config/option.h"
#include "agent/model/labels.h"
#include "agent/model/matcher.h"
#include "agent/notify/routing/time_interval.h"

namespace bekci::notify::routing {

// One entry of a receiver: `kind` "webhook", its checked values, and which of its kind in the receiver it is.
struct IntegrationConfig {
  std::string_view kind;
  size_t index = 0;
  bool send_resolved = true;
  config::Values values;  // by the table of the kind (receiver_kinds.h), global settings filled in
  client::HttpOptions http;
  config::Mark mark;
};

struct ReceiverConfig {
  std::string name;
  model::Labels labels;
  std::vector<IntegrationConfig> integrations;
  config::Mark mark;
};

struct InhibitRule {
  std::string name;
  std::vector<model::Matcher> source;
  std::vector<model::Matcher> target;
  std::vector<std::string> equal;
};

// A node of the route tree, everything that is inherited filled in. In `routes` of the configuration a node stands
// before its children.
struct Route {
  size_t index = 0;  // in AlertmanagerConfig::routes
  std::optional<size_t> parent;
  std::vector<size_t> children;          // in the order of the file
  std::string key;                       // "{}/{kind=\"many\"}"
  std::string id;                        // the same with the places of the children: unique
  std::vector<model::Matcher> matchers;  // sorted as Alertmanager prints them
  std::string receiver;
  bool group_by_all = false;
  std::vector<std::string> group_by;  // sorted
  base::Duration group_wait{};
  base::Duration group_interval{};
  base::Duration repeat_interval{};
  bool continues = false;
  std::vector<std::string> mute_time_intervals;
  std::vector<std::string> active_time_intervals;
  model::Labels labels;  // values may be templates
  config::Mark mark;
};

struct AlertmanagerConfig {
  std::vector<Route> routes;  // [0] is the root
  std::vector<ReceiverConfig> receivers;
  std::vector<InhibitRule> inhibit_rules;
  std::vector<NamedTimeInterval> time_intervals;
  std::vector<std::string> template_globs;  // full paths
  base::Duration resolve_timeout{};
  std::string original;  // as GET /api/v2/status prints it: defaults filled in, secrets masked
  std::vector<std::string> warnings;
  std::string file;

  const ReceiverConfig* FindReceiver(std::string_view name) const;
  const NamedTimeInterval* FindInterval(std::string_view name) const;
};

// `text` of `file`; relative paths in it are seen from the file's directory. Errors: invalid, a line for each mistake,
// "alertmanager.yml:14: ...", Alertmanager's own words in it where it has words.
base::Result<std::shared_ptr<const AlertmanagerConfig>> LoadAlertmanagerConfig(std::string_view text,
                                                                               const std::string& file,
                                                                               base::FileSystem& fs);

// The leaf-most nodes that take an alert with these labels, in the order Alertmanager visits them.
std::vector<const Route*> MatchRoutes(const AlertmanagerConfig& config, const model::Labels& labels);

// The labels of an alert that name its group on `route`.
model::Labels GroupLabels(const Route& route, const model::Labels& labels);
// route key, ":" and the group labels: `{}/{kind="x"}:{alertname="A", cluster="eu"}`.
std::string GroupKey(const Route& route, const model::Labels& group_labels);

}  // namespace bekci::notify::routing
