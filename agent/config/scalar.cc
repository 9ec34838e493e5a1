#include "agent/config/scalar.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "agent/base/duration.h"
#include "agent/base/text.h"

namespace bekci::config {
namespace {

constexpr size_t kShownBytes = 60;

// YAML 1.1's words, as the YAML library of Prometheus reads them.
std::optional<bool> ParseBool(std::string_view text) {
  static constexpr std::array<std::string_view, 11> kTrue = {"true", "True", "TRUE", "yes", "Yes", "YES",
                                                             "on",   "On",   "ON",   "y",   "Y"};
  static constexpr std::array<std::string_view, 11> kFalse = {"false", "False", "FALSE", "no", "No", "NO",
                                                              "off",   "Off",   "OFF",   "n",  "N"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  return std::nullopt;
}

std::string Wanted(Type type, const Node& found) {
  return "expected " + Expectation(type) + ", found " + Describe(found);
}

// A bound in the notation of the option's type.
std::string BoundText(Type type, double bound) {
  if (type == Type::kDuration || type == Type::kGoDuration) return base::DurationText(base::FromSeconds(bound));
  if (type == Type::kSize) return base::SizeText(static_cast<uint64_t>(bound));
  if (type == Type::kInteger) return std::to_string(static_cast<int64_t>(bound));
  return base::DoubleText(bound);
}

std::string CheckRange(const Node& node, const Option& option, double value) {
  if (option.max <= option.min || (value >= option.min && value <= option.max)) return {};
  return node.scalar + " is out of range, must be " + RangeText(option);
}

std::string ReadBool(const Node& node, Values::Entry* entry) {
  const auto value = ParseBool(node.scalar);
  if (!value.has_value()) return Wanted(Type::kBool, node);
  if (node.quoted) return "expected true or false, found a text; remove the quotes around " + node.scalar;
  entry->flag = *value;
  return {};
}

std::string ReadInteger(const Node& node, const Option& option, Values::Entry* entry) {
  const auto value = base::ParseInt(node.scalar);
  if (!value.has_value()) return Wanted(option.type, node);
  if (node.quoted) return "expected a number, found a text; remove the quotes around " + node.scalar;
  entry->integer = *value;
  return CheckRange(node, option, static_cast<double>(*value));
}

std::string ReadFloat(const Node& node, const Option& option, Values::Entry* entry) {
  const auto value = base::ParseDouble(node.scalar);
  if (!value.has_value() || !std::isfinite(*value)) return Wanted(option.type, node);
  if (node.quoted) return "expected a number, found a text; remove the quotes around " + node.scalar;
  entry->number = *value;
  return CheckRange(node, option, *value);
}

std::string ReadDuration(const Node& node, const Option& option, Values::Entry* entry) {
  const auto value =
      option.type == Type::kGoDuration ? base::ParseGoDuration(node.scalar) : base::ParseDuration(node.scalar);
  if (!value.ok()) return value.status().message();
  entry->duration = *value;
  return CheckRange(node, option, base::ToSeconds(*value));
}

std::string ReadSize(const Node& node, const Option& option, Values::Entry* entry) {
  const auto value = base::ParseSize(node.scalar);
  if (!value.ok()) return value.status().message();
  entry->size = *value;
  return CheckRange(node, option, static_cast<double>(*value));
}

std::string ReadRegex(const Node& node, Values::Entry* entry) {
  const re2::RE2 regex(node.scalar, re2::RE2::Quiet);
  if (!regex.ok())
    return base::Quoted(node.scalar.substr(0, kShownBytes)) + " is not a regular expression: " + regex.error();
  entry->text = node.scalar;
  return {};
}

}  // namespace

std::string Expectation(Type type) {
  switch (type) {
    case Type::kString:
      return "a text";
    case Type::kBool:
      return "true or false";
    case Type::kInteger:
      return "a whole number such as 10";
    case Type::kFloat:
      return "a number such as 0.5";
    case Type::kDuration:
    case Type::kGoDuration:
      return "a duration such as 15s or 1h30m";
    case Type::kSize:
      return "a size such as 512MiB or 2GiB";
    case Type::kRegex:
      return "a regular expression";
    case Type::kChoice:
      return "one word";
    case Type::kSecretFile:
      return "the path of a file";
    case Type::kStrings:
      return "a list of texts such as [a, b]";
    case Type::kStringMap:
      return "a mapping of texts such as {name: value}";
    case Type::kSection:
      return "a mapping (key: value)";
    case Type::kSections:
      return "a list of mappings";
    case Type::kTree:
      return "a mapping";
  }
  return "a value";
}

std::string Describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kSequence:
      return "a list";
    case Node::Kind::kMapping:
      return "a mapping";
    case Node::Kind::kScalar:
      break;
  }
  if (node.scalar.size() <= kShownBytes) return base::Quoted(node.scalar);
  size_t cut = kShownBytes;  // not inside a code point
  while (cut > 0 && (static_cast<unsigned char>(node.scalar[cut]) & 0xC0) == 0x80) --cut;
  return base::Quoted(node.scalar.substr(0, cut)) + "...";
}

std::string CheckChoice(const std::string& text, std::span<const std::string_view> choices) {
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return {};
  std::string message = base::Quoted(text.substr(0, kShownBytes)) + " is not one of ";
  for (const std::string_view choice : choices) {
    if (choice.data() != choices.front().data()) message += ", ";
    message += choice;
  }
  const auto same = std::find_if(choices.begin(), choices.end(),
                                 [&](std::string_view choice) { return base::EqualsIgnoreCase(choice, text); });
  const std::string_view nearest = same != choices.end() ? *same : base::Nearest(text, choices);
  if (!nearest.empty()) message += ", did you mean " + base::Quoted(nearest) + "?";
  return message;
}

std::string RangeText(const Option& option) {
  if (option.max <= option.min) return {};
  return "between " + BoundText(option.type, option.min) + " and " + BoundText(option.type, option.max);
}

std::string ReadScalar(const Node& node, const Option& option, Values::Entry* entry) {
  if (!node.is_scalar()) return Wanted(option.type, node);
  switch (option.type) {
    case Type::kBool:
      return ReadBool(node, entry);
    case Type::kInteger:
      return ReadInteger(node, option, entry);
    case Type::kFloat:
      return ReadFloat(node, option, entry);
    case Type::kDuration:
    case Type::kGoDuration:
      return ReadDuration(node, option, entry);
    case Type::kSize:
      return ReadSize(node, option, entry);
    case Type::kRegex:
      return ReadRegex(node, entry);
    case Type::kChoice:
      entry->text = node.scalar;
      return CheckChoice(node.scalar, option.choices);
    default:
      entry->text = node.scalar;
      return {};
  }
}

}  // namespace bekci::config
