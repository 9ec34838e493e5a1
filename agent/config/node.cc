// Node and Mark: the few operations on the tree itself.
#include "agent/config/node.h"

namespace bekci::config {

Node::Node() = default;
Node::Node(const Node&) = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(const Node&) = default;
Node& Node::operator=(Node&&) noexcept = default;
Node::~Node() = default;

std::string Mark::ToString() const {
  std::string text = file != nullptr ? *file : std::string();
  if (line > 0) {
    if (!text.empty()) text += ':';
    text += std::to_string(line);
  }
  return text;
}

const Node* Node::Find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name.scalar == key) return &value;
  }
  return nullptr;
}

}  // namespace bekci::config
