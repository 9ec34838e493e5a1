#include "agent/notify/routing/config_printer.h"

#include <algorithm>

#include "agent/config/yaml_printer.h"
#include "agent/notify/routing/drafts.h"

namespace bekci::notify::routing {
namespace {

using config::Node;
using config::Option;
using config::Type;

// Defaults that say what would be without them, in sections that old Alertmanagers know with fewer keys.
constexpr std::string_view kQuiet[] = {"proxy_from_environment", "insecure_skip_verify"};

bool IsIn(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsEmpty(const Node& node) {
  return node.is_null() || (node.is_scalar() && node.scalar.empty()) ||
         (!node.is_scalar() && node.items.empty() && node.entries.empty());
}

void MaskTexts(Node* node) {
  if (node->is_scalar()) {
    node->scalar = config::kMaskedSecret;
    node->quoted = true;
  }
  for (Node& item : node->items) MaskTexts(&item);
  for (auto& [key, value] : node->entries) MaskTexts(&value);
}

// Trees whose parts are secrets, which no table says.
void MaskTree(std::string_view key, Node* node) {
  if (key == "proxy_connect_header" || key == "endpoint_params") MaskTexts(node);
  if (key != "http_headers") return;
  for (auto& [name, header] : node->entries) {
    for (auto& [part, list] : header.entries) {
      if (part.scalar == "secrets") MaskTexts(&list);
    }
  }
}

Node Show(const Node& given, const Node* written, std::span<const Option> table,
          std::span<const std::string_view> newer) {
  Node shown;
  shown.kind = Node::Kind::kMapping;
  for (const Option& option : table) {
    const Node* value = given.Find(option.key);
    const bool has_default = !option.default_text.empty();
    // An empty text or section matters where it stands in place of something else.
    const bool stands_for_default = has_default || option.type == Type::kSection;
    if (value != nullptr && !value->is_null() && (!IsEmpty(*value) || (stands_for_default && !value->is_sequence()))) {
      const bool is_written = written == nullptr || written->Find(option.key) != nullptr;
      if (!is_written && IsIn(newer, option.key)) continue;
      Node copy = *value;
      if (option.type == Type::kSection) copy = Show(*value, nullptr, option.section, {});
      for (Node& item : copy.items) {
        if (option.type == Type::kSections) item = Show(item, nullptr, option.section, {});
      }
      MaskTree(option.key, &copy);
      Put(&shown, option.key, std::move(copy));
    } else if (has_default && (value == nullptr || value->is_null()) && !IsIn(newer, option.key) &&
               !IsIn(kQuiet, option.key)) {
      Put(&shown, option.key, config::DefaultNode(option));
    }
  }
  return shown;
}

// http://user:<secret>@host does not load: no "<" may stand there.
void MendUrls(Node* node) {
  constexpr std::string_view kMasked = ":<secret>@";
  if (node->is_scalar()) {
    for (size_t at = node->scalar.find(kMasked); at != std::string::npos; at = node->scalar.find(kMasked, at)) {
      node->scalar.replace(at, kMasked.size(), ":xxxxx@");
    }
  }
  for (Node& item : node->items) MendUrls(&item);
  for (auto& [key, value] : node->entries) MendUrls(&value);
}

}  // namespace

Node ShowSection(const config::Values& values, const Node* written, std::span<const std::string_view> newer) {
  Node shown = config::MaskSecrets(Show(values.node(), written, values.table(), newer), values.table());
  MendUrls(&shown);
  // Webhooks: url is no secret to old Alertmanagers, which refuse what is no URL. Of other kinds it is none here.
  for (auto& [key, value] : shown.entries) {
    if (key.scalar == "url" && value.scalar == config::kMaskedSecret) value.scalar = "http://<secret>";
  }
  return shown;
}

}  // namespace bekci::notify::routing
