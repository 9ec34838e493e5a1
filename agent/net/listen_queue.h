// ListenQueues: how many connections wait before a listening socket for somebody to accept them, as the kernel sees it.
//
// A service whose workers are all busy cannot answer questions about itself, but the kernel can: each listening socket
// has a queue of connections that are established and not yet accepted, a limit of that queue (the smaller of the
// backlog given to listen(2) and net.core.somaxconn), and, for TCP, a count of connections it dropped. This asks the
// kernel for all of them, through netlink's sock_diag. No privilege is needed; what is seen is the network namespace we
// are in.
//
// For unix sockets it can also count the connections that were accepted and are still open: workers that are busy.
//
// Source: sock_diag(7), linux/inet_diag.h, linux/unix_diag.h. For a listening socket the kernel gives the length of the
// queue as rqueue and its limit as wqueue. A connection that nobody accepted has no inode yet; unix_diag leaves it out
// of a dump, inet_diag shows it with inode 0.
// Invariant: nothing in a reply is trusted to be as long as it says.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/net/dialer.h"

namespace bekci::net {

struct ListenQueue {
  // "127.0.0.1:9000", "[::]:80", "unix:/run/php/www.sock", "unix:@name" (abstract; bytes that cannot be shown are '?').
  std::string address;
  uint64_t inode = 0;       // of the socket: what /proc/<pid>/fd links to as socket:[inode]
  uint64_t file_inode = 0;  // unix sockets with a path: of the file, as stat gives it
  uint32_t uid = 0;         // TCP: of the socket's owner; unix_diag does not tell it
  uint64_t queued = 0;      // connections that wait
  uint64_t limit = 0;       // how many may
  // TCP: connections this socket dropped, for a full queue or otherwise, since it was made. Not for unix sockets.
  std::optional<uint64_t> drops;
  // Unix sockets: connections that were accepted and are open.
  uint64_t connections = 0;
};

// What the kernel said so far in answer to one question.
struct SockDiagReply {
  std::vector<ListenQueue> queues;
  std::map<std::string, uint64_t, std::less<>> connections;  // unix sockets: name -> accepted connections
  uint16_t count_port = 0;                                   // not 0: count accepted TCP connections of this local port
  uint64_t tcp_connections = 0;
  bool done = false;
};

// Reads one datagram of the kernel's, several messages long; messages of another sequence number are passed over.
// Errors: unavailable (the kernel's own error), corrupt.
base::Status ParseSockDiag(std::string_view datagram, uint32_t sequence, SockDiagReply* reply);

class ListenQueues {
 public:
  enum class Families : unsigned char { kTcp = 1, kUnix = 2, kBoth = 3 };

  explicit ListenQueues(const base::Clock& clock) : clock_(clock) {}
  ~ListenQueues();
  ListenQueues(const ListenQueues&) = delete;
  ListenQueues& operator=(const ListenQueues&) = delete;

  // Asks the kernel anew. On an error nothing is known. Errors: unavailable (no netlink here, or the kernel refused),
  // timeout, corrupt.
  base::Status Read(Families families, base::MonotonicTime deadline);
  // What the last Read found, sorted by address. TCP sockets with the same address (SO_REUSEPORT) are one, their
  // numbers added. Of a unix socket whose file was replaced while it still listens there are two.
  std::span<const ListenQueue> all() const { return reply_.queues; }
  // The queue in which a connection to `target` would wait: exactly that address, and for one of this host (127.0.0.1,
  // ::1, localhost) also a socket that listens on every address at its port. A unix socket is known by its path, or by
  // `file_inode` (0: unknown) where the path was bound under another name. Null: nobody listens there, or somebody on
  // another host. No name but localhost is looked up.
  const ListenQueue* Find(const TargetAddress& target, uint64_t file_inode = 0) const;

  // How many accepted TCP connections a local port has. The kernel walks its whole table of connections for this,
  // which on a big host takes it a millisecond: not for every round.
  base::Result<uint64_t> CountTcpConnections(uint16_t port, base::MonotonicTime deadline);

 private:
  base::Status Ask(std::string_view question, base::MonotonicTime deadline, SockDiagReply* reply);
  base::Status AskTcp(uint8_t family, uint32_t states, base::MonotonicTime deadline, SockDiagReply* reply);
  base::Status AskUnix(base::MonotonicTime deadline, SockDiagReply* reply);
  base::Status Open();
  void Close();

  const base::Clock& clock_;
  int fd_ = -1;
  uint32_t sequence_ = 0;
  std::string buffer_;
  SockDiagReply reply_;
};

}  // namespace bekci::net
