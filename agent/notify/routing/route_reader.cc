#include "agent/notify/routing/route_reader.h"

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/notify/routing/drafts.h"
#include "agent/notify/routing/matcher_text.h"
#include "agent/notify/routing/option_rows.h"
#include "agent/notify/routing/strict_lists.h"

namespace bekci::notify::routing {
namespace {

using config::Node;
using config::Values;

constexpr Option Timer(std::string_view key, std::string_view help) {
  return {.key = key, .type = Type::kDuration, .help = help};
}
// In the order in which they are printed.
constexpr Option kOptions[] = {
    Text("receiver", "Who is told; the parent's where it is not given."),
    Texts("group_by", "Labels whose values name a group; ['...']: all of them."),
    TextMap("match", "The old way to write matchers name=\"value\"."),
    TextMap("match_re", "The old way to write matchers name=~\"expression\"."),
    Texts("matchers", "What the labels of an alert must be, such as severity=\"critical\"."),
    Texts("mute_time_intervals", "Times at which it is silent."),
    Texts("active_time_intervals", "Times outside of which it is silent."),
    Flag("continue", "false", "Whether siblings behind it are looked at when it matches."),
    Tree("routes", "Children: routes for some of its alerts."),
    Timer("group_wait", "How long a new group waits for further alerts."),
    Timer("group_interval", "How often a group tells what is new in it."),
    Timer("repeat_interval", "How often it is told that nothing is new."),
    TextMap("labels", "Labels for templates; added to the parent's."),
};

struct TimerField {
  std::string_view key;
  base::Duration Route::*field;
  bool may_be_zero;
};
constexpr TimerField kTimers[] = {
    {"group_wait", &Route::group_wait, true},
    {"group_interval", &Route::group_interval, false},
    {"repeat_interval", &Route::repeat_interval, false},
};

Route Defaults() {
  Route route;
  route.group_wait = base::seconds(30);
  route.group_interval = base::minutes(5);
  route.repeat_interval = base::hours(4);
  return route;
}

// What a child has from its parent: all but matchers, times, and where it stands.
Route Inherited(const Route& parent) {
  Route route;
  route.parent = parent.index;
  route.receiver = parent.receiver;
  route.group_by_all = parent.group_by_all;
  route.group_by = parent.group_by;
  route.group_wait = parent.group_wait;
  route.group_interval = parent.group_interval;
  route.repeat_interval = parent.repeat_interval;
  route.labels = parent.labels;
  return route;
}

// A route as it is printed, but for its children: what the file says, matchers in their usual form.
Node ShowRoute(const Node& node, const Values& values) {
  Node shown;
  shown.kind = Node::Kind::kMapping;
  for (const Option& option : kOptions) {
    const Node* value = node.Find(option.key);
    if (option.key == "routes") continue;
    if (option.key == "continue") {
      Put(&shown, option.key, TextNode(values.Bool(option.key) ? "true" : "false", node.mark));
    } else if (value != nullptr && !value->is_null() && values.IsSetInFile(option.key)) {
      // An empty group_by means something, other empty lists do not.
      const bool empty = !value->is_scalar() && value->items.empty() && value->entries.empty();
      if (!empty || option.key == "group_by") Put(&shown, option.key, *value);
    }
  }
  const Node* matchers = shown.Find("matchers");
  if (matchers == nullptr) return shown;
  Node list;
  list.kind = Node::Kind::kSequence;
  for (const Node& item : matchers->items) {
    const auto read = ParseMatchers(item.scalar);
    if (!read.ok()) continue;
    for (const model::Matcher& one : *read) list.items.push_back(TextNode(MatcherText(one), item.mark));
  }
  Put(&shown, "matchers", std::move(list));
  return shown;
}

}  // namespace

std::vector<Route> RouteReader::Read(const Node& root, Node* shown) {
  ReadNode(root, std::nullopt, 0, shown);
  return std::move(routes_);
}

void RouteReader::ReadNode(const Node& node, std::optional<size_t> parent, size_t place, Node* shown) {
  RequireLists(node, kOptions, errors_);
  const Values values = config::Check(node, kOptions, errors_);
  Route route = parent ? Inherited(routes_[*parent]) : Defaults();
  route.index = routes_.size();
  route.mark = node.mark;
  if (!values.String("receiver").empty()) route.receiver = values.String("receiver");
  route.matchers = matchers_.Read(values, "matchers", "match", "match_re");
  route.continues = values.Bool("continue");
  route.mute_time_intervals = values.Strings("mute_time_intervals");
  route.active_time_intervals = values.Strings("active_time_intervals");
  ReadGroupBy(values, &route);
  ReadTimers(values, &route);
  ReadLabels(values, &route);
  const std::string text = MatchersText(route.matchers);
  if (parent) {
    route.key = routes_[*parent].key + "/" + text;
    route.id = routes_[*parent].id + "/" + text + "/" + std::to_string(place);
    routes_[*parent].children.push_back(route.index);
  } else {
    route.key = route.id = text;
    CheckRoot(values, route);
  }
  *shown = ShowRoute(node, values);
  const size_t index = route.index;
  routes_.push_back(std::move(route));
  ReadChildren(node, index, shown);
}

void RouteReader::ReadGroupBy(const Values& values, Route* route) {
  if (!values.IsSetInFile("group_by")) return;
  std::vector<std::string> names;
  bool all = false;
  for (const std::string& name : values.Strings("group_by")) {
    if (name == "...") {
      all = true;
    } else if (!IsLabelName(name)) {
      errors_->Add(values.MarkOf("group_by"), "invalid label name " + base::Quoted(name) + " in group_by list");
    } else if (std::find(names.begin(), names.end(), name) != names.end()) {
      errors_->Add(values.MarkOf("group_by"), "duplicated label " + base::Quoted(name) + " in group_by");
    } else {
      names.push_back(name);
    }
  }
  if (all && !names.empty()) {
    errors_->Add(values.MarkOf("group_by"),
                 "cannot have wildcard group_by (`...`) and other other labels at the same time");
  }
  std::sort(names.begin(), names.end());
  route->group_by = std::move(names);
  route->group_by_all = all;
}

void RouteReader::ReadTimers(const Values& values, Route* route) {
  for (const TimerField& timer : kTimers) {
    if (!values.Has(timer.key)) continue;
    route->*timer.field = values.Duration(timer.key);
    if (timer.may_be_zero || values.Duration(timer.key) != base::Duration::zero()) continue;
    errors_->Add(values.MarkOf(timer.key), std::string(timer.key) + " cannot be zero");
  }
}

void RouteReader::ReadLabels(const Values& values, Route* route) {
  std::vector<model::Labels::Pair> pairs;
  for (const auto& [name, value] : values.StringMap("labels")) {
    if (!IsLabelName(name)) {
      errors_->Add(values.MarkOf("labels"), "invalid label name " + base::Quoted(name) + " in labels");
    }
    pairs.emplace_back(name, value);
  }
  route->labels = route->labels.With(model::Labels::FromPairs(std::move(pairs)));
}

void RouteReader::CheckRoot(const Values& values, const Route& route) {
  if (route.receiver.empty()) errors_->Add(values.mark(), "root route must specify a default receiver");
  if (!route.matchers.empty()) errors_->Add(values.mark(), "root route must not have any matchers");
  if (route.continues) errors_->Add(values.MarkOf("continue"), "cannot have continue in root route");
  for (const std::string_view kind : {"mute", "active"}) {
    const std::string key = std::string(kind) + "_time_intervals";
    if (values.Strings(key).empty()) continue;
    errors_->Add(values.MarkOf(key), "root route must not have any " + std::string(kind) + " time intervals");
  }
}

void RouteReader::ReadChildren(const Node& node, size_t index, Node* shown) {
  const Node* children = node.Find("routes");
  if (children == nullptr || children->is_null()) return;
  if (!children->is_sequence()) {
    errors_->Add(children->mark, "routes: expected a list; put \"- \" before its first entry");
    return;
  }
  Node list;
  list.kind = Node::Kind::kSequence;
  for (size_t place = 0; place < children->items.size(); ++place) {
    const Node& child = children->items[place];
    if (child.is_null()) {
      errors_->Add(child.mark, "routes: an entry says nothing (null child route)");
      continue;
    }
    ReadNode(child, index, place, &list.items.emplace_back());
  }
  if (!list.items.empty()) Put(shown, "routes", std::move(list));
}

}  // namespace bekci::notify::routing
