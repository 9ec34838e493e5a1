#include "agent/net/listening.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "agent/base/descriptor.h"
#include "agent/base/memory_file_system.h"

namespace bekci::net::listening_test {
namespace {

TEST_CASE("listening TCP ports are told over both protocols, each once, and damaged lines are passed over") {
  base::MemoryFileSystem fs;
  CHECK(ListeningPorts(fs).empty());
  fs.Put("/proc/net/tcp",
         "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
         "   0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
         "   1: 0100007F:0CEA 00000000:0000 01 00000000:00000000 00:00000000 00000000     0\n"
         "   2: 0100007F 00000000:0000 0A\n"
         "   3: 0100007F:1FFFF 00000000:0000 0A\n"
         "   4: 00000000:0050 00000000:0000 0A\n"
         "   5:\n");
  fs.Put("/proc/net/tcp6",
         "  sl  local_address remote_address st\n"
         "   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A\n"
         "   1: 00000000000000000000000001000000:0019 00000000000000000000000000000000:0000 0A\n");
  CHECK(ListeningPorts(fs) == std::vector<uint16_t>{0x19, 0x50, 0x18EB});
}

TEST_CASE("listening unix sockets are told by path, each once; connected, abstract and unnamed ones are not") {
  base::MemoryFileSystem fs;
  CHECK(ListeningUnixPaths(fs).empty());
  fs.Put("/proc/net/unix",
         "Num       RefCount Protocol Flags    Type St Inode Path\n"
         "0000000000000000: 00000002 00000000 00010000 0001 01 16051 /run/b.sock\n"
         "0000000000000000: 00000003 00000000 00000000 0001 03 16052 /run/connected.sock\n"
         "0000000000000000: 00000002 00000000 00010000 0001 01 16053 @abstract\n"
         "0000000000000000: 00000002 00000000 00010000 0001 01 16054\n"
         "0000000000000000: 00000002 00000000 00010000 0001 01 16055 /run/a.sock\n"
         "0000000000000000: 00000002 00000000 00010000 0001 01 16056 /run/b.sock\n");
  CHECK(ListeningUnixPaths(fs) == std::vector<std::string>{"/run/b.sock", "/run/a.sock"});
}

TEST_CASE("a socket that listens on this host is found") {
  const base::Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(listener.get(), 1) == 0);
  REQUIRE(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  base::RealFileSystem fs;
  const std::vector<uint16_t> ports = ListeningPorts(fs);
  CHECK(std::ranges::binary_search(ports, ntohs(address.sin_port)));
}

}  // namespace
}  // namespace bekci::net::listening_test
