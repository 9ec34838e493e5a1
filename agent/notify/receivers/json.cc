#include "agent/notify/receivers/json.h"

#include <nlohmann/json.hpp>

#include "agent/base/text.h"

namespace bekci::notify::receivers {

std::string JsonBody::Object() && {
  writer_.EndObject();
  return std::move(text_);
}

std::string JsonBody::Body() && {
  writer_.EndObject();
  return AsBody(text_);
}

std::string AsBody(std::string_view json) {
  static constexpr std::pair<std::string_view, std::string_view> kEscapes[] = {
      {"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}, {"\xE2\x80\xA8", "\\u2028"}, {"\xE2\x80\xA9", "\\u2029"}};
  std::string body;
  body.reserve(json.size() + 1);
  // None of these stands outside of strings in JSON, so they can be replaced wherever they are.
  while (!json.empty()) {
    const size_t plain = std::min(json.find_first_of("<>&\xE2"), json.size());
    body.append(json.substr(0, plain));
    json.remove_prefix(plain);
    if (json.empty()) break;
    std::string_view out = json.substr(0, 1);
    size_t used = 1;
    for (const auto& [from, to] : kEscapes) {
      if (!json.starts_with(from)) continue;
      out = to;
      used = from.size();
    }
    body.append(out);
    json.remove_prefix(used);
  }
  body.push_back('\n');
  return body;
}

void JsonList::Add(std::string_view json) {
  if (!text_.empty()) text_.push_back(',');
  text_.append(json);
}

struct JsonAnswer::Tree {
  nlohmann::json root;

  const nlohmann::json* Find(std::string_view path) const {
    const nlohmann::json* at = &root;
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.empty()) return at;
    for (const std::string_view step : base::Split(path, '/')) {
      if (at->is_array()) {
        const auto index = base::ParseUint(step);
        if (!index || *index >= at->size()) return nullptr;
        at = &(*at)[static_cast<size_t>(*index)];
      } else if (at->is_object()) {
        const auto found = at->find(std::string(step));
        if (found == at->end()) return nullptr;
        at = &*found;
      } else {
        return nullptr;
      }
    }
    return at;
  }
};

JsonAnswer::JsonAnswer(std::string_view text) {
  auto tree = std::make_unique<Tree>();
  tree->root = nlohmann::json::parse(text, nullptr, false);
  tree_ = std::move(tree);
}
JsonAnswer::~JsonAnswer() = default;
JsonAnswer::JsonAnswer(JsonAnswer&&) noexcept = default;

bool JsonAnswer::is_object() const {
  return tree_->root.is_object();
}

std::string JsonAnswer::Text(std::string_view path) const {
  const nlohmann::json* const value = tree_->Find(path);
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  if (value->is_boolean()) return value->get<bool>() ? "true" : "false";
  if (value->is_number_unsigned()) return std::to_string(value->get<uint64_t>());
  if (value->is_number_integer()) return std::to_string(value->get<int64_t>());
  if (value->is_number()) return base::DoubleText(value->get<double>());
  return {};
}

std::optional<double> JsonAnswer::Number(std::string_view path) const {
  const nlohmann::json* const value = tree_->Find(path);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

bool JsonAnswer::IsTrue(std::string_view path) const {
  const nlohmann::json* const value = tree_->Find(path);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

size_t JsonAnswer::Count(std::string_view path) const {
  const nlohmann::json* const value = tree_->Find(path);
  return value != nullptr && value->is_array() ? value->size() : 0;
}

}  // namespace bekci::notify::receivers
