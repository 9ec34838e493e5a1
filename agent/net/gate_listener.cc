// See gate_listener.h.
#include "agent/net/gate_listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/net/gate_connection.h"

namespace bekci::net {
namespace {

// Connections taken per wake-up: those that are already in get their turn in between.
constexpr int kAcceptBatch = 64;

// Makes room by giving up the connection that has been idle longest, or one that has had its answer and only waits for
// the client to close. False when there is none.
bool EvictIdle(GateCore& core) {
  DeadlineEntry* oldest = core.idle.first() != nullptr ? core.idle.first() : core.lingering.first();
  if (oldest == nullptr) return false;
  static_cast<GateConnection*>(oldest)->Close();
  return true;
}

}  // namespace

GateListener::~GateListener() {
  close(socket_.fd);
  if (!socket_.unix_path.empty()) unlink(socket_.unix_path.c_str());
}

void GateListener::OnEvents(uint32_t) {
  for (int i = 0; i < kAcceptBatch; ++i) {
    sockaddr_storage peer{};
    socklen_t length = sizeof(peer);
    const int fd = accept4(socket_.fd, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      Admit(fd, peer);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return OnAcceptFailed(errno);
    }
  }
}

void GateListener::Admit(int fd, const sockaddr_storage& peer) {
  GateCounters::Add(core_.counters.accepted);
  const uint64_t key = PeerKey(peer);
  const auto same = core_.open_by_peer.find(key);
  const bool too_many_of_peer =
      same != core_.open_by_peer.end() && same->second >= core_.options.max_connections_per_address;
  if (too_many_of_peer || (core_.open >= core_.options.max_connections && !EvictIdle(core_))) {
    GateCounters::Add(core_.counters.dropped_limit);
    close(fd);
    return;
  }
  if (peer.ss_family != AF_UNIX) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  auto connection = std::make_unique<GateConnection>(core_, fd, PeerText(peer), key);
  if (!GateConnection::Start(std::move(connection), core_.tls.Current(core_.now))) {
    GateCounters::Add(core_.counters.dropped_limit);
  }
}

// Out of descriptors or memory, most of all. The connection stays in the kernel's queue and would be reported again at
// once, so the oldest idle one makes room, or the loop takes a breath.
void GateListener::OnAcceptFailed(int error) {
  if (core_.now >= next_complaint_) {
    next_complaint_ = core_.now + base::seconds(60);
    core_.log.Warn("accept failed, new connections wait", {{"address", socket_.text}, {"error", std::strerror(error)}});
  }
  if (!EvictIdle(core_)) usleep(1000);
}

}  // namespace bekci::net
