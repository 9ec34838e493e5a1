// Option tables: each knob of bekci is declared once, as a row, next to the code that uses it.
//
// From the rows come the check of a file (unknown keys with a suggestion, types, ranges), the values handed to the
// code, `bekci config docs` and the tables in the READMEs. The idea is Redis' static_configs[] and DuckDB's
// settings.json.
//
//     constexpr config::Option kOptions[] = {
//         {.key = "procfs", .type = config::Type::kString, .default_text = "/proc", .help = "Where procfs is
//         mounted."},
//     };
//
// Thread rule: tables are constant; Values are values.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/config/node.h"

namespace bekci::config {

enum class Type : unsigned char {
  kString,
  kBool,
  kInteger,     // range: min..max
  kFloat,       // range: min..max
  kDuration,    // 15s; range in seconds
  kGoDuration,  // 1.5h, 250us: as Go writes durations; range in seconds
  kSize,        // 2GiB; range in bytes
  kRegex,       // RE2, checked to compile
  kChoice,      // one of `choices`
  kSecretFile,  // path of a file that holds a secret; must be readable when checked; its content is never kept here
  kStrings,     // list of strings, each one of `choices` when there are some; a single string is a list of one
  kStringMap,   // mapping of strings to strings
  kSection,     // a mapping described by `section`
  kSections,    // a list of such mappings; a single mapping is a list of one
  kTree,        // handed over unchecked as a Node: a part that someone else checks (collectors:)
};
std::string_view TypeName(Type type);  // "duration": as docs print it

struct Option {
  std::string_view key;
  Type type = Type::kString;
  std::string_view default_text = {};  // in the notation of the file, lists as [a, b]; empty: not set
  std::string_view help = {};
  double min = 0;  // with max > min: inclusive range
  double max = 0;
  bool required = false;
  bool reloadable = true;  // false: a reload that changes it says that a restart is needed
  std::span<const std::string_view> choices = {};
  std::span<const Option> section = {};
  // kString, kStringMap: the value itself is a secret. `${env:NAME}` in it is replaced, and it is shown as <secret>.
  bool secret = false;
};

// All that is wrong with a file, in file order whatever the order of the checks. People fix several mistakes at once.
class Errors {
 public:
  void Add(const Mark& mark, std::string message);  // kept as "file:line: message"
  bool empty() const { return lines_.empty(); }
  const std::vector<std::string>& lines() const { return lines_; }
  base::Status ToStatus() const;  // OK, or invalid with the lines joined by "\n"

 private:
  std::vector<Mark> marks_;  // as lines_
  std::vector<std::string> lines_;
};

// Where `${env:NAME}` in a secret value is looked up; nullopt: not set. Empty: the environment of the process.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

// Checked values of one mapping. Getters take a key of the table (anything else is a bug and aborts) and return the
// default where the file says nothing.
class Values {
 public:
  struct Entry;  // one checked value; its shape is private to this folder

  bool Has(std::string_view key) const;  // set in the file, or by a non-empty default
  bool IsSetInFile(std::string_view key) const;
  const std::string& String(std::string_view key) const;  // also kRegex, kChoice, kSecretFile; empty when not set
  bool Bool(std::string_view key) const;
  int64_t Integer(std::string_view key) const;
  double Float(std::string_view key) const;
  base::Duration Duration(std::string_view key) const;
  uint64_t Size(std::string_view key) const;
  const std::vector<std::string>& Strings(std::string_view key) const;
  const std::vector<std::pair<std::string, std::string>>& StringMap(std::string_view key) const;
  const Values& Section(std::string_view key) const;  // all defaults when not in the file
  const std::vector<Values>& Sections(std::string_view key) const;
  const Node* Tree(std::string_view key) const;  // null when not in the file
  // Where the key stands, or where the mapping begins when it is not in the file.
  Mark MarkOf(std::string_view key) const;
  const Mark& mark() const { return mark_; }
  // The mapping as it was in the file, to be sent to the worker (secret files resolved to full paths, `${env:NAME}` as
  // written). To show it, mask it first: MaskSecrets in yaml_printer.h.
  const Node& node() const { return node_; }
  // The table it was checked against.
  std::span<const Option> table() const { return table_; }

 private:
  friend class Checker;
  const Entry& Get(std::string_view key, std::initializer_list<Type> allowed) const;

  Mark mark_;
  Node node_;
  std::span<const Option> table_;
  std::vector<std::shared_ptr<const Entry>> entries_;  // as the table
};

// Checks `node` (kNull or a mapping) against `table`, adding every mistake to `errors`; what is wrong has its default
// in the result. Does no I/O. kSecretFile paths are resolved against `base_directory` and checked by CheckSecretFiles
// (secret_files.h). A default that the table itself gets wrong is a bug and aborts.
Values Check(const Node& node, std::span<const Option> table, Errors* errors, const std::string& base_directory = "",
             const EnvironmentLookup& environment = {});

// The default of `option` as if it stood in a file; null when it has none.
Node DefaultNode(const Option& option);

// `path` as seen from the directory of the file that names it; absolute and empty paths stay as they are.
std::string ResolvePath(const std::string& path, const std::string& base_directory);
// The directory of the file at `path`, for ResolvePath; empty where the path names none.
std::string DirectoryOf(const std::string& path);

}  // namespace bekci::config
