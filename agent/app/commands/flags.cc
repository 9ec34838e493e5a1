#include "agent/app/commands/flags.h"

#include <algorithm>
#include <utility>

#include "agent/base/text.h"

namespace bekci::app::commands {
namespace {

constexpr size_t kHelpColumn = 34;
constexpr size_t kHelpWidth = 100;

bool TakesValue(const Flag& flag) {
  return flag.kind == FlagKind::kValue || flag.kind == FlagKind::kValues;
}

const Flag* FindExact(std::span<const Flag> table, std::string_view name) {
  for (const Flag& flag : table) {
    if (flag.kind != FlagKind::kSwitches && (flag.name == name || (!flag.alias.empty() && flag.alias == name))) {
      return &flag;
    }
  }
  return nullptr;
}

const Flag* FindFamily(std::span<const Flag> table, std::string_view name) {
  for (const Flag& flag : table) {
    if (flag.kind == FlagKind::kSwitches && name.size() > flag.name.size() && name.starts_with(flag.name)) return &flag;
  }
  return nullptr;
}

std::string Spelled(const Flag& flag) {
  switch (flag.kind) {
    case FlagKind::kSwitches:
      return "--[no-]" + std::string(flag.name) + "<name>";
    case FlagKind::kSwitch:
      return "--" + std::string(flag.name);
    default:
      return "--" + std::string(flag.name) + "=" + std::string(flag.value.empty() ? "VALUE" : flag.value);
  }
}

base::Status UnknownFlag(std::span<const Flag> table, std::string_view name) {
  std::vector<std::string_view> names;
  for (const Flag& flag : table) {
    if (flag.hidden || flag.kind == FlagKind::kSwitches) continue;
    names.push_back(flag.name);
    if (!flag.alias.empty()) names.push_back(flag.alias);
  }
  std::string message = "unknown flag --" + std::string(name);
  const std::string_view near = base::Nearest(name, names);
  if (!near.empty()) message += ", did you mean --" + std::string(near) + "?";
  return base::Invalid(std::move(message));
}

}  // namespace

// One pass over the words of a command line.
class FlagReader {
 public:
  FlagReader(std::span<const Flag> table, std::span<const std::string> words) : table_(table), words_(words) {
    arguments_.table_ = table;
  }

  base::Result<Arguments> Read() {
    while (next_ < words_.size()) {
      const std::string& word = words_[next_++];
      if (word == "--") {
        arguments_.positional_.insert(arguments_.positional_.end(), words_.begin() + static_cast<ptrdiff_t>(next_),
                                      words_.end());
        break;
      }
      if (word.size() < 2 || word[0] != '-') {
        arguments_.positional_.push_back(word);
        continue;
      }
      RETURN_IF_ERROR(ReadFlag(std::string_view(word).substr(word[1] == '-' ? 2 : 1)));
    }
    return std::move(arguments_);
  }

 private:
  base::Status ReadFlag(std::string_view text) {
    const size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    std::optional<std::string_view> value;
    if (equals != std::string_view::npos) value = text.substr(equals + 1);

    if (const Flag* flag = FindExact(table_, name); flag != nullptr) {
      return TakesValue(*flag) ? Store(*flag, value) : StoreSwitch(*flag, value, true);
    }
    const bool negated = name.starts_with("no-");
    const std::string_view positive = negated ? name.substr(3) : name;
    if (const Flag* flag = negated ? FindExact(table_, positive) : nullptr;
        flag != nullptr && flag->kind == FlagKind::kSwitch) {
      return StoreSwitch(*flag, value, false);
    }
    if (const Flag* family = FindFamily(table_, positive); family != nullptr) {
      if (value) return base::Invalid("--" + std::string(name) + " is a switch and takes no value");
      arguments_.switches_[std::string(family->name)][std::string(positive.substr(family->name.size()))] = !negated;
      return base::OkStatus();
    }
    return UnknownFlag(table_, name);
  }

  base::Status Store(const Flag& flag, std::optional<std::string_view> value) {
    if (!value) {
      if (next_ >= words_.size()) return base::Invalid("--" + std::string(flag.name) + " needs a value");
      value = words_[next_++];
    }
    std::vector<std::string>& values = arguments_.values_[std::string(flag.name)];
    if (flag.kind == FlagKind::kValue) values.clear();
    values.emplace_back(*value);
    return base::OkStatus();
  }

  base::Status StoreSwitch(const Flag& flag, std::optional<std::string_view> value, bool on) {
    if (value && *value != "true" && *value != "false") {
      return base::Invalid("--" + std::string(flag.name) + " is a switch: true or false, not " + base::Quoted(*value));
    }
    if (value && *value == "false") on = !on;
    arguments_.values_[std::string(flag.name)] = {on ? "true" : "false"};
    return base::OkStatus();
  }

  std::span<const Flag> table_;
  std::span<const std::string> words_;
  size_t next_ = 0;
  Arguments arguments_;
};

std::string Arguments::Value(std::string_view flag) const {
  const auto it = values_.find(flag);
  if (it != values_.end()) return it->second.back();
  const Flag* declared = FindExact(table_, flag);
  BEKCI_CHECK(declared != nullptr);
  return std::string(declared->default_text);
}

std::vector<std::string> Arguments::Values(std::string_view flag) const {
  const auto it = values_.find(flag);
  return it == values_.end() ? std::vector<std::string>() : it->second;
}

std::map<std::string, bool> Arguments::Switches(std::string_view flag) const {
  const auto it = switches_.find(flag);
  return it == switches_.end() ? std::map<std::string, bool>() : it->second;
}

base::Result<Arguments> ParseFlags(std::span<const Flag> table, std::span<const std::string> words) {
  return FlagReader(table, words).Read();
}

std::string Wrapped(std::string_view text, size_t indent, size_t width) {
  std::string out;
  size_t column = indent;
  for (const std::string_view word : base::Split(text, ' ')) {
    if (column > indent && column + 1 + word.size() > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

std::string FlagsHelp(std::span<const Flag> table) {
  std::string out;
  for (const Flag& flag : table) {
    if (flag.hidden) continue;
    std::string left = "  " + Spelled(flag);
    left += left.size() + 2 > kHelpColumn ? "\n" + std::string(kHelpColumn, ' ')
                                          : std::string(kHelpColumn - left.size(), ' ');
    std::string help(flag.help);
    if (flag.kind == FlagKind::kValues) help += " Repeatable.";
    if (!flag.default_text.empty() && TakesValue(flag)) help += " Default: " + std::string(flag.default_text) + ".";
    out += left + Wrapped(help, kHelpColumn, kHelpWidth) + "\n";
  }
  return out;
}

}  // namespace bekci::app::commands
