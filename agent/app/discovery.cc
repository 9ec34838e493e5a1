#include "agent/app/discovery.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <tuple>
#include <utility>

#include "agent/base/text.h"
#include "agent/config/yaml_printer.h"

namespace bekci::app {
namespace {

using config::Node;

constexpr size_t kMaxFound = 100;  // per collector: a host with more has a configuration

Node Text(std::string_view text) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.scalar = text;
  node.quoted = true;
  return node;
}

Node Mapping() {
  Node node;
  node.kind = Node::Kind::kMapping;
  return node;
}

void Put(Node* mapping, std::string_view key, Node value) {
  Node name = Text(key);
  name.quoted = false;
  mapping->entries.emplace_back(std::move(name), std::move(value));
}

std::string Scalar(const Node& mapping, std::string_view key) {
  const Node* value = mapping.Find(key);
  return value != nullptr && value->is_scalar() ? value->scalar : std::string();
}

std::vector<collect::Found> Ask(const collect::CollectorSpec& spec, const collect::Environment& environment,
                                base::MonotonicTime deadline) {
  std::vector<collect::Found> found;
  try {
    found = spec.discover(environment, deadline);
  } catch (const std::exception& e) {
    environment.log->Error("discovery threw", {{"collector", spec.name}, {"error", e.what()}});
  }
  if (found.size() > kMaxFound) found.resize(kMaxFound);
  return found;
}

}  // namespace

std::vector<Discovery> DiscoverHere(std::span<const collect::CollectorSpec* const> collectors,
                                    const collect::Environment& environment, base::Duration patience) {
  std::vector<Discovery> all;
  int64_t left = std::ranges::count_if(collectors, [](const auto* spec) { return spec->discover != nullptr; });
  const base::MonotonicTime end = environment.clock->Monotonic() + patience;
  for (const collect::CollectorSpec* spec : collectors) {
    if (spec->discover == nullptr) continue;
    const base::MonotonicTime now = environment.clock->Monotonic();
    for (collect::Found& found : Ask(*spec, environment, now + (end - now) / left)) {
      all.push_back({std::string(spec->name), std::move(found)});
    }
    --left;
  }
  std::ranges::stable_sort(all, {}, [](const Discovery& one) { return std::tie(one.collector, one.found.instance); });
  return all;
}

std::string DiscoveriesText(std::span<const Discovery> discoveries) {
  Node list;
  list.kind = Node::Kind::kSequence;
  for (const Discovery& one : discoveries) {
    Node options = Mapping();
    for (const auto& [key, value] : one.found.options) Put(&options, key, Text(value));
    Node item = Mapping();
    Put(&item, "collector", Text(one.collector));
    Put(&item, "instance", Text(one.found.instance));
    Put(&item, "what", Text(one.found.what));
    Put(&item, "problem", Text(one.found.problem));
    Put(&item, "fix", Text(one.found.fix));
    Put(&item, "options", std::move(options));
    list.items.push_back(std::move(item));
  }
  return config::PrintYaml(list);
}

base::Result<std::vector<Discovery>> ParseDiscoveries(std::string_view text) {
  ASSIGN_OR_RETURN(const Node list, config::ParseYaml(text, "discovery"));
  std::vector<Discovery> discoveries;
  for (const Node& item : list.items) {
    Discovery one{Scalar(item, "collector"),
                  {Scalar(item, "instance"), Scalar(item, "what"), {}, Scalar(item, "problem"), Scalar(item, "fix")}};
    const Node* options = item.Find("options");
    if (one.collector.empty() || one.found.instance.empty() || options == nullptr) continue;
    for (const auto& [key, value] : options->entries) one.found.options.emplace_back(key.scalar, value.scalar);
    discoveries.push_back(std::move(one));
  }
  return discoveries;
}

Node SectionOf(std::span<const Discovery> discoveries, std::span<const collect::CollectorSpec* const> collectors) {
  Node section = Mapping();
  section.mark.file = std::make_shared<const std::string>("what was found on this host");
  for (const collect::CollectorSpec* spec : collectors) {
    Node list;
    list.kind = Node::Kind::kSequence;
    for (const Discovery& one : discoveries) {
      if (one.collector != spec->name || !one.found.problem.empty()) continue;
      Node item = Mapping();
      item.mark.file = section.mark.file;
      Put(&item, "instance", Text(one.found.instance));
      for (const auto& [key, value] : one.found.options) {
        Node scalar = Text(value);
        scalar.quoted = false;  // numbers and switches are told from texts by the option table
        Put(&item, key, std::move(scalar));
      }
      list.items.push_back(std::move(item));
    }
    if (!list.items.empty()) {
      Put(&section, spec->name, std::move(list));
    } else if (spec->on_by_default) {
      Put(&section, spec->name, Mapping());
    }
  }
  return section;
}

}  // namespace bekci::app
