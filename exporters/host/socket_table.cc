#include "exporters/host/socket_table.h"

#include <algorithm>

#include "exporters/host/numbers.h"

namespace bekci::exporters::host {

base::Result<bool> SocketTable::Next(Cursor* cursor, Socket* socket) {
  if (cursor->line == 0) {  // the header
    const size_t end = cursor->rest.find('\n');
    if (end == std::string_view::npos) return base::Corrupt(file_.path() + ": is cut short");
    cursor->rest.remove_prefix(end + 1);
    cursor->line = 1;
  }
  if (cursor->rest.empty()) return false;
  const std::string_view line = cursor->rest.substr(0, cursor->rest.find('\n'));
  cursor->rest.remove_prefix(std::min(cursor->rest.size(), line.size() + 1));
  ++cursor->line;
  base::FieldReader fields(line);
  for (int column = 0; column < 3; ++column) fields.Next();
  const auto state = base::ParseUint(fields.Next(), 16);
  const std::string_view queues = fields.Next();
  const size_t colon = std::min(queues.find(':'), queues.size());
  const auto send_queue = base::ParseUint(queues.substr(0, colon), 16);
  const auto receive_queue =
      colon < queues.size() ? base::ParseUint(queues.substr(colon + 1), 16) : std::optional<uint64_t>();
  if (!state || !send_queue || !receive_queue) {
    return DamagedLine(file_.path(), cursor->line, "expected a socket's state and queues");
  }
  *socket = {*state, *send_queue, *receive_queue};
  return true;
}

}  // namespace bekci::exporters::host
