// Template: a parsed text with the named templates it defines.
//
// Source: Go's text/template. A text is parsed against a table of functions and a list of variables that are there
// without a declaration; what it calls and names must exist then, only {{template "name"}} is looked up when it is
// reached. `library` is a template whose definitions are there as well, and which this one's override, unless they hold
// nothing but white space: how many texts share what a set of files defines.
//
// Thread rule: immutable; any thread may execute it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/template/arena.h"
#include "agent/template/function_table.h"
#include "agent/template/regex.h"
#include "agent/template/tree.h"

namespace bekci::templates {

class Template {
 public:
  struct Options {
    const FunctionTable* functions = nullptr;          // not null; outlives the template
    std::span<const std::string_view> variables = {};  // with their dollar; slots 1, 2, ... of the main template
    std::shared_ptr<const Template> library = nullptr;
  };

  // Errors: invalid, "template: NAME:LINE:COL: what is wrong", lines and bytes counted from 1; limit, worded likewise.
  static base::Result<std::shared_ptr<const Template>> Parse(std::string name, std::string_view source,
                                                             const Options& options);

  const std::string& name() const { return name_; }
  // The text itself, outside any definition.
  const Definition& main() const { return main_; }
  const std::vector<Definition>& definitions() const { return definitions_; }

  struct Found {
    const Definition* definition = nullptr;  // null: no such template
    const Template* owner = nullptr;
  };
  Found Find(std::string_view name) const;

  // "NAME:LINE:COL" of a byte of the text.
  std::string Where(uint32_t position) const;

 private:
  friend class Parser;
  Template(std::string name, std::string_view source) : name_(std::move(name)), source_(source) {}

  std::string name_;
  std::string source_;
  Arena arena_{SIZE_MAX};
  Definition main_;
  std::vector<Definition> definitions_;  // by name
  std::vector<std::shared_ptr<const Regex>> regexes_;
  std::shared_ptr<const Template> library_;
};

}  // namespace bekci::templates
