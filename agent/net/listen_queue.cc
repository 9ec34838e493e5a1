// Questions to sock_diag and what is made of the answers. See listen_queue.h.
#include "agent/net/listen_queue.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "agent/base/text.h"

namespace bekci::net {
namespace {

// The kernel fills at most this much of a datagram, whatever the number of sockets.
constexpr size_t kDatagramBytes = 32 << 10;
constexpr uint32_t kListening = 1U << TCP_LISTEN;
constexpr uint32_t kEstablished = 1U << TCP_ESTABLISHED;

template <typename T>
bool Take(std::string_view bytes, T* out) {
  if (bytes.size() < sizeof(T)) return false;
  std::memcpy(out, bytes.data(), sizeof(T));
  return true;
}

constexpr size_t Aligned(size_t size) {
  return (size + 3) & ~size_t{3};
}

// Calls f(type, payload) for the attributes in `bytes`; stops at the first that does not fit.
template <typename F>
void ForEachAttribute(std::string_view bytes, F&& f) {
  nlattr attribute{};
  while (Take(bytes, &attribute) && attribute.nla_len >= sizeof(attribute) && attribute.nla_len <= bytes.size()) {
    f(attribute.nla_type, bytes.substr(sizeof(attribute), attribute.nla_len - sizeof(attribute)));
    bytes.remove_prefix(std::min(bytes.size(), Aligned(attribute.nla_len)));
  }
}

std::string TcpAddress(const inet_diag_msg& message) {
  char host[INET6_ADDRSTRLEN] = "";
  inet_ntop(message.idiag_family, message.id.idiag_src, host, sizeof(host));
  TargetAddress address;
  address.host = host;
  address.port = ntohs(message.id.idiag_sport);
  return address.ToString();
}

// The name as unix_diag has it: a path with its final NUL, or NUL and an abstract name.
std::string UnixAddress(std::string_view name) {
  std::string address = "unix:";
  if (!name.empty() && name.back() == '\0' && name.front() != '\0') name.remove_suffix(1);
  for (size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    address.push_back(i == 0 && byte == 0 ? '@' : (byte < ' ' || byte > '~' ? '?' : name[i]));
  }
  return address;
}

base::Status AddTcp(std::string_view payload, SockDiagReply* reply) {
  inet_diag_msg message{};
  if (!Take(payload, &message)) return base::Corrupt("sock_diag: a TCP message is cut off");
  if (message.idiag_state == TCP_ESTABLISHED) {
    const bool counted = ntohs(message.id.idiag_sport) == reply->count_port && message.idiag_inode != 0;
    reply->tcp_connections += counted ? 1 : 0;
    return base::OkStatus();
  }
  if (message.idiag_state != TCP_LISTEN) return base::OkStatus();
  ListenQueue& queue = reply->queues.emplace_back();
  queue.address = TcpAddress(message);
  queue.inode = message.idiag_inode;
  queue.uid = message.idiag_uid;
  queue.queued = message.idiag_rqueue;
  queue.limit = message.idiag_wqueue;
  ForEachAttribute(payload.substr(sizeof(message)), [&](uint16_t type, std::string_view value) {
    uint32_t drops = 0;
    if (type != INET_DIAG_SKMEMINFO || value.size() < (SK_MEMINFO_DROPS + 1) * sizeof(drops)) return;
    if (Take(value.substr(SK_MEMINFO_DROPS * sizeof(drops)), &drops)) queue.drops = drops;
  });
  return base::OkStatus();
}

base::Status AddUnix(std::string_view payload, SockDiagReply* reply) {
  unix_diag_msg message{};
  if (!Take(payload, &message)) return base::Corrupt("sock_diag: a unix message is cut off");
  std::string_view name;
  unix_diag_vfs file{};
  unix_diag_rqlen lengths{};
  ForEachAttribute(payload.substr(sizeof(message)), [&](uint16_t type, std::string_view value) {
    if (type == UNIX_DIAG_NAME) name = value;
    if (type == UNIX_DIAG_VFS) Take(value, &file);
    if (type == UNIX_DIAG_RQLEN) Take(value, &lengths);
  });
  if (name.empty()) return base::OkStatus();
  if (message.udiag_state == TCP_ESTABLISHED) {
    const auto known = reply->connections.find(name);
    if (known != reply->connections.end()) ++known->second;
    if (known == reply->connections.end()) reply->connections.emplace(name, 1);
    return base::OkStatus();
  }
  if (message.udiag_state != TCP_LISTEN) return base::OkStatus();
  ListenQueue& queue = reply->queues.emplace_back();
  queue.address = name;  // as the kernel has it, until its connections were found by it
  queue.inode = message.udiag_ino;
  queue.file_inode = file.udiag_vfs_ino;
  queue.queued = lengths.udiag_rqueue;
  queue.limit = lengths.udiag_wqueue;
  return base::OkStatus();
}

// Of the unix queues from `begin` on: counts their connections and gives them addresses to be shown.
void FinishUnix(SockDiagReply* reply, size_t begin) {
  for (size_t i = begin; i < reply->queues.size(); ++i) {
    ListenQueue& queue = reply->queues[i];
    const auto found = reply->connections.find(queue.address);
    if (found != reply->connections.end()) queue.connections = found->second;
    queue.address = UnixAddress(queue.address);
  }
}

void MergeSameAddress(std::vector<ListenQueue>* queues) {
  std::sort(queues->begin(), queues->end(), [](const ListenQueue& a, const ListenQueue& b) {
    return a.address != b.address ? a.address < b.address : a.inode < b.inode;
  });
  size_t kept = 0;
  for (size_t i = 1; i < queues->size(); ++i) {
    ListenQueue& last = (*queues)[kept];
    ListenQueue& next = (*queues)[i];
    // Two unix sockets of one path are an old one, whose file was replaced, and the new one: not the same queue.
    if (last.address != next.address || next.address.starts_with("unix:")) {
      ++kept;
      if (kept != i) (*queues)[kept] = std::move(next);
      continue;
    }
    last.queued += next.queued;
    last.limit += next.limit;
    if (next.drops) last.drops = last.drops.value_or(0) + *next.drops;
  }
  if (!queues->empty()) queues->resize(kept + 1);
}

// The address as TcpAddress would print it, or empty when `host` is a name.
std::string Canonical(const std::string& host, uint16_t port) {
  unsigned char bytes[sizeof(in6_addr)];
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, host.c_str(), bytes) != 1) continue;
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(family, bytes, text, sizeof(text));
    TargetAddress address;
    address.host = text;
    address.port = port;
    return address.ToString();
  }
  return "";
}

template <typename Request>
std::string Question(const Request& request) {
  nlmsghdr header{};
  header.nlmsg_len = sizeof(header) + sizeof(request);
  header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  std::string bytes(sizeof(header) + sizeof(request), '\0');
  std::memcpy(bytes.data(), &header, sizeof(header));
  std::memcpy(bytes.data() + sizeof(header), &request, sizeof(request));
  return bytes;
}

}  // namespace

base::Status ParseSockDiag(std::string_view datagram, uint32_t sequence, SockDiagReply* reply) {
  nlmsghdr header{};
  while (!datagram.empty()) {
    if (!Take(datagram, &header) || header.nlmsg_len < sizeof(header) || header.nlmsg_len > datagram.size()) {
      return base::Corrupt("sock_diag: a message is cut off");
    }
    const std::string_view payload = datagram.substr(sizeof(header), header.nlmsg_len - sizeof(header));
    datagram.remove_prefix(std::min(datagram.size(), Aligned(header.nlmsg_len)));
    if (header.nlmsg_seq != sequence) continue;
    if (header.nlmsg_type == NLMSG_DONE) {
      reply->done = true;
      return base::OkStatus();
    }
    if (header.nlmsg_type == NLMSG_ERROR) {
      nlmsgerr error{};
      if (!Take(payload, &error)) return base::Corrupt("sock_diag: an error message is cut off");
      return base::Unavailable(std::string("sock_diag: ") + std::strerror(std::abs(error.error)));
    }
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || payload.empty()) continue;
    const auto family = static_cast<unsigned char>(payload.front());
    if (family == AF_UNIX) RETURN_IF_ERROR(AddUnix(payload, reply));
    if (family == AF_INET || family == AF_INET6) RETURN_IF_ERROR(AddTcp(payload, reply));
  }
  return base::OkStatus();
}

ListenQueues::~ListenQueues() {
  Close();
}

void ListenQueues::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

base::Status ListenQueues::Open() {
  if (fd_ >= 0) return base::OkStatus();
  fd_ = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
  if (fd_ < 0) return base::Unavailable(std::string("sock_diag: ") + std::strerror(errno));
  buffer_.resize(kDatagramBytes);
  return base::OkStatus();
}

base::Status ListenQueues::Ask(std::string_view question, base::MonotonicTime deadline, SockDiagReply* reply) {
  RETURN_IF_ERROR(Open());
  std::string numbered(question);
  ++sequence_;
  std::memcpy(numbered.data() + offsetof(nlmsghdr, nlmsg_seq), &sequence_, sizeof(sequence_));
  reply->done = false;
  base::Status status;
  if (send(fd_, numbered.data(), numbered.size(), 0) < 0) {
    status = base::Unavailable(std::string("sock_diag: ") + std::strerror(errno));
  }
  while (status.ok() && !reply->done) {
    const ssize_t got = recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (got > 0) {
      status = ParseSockDiag(std::string_view(buffer_).substr(0, static_cast<size_t>(got)), sequence_, reply);
    } else if (got < 0 && errno == EAGAIN) {
      pollfd poll_fd{fd_, POLLIN, 0};
      const int64_t left = base::ToMillis(deadline - clock_.Monotonic());
      if (left <= 0 || poll(&poll_fd, 1, static_cast<int>(std::min<int64_t>(left, 60'000))) == 0) {
        status = base::Timeout("sock_diag: the kernel does not answer in time");
      }
    } else if (got == 0 || errno != EINTR) {
      status = base::Unavailable(std::string("sock_diag: ") + std::strerror(got == 0 ? EPIPE : errno));
    }
  }
  if (!status.ok()) Close();  // what is left of the answer must not be taken for the next one's
  return status;
}

base::Status ListenQueues::AskTcp(uint8_t family, uint32_t states, base::MonotonicTime deadline, SockDiagReply* reply) {
  inet_diag_req_v2 request{};
  request.sdiag_family = family;
  request.sdiag_protocol = IPPROTO_TCP;
  request.idiag_ext = 1U << (INET_DIAG_SKMEMINFO - 1);
  request.idiag_states = states;
  return Ask(Question(request), deadline, reply);
}

base::Status ListenQueues::AskUnix(base::MonotonicTime deadline, SockDiagReply* reply) {
  unix_diag_req request{};
  request.sdiag_family = AF_UNIX;
  request.udiag_states = kListening | kEstablished;
  request.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_RQLEN;
  return Ask(Question(request), deadline, reply);
}

base::Status ListenQueues::Read(Families families, base::MonotonicTime deadline) {
  reply_ = SockDiagReply();
  SockDiagReply reply;
  if ((static_cast<int>(families) & static_cast<int>(Families::kTcp)) != 0) {
    RETURN_IF_ERROR(AskTcp(AF_INET, kListening, deadline, &reply));
    base::Status v6 = AskTcp(AF_INET6, kListening, deadline, &reply);
    // A kernel without IPv6 says so; that is no reason to know nothing of IPv4.
    if (!v6.ok() && v6.code() != base::Code::kUnavailable) return v6;
  }
  if ((static_cast<int>(families) & static_cast<int>(Families::kUnix)) != 0) {
    const size_t begin = reply.queues.size();
    RETURN_IF_ERROR(AskUnix(deadline, &reply));
    FinishUnix(&reply, begin);
  }
  MergeSameAddress(&reply.queues);
  reply_ = std::move(reply);
  return base::OkStatus();
}

base::Result<uint64_t> ListenQueues::CountTcpConnections(uint16_t port, base::MonotonicTime deadline) {
  SockDiagReply reply;
  reply.count_port = port;
  RETURN_IF_ERROR(AskTcp(AF_INET, kEstablished, deadline, &reply));
  base::Status v6 = AskTcp(AF_INET6, kEstablished, deadline, &reply);
  if (!v6.ok() && v6.code() != base::Code::kUnavailable) return v6;
  return reply.tcp_connections;
}

const ListenQueue* ListenQueues::Find(const TargetAddress& target, uint64_t file_inode) const {
  const auto by_address = [&](const std::string& address) -> const ListenQueue* {
    const auto& queues = reply_.queues;
    const auto at = std::lower_bound(queues.begin(), queues.end(), address,
                                     [](const ListenQueue& queue, const std::string& a) { return queue.address < a; });
    return at != queues.end() && at->address == address ? &*at : nullptr;
  };
  if (!target.unix_path.empty()) {
    const ListenQueue* found = by_address(target.ToString());
    for (const ListenQueue& queue : reply_.queues) {
      if (file_inode == 0 || queue.file_inode != file_inode) continue;
      if (found == nullptr || found->file_inode != file_inode) found = &queue;
    }
    return found;
  }
  if (target.host != "localhost") {
    const ListenQueue* found = by_address(Canonical(target.host, target.port));
    if (found != nullptr || !(target.host.starts_with("127.") || target.host == "::1")) return found;
  }
  const std::string port = ":" + std::to_string(target.port);
  for (const char* host : {"127.0.0.1", "0.0.0.0", "[::]", "[::1]"}) {
    if (const ListenQueue* found = by_address(host + port); found != nullptr) return found;
  }
  return nullptr;
}

}  // namespace bekci::net
