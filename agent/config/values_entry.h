// Values::Entry: one option's value in whichever form its type has. Private to Check and the getters.
// Thread rule: a value.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/config/option.h"

namespace bekci::config {

struct Values::Entry {
  bool in_file = false;
  bool has = false;
  Mark mark;  // of the key; of the mapping when not in the file
  std::string text;
  bool flag = false;
  int64_t integer = 0;
  double number = 0;
  base::Duration duration = {};
  uint64_t size = 0;
  std::vector<std::string> strings;
  std::vector<std::pair<std::string, std::string>> string_map;
  std::vector<Values> sections;  // kSection: exactly one
  Node tree;
};

}  // namespace bekci::config
