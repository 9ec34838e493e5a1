#include "agent/notify/receivers/settings.h"

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/text.h"

namespace bekci::notify::receivers {
namespace {

using config::Type;

std::string ScalarOf(const config::Node* node) {
  return node != nullptr && node->is_scalar() ? node->scalar : std::string();
}

// Durations of either notation are read alike, so they are what is none of the others.
bool IsDuration(Type type) {
  constexpr Type kOthers[] = {Type::kString,  Type::kBool,     Type::kInteger,    Type::kFloat,   Type::kSize,
                              Type::kRegex,   Type::kChoice,   Type::kSecretFile, Type::kStrings, Type::kStringMap,
                              Type::kSection, Type::kSections, Type::kTree};
  return std::find(std::begin(kOthers), std::end(kOthers), type) == std::end(kOthers);
}

// Go's notation: numbers with fractions, each with a unit. Nullopt: it is none.
std::optional<base::Duration> ParseGoDuration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  static constexpr Unit kUnits[] = {{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}};
  double total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto number = base::ParseDouble(text.substr(0, digits));
    text.remove_prefix(digits);
    const size_t letters = std::min(text.find_first_of("0123456789."), text.size());
    const auto unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                   [&](const Unit& row) { return row.name == text.substr(0, letters); });
    if (!number || unit == std::end(kUnits)) return std::nullopt;
    total += *number * unit->seconds;
    text.remove_prefix(letters);
  }
  return total < 1e9 ? std::optional(base::FromSeconds(total)) : std::nullopt;
}

}  // namespace

const config::Option* Settings::Row(std::string_view key) const {
  if (values_ == nullptr) return nullptr;
  const auto table = values_->table();
  const auto row = std::find_if(table.begin(), table.end(), [&](const config::Option& o) { return o.key == key; });
  return row == table.end() ? nullptr : &*row;
}

const config::Node* Settings::Child(std::string_view key) const {
  if (node_ != nullptr) return node_->is_mapping() ? node_->Find(key) : nullptr;
  const config::Option* const row = Row(key);
  return row != nullptr && row->type == Type::kTree ? values_->Tree(key) : nullptr;
}

std::string Settings::Text(std::string_view key) const {
  const config::Option* const row = Row(key);
  if (row == nullptr) return ScalarOf(Child(key));
  switch (row->type) {
    case Type::kString:
    case Type::kRegex:
    case Type::kChoice:
    case Type::kSecretFile:
      return values_->String(key);
    case Type::kBool:
      return !values_->Has(key) ? "" : values_->Bool(key) ? "true" : "false";
    case Type::kInteger:
      return !values_->Has(key) ? "" : std::to_string(values_->Integer(key));
    case Type::kStrings:
      return base::Join(values_->Strings(key), ",");
    case Type::kTree:
      return ScalarOf(Child(key));
    default:
      return "";
  }
}

bool Settings::Flag(std::string_view key, bool otherwise) const {
  const std::string text = Text(key);
  return text.empty() ? otherwise : text == "true" || text == "yes" || text == "on";
}

uint64_t Settings::Number(std::string_view key) const {
  return base::ParseUint(Text(key)).value_or(0);
}

base::Duration Settings::Duration(std::string_view key) const {
  const config::Option* const row = Row(key);
  if (row != nullptr && IsDuration(row->type)) return values_->Duration(key);
  const std::string text = Text(key);
  if (const auto duration = ParseGoDuration(text)) return *duration;
  return base::ParseDuration(text).value_or(base::Duration::zero());
}

client::SecretSource Settings::Secret(std::string_view key) const {
  return {Text(key), Text(std::string(key) + "_file")};
}

std::vector<std::string> Settings::Texts(std::string_view key) const {
  const config::Option* const row = Row(key);
  if (row != nullptr && row->type == Type::kStrings) return values_->Strings(key);
  std::vector<std::string> texts;
  const config::Node* const node = Child(key);
  if (node == nullptr && row != nullptr && IsSet(key)) texts.push_back(Text(key));
  if (node == nullptr) return texts;
  if (node->is_scalar()) texts.push_back(node->scalar);
  for (const config::Node& item : node->items) texts.push_back(ScalarOf(&item));
  return texts;
}

std::vector<std::pair<std::string, std::string>> Settings::Map(std::string_view key) const {
  const config::Option* const row = Row(key);
  if (row != nullptr && row->type == Type::kStringMap) return values_->StringMap(key);
  std::vector<std::pair<std::string, std::string>> map;
  const config::Node* const node = Child(key);
  if (node == nullptr) return map;
  for (const auto& [name, value] : node->entries) map.emplace_back(name.scalar, ScalarOf(&value));
  return map;
}

std::vector<Settings> Settings::List(std::string_view key) const {
  std::vector<Settings> list;
  const config::Option* const row = Row(key);
  if (row != nullptr && row->type == Type::kSections) {
    for (const config::Values& values : values_->Sections(key)) list.emplace_back(values);
    return list;
  }
  const config::Node* const node = Child(key);
  if (node == nullptr) return list;
  if (node->is_mapping()) list.emplace_back(*node);
  for (const config::Node& item : node->items) {
    if (item.is_mapping()) list.emplace_back(item);
  }
  return list;
}

std::optional<Settings> Settings::Section(std::string_view key) const {
  const config::Option* const row = Row(key);
  if (row != nullptr && row->type == Type::kSection) return Settings(values_->Section(key));
  const config::Node* const node = Child(key);
  if (node == nullptr || !node->is_mapping()) return std::nullopt;
  return Settings(*node);
}

const config::Node* Settings::Tree(std::string_view key) const {
  const config::Node* node = Child(key);
  // Rows of other types: as it stands in the file.
  if (node == nullptr && values_ != nullptr && values_->node().is_mapping()) node = values_->node().Find(key);
  return node == nullptr || node->is_null() ? nullptr : node;
}

}  // namespace bekci::notify::receivers
