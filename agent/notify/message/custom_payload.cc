// The half of webhook_payload.h that fills a tree of the configuration.
#include <map>

#include "agent/notify/message/go_json.h"
#include "agent/notify/message/webhook_payload.h"
#include "agent/notify/message/yaml_value.h"

namespace bekci::notify::message {
namespace {

// Of what a text became, where it is YAML itself.
constexpr config::YamlLimits kRenderedLimits = {.bytes = 1 << 20, .nodes = 50'000, .depth = 40};
constexpr size_t kMostBytes = 16 << 20;

class TreeWriter {
 public:
  TreeWriter(const MessageData& data, const MessageTemplates& templates) : data_(data), templates_(templates) {}

  // JSON of `node`; `path` says where it is in the configuration.
  base::Result<std::string> Configured(const config::Node& node, const std::string& path) {
    switch (node.kind) {
      case config::Node::Kind::kNull:
        return std::string("null");
      case config::Node::Kind::kScalar: {
        if (auto json = node.quoted ? std::nullopt : YamlWordAsJson(node.scalar)) return std::move(*json);
        ASSIGN_OR_RETURN(const std::string text, Expanded(node.scalar, path));
        return Read(text);
      }
      case config::Node::Kind::kSequence: {
        std::string out = "[";
        for (size_t i = 0; i < node.items.size(); ++i) {
          ASSIGN_OR_RETURN(const std::string item, Configured(node.items[i], path + "[" + std::to_string(i) + "]"));
          out += i == 0 ? "" : ",";
          out += item;
          RETURN_IF_ERROR(Bounded(out.size(), path));
        }
        return out + "]";
      }
      case config::Node::Kind::kMapping: {
        std::map<std::string, std::string> members;
        for (const auto& [key, value] : node.entries) {
          ASSIGN_OR_RETURN(const std::string name, Expanded(key.scalar, path));
          ASSIGN_OR_RETURN(members[name], Configured(value, path + "." + key.scalar));
        }
        const std::string out = ObjectOf(members);
        RETURN_IF_ERROR(Bounded(out.size(), path));
        return out;
      }
    }
    return base::Internal("a node of no kind");
  }

 private:
  static base::Status Bounded(size_t size, const std::string& path) {
    if (size <= kMostBytes) return base::OkStatus();
    return base::LimitReached(path + ": the payload is longer than " + std::to_string(kMostBytes) + " bytes");
  }

  base::Result<std::string> Expanded(const std::string& text, const std::string& path) {
    auto expanded = templates_.Expand(text, data_, path);
    if (!expanded.ok()) return std::move(expanded).status().WithContext(path);
    spent_ += expanded->size();
    RETURN_IF_ERROR(Bounded(spent_, path));
    return expanded;
  }

  static std::string ObjectOf(const std::map<std::string, std::string>& members) {
    std::string out = "{";
    for (const auto& [name, json] : members) {
      if (out.size() > 1) out += ',';
      AppendGoJson(name, &out);
      out += ':';
      out += json;
    }
    return out + "}";
  }

  // What an expanded text reads as: YAML that is no text becomes that, anything else is the text.
  static std::string Read(const std::string& text) {
    const auto node = config::ParseYaml(text, "", kRenderedLimits);
    const bool is_text = !node.ok() || (node->is_scalar() && (node->quoted || !YamlWordAsJson(node->scalar)));
    if (!is_text) return Rendered(*node);
    std::string out;
    AppendGoJson(text, &out);
    return out;
  }

  static std::string Rendered(const config::Node& node) {
    std::string out;
    switch (node.kind) {
      case config::Node::Kind::kNull:
        return "null";
      case config::Node::Kind::kScalar:
        if (auto json = node.quoted ? std::nullopt : YamlWordAsJson(node.scalar)) return std::move(*json);
        AppendGoJson(node.scalar, &out);
        return out;
      case config::Node::Kind::kSequence:
        out = "[";
        for (const config::Node& item : node.items) {
          if (out.size() > 1) out += ',';
          out += Rendered(item);
        }
        return out + "]";
      case config::Node::Kind::kMapping:
        break;
    }
    std::map<std::string, std::string> members;
    for (const auto& [key, value] : node.entries) members[key.scalar] = Rendered(value);
    return ObjectOf(members);
  }

  const MessageData& data_;
  const MessageTemplates& templates_;
  size_t spent_ = 0;
};

}  // namespace

base::Result<std::string> CustomPayload(const config::Node& tree, const MessageData& data,
                                        const MessageTemplates& templates) {
  ASSIGN_OR_RETURN(std::string out, ExpandedTree(tree, "payload", data, templates));
  return out + "\n";
}

base::Result<std::string> ExpandedTree(const config::Node& tree, const std::string& name, const MessageData& data,
                                       const MessageTemplates& templates) {
  return TreeWriter(data, templates).Configured(tree, name);
}

}  // namespace bekci::notify::message
