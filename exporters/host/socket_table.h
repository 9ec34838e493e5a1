// SocketTable: the text of /proc/net/tcp, tcp6, udp and udp6: one socket per line, of which state and queues matter.
//
//   sl  local_address rem_address   st tx_queue rx_queue tr tm->when ...
//    0: 0100007F:2382 00000000:0000 0A 00000000:00000000 00:00000000 ...
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "agent/base/file_system.h"
#include "agent/base/status.h"

namespace bekci::exporters::host {

class SocketTable {
 public:
  SocketTable(base::FileSystem& fs, std::string path) : file_(fs, std::move(path), 256 << 20) {}

  // Calls each(state, send_queue_bytes, receive_queue_bytes) per socket. Errors: the file's; corrupt for a damaged
  // line.
  template <typename Each>
  base::Status ForEach(Each&& each) {
    ASSIGN_OR_RETURN(const std::string_view text, file_.Read());
    Cursor cursor{text, 0};
    Socket socket{};
    while (true) {
      ASSIGN_OR_RETURN(const bool more, Next(&cursor, &socket));
      if (!more) return base::OkStatus();
      each(socket.state, socket.send_queue_bytes, socket.receive_queue_bytes);
    }
  }

 private:
  struct Cursor {
    std::string_view rest;
    size_t line;
  };
  struct Socket {
    uint64_t state;
    uint64_t send_queue_bytes;
    uint64_t receive_queue_bytes;
  };
  base::Result<bool> Next(Cursor* cursor, Socket* socket);

  base::RereadFile file_;
};

}  // namespace bekci::exporters::host
