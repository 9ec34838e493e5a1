#include "agent/ruler/rule_printer.h"

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/config/yaml_printer.h"

namespace bekci::ruler {
namespace {

// What YAML 1.1 and 1.2 take for something else than a text.
constexpr std::string_view kReserved[] = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"};

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Begins with a letter, has nothing that means something in YAML, and is no word of it.
bool IsPlain(std::string_view text) {
  constexpr std::string_view kInner = " _-./()[]{}+*=<>~|$%^;@'\",";
  if (text.empty() || !IsLetter(text.front()) || text.back() == ' ') return false;
  for (const char c : text) {
    const bool inner = IsLetter(c) || (c >= '0' && c <= '9') || kInner.find(c) != std::string_view::npos || c == ':';
    if (!inner) return false;
  }
  if (text.find(": ") != std::string_view::npos || text.back() == ':') return false;
  const std::string lower = base::ToLower(text);
  return std::find(std::begin(kReserved), std::end(kReserved), lower) == std::end(kReserved);
}

// For texts with quotes or backslashes of their own, which stay readable.
bool WantsSingleQuotes(std::string_view text) {
  return text.find_first_of("\"\\") != std::string_view::npos && std::none_of(text.begin(), text.end(), IsControl);
}

std::string InSingleQuotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + '\'';
}

// A block text keeps its lines as they are; one that begins with a blank would need an indentation indicator, and one
// with line ends at its end other markers.
bool IsBlock(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == ' ' || text.front() == '\n') return false;
  if (text.size() >= 2 && text.ends_with("\n\n")) return false;
  return std::none_of(text.begin(), text.end(), [](char c) { return IsControl(c) && c != '\n'; });
}

class Printer {
 public:
  std::string Print(std::span<const GroupText> groups) {
    if (groups.empty()) return "groups: []\n";
    out_ = "groups:\n";
    for (const GroupText& group : groups) Group(group);
    return std::move(out_);
  }

 private:
  void Line(size_t indent, std::string_view key, std::string_view text) {
    out_.append(indent, ' ').append(key).append(": ").append(YamlText(text, indent)).append("\n");
  }
  void Duration(size_t indent, std::string_view key, base::Duration duration) {
    out_.append(indent, ' ').append(key).append(": ").append(base::DurationText(duration)).append("\n");
  }
  void Map(size_t indent, std::string_view key, const TextMap& map) {
    if (map.empty()) return;
    out_.append(indent, ' ').append(key).append(":\n");
    for (const auto& [name, value] : map) Line(indent + 2, YamlText(name, 0), value);
  }

  void Group(const GroupText& group) {
    Line(0, "- name", group.name);
    if (group.interval.has_value()) Duration(2, "interval", *group.interval);
    if (group.query_offset.has_value()) Duration(2, "query_offset", *group.query_offset);
    if (group.limit != 0) out_ += "  limit: " + std::to_string(group.limit) + "\n";
    Map(2, "labels", group.labels);
    out_ += group.rules.empty() ? "  rules: []\n" : "  rules:\n";
    for (const RuleText& rule : group.rules) Rule(rule);
  }

  void Rule(const RuleText& rule) {
    Line(2, rule.alerting ? "- alert" : "- record", rule.name);
    Line(4, "expr", rule.expr);
    if (rule.hold > base::Duration::zero()) Duration(4, "for", rule.hold);
    if (rule.keep_firing_for > base::Duration::zero()) Duration(4, "keep_firing_for", rule.keep_firing_for);
    Map(4, "labels", rule.labels);
    Map(4, "annotations", rule.annotations);
  }

  std::string out_;
};

}  // namespace

std::string YamlText(std::string_view text, size_t indent) {
  if (IsPlain(text)) return std::string(text);
  if (text.empty() || !IsBlock(text)) return WantsSingleQuotes(text) ? InSingleQuotes(text) : config::QuotedYaml(text);
  const bool ends = text.ends_with('\n');
  std::string out = ends ? "|" : "|-";
  for (const std::string_view line : base::Split(ends ? text.substr(0, text.size() - 1) : text, '\n')) {
    out += '\n';
    if (!line.empty()) out.append(indent + 2, ' ').append(line);
  }
  return out;
}

std::string PrintRules(std::span<const GroupText> groups) {
  return Printer().Print(groups);
}

}  // namespace bekci::ruler
