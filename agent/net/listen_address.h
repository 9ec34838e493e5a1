// Addresses to listen on, from the text a user wrote to a listening socket; and the text of a peer's address.
//
// Thread rule: pure functions, and a socket that its owner closes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/status.h"

struct sockaddr_storage;

namespace bekci::net {

struct ListenAddress {
  std::string host;       // as written without brackets; empty: every address, IPv6 and IPv4
  uint16_t port = 0;      // 0: the kernel picks
  std::string unix_path;  // not empty: a unix socket, the rest does not count
};

// "127.0.0.1:9100", "[::1]:9100", ":9100", "localhost:9100", "unix:/run/bekci.sock".
base::Result<ListenAddress> ParseListenAddress(std::string_view text);

struct ListenSocket {
  int fd = -1;            // non-blocking, close-on-exec; the caller closes it
  std::string text;       // where it listens, with the port that was picked
  std::string unix_path;  // to be removed by the owner when it closes
};

// Errors: unavailable, naming address, reason, and what to look for.
base::Result<ListenSocket> OpenListenSocket(const ListenAddress& address);

// "192.0.2.7", "2001:db8::1", "unix:" for a unix socket; an IPv4 address in IPv6 clothes is shown as what it is.
std::string PeerText(const sockaddr_storage& peer);
// What per-address limits count by: the IPv4 address, or the /64 that one IPv6 host may fill as it likes. 0 for unix
// sockets, which are not counted: who may use them is a question of file modes.
uint64_t PeerKey(const sockaddr_storage& peer);

}  // namespace bekci::net
