// ServerFacts: what kind of server is at the other end, as its last INFO said. Decides what it is asked.
//
// Thread rule: plain data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bekci::exporters::redis {

struct Version {
  int major = 0;
  int minor = 0;
  // "7.0.15"; what cannot be read is 0.
  static Version Parse(std::string_view text);
  bool AtLeast(int want_major, int want_minor = 0) const {
    return major > want_major || (major == want_major && minor >= want_minor);
  }
};

struct ServerFacts {
  bool known = false;  // an INFO was read on this connection
  Version redis;       // the protocol's; Valkey says 7.2.4
  Version valkey;      // 0.0: not Valkey
  bool sentinel = false;
  bool cluster = false;
  bool replica = false;
  bool loading = false;
  int64_t connected_clients = 0;
  std::string run_id;  // of the running process: the same server seen at two addresses
  std::string name;    // "Redis 7.0.15", "Valkey 8.1.1": for people
};

}  // namespace bekci::exporters::redis
