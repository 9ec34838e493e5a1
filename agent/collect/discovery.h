// What a collector finds on this host by itself: for `bekci config discover`, and for running without a configuration.
//
// Thread rule: plain data.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bekci::collect {

struct Found {
  std::string instance;  // a name for it, unique within the collector: "local", "6379", a pool's name
  std::string what;      // one line for a person: "MariaDB 10.11.6 at unix:/run/mysqld/mysqld.sock"
  // The instance's options as they would stand in the configuration file; values are scalars.
  std::vector<std::pair<std::string, std::string>> options;
  std::string problem;  // why it cannot be collected as it is, in one line; empty: it can
  std::string fix;  // what to do about it, to be copied: the exact grant, setting or command; may have several lines
};

}  // namespace bekci::collect
