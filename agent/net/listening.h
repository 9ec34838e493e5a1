// Who listens on this host, as procfs lists it: for finding servers, now and then. What is asked every round is in
// listen_queue.h.
//
// Source: proc(5), the kernel's net/ipv4/tcp_ipv4.c and net/unix/af_unix.c (formats).
// Thread rule: any thread. What cannot be read lists nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/base/file_system.h"

namespace bekci::net {

// TCP ports that something listens on, over IPv4 or IPv6, at whatever address: ascending, each once.
std::vector<uint16_t> ListeningPorts(base::FileSystem& fs);

// Paths of the unix sockets that something listens on: in the kernel's order, each once.
std::vector<std::string> ListeningUnixPaths(base::FileSystem& fs);

}  // namespace bekci::net
