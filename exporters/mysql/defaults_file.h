// DefaultsFile: the part of MySQL's option files (~/.my.cnf) that says how to log in.
//
// `[group]` lines, `key=value` or `key` lines, # and ; comments, quotes around a value, and the escapes \b \t \n \r
// \\ \s as the MySQL manual ("Using Option Files") has them; - and _ in keys are the same. A group with a dot continues
// its parent: [client.shop] has the keys of [client] where it has none of its own, as mysqld_exporter reads it. Later
// lines win. !include and !includedir are refused with their place: what they point to is not read.
//
// Thread rule: values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/status.h"

namespace bekci::exporters::mysql {

class DefaultsFile {
 public:
  // Errors: invalid, with the line's number but nothing of its text (it may hold a password).
  static base::Result<DefaultsFile> Parse(std::string_view text);

  bool HasGroup(const std::string& group) const { return groups_.contains(group); }
  // The value of `key` (with dashes) in `group` or the groups it continues.
  std::optional<std::string> Get(std::string_view group, const std::string& key) const;

 private:
  std::map<std::string, std::map<std::string, std::string>, std::less<>> groups_;
};

}  // namespace bekci::exporters::mysql
