#include "agent/notify/routing/receiver_reader.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/notify/routing/config_printer.h"
#include "agent/notify/routing/drafts.h"
#include "agent/notify/routing/matcher_text.h"
#include "agent/notify/routing/option_rows.h"
#include "agent/notify/routing/receiver_kinds.h"
#include "agent/notify/routing/strict_lists.h"

namespace bekci::notify::routing {
namespace {

using config::Node;
using config::Values;

// name, labels, and a list for each kind.
std::span<const Option> ReceiverOptions() {
  static const std::vector<Option> kOptions = [] {
    std::vector<Option> options = {Text("name", "What routes call it."), TextMap("labels", "Labels of the receiver.")};
    for (const ReceiverKind& kind : ReceiverKinds()) {
      options.push_back(Sections(kind.list_key, kind.options, "What is sent to."));
    }
    return options;
  }();
  return kOptions;
}

bool HasOption(const ReceiverKind& kind, std::string_view key) {
  return std::any_of(kind.options.begin(), kind.options.end(), [&](const Option& option) { return option.key == key; });
}

// An URL to which paths are added.
void EndInSlash(std::string_view key, Node* node) {
  if (!Says(*node, key)) return;
  Node url = *node->Find(key);
  if (!url.is_scalar() || url.scalar.ends_with('/') || url.scalar.find_first_of("?#{") != std::string::npos) return;
  url.scalar += '/';
  Put(node, key, std::move(url));
}

}  // namespace

ReceiverConfig ReceiverReader::Read(const Node& node, Node* shown) const {
  ReceiverConfig receiver;
  receiver.mark = node.mark;
  if (node.is_null()) {
    errors_->Add(node.mark, "receivers: an entry says nothing");
    return receiver;
  }
  // The lists are looked at one by one below; here it is names, labels, and keys that nobody knows.
  Node rest = node;
  std::erase_if(rest.entries, [](const auto& entry) {
    return std::any_of(ReceiverKinds().begin(), ReceiverKinds().end(),
                       [&](const ReceiverKind& kind) { return kind.list_key == entry.first.scalar; });
  });
  const Values values = config::Check(rest, ReceiverOptions(), errors_);
  receiver.name = values.String("name");
  if (receiver.name.empty() && node.is_mapping()) errors_->Add(node.mark, "missing name in receiver");
  Put(shown, "name", TextNode(receiver.name, node.mark));
  if (values.IsSetInFile("labels")) Put(shown, "labels", *node.Find("labels"));
  ReadLabels(values, &receiver);
  for (const ReceiverKind& kind : ReceiverKinds()) {
    const Node* list = node.Find(kind.list_key);
    if (list != nullptr && !list->is_null()) ReadList(kind, *list, &receiver, shown);
  }
  return receiver;
}

void ReceiverReader::ReadLabels(const Values& values, ReceiverConfig* receiver) const {
  std::vector<model::Labels::Pair> pairs;
  for (const auto& [name, value] : values.StringMap("labels")) {
    if (!IsLabelName(name)) errors_->Add(values.MarkOf("labels"), "invalid label name " + base::Quoted(name));
    if (name == "name" && value != receiver->name) {
      errors_->Add(values.MarkOf("labels"), "the label \"name\" of a receiver is its name and cannot be another");
    }
    pairs.emplace_back(name, value);
  }
  pairs.emplace_back("name", receiver->name);
  receiver->labels = model::Labels::FromPairs(std::move(pairs));
}

void ReceiverReader::ReadList(const ReceiverKind& kind, const Node& list, ReceiverConfig* receiver, Node* shown) const {
  if (!list.is_sequence()) {
    errors_->Add(list.mark, std::string(kind.list_key) + ": expected a list; put \"- \" before its first entry");
    return;
  }
  Node shown_list;
  shown_list.kind = Node::Kind::kSequence;
  for (const Node& item : list.items) {
    if (item.is_null()) {
      errors_->Add(item.mark, std::string(kind.list_key) + ": an entry says nothing");
      continue;
    }
    IntegrationConfig integration;
    integration.kind = kind.name;
    integration.index = shown_list.items.size();
    integration.mark = item.mark;
    Node shown_item;
    if (!ReadOne(kind, item, &integration, &shown_item)) continue;
    receiver->integrations.push_back(std::move(integration));
    shown_list.items.push_back(std::move(shown_item));
  }
  if (!shown_list.items.empty()) Put(shown, kind.list_key, std::move(shown_list));
}

bool ReceiverReader::ReadOne(const ReceiverKind& kind, const Node& as_written, IntegrationConfig* integration,
                             Node* shown) const {
  Node item = as_written;
  DropEmptyFiles(&item, kind.options);
  const size_t before = errors_->lines().size();
  RequireLists(item, kind.options, errors_);
  const Values given = config::Check(item, kind.options, errors_, base_directory_);
  if (errors_->lines().size() != before) return false;
  CheckGiven(kind, given);
  Node node = item;
  node.kind = Node::Kind::kMapping;
  if (kind.prepare != nullptr) kind.prepare({&node, global_.node, errors_});
  TakeFromGlobal(kind, &node);
  if (errors_->lines().size() != before) return false;
  // What is wrong in the global section was told there.
  config::Errors told;
  integration->values = config::Check(node, kind.options, &told, base_directory_);
  if (kind.check != nullptr) kind.check(integration->values, errors_);
  integration->send_resolved = integration->values.Bool("send_resolved");
  if (HasOption(kind, "http_config")) {
    const bool own = given.IsSetInFile("http_config");
    integration->http = client::ReadHttpOptions(integration->values.Section("http_config"), own ? errors_ : &told);
  }
  *shown = ShowSection(integration->values, &item, kind.newer);
  return errors_->lines().size() == before;
}

void ReceiverReader::CheckGiven(const ReceiverKind& kind, const Values& given) const {
  CheckUrls(given, kind.urls, errors_);
  CheckExclusive(given, kind.exclusive, errors_);
  for (const Needs& needs : kind.needs) {
    const bool there = std::any_of(needs.keys.begin(), needs.keys.end(),
                                   [&](std::string_view key) { return !key.empty() && Says(given.node(), key); });
    if (!there) errors_->Add(given.mark(), std::string(needs.otherwise));
  }
}

void ReceiverReader::TakeFromGlobal(const ReceiverKind& kind, Node* node) const {
  for (const FromGlobal& row : kind.from_global) {
    const auto says = [](const Node& mapping, const std::array<std::string_view, 2>& keys) {
      return std::any_of(keys.begin(), keys.end(),
                         [&](std::string_view key) { return !key.empty() && Says(mapping, key); });
    };
    if (!says(*node, row.keys)) {
      if (!says(global_.node, row.globals) && !row.otherwise.empty()) {
        errors_->Add(node->mark, std::string(row.otherwise) + "; give " + std::string(row.keys[0]) + " here, or " +
                                     std::string(row.globals[0]) + " under global");
      }
      for (size_t i = 0; i < row.keys.size(); ++i) {
        if (row.keys[i].empty() || !Says(global_.node, row.globals[i])) continue;
        Put(node, row.keys[i], *global_.node.Find(row.globals[i]));
      }
    }
    if (row.ends_in_slash) EndInSlash(row.keys[0], node);
  }
  if (!HasOption(kind, "http_config")) return;
  const Node* own = node->Find("http_config");
  const Node* global = global_.node.Find("http_config");
  if ((own == nullptr || own->is_null()) && global != nullptr) Put(node, "http_config", *global);
}

}  // namespace bekci::notify::routing
