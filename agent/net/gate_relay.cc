// See gate_relay.h.
#include "agent/net/gate_relay.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "agent/net/answer.h"
#include "agent/net/gate_connection.h"

namespace bekci::net {
namespace {

constexpr size_t kMaxAnswerHeadBytes = 64 << 10;
// Reads per event: a large answer must not hold up the other clients.
constexpr int kReadsPerEvent = 16;

// A non-blocking socket that is connected or connecting to civetweb, or -1.
int Connect(const Upstream& upstream) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(upstream.source_address);
  // The port is drawn at connect, per destination, so a burst cannot run out of them at bind.
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(upstream.port);
    const int result = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    if (result == 0 || errno == EINPROGRESS) return fd;
  }
  close(fd);
  return -1;
}

}  // namespace

GateRelay::GateRelay(GateCore& core, GateConnection* client, int fd, std::string head, std::string body)
    : core_(core),
      client_(client),
      fd_(fd),
      head_only_(client->head_only()),
      head_(std::move(head)),
      body_(std::move(body)),
      charge_(core.buffered_bytes) {
  charge_.Set(head_.capacity() + body_.capacity());
}

GateRelay::~GateRelay() {
  close(fd_);
}

GateRelay* GateRelay::Start(GateCore& core, GateConnection* client, std::string head, std::string body) {
  const int fd = Connect(core.upstream);
  if (fd < 0) return nullptr;
  std::unique_ptr<GateRelay> relay(new GateRelay(core, client, fd, std::move(head), std::move(body)));
  GateRelay* result = relay.get();
  // On loopback the connection is usually up already and takes the whole request, so one wait is saved.
  const bool sent = result->Send();
  result->watched_events_ = sent ? EPOLLIN : EPOLLOUT;
  if (!core.loop.Adopt(std::move(relay), fd, result->watched_events_)) return nullptr;
  ++core.relays;
  return result;
}

void GateRelay::Watch(uint32_t events) {
  if (events == watched_events_) return;
  watched_events_ = events;
  core_.loop.Change(this, fd_, events);
}

void GateRelay::OnEvents(uint32_t events) {
  if (sent_ < head_.size() + body_.size()) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) return Finish(false);
    if (!Send()) return;
    Watch(EPOLLIN);
    return;
  }
  if (paused_) {  // nothing but a reset is reported now
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) Finish(false);
    return;
  }
  Receive();
}

// True when all of the request is on its way. A broken connection shows at the next event.
bool GateRelay::Send() {
  const size_t total = head_.size() + body_.size();
  while (sent_ < total) {
    iovec pieces[2];
    size_t count = 0;
    if (sent_ < head_.size()) pieces[count++] = {head_.data() + sent_, head_.size() - sent_};
    const size_t body_at = sent_ > head_.size() ? sent_ - head_.size() : 0;
    if (body_at < body_.size()) pieces[count++] = {body_.data() + body_at, body_.size() - body_at};
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = count;
    const ssize_t sent = sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    sent_ += static_cast<size_t>(sent);
  }
  head_ = std::string();
  body_ = std::string();
  sent_ = 0;
  charge_.Set(0);
  return true;
}

void GateRelay::Receive() {
  for (int i = 0; i < kReadsPerEvent && !finished_; ++i) {
    if (client_ != nullptr && !client_->CanTakeMore()) {
      paused_ = true;
      Watch(0);
      break;
    }
    const ssize_t got = recv(fd_, core_.scratch.data(), core_.scratch.size(), 0);
    if (got > 0) {
      OnBytes({core_.scratch.data(), static_cast<size_t>(got)});
      // A short read has emptied the socket; asking again would only hear EAGAIN.
      if (static_cast<size_t>(got) < core_.scratch.size()) break;
    } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      break;
    } else {
      Finish(got == 0 && head_done_ && until_close_);
    }
  }
  if (client_ != nullptr) client_->OnAnswerPause();
}

void GateRelay::OnBytes(std::string_view data) {
  if (!head_done_) {
    answer_head_.append(data);
    const size_t end = answer_head_.find("\r\n\r\n");
    if (end == std::string::npos) {
      if (answer_head_.size() > kMaxAnswerHeadBytes) Finish(false);
      return;
    }
    const std::string whole = std::move(answer_head_);
    answer_head_ = std::string();
    OnHead(std::string_view(whole).substr(0, end + 4));
    if (finished_) return;
    data.remove_prefix(data.size() - (whole.size() - end - 4));
  }
  if (!until_close_) data = data.substr(0, static_cast<size_t>(std::min<uint64_t>(answer_left_, data.size())));
  answer_left_ -= until_close_ ? 0 : data.size();
  if (client_ != nullptr && !data.empty()) client_->OnAnswerData(data);
  if (!until_close_ && answer_left_ == 0) Finish(true);
}

void GateRelay::OnHead(std::string_view text) {
  bool keep_alive = client_ != nullptr && client_->keep_alive();
  AnswerHead answer;
  std::string rewritten;
  if (!RewriteAnswerHead(text, head_only_, &keep_alive, &answer, &rewritten) || answer.status < 200) {
    core_.log.Bug("civetweb gave an answer that is none");
    return Finish(false);
  }
  head_done_ = true;
  until_close_ = answer.until_close;
  answer_left_ = answer.body_bytes;
  if (client_ != nullptr) client_->OnAnswerHead(rewritten, keep_alive, answer_left_);
}

void GateRelay::Finish(bool whole) {
  if (finished_) return;
  finished_ = true;
  // Reset instead of FIN: everything was read, and a TIME_WAIT per request would use up the loopback's ports.
  const linger hard{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  GateConnection* client = client_;
  client_ = nullptr;
  core_.loop.Bury(this);
  --core_.relays;
  if (client != nullptr) client->OnAnswerEnd(whole);
  core_.StartWaiting();
}

void GateRelay::Detach() {
  client_ = nullptr;
  Resume();
}

void GateRelay::Resume() {
  if (!paused_ || finished_) return;
  paused_ = false;
  Watch(EPOLLIN);
}

}  // namespace bekci::net
