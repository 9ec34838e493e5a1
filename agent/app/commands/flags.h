// Flags of a subcommand, declared as a table and read the way Prometheus' programs read theirs: --name=value,
// --name value, --name and --no-name for switches, repeatable; one dash works as two. Everything after "--" is an
// argument.
//
// Thread rule: values.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"

namespace bekci::app::commands {

enum class FlagKind : unsigned char {
  kValue,     // --name=value; the last one counts
  kValues,    // the same, repeatable
  kSwitch,    // --name, --no-name
  kSwitches,  // a family of switches: the table's name ends in "." and the rest is free: --collector.cpu,
              // --no-collector.cpu
};

struct Flag {
  std::string_view name;  // without the dashes
  std::string_view alias = {};
  FlagKind kind = FlagKind::kValue;
  std::string_view value = {};         // what stands in the help: FILE
  std::string_view default_text = {};  // shown in the help, and the value when it is not given
  std::string_view help = {};
  bool hidden = false;
};

class Arguments {
 public:
  bool Has(std::string_view flag) const { return values_.contains(flag); }
  // The last value given, or the default.
  std::string Value(std::string_view flag) const;
  std::vector<std::string> Values(std::string_view flag) const;
  bool Switch(std::string_view flag) const { return Value(flag) == "true"; }
  // Of a kSwitches flag: name after the prefix -> on or off, the last one counts.
  std::map<std::string, bool> Switches(std::string_view flag) const;
  const std::vector<std::string>& positional() const { return positional_; }

 private:
  friend class FlagReader;
  std::span<const Flag> table_;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;  // switches: "true" or "false"
  std::map<std::string, std::map<std::string, bool>, std::less<>> switches_;
  std::vector<std::string> positional_;
};

// Errors: invalid, naming the flag and the nearest that exists.
base::Result<Arguments> ParseFlags(std::span<const Flag> table, std::span<const std::string> words);

// The flags as an aligned list for --help.
std::string FlagsHelp(std::span<const Flag> table);

// `text` broken into lines of `width` columns, each further one indented by `indent` spaces.
std::string Wrapped(std::string_view text, size_t indent, size_t width);

}  // namespace bekci::app::commands
