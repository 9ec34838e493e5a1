// The running kernel behind SystemCalls. The socket dump speaks netlink's sock_diag: one request per address family,
// the kernel answers with one fixed-size record per socket, which is several times cheaper than the text of
// /proc/net/tcp. Source: sock_diag(7), inet_diag.h.
#include "exporters/host/system_calls.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "agent/base/descriptor.h"

namespace bekci::exporters::host {
namespace {

struct DumpRequest {
  nlmsghdr header;
  inet_diag_req request;
};

base::Status SendDumpRequest(int fd) {
  DumpRequest message{};
  message.header.nlmsg_len = sizeof(message);
  message.header.nlmsg_type = TCPDIAG_GETSOCK;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  message.request.idiag_family = AF_UNSPEC;
  message.request.idiag_states = ~0U;
  if (send(fd, &message, sizeof(message), 0) < 0) return base::FromErrno(errno, "send sock_diag request");
  return base::OkStatus();
}

// Counts the records of one datagram; true when the dump is complete.
base::Result<bool> CountRecords(const char* bytes, size_t size, TcpCounts* counts) {
  while (size >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, bytes, sizeof(header));
    if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > size) return base::Corrupt("sock_diag: cut message");
    if (header.nlmsg_type == NLMSG_DONE) return true;
    if (header.nlmsg_type == NLMSG_ERROR) return base::Unavailable("sock_diag: the kernel refused the request");
    if (header.nlmsg_len >= NLMSG_HDRLEN + sizeof(inet_diag_msg)) {
      inet_diag_msg record;
      std::memcpy(&record, bytes + NLMSG_HDRLEN, sizeof(record));
      if (record.idiag_state < counts->sockets_in_state.size()) ++counts->sockets_in_state[record.idiag_state];
      counts->receive_queue_bytes += record.idiag_rqueue;
      counts->send_queue_bytes += record.idiag_wqueue;
    }
    const size_t step = NLMSG_ALIGN(static_cast<size_t>(header.nlmsg_len));
    if (step >= size) break;
    bytes += step;
    size -= step;
  }
  return false;
}

class Kernel : public SystemCalls {
 public:
  base::Status Uname(struct utsname* out) override {
    return uname(out) == 0 ? base::OkStatus() : base::FromErrno(errno, "uname");
  }

  base::Status Adjtimex(struct timex* out, int* state) override {
    *out = {};
    *state = adjtimex(out);
    return *state >= 0 ? base::OkStatus() : base::FromErrno(errno, "adjtimex");
  }

  base::Status StatFs(const std::string& path, struct statfs* out) override {
    return statfs(path.c_str(), out) == 0 ? base::OkStatus() : base::FromErrno(errno, "statfs " + path);
  }

  uint64_t PageSizeBytes() override { return static_cast<uint64_t>(sysconf(_SC_PAGESIZE)); }

  TimeZone LocalTimeZone(int64_t unix_seconds) override {
    const time_t seconds = static_cast<time_t>(unix_seconds);
    struct tm local {};
    if (localtime_r(&seconds, &local) == nullptr || local.tm_zone == nullptr) return {"UTC", 0};
    return {local.tm_zone, local.tm_gmtoff};
  }

  base::Status CountTcpSockets(TcpCounts* counts) override {
    const base::Descriptor fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (fd.get() < 0) return base::FromErrno(errno, "open sock_diag");
    // The kernel answers at once; the limit only keeps a stuck one from stopping the collection.
    const timeval limit = {1, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    RETURN_IF_ERROR(SendDumpRequest(fd.get()));
    alignas(nlmsghdr) char buffer[32 << 10];
    while (true) {
      const ssize_t size = recv(fd.get(), buffer, sizeof(buffer), 0);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return base::FromErrno(errno, "read sock_diag");
      if (size == 0) return base::Unavailable("read sock_diag: end of data");
      ASSIGN_OR_RETURN(const bool complete, CountRecords(buffer, static_cast<size_t>(size), counts));
      if (complete) return base::OkStatus();
    }
  }

  base::Result<BtrfsFileSystem> QueryBtrfs(const std::string& mount_point) override {
    return host::QueryBtrfs(mount_point);
  }
};

}  // namespace

SystemCalls& RealSystemCalls() {
  static Kernel kernel;
  return kernel;
}

}  // namespace bekci::exporters::host
