#include "agent/config/docs.h"

#include "agent/base/text.h"
#include "agent/config/scalar.h"

namespace bekci::config {
namespace {

constexpr size_t kCommentWidth = 100;

// A cell of a Markdown table: one line, no bar that would end it.
std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string Code(std::string_view text) {
  return text.empty() ? std::string() : "`" + Cell(text) + "`";
}

std::string TypeText(const Option& option) {
  std::string text;
  if (option.type != Type::kChoice && option.choices.empty()) text = TypeName(option.type);
  if (option.type == Type::kStrings && !option.choices.empty()) text = "list of ";
  for (const std::string_view choice : option.choices) {
    if (choice.data() != option.choices.front().data()) text += ", ";
    text += choice;
  }
  const std::string range = RangeText(option);
  if (!range.empty()) text += ", " + range;
  return text;
}

// `text` as comment lines of at most kCommentWidth.
void AppendComment(std::string* out, std::string_view text, size_t indent) {
  const std::string margin = std::string(indent, ' ') + "#";
  std::string line = margin;
  base::FieldReader words(text);
  for (std::string_view word = words.Next(); !word.empty(); word = words.Next()) {
    if (line.size() > margin.size() && line.size() + 1 + word.size() > kCommentWidth) {
      *out += line + "\n";
      line = margin;
    }
    line += ' ';
    line += word;
  }
  *out += line + "\n";
}

// What the example shows for an option without a default.
std::string_view SampleValue(const Option& option) {
  switch (option.type) {
    case Type::kBool:
      return "false";
    case Type::kInteger:
    case Type::kFloat:
      return "1";
    case Type::kDuration:
    case Type::kGoDuration:
      return "15s";
    case Type::kSize:
      return "64MiB";
    case Type::kChoice:
      return option.choices.empty() ? "" : option.choices.front();
    case Type::kStrings:
      return "[]";
    case Type::kStringMap:
    case Type::kSection:
    case Type::kTree:
      return "{}";
    case Type::kSections:
      return "[]";
    case Type::kSecretFile:
      return "/etc/bekci/secret";
    case Type::kString:
    case Type::kRegex:
      return "\"\"";
  }
  return "";
}

}  // namespace

std::string OptionFacts(const Option& option) {
  std::string text = TypeText(option);
  if (!option.default_text.empty()) text += "; default " + std::string(option.default_text);
  if (option.required) text += "; required";
  if (option.secret) text += "; may be ${env:NAME}";
  if (!option.reloadable) text += "; a change needs a restart";
  return text;
}

std::string MarkdownTable(std::span<const Option> table, std::string_view path) {
  std::string out = path.empty() ? "| key | type | default | meaning |\n|---|---|---|---|\n" : "";
  for (const Option& option : table) {
    const std::string key = path.empty() ? std::string(option.key) : std::string(path) + "." + std::string(option.key);
    std::string meaning(option.help);
    if (option.required) meaning += " Required.";
    if (option.secret) meaning += " May be `${env:NAME}`.";
    if (!option.reloadable) meaning += " A change needs a restart.";
    out += "| `" + key + "` | " + Cell(TypeText(option)) + " | " + Code(option.default_text) + " | " + Cell(meaning) +
           " |\n";
    if (!option.section.empty()) out += MarkdownTable(option.section, key);
  }
  return out;
}

std::string CommentedExample(std::span<const Option> table, size_t indent) {
  std::string out;
  const std::string margin(indent, ' ');
  for (const Option& option : table) {
    AppendComment(&out, option.help, indent);
    AppendComment(&out, "(" + OptionFacts(option) + ")", indent);
    const std::string key = margin + "# " + std::string(option.key) + ":";
    if (!option.section.empty()) {
      out += key + "\n" + CommentedExample(option.section, indent + 2);
      continue;
    }
    if (option.type == Type::kTree) {  // whoever knows what stands in it prints that below
      out += key + "\n";
      continue;
    }
    const std::string_view value = option.default_text.empty() ? SampleValue(option) : option.default_text;
    out += key + " " + std::string(value) + "\n";
  }
  return out;
}

}  // namespace bekci::config
