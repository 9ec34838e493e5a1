#include "agent/notify/routing/alertmanager_config.h"

#include <algorithm>
#include <set>

#include "agent/base/text.h"
#include "agent/config/yaml_printer.h"
#include "agent/notify/routing/config_printer.h"
#include "agent/notify/routing/drafts.h"
#include "agent/notify/routing/matcher_text.h"
#include "agent/notify/routing/matchers_reader.h"
#include "agent/notify/routing/option_rows.h"
#include "agent/notify/routing/receiver_reader.h"
#include "agent/notify/routing/route_reader.h"
#include "agent/notify/routing/strict_lists.h"

namespace bekci::notify::routing {
namespace {

using config::Node;
using config::Values;

constexpr config::YamlLimits kLimits = {.bytes = 4 << 20, .nodes = 300'000, .depth = 64};

constexpr Option kTopOptions[] = {
    Tree("global", "What holds for all receivers."),
    Tree("route", "Who is told of what."),
    Tree("inhibit_rules", "Alerts that silence others."),
    Tree("receivers", "Who can be told, and how."),
    Texts("templates", "Files with templates; may be patterns."),
    Tree("time_intervals", "Times that routes name."),
    Tree("mute_time_intervals", "The old name of time_intervals."),
    Tree("tracing", "Of Alertmanager itself; without effect here."),
    Tree("event_recorder", "Of Alertmanager itself; without effect here."),
};
constexpr Option kInhibitOptions[] = {
    Text("name", "What it is called."),
    TextMap("source_match", "The old way to write source_matchers."),
    TextMap("source_match_re", "The old way to write source_matchers."),
    Texts("source_matchers", "Alerts that silence."),
    TextMap("target_match", "The old way to write target_matchers."),
    TextMap("target_match_re", "The old way to write target_matchers."),
    Texts("target_matchers", "Alerts that are silenced."),
    Texts("equal", "Labels that must be the same in both."),
};

// Some readers of YAML take 17:00 for a number.
void QuoteTimes(Node* node) {
  if (node->is_scalar() && node->scalar.find(':') != std::string::npos) node->quoted = true;
  for (Node& item : node->items) QuoteTimes(&item);
  for (auto& [key, value] : node->entries) QuoteTimes(&value);
}

class Loader {
 public:
  Loader(const std::string& file, base::FileSystem& fs)
      : directory_(config::DirectoryOf(file)), fs_(fs), matchers_(&errors_, &config_.warnings) {
    config_.file = file;
    shown_.kind = Node::Kind::kMapping;
  }

  base::Result<std::shared_ptr<const AlertmanagerConfig>> Load(const Node& root) {
    RequireLists(root, kTopOptions, &errors_);
    const Values values = config::Check(root, kTopOptions, &errors_);
    Global(values.Tree("global"));
    if (root.is_mapping() || root.is_null()) RouteTree(values);
    InhibitRules(values.Tree("inhibit_rules"));
    Receivers(values.Tree("receivers"));
    Templates(values);
    TimeIntervals(values, "time_intervals");
    TimeIntervals(values, "mute_time_intervals");
    CheckReferences();
    RETURN_IF_ERROR(errors_.ToStatus());
    config_.original = config::PrintYaml(shown_);
    return std::make_shared<const AlertmanagerConfig>(std::move(config_));
  }

 private:
  // The entries of a part that must be a list; none where it says nothing.
  std::span<const Node> ListOf(const Node* node, std::string_view key) {
    if (node == nullptr || node->is_null()) return {};
    if (node->is_sequence()) return node->items;
    errors_.Add(node->mark, std::string(key) + ": expected a list; put \"- \" before its first entry");
    return {};
  }

  void Global(const Node* node) {
    global_ = ReadGlobal(node, directory_, &errors_);
    config_.resolve_timeout = global_.values.Duration("resolve_timeout");
    const Node written = node == nullptr ? Node() : *node;
    Put(&shown_, "global", ShowSection(global_.values, &written, GlobalNewer()));
  }

  void RouteTree(const Values& values) {
    const Node* node = values.Tree("route");
    if (node == nullptr || node->is_null()) {
      errors_.Add(values.MarkOf("route"), "no route provided in config");
      return;
    }
    Node shown;
    config_.routes = RouteReader(&matchers_, &errors_).Read(*node, &shown);
    Put(&shown_, "route", std::move(shown));
  }

  void InhibitRules(const Node* node) {
    Node list;
    list.kind = Node::Kind::kSequence;
    for (const Node& item : ListOf(node, "inhibit_rules")) {
      RequireLists(item, kInhibitOptions, &errors_);
      const Values values = config::Check(item, kInhibitOptions, &errors_);
      InhibitRule rule;
      rule.name = values.String("name");
      rule.source = matchers_.Read(values, "source_matchers", "source_match", "source_match_re");
      rule.target = matchers_.Read(values, "target_matchers", "target_match", "target_match_re");
      rule.equal = values.Strings("equal");
      for (const std::string& name : rule.equal) {
        if (!IsLabelName(name)) {
          errors_.Add(values.MarkOf("equal"), "invalid label name " + base::Quoted(name) + " in equal list");
        }
      }
      config_.inhibit_rules.push_back(std::move(rule));
      list.items.push_back(ShowSection(values, nullptr, {}));
    }
    if (!list.items.empty()) Put(&shown_, "inhibit_rules", std::move(list));
  }

  void Receivers(const Node* node) {
    const ReceiverReader reader(global_, directory_, &errors_);
    Node list;
    list.kind = Node::Kind::kSequence;
    std::set<std::string> names;
    for (const Node& item : ListOf(node, "receivers")) {
      ReceiverConfig receiver = reader.Read(item, &list.items.emplace_back());
      if (!receiver.name.empty() && !names.insert(receiver.name).second) {
        errors_.Add(item.mark, "notification config name " + base::Quoted(receiver.name) + " is not unique");
      }
      config_.receivers.push_back(std::move(receiver));
    }
    Put(&shown_, "receivers", std::move(list));
  }

  void Templates(const Values& values) {
    Node list;
    list.kind = Node::Kind::kSequence;
    for (const std::string& glob : values.Strings("templates")) {
      config_.template_globs.push_back(config::ResolvePath(glob, directory_));
      list.items.push_back(TextNode(config_.template_globs.back(), values.MarkOf("templates")));
    }
    Put(&shown_, "templates", std::move(list));
  }

  // Both lists share one name space.
  void TimeIntervals(const Values& values, std::string_view key) {
    const Node* node = values.Tree(key);
    for (const Node& item : ListOf(node, key)) {
      NamedTimeInterval named = ReadNamedTimeInterval(item, fs_, &errors_);
      if (!named.name.empty() && config_.FindInterval(named.name) != nullptr) {
        errors_.Add(item.mark, "time interval " + base::Quoted(named.name) + " is not unique");
      }
      config_.time_intervals.push_back(std::move(named));
    }
    if (node == nullptr || node->items.empty()) return;
    Node shown = *node;
    QuoteTimes(&shown);
    Put(&shown_, key, std::move(shown));
  }

  void CheckReferences() {
    std::vector<std::string_view> receivers;
    receivers.reserve(config_.receivers.size());
    for (const ReceiverConfig& receiver : config_.receivers) receivers.push_back(receiver.name);
    std::vector<std::string_view> intervals;
    intervals.reserve(config_.time_intervals.size());
    for (const NamedTimeInterval& interval : config_.time_intervals) intervals.push_back(interval.name);
    for (const Route& route : config_.routes) {
      const bool inherits = route.parent && config_.routes[*route.parent].receiver == route.receiver;
      if (!route.receiver.empty() && !inherits) CheckName(route, "receiver", route.receiver, receivers);
      for (const auto* names : {&route.mute_time_intervals, &route.active_time_intervals}) {
        for (const std::string& name : *names) CheckName(route, "time interval", name, intervals);
      }
    }
  }

  void CheckName(const Route& route, std::string_view what, const std::string& name,
                 std::span<const std::string_view> known) {
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    const std::string_view nearest = base::Nearest(name, known);
    errors_.Add(route.mark, "undefined " + std::string(what) + " " + base::Quoted(name) + " used in route" +
                                (nearest.empty() ? "" : ", did you mean " + base::Quoted(nearest) + "?"));
  }

  const std::string directory_;
  base::FileSystem& fs_;
  config::Errors errors_;
  AlertmanagerConfig config_;
  MatchersReader matchers_;
  GlobalSection global_;
  Node shown_;
};

}  // namespace

base::Result<std::shared_ptr<const AlertmanagerConfig>> LoadAlertmanagerConfig(std::string_view text,
                                                                               const std::string& file,
                                                                               base::FileSystem& fs) {
  ASSIGN_OR_RETURN(Node root, config::ParseYaml(text, file, kLimits));
  if (root.is_null()) root.mark.file = std::make_shared<const std::string>(file);
  return Loader(file, fs).Load(root);
}

}  // namespace bekci::notify::routing
