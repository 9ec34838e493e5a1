// The socket view against real listening sockets of this process, and its parser against damaged replies.
#include "agent/net/listen_queue.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <vector>

namespace bekci::net::listen_queue_test {
namespace {

const base::RealClock kClock;

base::MonotonicTime Soon() {
  return kClock.Monotonic() + base::seconds(10);
}

// A listening socket and clients of it, all closed in the end.
class Listener {
 public:
  Listener(const std::string& unix_path, int backlog) : path_(unix_path) {
    if (path_.empty()) {
      auto* inet = reinterpret_cast<sockaddr_in*>(&address_);
      inet->sin_family = AF_INET;
      inet->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      length_ = sizeof(*inet);
    } else {
      unlink(path_.c_str());
      auto* local = reinterpret_cast<sockaddr_un*>(&address_);
      local->sun_family = AF_UNIX;
      path_.copy(local->sun_path, sizeof(local->sun_path) - 1);
      length_ = sizeof(*local);
    }
    listening_ = Socket();
    REQUIRE(bind(listening_, reinterpret_cast<sockaddr*>(&address_), length_) == 0);
    REQUIRE(listen(listening_, backlog) == 0);
    REQUIRE(getsockname(listening_, reinterpret_cast<sockaddr*>(&address_), &length_) == 0);
  }
  ~Listener() {
    for (const int fd : fds_) close(fd);
    if (!path_.empty()) unlink(path_.c_str());
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void Connect() {
    const int fd = Socket();
    REQUIRE(connect(fd, reinterpret_cast<sockaddr*>(&address_), length_) == 0);
  }
  void Accept() {
    fds_.push_back(accept(listening_, nullptr, nullptr));
    REQUIRE(fds_.back() >= 0);
  }
  TargetAddress Target() const {
    TargetAddress target;
    target.unix_path = path_;
    if (path_.empty()) {
      target.host = "127.0.0.1";
      target.port = ntohs(reinterpret_cast<const sockaddr_in*>(&address_)->sin_port);
    }
    return target;
  }

 private:
  int Socket() {
    fds_.push_back(socket(path_.empty() ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return fds_.back();
  }

  const std::string path_;
  sockaddr_storage address_ = {};
  socklen_t length_ = 0;
  int listening_ = -1;
  std::vector<int> fds_;
};

std::string SocketPath(const std::string& name) {
  return "/tmp/bekci-queue-test-" + std::to_string(getpid()) + "-" + name + ".sock";
}

ListenQueue Look(const Listener& listener) {
  ListenQueues queues(kClock);
  const base::Status status = queues.Read(ListenQueues::Families::kBoth, Soon());
  REQUIRE_MESSAGE(status.ok(), status.message());
  const ListenQueue* found = queues.Find(listener.Target());
  REQUIRE(found != nullptr);
  return *found;
}

}  // namespace

TEST_CASE("a TCP socket's queue is the connections nobody accepted, its limit the backlog") {
  Listener listener("", 7);
  CHECK(Look(listener).queued == 0);
  listener.Connect();
  listener.Connect();
  listener.Connect();
  listener.Accept();
  const ListenQueue queue = Look(listener);
  CHECK(queue.queued == 2);
  CHECK(queue.limit == 7);
  CHECK(queue.drops == 0);
  CHECK(queue.uid == getuid());
  CHECK(queue.inode != 0);
  ListenQueues queues(kClock);
  const auto connections = queues.CountTcpConnections(listener.Target().port, Soon());
  REQUIRE(connections.ok());
  CHECK(*connections == 1);
}

TEST_CASE("a unix socket's queue and its accepted connections are told apart") {
  Listener listener(SocketPath("a"), 5);
  listener.Connect();
  listener.Connect();
  listener.Connect();
  listener.Accept();
  const ListenQueue queue = Look(listener);
  CHECK(queue.address == listener.Target().ToString());
  CHECK(queue.queued == 2);
  CHECK(queue.limit == 5);
  CHECK(queue.connections == 1);
  CHECK(!queue.drops);
}

TEST_CASE("a unix socket is found by its file where it was bound under another path") {
  Listener listener(SocketPath("real"), 1);
  struct stat info {};
  REQUIRE(stat(listener.Target().unix_path.c_str(), &info) == 0);
  ListenQueues queues(kClock);
  REQUIRE(queues.Read(ListenQueues::Families::kUnix, Soon()).ok());
  TargetAddress other;
  other.unix_path = "/var/run/elsewhere.sock";
  CHECK(queues.Find(other) == nullptr);
  const ListenQueue* found = queues.Find(other, info.st_ino);
  REQUIRE(found != nullptr);
  CHECK(found->address == listener.Target().ToString());
}

TEST_CASE("a socket that was replaced under the same path is found by the file that is there now") {
  const std::string path = SocketPath("twice");
  Listener old(path, 3);
  Listener current(path, 4);  // unlinks the first one's file, whose socket goes on listening
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  ListenQueues queues(kClock);
  REQUIRE(queues.Read(ListenQueues::Families::kUnix, Soon()).ok());
  const ListenQueue* found = queues.Find(current.Target(), info.st_ino);
  REQUIRE(found != nullptr);
  CHECK(found->limit == 4);
}

TEST_CASE("only the families asked for are read") {
  Listener tcp("", 1);
  Listener local(SocketPath("f"), 1);
  ListenQueues queues(kClock);
  REQUIRE(queues.Read(ListenQueues::Families::kTcp, Soon()).ok());
  CHECK(queues.Find(tcp.Target()) != nullptr);
  CHECK(queues.Find(local.Target()) == nullptr);
  REQUIRE(queues.Read(ListenQueues::Families::kUnix, Soon()).ok());
  CHECK(queues.Find(tcp.Target()) == nullptr);
  CHECK(queues.Find(local.Target()) != nullptr);
}

TEST_CASE("replies that are cut off anywhere are refused or partly read, never overrun") {
  nlmsghdr header{};
  std::string message(sizeof(header) + 72, '\0');
  header.nlmsg_len = static_cast<uint32_t>(message.size());
  header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  header.nlmsg_seq = 9;
  std::memcpy(message.data(), &header, sizeof(header));
  message[sizeof(header)] = AF_INET;
  message[sizeof(header) + 1] = 10;  // listening
  SockDiagReply whole;
  CHECK(ParseSockDiag(message, 9, &whole).ok());
  CHECK(whole.queues.size() == 1);
  SockDiagReply other;
  CHECK(ParseSockDiag(message, 8, &other).ok());
  CHECK(other.queues.empty());
  for (size_t size = 1; size < message.size(); ++size) {
    SockDiagReply reply;
    CHECK(ParseSockDiag(std::string_view(message).substr(0, size), 9, &reply).code() == base::Code::kCorrupt);
  }
  header.nlmsg_type = NLMSG_ERROR;
  std::memcpy(message.data(), &header, sizeof(header));
  message[sizeof(header)] = -1;
  CHECK(ParseSockDiag(message, 9, &whole).code() == base::Code::kUnavailable);
}

}  // namespace bekci::net::listen_queue_test
