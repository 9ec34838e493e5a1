// nginx's stub_status page:
//
//   Active connections: 2
//   server accepts handled requests
//    2187 2187 2972
//   Reading: 0 Writing: 1 Waiting: 1
//
// Source: ngx_http_stub_status_module.c. Tengine adds a column request_time, which is passed over.
// Thread rule: pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/base/status.h"

namespace bekci::exporters::nginx {

struct StubStatus {
  uint64_t active = 0;
  uint64_t accepted = 0;
  uint64_t handled = 0;
  uint64_t requests = 0;
  uint64_t reading = 0;
  uint64_t writing = 0;
  uint64_t waiting = 0;
};

// Errors: corrupt, with the line that is not as expected.
base::Result<StubStatus> ParseStubStatus(std::string_view text);

}  // namespace bekci::exporters::nginx
