#include "agent/config/yaml_printer.h"

#include <algorithm>
#include <cstdio>

namespace bekci::config {
namespace {

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/' || c == '.';
}

// Inside a text; ':' and '#' are safe there only beside other characters, which IsPlainText sees to.
bool IsInnerCharacter(char c) {
  constexpr std::string_view kSafe = " -+:;=@$%^()~<>|*";
  return IsWordCharacter(c) || kSafe.find(c) != std::string_view::npos;
}

std::string ScalarText(const Node& node) {
  return node.quoted || !IsPlainText(node.scalar) ? QuotedYaml(node.scalar) : node.scalar;
}

class Printer {
 public:
  std::string Print(const Node& node) {
    if (IsBlock(node)) {
      Block(node, 0);
    } else {
      out_ += OneLine(node) + "\n";
    }
    return std::move(out_);
  }

 private:
  // Collections with something in them take lines of their own.
  static bool IsBlock(const Node& node) { return !node.items.empty() || !node.entries.empty(); }

  static std::string OneLine(const Node& node) {
    switch (node.kind) {
      case Node::Kind::kNull:
        return "null";
      case Node::Kind::kSequence:
        return "[]";
      case Node::Kind::kMapping:
        return "{}";
      case Node::Kind::kScalar:
        break;
    }
    return ScalarText(node);
  }

  void Block(const Node& node, size_t indent) {
    if (node.is_sequence()) {
      for (const Node& item : node.items) {
        Indent(indent);
        Item(item, indent);
      }
      return;
    }
    bool first = true;
    for (const auto& [key, value] : node.entries) {
      if (!first || !continues_line_) Indent(indent);
      first = continues_line_ = false;
      out_ += ScalarText(key) + ":";
      Value(value, indent);
    }
  }

  void Value(const Node& value, size_t indent) {
    if (!IsBlock(value)) {
      out_ += " " + OneLine(value) + "\n";
      return;
    }
    out_ += "\n";
    Block(value, indent + 2);
  }

  void Item(const Node& item, size_t indent) {
    if (!IsBlock(item)) {
      out_ += "- " + OneLine(item) + "\n";
    } else if (item.is_mapping()) {
      out_ += "- ";
      continues_line_ = true;  // the first key stands behind the dash
      Block(item, indent + 2);
    } else {
      out_ += "-\n";
      Block(item, indent + 2);
    }
  }

  void Indent(size_t count) { out_.append(count, ' '); }

  std::string out_;
  bool continues_line_ = false;
};

// scheme://user:password@host -> scheme://user:<secret>@host
void MaskUrlPasswords(std::string* text) {
  for (size_t at = text->find("://"); at != std::string::npos; at = text->find("://", at + 3)) {
    const size_t begin = at + 3;
    const size_t end = std::min(text->find_first_of("/?# \n\"", begin), text->size());
    const size_t host = text->rfind('@', end);
    if (host == std::string::npos || host < begin || host >= end) continue;
    const size_t colon = text->find(':', begin);
    if (colon > host) continue;
    text->replace(colon + 1, host - colon - 1, kMaskedSecret);
  }
}

void MaskUrls(Node* node) {
  if (node->is_scalar()) MaskUrlPasswords(&node->scalar);
  for (Node& item : node->items) MaskUrls(&item);
  for (auto& [key, value] : node->entries) MaskUrls(&value);
}

void MaskAll(Node* node) {
  if (node->is_scalar()) {
    node->scalar = kMaskedSecret;
    node->quoted = true;
  }
  for (Node& item : node->items) MaskAll(&item);
  for (auto& [key, value] : node->entries) MaskAll(&value);
}

void MaskByTable(Node* node, std::span<const Option> table) {
  for (Node& item : node->items) MaskByTable(&item, table);  // a list of sections
  for (auto& [key, value] : node->entries) {
    const auto option =
        std::find_if(table.begin(), table.end(), [&name = key.scalar](const Option& row) { return row.key == name; });
    if (option == table.end()) continue;
    if (option->secret) MaskAll(&value);
    if (!option->section.empty()) MaskByTable(&value, option->section);
  }
}

}  // namespace

std::string QuotedYaml(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(byte));
      out += escaped;
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

Node WithDefaults(const Values& values) {
  Node all;
  all.kind = Node::Kind::kMapping;
  all.mark = values.mark();
  for (const Option& option : values.table()) {
    Node key;
    key.kind = Node::Kind::kScalar;
    key.scalar = option.key;
    key.mark = values.MarkOf(option.key);
    const Node* given = values.node().Find(option.key);
    if (option.type == Type::kSection) {
      Node section = WithDefaults(values.Section(option.key));
      if (!section.entries.empty()) all.entries.emplace_back(std::move(key), std::move(section));
    } else if (values.IsSetInFile(option.key) && given != nullptr) {
      all.entries.emplace_back(std::move(key), *given);
    } else if (!option.default_text.empty()) {
      all.entries.emplace_back(std::move(key), DefaultNode(option));
    }
  }
  return all;
}

bool IsPlainText(std::string_view text) {
  const bool sign = !text.empty() && (text.front() == '-' || text.front() == '+');
  if (text.empty() || text == "null" || text == "Null" || text == "NULL") return false;
  if (!IsWordCharacter(text.front()) && !(sign && text.size() > 1 && IsWordCharacter(text[1]))) return false;
  if (text.starts_with("...") || text.starts_with("---")) return false;
  if (text.back() == ' ' || text.back() == ':') return false;
  return text.find(": ") == std::string_view::npos && std::all_of(text.begin(), text.end(), IsInnerCharacter);
}

std::string PrintYaml(const Node& node) {
  return Printer().Print(node);
}

Node MaskSecrets(const Node& node, std::span<const Option> table) {
  Node masked = node;
  MaskUrls(&masked);
  MaskByTable(&masked, table);
  return masked;
}

}  // namespace bekci::config
