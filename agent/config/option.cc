// Check: a mapping against its table. One pass in file order finds unknown keys and wrong values; a second, in table
// order, fills in defaults and finds what is missing. A wrong value is reported and gets its default, so that one
// mistake brings one message.
#include "agent/config/option.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/config/environment.h"
#include "agent/config/scalar.h"
#include "agent/config/values_entry.h"

namespace bekci::config {
namespace {

constexpr size_t kListedKeys = 8;  // a table up to this size is listed to someone who missed its keys

// Name of the section of `table` in which `key` exists: the key was probably meant there.
std::string_view SectionWith(std::span<const Option> table, std::string_view key) {
  for (const Option& option : table) {
    for (const Option& inner : option.section) {
      if (inner.key == key) return option.key;
    }
  }
  return {};
}

std::string UnknownKey(std::string_view key, std::span<const Option> table, std::span<const Option> root) {
  std::string message = "unknown key " + base::Quoted(key);
  std::vector<std::string_view> known;
  for (const Option& option : table) known.push_back(option.key);
  const std::string_view nearest = base::Nearest(key, known);
  if (!nearest.empty()) return message + ", did you mean " + base::Quoted(nearest) + "?";
  for (const auto tables : {table, root}) {
    const std::string_view section = SectionWith(tables, key);
    if (!section.empty()) return message + " here; it belongs under \"" + std::string(section) + ":\"";
  }
  if (std::any_of(root.begin(), root.end(), [&](const Option& option) { return option.key == key; })) {
    return message + " here; it belongs at the left margin of the file";
  }
  if (known.size() > kListedKeys || known.empty()) return message;
  message += "; known are ";
  for (size_t i = 0; i < known.size(); ++i) message.append(i == 0 ? "" : ", ").append(known[i]);
  return message;
}

// What is told of something that stands where a mapping should. "interval:15s" lacks a space after the colon; what is
// behind the colon is not shown, since it may be a password.
std::string NoMapping(const Node& node, std::string_view expected) {
  const std::string message = "expected " + std::string(expected) + ", found ";
  const size_t colon = node.scalar.find(':');
  const bool looks_like_key = node.is_scalar() && !node.quoted && colon != std::string::npos && colon > 0 &&
                              colon + 1 < node.scalar.size() && node.scalar.find(' ') == std::string::npos;
  if (!looks_like_key) return message + Describe(node);
  return message + "a text; is a space missing after " + base::Quoted(node.scalar.substr(0, colon + 1)) + "?";
}

}  // namespace

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kString:
      return "text";
    case Type::kBool:
      return "true/false";
    case Type::kInteger:
      return "whole number";
    case Type::kFloat:
      return "number";
    case Type::kDuration:
    case Type::kGoDuration:
      return "duration";
    case Type::kSize:
      return "size";
    case Type::kRegex:
      return "regular expression";
    case Type::kChoice:
      return "choice";
    case Type::kSecretFile:
      return "path of a secret";
    case Type::kStrings:
      return "list of texts";
    case Type::kStringMap:
      return "mapping of texts";
    case Type::kSection:
      return "section";
    case Type::kSections:
      return "list of sections";
    case Type::kTree:
      return "section";
  }
  return "value";
}

std::string ResolvePath(const std::string& path, const std::string& base_directory) {
  if (path.empty() || path.front() == '/' || base_directory.empty()) return path;
  return base_directory.back() == '/' ? base_directory + path : base_directory + "/" + path;
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {};
  return slash == 0 ? "/" : path.substr(0, slash);
}

Node DefaultNode(const Option& option) {
  const bool collection = option.type == Type::kStrings || option.type == Type::kStringMap ||
                          option.type == Type::kSection || option.type == Type::kSections;
  if (collection) {
    auto parsed = ParseYaml(option.default_text, "default of " + std::string(option.key));
    BEKCI_CHECK(parsed.ok() && "the default of an option is not YAML");
    return std::move(parsed).value();
  }
  Node node;
  if (option.default_text.empty()) return node;
  node.kind = Node::Kind::kScalar;
  node.scalar = option.default_text;
  return node;
}

void Errors::Add(const Mark& mark, std::string message) {
  const std::string place = mark.ToString();
  if (!place.empty()) message = place + ": " + message;
  // Behind everything that does not stand later in the same file.
  auto at = marks_.end();
  while (at != marks_.begin()) {
    const Mark& before = *(at - 1);
    const bool same_file = before.file == mark.file || (before.file && mark.file && *before.file == *mark.file);
    if (!same_file || std::pair(before.line, before.column) <= std::pair(mark.line, mark.column)) break;
    --at;
  }
  lines_.insert(lines_.begin() + (at - marks_.begin()), std::move(message));
  marks_.insert(at, mark);
}

base::Status Errors::ToStatus() const {
  return lines_.empty() ? base::OkStatus() : base::Invalid(base::Join(lines_, "\n"));
}

// One Check call and its sections.
class Checker {
 public:
  Checker(std::span<const Option> root, Errors* errors, const std::string& base_directory,
          const EnvironmentLookup& environment)
      : root_(root), errors_(errors), base_directory_(base_directory), environment_(environment) {}

  Values CheckMapping(const Node& node, std::span<const Option> table) {
    Values values;
    values.mark_ = node.mark;
    values.node_ = node;
    values.table_ = table;
    std::vector<Values::Entry> entries(table.size());
    if (node.is_mapping()) {
      for (auto& [key, value] : values.node_.entries) ReadEntry(key, value, table, entries);
    } else if (!node.is_null()) {
      errors_->Add(node.mark, NoMapping(node, "a mapping (key: value)"));
      values.node_ = Node();
    }
    for (size_t i = 0; i < table.size(); ++i) {
      if (!entries[i].in_file) FillDefault(node, table[i], &entries[i]);
      values.entries_.push_back(std::make_shared<const Values::Entry>(std::move(entries[i])));
    }
    return values;
  }

 private:
  void ReadEntry(const Node& key, Node& value, std::span<const Option> table, std::vector<Values::Entry>& entries) {
    const auto row = std::find_if(table.begin(), table.end(), [&](const Option& o) { return o.key == key.scalar; });
    if (row == table.end()) {
      errors_->Add(key.mark, UnknownKey(key.scalar, table, root_));
      return;
    }
    Values::Entry& entry = entries[static_cast<size_t>(row - table.begin())];
    if (entry.in_file) {
      errors_->Add(key.mark, "duplicate key " + base::Quoted(key.scalar));
      return;
    }
    // "key:" with nothing behind it leaves the default, as it does in every Go program.
    const bool says_nothing = value.is_null() && row->type != Type::kTree && row->type != Type::kSection;
    if (says_nothing) return;
    Values::Entry read;
    read.in_file = read.has = true;
    read.mark = key.mark;
    const size_t before = errors_->lines().size();
    Read(value, *row, &read);
    const bool keeps_its_good_parts = row->type == Type::kSection || row->type == Type::kSections;
    if (errors_->lines().size() == before || keeps_its_good_parts) {
      entry = std::move(read);
    } else {
      FillDefault(value, *row, &entry, /*required=*/false);
      entry.in_file = true;
      entry.mark = key.mark;
    }
  }

  void Wrong(const Node& node, const Option& option, const std::string& what) {
    errors_->Add(node.mark, std::string(option.key) + ": " + what);
  }

  void Read(Node& node, const Option& option, Values::Entry* entry) {
    switch (option.type) {
      case Type::kStrings:
        ReadStrings(node, option, entry);
        break;
      case Type::kStringMap:
        ReadStringMap(node, option, entry);
        break;
      case Type::kSection:
        ReadSection(node, option, entry);
        break;
      case Type::kSections:
        ReadSections(node, option, entry);
        break;
      case Type::kTree:
        entry->tree = node;
        break;
      default:
        ReadOne(node, option, entry);
    }
  }

  void ReadOne(Node& node, const Option& option, Values::Entry* entry) {
    std::string wrong = ReadScalar(node, option, entry);
    if (wrong.empty() && option.secret) wrong = Expand(&entry->text);
    if (!wrong.empty()) {
      Wrong(node, option, wrong);
    } else if (option.type == Type::kSecretFile) {
      if (entry->text.empty()) Wrong(node, option, "expected the path of a file, found an empty text");
      entry->text = ResolvePath(entry->text, base_directory_);
      node.scalar = entry->text;
    }
  }

  // Replaces `${env:NAME}` in a secret; returns what is wrong, or empty.
  std::string Expand(std::string* text) {
    auto expanded = ExpandEnvironment(*text, environment_);
    if (!expanded.ok()) return expanded.status().message();
    *text = std::move(*expanded);
    return {};
  }

  void ReadStrings(const Node& node, const Option& option, Values::Entry* entry) {
    const std::span<const Node> items = node.is_sequence() ? std::span<const Node>(node.items) : std::span(&node, 1);
    for (const Node& item : items) {
      if (!item.is_scalar()) {
        Wrong(item, option,
              "expected " + Expectation(option.type) + ", found " + Describe(item) +
                  (node.is_sequence() ? " in the list" : ""));
        continue;
      }
      const std::string wrong = option.choices.empty() ? "" : CheckChoice(item.scalar, option.choices);
      if (!wrong.empty()) Wrong(item, option, wrong);
      entry->strings.push_back(item.scalar);
    }
  }

  void ReadStringMap(const Node& node, const Option& option, Values::Entry* entry) {
    if (!node.is_mapping()) {
      Wrong(node, option, "expected " + Expectation(option.type) + ", found " + Describe(node));
      return;
    }
    for (const auto& [key, value] : node.entries) {
      if (!value.is_scalar() && !value.is_null()) {
        Wrong(value, option, base::Quoted(key.scalar) + ": expected a text, found " + Describe(value));
        continue;
      }
      std::string text = value.scalar;
      const std::string wrong = option.secret ? Expand(&text) : "";
      if (!wrong.empty()) Wrong(value, option, base::Quoted(key.scalar) + ": " + wrong);
      entry->string_map.emplace_back(key.scalar, std::move(text));
    }
  }

  void ReadSection(Node& node, const Option& option, Values::Entry* entry) {
    if (node.is_scalar() || node.is_sequence()) {
      Wrong(node, option, NoMapping(node, Expectation(option.type)));
      entry->sections.push_back(Absent(node.mark, option.section));
      return;
    }
    entry->sections.push_back(CheckMapping(node, option.section));
    node = entry->sections.back().node();
  }

  // A section that is not in the file: defaults, and nothing is missing, since what it requires it requires where it is
  // given.
  Values Absent(const Mark& mark, std::span<const Option> table) {
    Node absent;
    absent.mark = mark;
    Errors ignored;
    return Checker(root_, &ignored, base_directory_, environment_).CheckMapping(absent, table);
  }

  void ReadSections(Node& node, const Option& option, Values::Entry* entry) {
    if (node.is_scalar()) {
      Wrong(node, option, NoMapping(node, Expectation(option.type)));
      return;
    }
    for (Node& item : node.is_sequence() ? std::span<Node>(node.items) : std::span(&node, 1)) {
      entry->sections.push_back(CheckMapping(item, option.section));
      item = entry->sections.back().node();
    }
  }

  void FillDefault(const Node& mapping, const Option& option, Values::Entry* entry, bool required = true) {
    entry->mark = mapping.mark;
    if (option.required && required)
      errors_->Add(mapping.mark, "required key \"" + std::string(option.key) + "\" is missing");
    if (option.type == Type::kSection) entry->sections.push_back(Absent(mapping.mark, option.section));
    if (option.default_text.empty()) return;
    entry->has = true;
    Errors wrong;
    const std::string no_directory;
    Node node = DefaultNode(option);
    Checker(root_, &wrong, no_directory, environment_).Read(node, option, entry);
    BEKCI_CHECK(wrong.empty() && "the default of an option is not valid for it");
  }

  const std::span<const Option> root_;
  Errors* const errors_;
  const std::string& base_directory_;
  const EnvironmentLookup& environment_;
};

Values Check(const Node& node, std::span<const Option> table, Errors* errors, const std::string& base_directory,
             const EnvironmentLookup& environment) {
  return Checker(table, errors, base_directory, environment).CheckMapping(node, table);
}

}  // namespace bekci::config
