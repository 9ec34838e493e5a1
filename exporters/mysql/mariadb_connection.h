// Connections through libmariadb, in its non-blocking form under an absolute deadline.
//
// The library's own time-outs are per read, so a server that sends one byte a second outlasts them; here every wait is
// a poll() of ours until the caller's deadline, and what is then unfinished is ended by shutting the socket down. Rows
// are read one by one and bounded, so a hostile server cannot fill the memory. Only ways to log in that do not hand the
// password to the server are accepted, and the server cannot ask for local files.
//
// Thread rule: one thread at a time; the Connector outlives its connections.
#pragma once

#include <memory>

#include "agent/base/clock.h"
#include "exporters/mysql/connection.h"
#include "exporters/mysql/login.h"

namespace bekci::exporters::mysql {

struct MariaDbLimits {
  size_t max_rows = 200'000;      // of one answer
  size_t max_bytes = 64u << 20;   // of one answer
  size_t max_packet = 16u << 20;  // of one row
};

std::unique_ptr<Connector> MakeMariaDbConnector(LoginSource source, const base::Clock& clock,
                                                MariaDbLimits limits = {});

}  // namespace bekci::exporters::mysql
