// Settings: the checked values of one integration, asked for by name, whatever the type of their rows.
//
// A medium reads texts that are templates, and most of its keys are such texts; whether the table has a number, a flag
// or a text for a key, here it is a text where a text is asked for. Keys that a table does not have read as not set, so
// one piece of code serves tables of several versions. Nested lists (fields, buttons, links) are Settings again.
//
// Source: config/option.h. Thread rule: reads only; the Values (or the Node) outlive it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/client/http_options.h"
#include "agent/config/option.h"

namespace bekci::notify::receivers {

class Settings {
 public:
  explicit Settings(const config::Values& values) : values_(&values) {}
  explicit Settings(const config::Node& node) : node_(&node) {}

  // Empty when not set.
  std::string Text(std::string_view key) const;
  bool IsSet(std::string_view key) const { return !Text(key).empty(); }
  bool Flag(std::string_view key, bool otherwise = false) const;
  uint64_t Number(std::string_view key) const;  // 0 when not set
  // 0 when not set. Texts in Go's notation ("1.5h", "500ms") or in Prometheus' ("1d").
  base::Duration Duration(std::string_view key) const;
  // `key`, or the file that `key`_file names.
  client::SecretSource Secret(std::string_view key) const;

  std::vector<std::string> Texts(std::string_view key) const;
  std::vector<std::pair<std::string, std::string>> Map(std::string_view key) const;  // in the order of the file
  std::vector<Settings> List(std::string_view key) const;                            // of mappings
  std::optional<Settings> Section(std::string_view key) const;
  const config::Node* Tree(std::string_view key) const;  // null when not set

 private:
  const config::Option* Row(std::string_view key) const;  // null: no such row, or these are settings of a Node
  const config::Node* Child(std::string_view key) const;  // of a Node, or of a row that is a tree

  const config::Values* values_ = nullptr;
  const config::Node* node_ = nullptr;
};

}  // namespace bekci::notify::receivers
