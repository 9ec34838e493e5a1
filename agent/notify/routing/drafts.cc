#include "agent/notify/routing/drafts.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/template/template.h"

namespace bekci::notify::routing {

using config::Node;

bool Says(const Node& mapping, std::string_view key) {
  const Node* value = mapping.Find(key);
  return value != nullptr && !value->is_null() && !(value->is_scalar() && value->scalar.empty());
}

std::string TextOf(const Node& mapping, std::string_view key) {
  const Node* value = mapping.Find(key);
  return value != nullptr && value->is_scalar() ? value->scalar : std::string();
}

Node TextNode(std::string_view text, const config::Mark& mark) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.mark = mark;
  node.scalar = text;
  return node;
}

void Put(Node* mapping, std::string_view key, Node value) {
  mapping->kind = Node::Kind::kMapping;
  for (auto& [name, old] : mapping->entries) {
    if (name.scalar != key) continue;
    old = std::move(value);
    return;
  }
  mapping->entries.emplace_back(TextNode(key, value.mark), std::move(value));
}

bool SaysAuthorization(const Node* http_config) {
  return http_config != nullptr && (Says(*http_config, "authorization") || Says(*http_config, "bearer_token") ||
                                    Says(*http_config, "bearer_token_file"));
}

void DropEmptyFiles(Node* mapping, std::span<const config::Option> table) {
  for (const config::Option& option : table) {
    const auto found = std::find_if(mapping->entries.begin(), mapping->entries.end(),
                                    [&](const auto& entry) { return entry.first.scalar == option.key; });
    if (found == mapping->entries.end()) continue;
    Node& value = found->second;
    if (option.type == config::Type::kSection) DropEmptyFiles(&value, option.section);
    if (option.type == config::Type::kSecretFile && value.is_scalar() && value.scalar.empty()) {
      mapping->entries.erase(found);
    }
  }
}

std::string WrongHostPort(std::string_view text) {
  if (text.empty()) return "";
  const std::string address = "address " + std::string(text) + ": ";
  const size_t colon = text.rfind(':');
  const bool brackets = text.starts_with('[');
  if (colon == std::string_view::npos || (brackets && text.ends_with(']'))) {
    return address + "missing port in address; write HOST:PORT, such as mail.example.org:587";
  }
  const std::string_view host = text.substr(0, colon);
  if (brackets ? !host.ends_with(']') : host.find(':') != std::string_view::npos) {
    return address + "too many colons in address; IPv6 addresses stand in brackets: [::1]:25";
  }
  if (colon + 1 == text.size()) return address + "port cannot be empty";
  return "";
}

namespace {

bool IsHostCharacter(char c) {
  constexpr std::string_view kOthers = "!$&'()*+,;=:[]<>\"-_.~%";  // those that Go lets stand in a host
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) != 0 ||
         kOthers.find(c) != std::string_view::npos;
}

}  // namespace

std::string WrongUrl(std::string_view url) {
  const bool plain = std::none_of(url.begin(), url.end(), [](char c) { return c == 0x7f || (c >= 0 && c < 0x20); });
  if (!plain) return "the URL holds a control character";
  const size_t colon = url.find(':');
  const std::string_view before = url.substr(0, std::min(url.size(), colon));
  const bool is_scheme =
      colon != std::string_view::npos && !before.empty() && before.find_first_of("/?#@. ") == std::string_view::npos;
  const std::string scheme = is_scheme ? base::ToLower(before) : "";
  if (scheme != "http" && scheme != "https") {
    return "unsupported scheme " + base::Quoted(scheme) + " for URL; it must begin with http:// or https://";
  }
  std::string_view rest = url.substr(colon + 1);
  if (!rest.starts_with("//")) return "missing host for URL";
  rest.remove_prefix(2);
  std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  if (const size_t at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  if (host.empty()) return "missing host for URL";
  if (!std::all_of(host.begin(), host.end(), IsHostCharacter)) return "invalid character in host name of the URL";
  const size_t end = host.starts_with('[') ? host.find(']') : host.find(':');
  if (host.starts_with('[') && end == std::string_view::npos) return "missing ']' in host of the URL";
  const std::string_view tail = end == std::string_view::npos ? "" : host.substr(host.starts_with('[') ? end + 1 : end);
  const bool good_port =
      tail.empty() ||
      (tail.front() == ':' && std::all_of(tail.begin() + 1, tail.end(), [](char c) { return c >= '0' && c <= '9'; }));
  return good_port ? "" : "invalid port after host of the URL";
}

std::string WrongTemplate(std::string_view text) {
  static const templates::FunctionTable kFunctions({templates::BuiltinFunctions()});
  templates::Template::Options options;
  options.functions = &kFunctions;
  const auto parsed = templates::Template::Parse("url", text, options);
  if (parsed.ok()) return "";
  const std::string& message = parsed.status().message();
  // Who renders it knows the functions.
  return message.find("not defined") != std::string::npos ? "" : message;
}

}  // namespace bekci::notify::routing
